/** Hostile model folders: whatever is in one, loading it is one clear error that names the file, or it works; the worker and its model stay. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import {
  cpSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { vet } from '../../server/engine/deviceSelection.ts';
import { checkGraph } from '../../server/engine/graphFile.ts';
import { readManifest } from '../../server/engine/manifest.ts';
import { fields } from '../../server/engine/protobuf.ts';
import { BytelineError } from '../../server/errors.ts';
import { readGate } from '../../server/memory/gate.ts';
import type { ModelInfo } from '../../server/wire/protocol.ts';
import { CLI, ROOT, TestWorker } from './worker.ts';

const MICRO = join(ROOT, 'model/models/micro');
const GRAPH = readFileSync(join(MICRO, 'int8.onnx'));
const MANIFEST = readFileSync(join(MICRO, 'model.json'), 'utf8');
const WEIGHTS = { path: 'int8.weights', bytes: JSON.parse(MANIFEST).files[0].weights.bytes as number };
const URI = 'file:///ws/src/a.ts';
const TEXT =
  'export class Point {\n  constructor(readonly x: number, readonly y: number) {}\n\n  add(other: Point): Point {\n    return new Point(\n  }\n}\n';

/** Protocol buffers, written. */
const varint = (n: bigint): number[] => (n < 128n ? [Number(n)] : [Number(n & 127n) | 128, ...varint(n >> 7n)]);
const number = (field: number, value: number | bigint) =>
  Buffer.from([...varint(BigInt(field * 8)), ...varint(BigInt.asUintN(64, BigInt(value)))]);
const bytes = (field: number, value: string | Buffer) =>
  Buffer.concat([
    Buffer.from([...varint(BigInt(field * 8 + 2)), ...varint(BigInt(value.length))]),
    Buffer.from(value as string),
  ]);
/** A message again from its fields, with `change` of each. */
const rewritten = (
  message: Uint8Array,
  change: (field: number, value: Buffer | number, index: number) => Buffer | undefined,
): Buffer =>
  Buffer.concat(
    [...fields(message)].flatMap(
      ({ number: n, value, bytes: b }, i) =>
        change(n, b ? Buffer.from(b) : value, i) ?? (b ? bytes(n, Buffer.from(b)) : number(n, value)),
    ),
  );
/** The graph with one of its fields changed, or more behind its last one. */
const graphWith = (
  more: Buffer,
  change: (field: number, value: Buffer, index: number) => Buffer | undefined = () => undefined,
) =>
  rewritten(GRAPH, (n, value) =>
    n === 7
      ? bytes(7, Buffer.concat([rewritten(value as Buffer, (n, v, i) => change(n, v as Buffer, i)), more]))
      : undefined,
  );
const node = (operator: string, domain = '', ...more: Buffer[]) =>
  bytes(
    1,
    Buffer.concat([bytes(1, 'x'), bytes(2, `made by ${operator}`), bytes(4, operator), bytes(7, domain), ...more]),
  );
const tensor = (dims: (number | bigint)[], ...more: Buffer[]) =>
  bytes(5, Buffer.concat([...dims.map((d) => number(1, d)), number(2, 1), bytes(8, 'evil'), ...more]));
const outside = (entries: Record<string, string>) =>
  Buffer.concat([
    ...Object.entries(entries).map(([key, value]) => bytes(13, Buffer.concat([bytes(1, key), bytes(2, value)]))),
    number(14, 1),
  ]);

