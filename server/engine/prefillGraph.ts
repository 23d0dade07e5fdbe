/**
 * The part of a graph (model/byteline_model/graph.py) that prefilling needs: encoder and global model. The open patch,
 * the scores and the local layers behind the encoder, which see a window before the cursor only, are half of a call.
 * onnxruntime leaves out what leads to no output when it makes a session, not when it runs one: so a second session,
 * of the same weights.
 */
import { fields } from './protobuf.ts';

/** Field numbers of ModelProto.graph, of GraphProto, and of NodeProto. */
const [GRAPH, NODE, NODE_INPUT, NODE_OUTPUT] = [7, 1, 1, 2];
const [INITIALIZER, INPUT, OUTPUT] = [5, 11, 12];
/** Where the name stands in a TensorProto, and in the ValueInfoProto of an input or output. */
const [TENSOR_NAME, VALUE_NAME] = [8, 1];

interface Node {
  inputs: string[];
  outputs: string[];
}

/**
 * The ONNX file `whole`, which is one of Byteline's (graphFile.ts), with these outputs alone: u and the local rows of
 * the encoder's layers, g and the new global keys and values.
 */
export function prefillGraph(whole: Uint8Array): Uint8Array {
  const model = [...fields(whole)];
  const graph = [...fields(model.find(({ number }) => number === GRAPH)!.bytes!)];
  const nodes = new Map(graph.flatMap(({ number, bytes }) => (number === NODE ? [[bytes!, nodeOf(bytes!)]] : [])));
  const outputs = graph.flatMap(({ number, bytes }) => (number === OUTPUT ? [nameIn(bytes!, VALUE_NAME)] : []));
  const wanted = new Set(outputs.filter((name) => /^(g|u|ng[kv]\d+)$/.test(name)));
  need(wanted, nodes);
  // a layer whose rows of before these outputs read is one of the encoder's
  for (const name of outputs) if (/^nl/.test(name) && wanted.has(name.slice(1))) wanted.add(name);
  need(wanted, nodes);
  const kept = graph.filter(({ number, bytes }) => {
    if (number === NODE) return nodes.get(bytes!)!.outputs.some((name) => wanted.has(name));
    if (number === INITIALIZER) return wanted.has(nameIn(bytes!, TENSOR_NAME));
    return (number !== INPUT && number !== OUTPUT) || wanted.has(nameIn(bytes!, VALUE_NAME));
  });
  const written = Buffer.concat(kept.filter(({ bytes }) => bytes).map(({ number, bytes }) => field(number, bytes!)));
  return Buffer.concat(
    model.map(({ number, value, bytes }) =>
      number === GRAPH
        ? field(GRAPH, written)
        : bytes
          ? field(number, bytes)
          : Buffer.concat([key(number, 0), varint(value)]),
    ),
  );
}

/** Adds what the wanted values are made of. Nodes stand in the order in which they run. */
function need(wanted: Set<string>, nodes: Map<Uint8Array, Node>): void {
  for (const { inputs, outputs } of [...nodes.values()].reverse())
    if (outputs.some((name) => wanted.has(name))) for (const name of inputs) wanted.add(name);
}

function nodeOf(message: Uint8Array): Node {
  const all = [...fields(message)];
  const names = (kind: number) => all.flatMap(({ number, bytes }) => (number === kind ? [text(bytes!)] : []));
  return { inputs: names(NODE_INPUT), outputs: names(NODE_OUTPUT) };
}

function nameIn(message: Uint8Array, kind: number): string {
  for (const { number, bytes } of fields(message)) if (number === kind) return text(bytes!);
  return '';
}

const text = (bytes: Uint8Array) => Buffer.from(bytes).toString('latin1');
const key = (number: number, wire: number) => varint(number * 8 + wire);
const field = (number: number, bytes: Uint8Array) => Buffer.concat([key(number, 2), varint(bytes.length), bytes]);

function varint(value: number): Buffer {
  const bytes: number[] = [];
  for (; value >= 128; value = Math.floor(value / 128)) bytes.push((value % 128) + 128);
  return Buffer.from([...bytes, value]);
}
