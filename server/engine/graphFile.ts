/**
 * What an ONNX file of a model may hold, checked before the runtime sees it: the operators that
 * model/byteline_model/graph.py writes and no others, no graphs inside nodes, no functions, and tensors whose bytes are
 * all there, in the file or in the model's file of weights. Anything else is refused, fields of the format that are not
 * named here, too.
 */
import { type Field, fields, varint } from './protobuf.ts';

/** By domain. */
const OPERATORS: Record<string, ReadonlySet<string>> = {
  '': new Set([
    'Add',
    'ArgMax',
    'Cast',
    'Concat',
    'Div',
    'Equal',
    'Gather',
    'GatherElements',
    'Gelu',
    'Identity',
    'Less',
    'LogSoftmax',
    'MatMul',
    'Mod',
    'Mul',
    'Neg',
    'ReduceSum',
    'Relu',
    'Reshape',
    'Shape',
    'SimplifiedLayerNormalization',
    'Slice',
    'Softmax',
    'Split',
    'Squeeze',
    'Sub',
    'TopK',
    'Transpose',
    'Unsqueeze',
    'Where',
  ]),
  'com.microsoft': new Set(['FusedMatMul', 'MatMulNBits', 'RotaryEmbedding', 'SkipSimplifiedLayerNormalization']),
};
/** Nodes, tensors, inputs and outputs, each: nano has 1,245 nodes. */
const MOST = 20_000;
const LONGEST_NAME = 512;
/** Bytes of an element, by TensorProto.DataType: float, uint8, int8, int32, int64, bool, float16. */
const ELEMENT: Record<number, number> = { 1: 4, 2: 1, 3: 1, 6: 4, 7: 8, 9: 1, 10: 2 };
const EXTERNAL = 1;

/** Where a graph's large tensors may stand. */
export interface Weights {
  path: string;
  bytes: number;
}

/**
 * Throws an Error that says what in the file is not allowed. `weights`: the file of them that the manifest names with
 * the graph.
 */
export function checkGraph(file: Uint8Array, weights?: Weights): void {
  let graphs = 0;
  each(file, 'model', {
    1: number,
    2: text,
    3: text,
    4: text,
    5: number,
    6: text,
    7: (f) => (graphs++, graph(bytesOf(f), weights)),
    8: operatorSet,
    14: skip,
  });
  if (graphs !== 1) throw new Error(`has ${graphs} graphs, must have one`);
}

type Rules = Record<number, (field: Field) => void>;

/** Looks at each field of a message; one without a rule is not allowed. */
function each(message: Uint8Array, what: string, rules: Rules): void {
  for (const field of fields(message)) {
    const rule = rules[field.number];
    if (!rule) throw new Error(`${what}: field ${field.number} is not allowed`);
    rule(field);
  }
}

const skip = (): void => undefined;
const number = ({ bytes }: Field): void => {
  if (bytes) throw new Error('a number was expected, there is text');
};
function bytesOf({ bytes, number }: Field): Uint8Array {
  if (!bytes) throw new Error(`field ${number} is a number and should not be`);
  return bytes;
}
const text = (field: Field): string => {
  const bytes = bytesOf(field);
  if (bytes.length > LONGEST_NAME) throw new Error(`a name of ${bytes.length} bytes`);
  return Buffer.from(bytes).toString('latin1');
};

function operatorSet(field: Field): void {
  let domain = '';
  each(bytesOf(field), 'operator set', { 1: (f) => (domain = text(f)), 2: number });
  if (!(domain in OPERATORS)) throw new Error(`operators of ${JSON.stringify(domain)} are not allowed`);
}

function graph(message: Uint8Array, weights: Weights | undefined): void {
  const counts = new Map<number, number>();
  const counted = (rule: (message: Uint8Array, index: number) => void) => (f: Field) => {
    const index = counts.get(f.number) ?? 0;
    if (index >= MOST) throw new Error(`has more than ${MOST} nodes, tensors or inputs`);
    counts.set(f.number, index + 1);
    rule(bytesOf(f), index);
  };
  each(message, 'graph', {
    1: counted(node),
    2: text,
    5: counted((m) => tensor(m, weights)),
    10: skip,
    11: counted(value),
    12: counted(value),
    13: counted(value),
  });
}