/** A copy of micro whose files may be changed. */
class Folder {
  readonly parent = mkdtempSync(join(tmpdir(), 'byteline-'));
  readonly path = join(this.parent, 'micro');
  constructor() {
    mkdirSync(this.path);
    for (const name of ['int8.onnx', 'int8.weights', 'memory.json', 'model.json'])
      cpSync(join(MICRO, name), join(this.path, name));
  }
  manifest(change: (json: any) => void): this {
    const json = JSON.parse(readFileSync(join(this.path, 'model.json'), 'utf8'));
    change(json);
    writeFileSync(join(this.path, 'model.json'), JSON.stringify(json));
    return this;
  }
  /** Another file, that the manifest calls its own. */
  file(name: string, content: Buffer, part: (json: any) => any = (json) => json.files[0]): this {
    writeFileSync(join(this.path, name), content);
    return this.manifest((json) =>
      Object.assign(part(json), { bytes: content.length, sha256: createHash('sha256').update(content).digest('hex') }),
    );
  }
  remove(): void {
    rmSync(this.parent, { recursive: true, force: true });
  }
}

describe('a hostile model folder', () => {
  let folder: Folder;
  let worker: TestWorker;
  let honest: unknown;
  const ask = () =>
    worker.connection.sendRequest('byteline/complete', {
      id: 1,
      uri: URI,
      position: { line: 4, character: 21 },
      multiline: false,
      maxBytes: 32,
      always: true,
    });
  const textOf = (result: any) => ({ kind: result.kind, text: result.text });
  before(async () => {
    worker = await TestWorker.start({ streaming: true, threads: 1, device: 'cpu' });
    await worker.open(URI, TEXT);
    honest = textOf(await ask());
  });
  beforeEach(() => void (folder = new Folder()));
  afterEach(() => folder.remove());
  after(() => worker.stop());

  /** A switch to it, which fails with one line, and the model that was there goes on. */
  const refuses = async (pattern: RegExp) => {
    const error = await worker.connection.sendRequest('byteline/switchModel', { name: folder.path }).then(
      () => undefined,
      (e) => e as Error,
    );
    assert.ok(
      error && pattern.test(error.message) && error.message.startsWith(folder.path),
      error?.message ?? 'it was loaded',
    );
    assert.ok(error.message.length < 1000 && !error.message.trim().includes('\n'), error.message);
    assert.deepEqual(textOf(await ask()), honest);
    assert.equal(worker.process.exitCode, null);
  };

  it('whose paths or links lead out', async () => {
    for (const path of ['../int8.onnx', '/etc/passwd', 'C:\\x', '..', '.', 'a/b', 'x\0', 'x:y', 'nul.', '\u202ex'])
      await (folder.manifest((j) => (j.files[0].path = path)),
      refuses(/model\.json: files\.0\.path: must be the plain name/));
    folder.manifest((j) => (j.files[0].path = 'int8.onnx')).manifest((j) => (j.files[0].weights.path = '../w'));
    await refuses(/model\.json: files\.0\.weights\.path: must be the plain name/);
    folder.manifest((j) => (j.files[0].weights.path = 'int8.weights'));
    for (const name of ['int8.weights', 'int8.onnx', 'model.json']) {
      renameSync(join(folder.path, name), join(folder.parent, name));
      symlinkSync(join(folder.parent, name), join(folder.path, name));
      await refuses(new RegExp(`${name.replace('.', '\\.')}: is a link that leaves the model's folder`));
      rmSync(join(folder.path, name));
      linkSync(join(folder.parent, name), join(folder.path, name));
    }
    folder.file(
      'int8.onnx',
      graphWith(tensor([4], outside({ location: '../../etc/passwd', offset: '0', length: '16' }))),
    );
    await refuses(
      /int8\.onnx: tensor "evil": its data is in "\.\.\/\.\.\/etc\/passwd", model\.json says "int8\.weights"/,
    );
  });

  it('whose manifest is enormous, deep, of wrong types, or no file', async () => {
    const file = join(folder.path, 'model.json');
    const whole = (text: string) => writeFileSync(file, text);
    whole(`{"training": "${'x'.repeat(50_000_000)}"}`);
    await refuses(/model\.json: has \d+ bytes, at most 1048576 are read/);
    whole('['.repeat(500_000) + ']'.repeat(500_000));
    await refuses(/model\.json: file: /);
    whole(
      MANIFEST.replace(
        '"training": {',
        `"training": { "deep": ${'[{"a":'.repeat(20_000)}1${'}]'.repeat(20_000)},`,
      ).replace('"format": 4', '"format": 5'),
    );
    await refuses(/model\.json: format: must be 4/);
    for (const [from, to, says] of [
      ['"patch": 8', '"patch": -8', 'architecture.patch'],
      ['"patch": 8', '"patch": NaN', ''],
      ['"context": 4096', '"context": 1e308', 'architecture.context'],
      ['"context": 4096', '"context": 4096.5', 'architecture.context'],
      ['"globalLayers": 4', '"globalLayers": "4"', 'architecture.globalLayers'],
      ['"localWidth": 96', '"localWidth": null', 'architecture.localWidth'],
      ['"window": 64', '"window": 1e999', 'architecture.window'],
      ['"context": 4096', '"context": 65536, "globalWidth": 65536, "x":', ''],
      ['"files": [', '"files": [5, ', 'files.0'],
      ['"name": "micro"', `"name": "${'x'.repeat(1000)}"`, 'name'],
      ['"bytes": 123452', '"bytes": -1', 'files.0.bytes'],
      ['"sentinels": {', '"sentinels": { "BOS": "255", "X":', ''],
    ]) {
      assert.ok(MANIFEST.includes(from), from);
      whole(MANIFEST.replace(from, to));
      await refuses(new RegExp(`model\\.json: ${says.replace('.', '\\.')}`));
    }
    rmSync(file);
    mkdirSync(file);
    await refuses(/model\.json: is not a file/);
    rmSync(file, { recursive: true });
    await refuses(/model\.json: ENOENT/);
  });

  it('whose files are cut short or others', async () => {
    truncateSync(join(folder.path, 'int8.weights'), 1000);
    await refuses(/int8\.weights: has 1000 bytes, model\.json says/);
    cpSync(join(MICRO, 'int8.weights'), join(folder.path, 'int8.weights'));
    const other = Buffer.from(GRAPH);
    other[5000] ^= 1;
    writeFileSync(join(folder.path, 'int8.onnx'), other);
    await refuses(/int8\.onnx: its sha256 is not the one in model\.json/);
    folder.file('int8.onnx', GRAPH.subarray(0, 60_000));
    await refuses(/int8\.onnx: ends in the middle of field 7/);
    folder.file('int8.onnx', Buffer.from('not a graph'));
    await refuses(/int8\.onnx: /);
    folder.file('int8.onnx', Buffer.alloc(1));
    await refuses(/int8\.onnx: /);
  });

  it('whose graph is too large, or has operators, types or data that no model of ours has', async () => {
    const half = Buffer.concat(Array.from({ length: 1000 }, (_, i) => node('Relu', '', bytes(3, `n${i}`))));
    for (const [graph, pattern] of [
      [graphWith(Buffer.concat(Array.from({ length: 100 }, () => half))), /int8\.onnx: has more than 20000 nodes/],
      [graphWith(node('Evil', 'evil.ops')), /node 970: the operator evil\.ops\.Evil is not one of Byteline's/],
      [graphWith(node('Loop')), /the operator Loop is not/],
      [graphWith(node('toString')), /the operator toString is not/],
      [graphWith(node('Relu', '__proto__')), /the operator __proto__\.Relu is not/],
      [graphWith(node('Relu', 'x'.repeat(5000))), /a name of 5000 bytes/],
      [
        graphWith(node('Relu', '', bytes(5, Buffer.concat([bytes(1, 'body'), bytes(6, GRAPH)])))),
        /node 970: attribute: field 6 is not allowed/,
      ],
      [
        graphWith(node('Relu', '', bytes(5, bytes(5, outside({ location: 'x' }))))),
        /attribute: field 5 is not allowed/,
      ],
      [graphWith(tensor([2 ** 40])), /tensor "evil": its dimensions are 1099511627776/],
      [graphWith(tensor([-1, 4])), /tensor "evil": its dimensions are -1 x 4/],
      [graphWith(tensor([-(2n ** 63n)])), /its dimensions are -9223372036854776000/],
      [graphWith(tensor([2 ** 30, 2 ** 30])), /has 0 bytes, its dimensions say 46/],
      [graphWith(tensor([4], number(2, 8))), /tensor "evil": its type is 8/],
      [graphWith(tensor(Array(100).fill(1))), /its dimensions are 1 x/],
      [
        graphWith(tensor([4], outside({ location: WEIGHTS.path, offset: String(WEIGHTS.bytes), length: '16' }))),
        /its data leaves int8\.weights/,
      ],
      [
        graphWith(tensor([4], outside({ location: WEIGHTS.path, offset: '-16', length: '16' }))),
        /its data leaves int8\.weights/,
      ],
      [graphWith(tensor([4], outside({ location: WEIGHTS.path, offset: '0', length: '1e9' }))), /has 1e9 bytes/],
      [
        graphWith(tensor([4], outside({ location: WEIGHTS.path, length: '16', basepath: '/' }))),
        /its data has location, length, basepath/,
      ],
      [graphWith(bytes(15, Buffer.alloc(0))), /graph: field 15 is not allowed/],
      [Buffer.concat([GRAPH, bytes(25, '')]), /model: field 25 is not allowed/],
      [Buffer.concat([GRAPH, GRAPH]), /has 2 graphs, must have one/],
      [Buffer.concat([GRAPH, bytes(8, bytes(1, 'evil.ops'))]), /operators of "evil\.ops" are not allowed/],
    ] as const) {
      assert.throws(() => checkGraph(graph, WEIGHTS), Error, String(pattern));
      await (folder.file('int8.onnx', graph), refuses(pattern));
    }
  });

  it('whose gate holds what no gate does', async () => {
    const gate = readFileSync(join(MICRO, 'memory.json'), 'utf8');
    for (const [text, pattern] of [
      [gate.replace(/"b2": ?[-\d.e]+/, '"b2": 1e999'), /memory\.json: \w+\.b2: /],
      [gate.replace(/"b2": ?[-\d.e]+/, '"b2": 1e300'), /memory\.json: \w+\.b2: /],
      ['{"features": 1}', /memory\.json: byte: /],
      ['[['.repeat(1e5), /memory\.json: /],
    ] as const) {
      folder.file('memory.json', Buffer.from(text), (json) => json.memory);
      const manifest = await readManifest(folder.path);
      await assert.rejects(
        readGate(folder.path, manifest),
        (error: any) => error instanceof BytelineError && pattern.test(error.message),
      );
    }
  });

  it('whose graph ends the process that runs it, takes too long, or is another one', async () => {
    folder.file('int8.onnx', graphWith(Buffer.alloc(0), fatalShape()));
    await refuses(
      process.arch === 'x64' && process.platform === 'linux'
        ? /int8\.onnx: it ended the process \(SIGFPE\)/
        : /int8\.onnx: /,
    );
    await assert.rejects(
      vet(folder.path, 1, CLI),
      (error: any) => error instanceof BytelineError && /int8\.onnx: no answer in 0\.001 s/.test(error.message),
    );
    folder.file('int8.onnx', GRAPH);
    await vet(folder.path, 60_000, CLI);
    assert.ok((await worker.connection.sendRequest<ModelInfo>('byteline/switchModel', { name: folder.path })).current);
    await worker.connection.sendRequest('byteline/switchModel', { name: 'micro' });
  });

  it('of 5,000 mutated manifests and graphs each is refused with the name of its file or loads, and nothing is lost', async () => {
    const counts = { refused: 0, valid: 0 };
    const paths = pathsOf(JSON.parse(MANIFEST));
    const odd = fc.constantFrom<unknown>(
      null,
      true,
      -1,
      0,
      1e308,
      0.5,
      2 ** 53,
      '',
      '../x',
      '/dev/zero',
      'x'.repeat(3000),
      [],
      {},
      [[]],
      { __proto__: null },
      8,
      4096,
    );
    for (const edits of fc.sample(
      fc.array(fc.tuple(fc.constantFrom(...paths), odd, fc.boolean()), { minLength: 1, maxLength: 4 }),
      { numRuns: 3000, seed: 18 },
    )) {
      const json = JSON.parse(MANIFEST);
      for (const [path, value, remove] of edits) put(json, path, value, remove);
      writeFileSync(join(folder.path, 'model.json'), JSON.stringify(json));
      await readManifest(folder.path).then(
        () => counts.valid++,
        (error) => {
          assert.ok(
            error instanceof BytelineError &&
              error.message.startsWith(join(folder.path, 'model.json')) &&
              error.message.length < 1000,
            String(error),
          );
          counts.refused++;
        },
      );
    }
    const allowed: Buffer[] = [];
    const bytes = fc.array(
      fc.tuple(fc.nat(GRAPH.length - 1), fc.nat(255), fc.constantFrom('set', 'set', 'cut', 'twice')),
      { minLength: 1, maxLength: 3 },
    );
    for (const edits of fc.sample(bytes, { numRuns: 2500, seed: 18 })) {
      let graph = Buffer.from(GRAPH);
      for (const [at, value, how] of edits) {
        if (how === 'set') graph[at % graph.length] = value;
        else
          graph = Buffer.concat([
            graph.subarray(0, at),
            graph.subarray(how === 'cut' ? at + value : Math.max(0, at - value)),
          ]);
      }
      try {
        checkGraph(graph, WEIGHTS);
        allowed.push(graph);
        counts.valid++;
      } catch (error) {
        assert.ok(error instanceof Error && error.constructor === Error, String(error));
        counts.refused++;
      }
    }
    writeFileSync(join(folder.path, 'model.json'), MANIFEST);
    const reached = { refused: 0, loaded: 0 };
    const step = Math.max(1, Math.floor(allowed.length / 8));
    for (let i = 0; i < allowed.length; i += step) {
      folder.file('int8.onnx', allowed[i]);
      await worker.connection.sendRequest('byteline/switchModel', { name: folder.path }).then(
        () => reached.loaded++,
        (error) => {
          assert.ok(error.message.startsWith(folder.path), error.message);
          reached.refused++;
        },
      );
    }
    await worker.connection.sendRequest('byteline/switchModel', { name: 'micro' });
    assert.deepEqual(textOf(await ask()), honest);
    console.log(
      `      ${JSON.stringify(counts)}; of ${allowed.length} graphs that are allowed, these reached the runtime: ${JSON.stringify(reached)}`,
    );
    assert.ok(counts.refused > 2000 && counts.valid > 200 && counts.refused + counts.valid >= 5000);
  });
});

/** A change of the graph's tensors: one shape, [0, 0] for "as they are", becomes [1, 0], and the runtime divides by zero. */
function fatalShape(): (field: number, value: Buffer) => Buffer | undefined {
  const [shape, other] = [Buffer.alloc(16), Buffer.from([1, ...new Uint8Array(15)])];
  return (field, value) =>
    field === 5
      ? bytes(
          5,
          rewritten(value, (n, v) => (n === 9 && shape.equals(v as Buffer) ? bytes(9, other) : undefined)),
        )
      : undefined;
}

/** The path of each value in a JSON. */
function pathsOf(json: unknown, at: string[] = []): string[][] {
  if (typeof json !== 'object' || json === null) return [at];
  return [...(at.length ? [at] : []), ...Object.entries(json).flatMap(([key, value]) => pathsOf(value, [...at, key]))];
}

function put(json: any, path: string[], value: unknown, remove: boolean): void {
  const parent = path.slice(0, -1).reduce((o, key) => (typeof o === 'object' && o !== null ? o[key] : undefined), json);
  if (typeof parent !== 'object' || parent === null) return;
  if (remove) delete parent[path.at(-1)!];
  else parent[path.at(-1)!] = value;
}
