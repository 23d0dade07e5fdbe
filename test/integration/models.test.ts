/** Model folders: each thing that can be wrong is one clear error that names the file, and the old model stays. */
import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Engine } from '../../server/engine/engine.ts';
import { LoadedModel } from '../../server/engine/loadedModel.ts';
import { cost } from '../../server/engine/threads.ts';
import { ROOT } from './worker.ts';

describe('model folders', () => {
  let folder: string;
  beforeEach(() => {
    folder = join(mkdtempSync(join(tmpdir(), 'byteline-')), 'micro');
    cpSync(join(ROOT, 'model/models/micro'), folder, { recursive: true });
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));
  const edit = (change: (json: any) => void) => {
    const file = join(folder, 'model.json');
    const json = JSON.parse(readFileSync(file, 'utf8'));
    change(json);
    writeFileSync(file, JSON.stringify(json));
  };
  const fails = (pattern: RegExp) =>
    assert.rejects(Engine.load(folder), (error: any) => error.code === 'model' && pattern.test(error.message));

  it('a missing model.json', async () => {
    rmSync(join(folder, 'model.json'));
    await fails(/model\.json: ENOENT/);
  });
  it('a model.json that is no JSON', async () => {
    writeFileSync(join(folder, 'model.json'), '{');
    await fails(/model\.json: /);
  });
  it('a missing field', async () => {
    edit((j) => delete j.architecture.patch);
    await fails(/model\.json: architecture\.patch: /);
  });
  it('sizes that do not fit each other', async () => {
    edit((j) => (j.architecture.context = 4097));
    await fails(/patch must divide context/);
  });
  it('another sentinel', async () => {
    edit((j) => (j.sentinels.EOM = 250));
    await fails(/sentinels\.EOM: must be 251/);
  });
  it('a missing file', async () => {
    rmSync(join(folder, 'int8.onnx'));
    await fails(/int8\.onnx: the file is missing/);
  });
  it('a file cut short', async () => {
    truncateSync(join(folder, 'int8.onnx'), 1000);
    await fails(/int8\.onnx: has 1000 bytes, model\.json says/);
  });
  it('a wrong hash', async () => {
    const file = join(folder, 'int8.onnx');
    const bytes = readFileSync(file);
    bytes[bytes.length >> 1] ^= 1;
    writeFileSync(file, bytes);
    await fails(/int8\.onnx: its sha256 is not the one/);
  });
  it("a memory's gate that is missing, another one, or elsewhere", async () => {
    truncateSync(join(folder, 'memory.json'), 1000);
    await fails(/memory\.json: has 1000 bytes, model\.json says/);
    rmSync(join(folder, 'memory.json'));
    await fails(/memory\.json: the file is missing/);
    edit((j) => (j.memory.path = '../memory.json'));
    await fails(/model\.json: memory\.path: must be the plain name of a file/);
  });
  it('a path that leaves the folder', async () => {
    edit((j) => (j.files[0].path = '../int8.onnx'));
    await fails(/model\.json: files\.0\.path: must be the plain name of a file/);
  });
  it('sizes that disagree with the graph', async () => {
    edit((j) => (j.architecture.window = 128));
    await fails(/the graph's lk0 has 64, model\.json says architecture\.window 128/);
  });
  it('layers that disagree with the graph', async () => {
    edit((j) => (j.architecture.globalLayers += 1));
    await fails(/does not have globalLayers/);
  });
  it('what a call costs is measured on the engine itself', async () => {
    const engine = await Engine.load(join(ROOT, 'model/models/micro'), { threads: 2 });
    assert.equal(engine.threads, 2);
    assert.ok((await cost(engine)) > 0);
    await engine.release();
  });
  it('a failed switch keeps the model that is loaded', async () => {
    const model = new LoadedModel();
    const engine = await model.switchTo(join(ROOT, 'model/models/micro'));
    rmSync(join(folder, 'int8.onnx'));
    await assert.rejects(model.switchTo(folder));
    assert.equal(model.engine, engine);
    await engine.release();
  });
});
