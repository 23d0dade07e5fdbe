/** A hostile model folder: loading it is one clear error that names the file, and the worker and its model stay. */
import assert from 'node:assert/strict';
import {
  cpSync,
  linkSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { vet } from '../../server/engine/deviceSelection.ts';
import { checkGraph } from '../../server/engine/graphFile.ts';
import { readManifest } from '../../server/engine/manifest.ts';
import { BytelineError } from '../../server/errors.ts';
import { readGate } from '../../server/memory/gate.ts';
import type { ModelInfo } from '../../server/wire/protocol.ts';
import { bytes, fatalShape, GRAPH, graphWith, MICRO, node, number, outside, tensor } from './graphs.ts';
import { MANIFEST, Trial, WEIGHTS } from './modelFolder.ts';
import { CLI } from './worker.ts';

describe('a hostile model folder', () => {
  const trial = new Trial();

  it('whose paths or links lead out', async () => {
    for (const path of ['../int8.onnx', '/etc/passwd', 'C:\\x', '..', '.', 'a/b', 'x\0', 'x:y', 'nul.', '\u202ex'])
      await (trial.folder.manifest((j) => (j.files[0].path = path)),
      trial.refuses(/model\.json: files\.0\.path: must be the plain name/));
    trial.folder.manifest((j) => (j.files[0].path = 'int8.onnx')).manifest((j) => (j.files[0].weights.path = '../w'));
    await trial.refuses(/model\.json: files\.0\.weights\.path: must be the plain name/);
    trial.folder.manifest((j) => (j.files[0].weights.path = 'int8.weights'));
    for (const name of ['int8.weights', 'int8.onnx', 'model.json']) {
      renameSync(join(trial.folder.path, name), join(trial.folder.parent, name));
      symlinkSync(join(trial.folder.parent, name), join(trial.folder.path, name));
      await trial.refuses(new RegExp(`${name.replace('.', '\\.')}: is a link that leaves the model's folder`));
      rmSync(join(trial.folder.path, name));
      linkSync(join(trial.folder.parent, name), join(trial.folder.path, name));
    }
    trial.folder.file(
      'int8.onnx',
      graphWith(tensor([4], outside({ location: '../../etc/passwd', offset: '0', length: '16' }))),
    );
    await trial.refuses(
      /int8\.onnx: tensor "evil": its data is in "\.\.\/\.\.\/etc\/passwd", model\.json says "int8\.weights"/,
    );
  });

  it('whose manifest is enormous, deep, of wrong types, or no file', async () => {
    const file = join(trial.folder.path, 'model.json');
    const whole = (text: string) => writeFileSync(file, text);
    whole(`{"training": "${'x'.repeat(50_000_000)}"}`);
    await trial.refuses(/model\.json: has \d+ bytes, at most 1048576 are read/);
    whole('['.repeat(500_000) + ']'.repeat(500_000));
    await trial.refuses(/model\.json: file: /);
    whole(
      MANIFEST.replace(
        '"training": {',
        `"training": { "deep": ${'[{"a":'.repeat(20_000)}1${'}]'.repeat(20_000)},`,
      ).replace('"format": 4', '"format": 5'),
    );
    await trial.refuses(/model\.json: format: must be 4/);
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
      await trial.refuses(new RegExp(`model\\.json: ${says.replace('.', '\\.')}`));
    }
    rmSync(file);
    mkdirSync(file);
    await trial.refuses(/model\.json: is not a file/);
    rmSync(file, { recursive: true });
    await trial.refuses(/model\.json: ENOENT/);
  });

  it('whose files are cut short or others', async () => {
    truncateSync(join(trial.folder.path, 'int8.weights'), 1000);
    await trial.refuses(/int8\.weights: has 1000 bytes, model\.json says/);
    cpSync(join(MICRO, 'int8.weights'), join(trial.folder.path, 'int8.weights'));
    const other = Buffer.from(GRAPH);
    other[5000] ^= 1;
    writeFileSync(join(trial.folder.path, 'int8.onnx'), other);
    await trial.refuses(/int8\.onnx: its sha256 is not the one in model\.json/);
    trial.folder.file('int8.onnx', GRAPH.subarray(0, 60_000));
    await trial.refuses(/int8\.onnx: ends in the middle of field 7/);
    trial.folder.file('int8.onnx', Buffer.from('not a graph'));
    await trial.refuses(/int8\.onnx: /);
    trial.folder.file('int8.onnx', Buffer.alloc(1));
    await trial.refuses(/int8\.onnx: /);
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
      await (trial.folder.file('int8.onnx', graph), trial.refuses(pattern));
    }
  });

  it('whose gate holds what no gate does', async () => {
    const gate = readFileSync(join(MICRO, 'memory.json'), 'utf8');
    for (const [text, pattern] of [
      [gate.replace(/"b2": ?[-\d.e]+/, '"b2": 1e999'), /memory\.json: \w+\.b2: /],
      [gate.replace(/"b2": ?[-\d.e]+/, '"b2": 1e300'), /memory\.json: \w+\.b2: /],
      ['{"features": 4}', /memory\.json: byte: /],
      ['[['.repeat(1e5), /memory\.json: /],
    ] as const) {
      trial.folder.file('memory.json', Buffer.from(text), (json) => json.memory);
      const manifest = await readManifest(trial.folder.path);
      await assert.rejects(
        readGate(trial.folder.path, manifest),
        (error: any) => error instanceof BytelineError && pattern.test(error.message),
      );
    }
  });

  it('whose graph ends the process that runs it, takes too long, or is another one', async () => {
    trial.folder.file('int8.onnx', graphWith(Buffer.alloc(0), fatalShape()));
    await trial.refuses(
      process.arch === 'x64' && process.platform === 'linux'
        ? /int8\.onnx: it ended the process \(SIGFPE\)/
        : /int8\.onnx: /,
    );
    await assert.rejects(
      vet(trial.folder.path, 1, CLI),
      (error: any) => error instanceof BytelineError && /int8\.onnx: no answer in 0\.001 s/.test(error.message),
    );
    trial.folder.file('int8.onnx', GRAPH);
    await vet(trial.folder.path, 60_000, CLI);
    assert.ok(
      (await trial.worker.connection.sendRequest<ModelInfo>('byteline/switchModel', { name: trial.folder.path }))
        .current,
    );
    await trial.worker.connection.sendRequest('byteline/switchModel', { name: 'micro' });
  });
});