function node(message: Uint8Array, index: number): void {
  let [operator, domain] = ['', ''];
  const what = `node ${index}`;
  each(message, what, {
    1: text,
    2: text,
    3: text,
    4: (f) => (operator = text(f)),
    6: skip,
    7: (f) => (domain = text(f)),
    // numbers and names, and lists of them: no tensors, no graphs
    5: (f) =>
      each(bytesOf(f), `${what}: attribute`, { 1: text, 2: skip, 3: number, 4: text, 7: skip, 8: skip, 20: number }),
  });
  if (!(Object.hasOwn(OPERATORS, domain) && OPERATORS[domain].has(operator)))
    throw new Error(`${what}: the operator ${quoted(domain)}${operator} is not one of Byteline's`);
}

/** A domain as it stands before an operator, without anything that a log would act on. */
const quoted = (domain: string) => JSON.stringify(domain && `${domain}.`).slice(1, -1);

/** A tensor whose bytes are all there. */
function tensor(message: Uint8Array, weights: Weights | undefined): void {
  const dims: number[] = [];
  const external = new Map<string, string>();
  let [type, name, inside, location] = [0, '', 0, 0];
  each(message, 'tensor', {
    1: ({ value, bytes }) => {
      if (!bytes) dims.push(value);
      for (let at = 0, dim = 0; bytes && at < bytes.length; dims.push(dim)) [dim, at] = varint(bytes, at);
    },
    2: (f) => (type = f.value),
    8: (f) => (name = text(f)),
    9: (f) => (inside = bytesOf(f).length),
    12: skip,
    14: (f) => (location = f.value),
    13: (f) => {
      let [key, value] = ['', ''];
      each(bytesOf(f), `tensor ${name}: external data`, { 1: (f) => (key = text(f)), 2: (f) => (value = text(f)) });
      external.set(key, value);
    },
  });
  const fail = (why: string) => new Error(`tensor ${JSON.stringify(name)}: ${why}`);
  if (dims.length > 8 || dims.some((dim) => !(dim >= 0 && dim < 2 ** 31)))
    throw fail(`its dimensions are ${dims.slice(0, 9).join(' x ')}`);
  if (!ELEMENT[type]) throw fail(`its type is ${type}`);
  const size = dims.reduce((n, dim) => n * dim, ELEMENT[type]);
  if (location !== EXTERNAL) {
    if (external.size > 0 || location !== 0) throw fail('says both that its data is in the file and that it is not');
    if (inside !== size) throw fail(`has ${inside} bytes, its dimensions say ${size}`);
    return;
  }
  if (inside > 0) throw fail('says both that its data is in the file and that it is not');
  if (!weights || external.get('location') !== weights.path)
    throw fail(`its data is in ${JSON.stringify(external.get('location'))}, model.json says ${said(weights)}`);
  if ([...external.keys()].some((key) => !['location', 'offset', 'length'].includes(key)))
    throw fail(`its data has ${[...external.keys()].join(', ')}`);
  const [offset, length] = ['offset', 'length'].map((key) => whole(external.get(key) ?? '0'));
  if (length !== size) throw fail(`has ${external.get('length')} bytes, its dimensions say ${size}`);
  if (!(offset + length <= weights.bytes)) throw fail(`its data leaves ${weights.path}`);
}

const said = (weights: Weights | undefined) =>
  weights ? JSON.stringify(weights.path) : 'that the graph has no weights of its own';
const whole = (digits: string) => (/^\d{1,15}$/.test(digits) ? Number(digits) : NaN);

/** An input or output, which is a tensor. */
function value(message: Uint8Array): void {
  const dimension = (f: Field) =>
    each(bytesOf(f), 'dimension', {
      1: ({ value }) => {
        if (!(value >= 0 && value < 2 ** 31)) throw new Error(`an input or output has a dimension of ${value}`);
      },
      2: text,
      3: text,
    });
  each(message, 'input or output', {
    1: text,
    3: skip,
    2: (f) =>
      each(bytesOf(f), 'type', {
        6: text,
        1: (f) => each(bytesOf(f), 'tensor type', { 1: number, 2: (f) => each(bytesOf(f), 'shape', { 1: dimension }) }),
      }),
  });
}
