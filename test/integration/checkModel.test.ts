/** A folder is checked before it is added, and its models can be chosen without a restart. */
import assert from 'node:assert/strict';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CheckedFolder, InitOptions, ModelInfo } from '../../server/wire/protocol.ts';
import { ROOT, TestWorker } from './worker.ts';

describe('a model folder to be added', () => {
  let worker: TestWorker;
  let root: string;
  before(async () => {
    worker = await TestWorker.start({ streaming: true });
  });
  after(() => worker.stop());
  beforeEach(() => {
    root = realpathSync(mkdtempSync(join(tmpdir(), 'byteline-add-')));
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));
  const model = (name: string): string => {
    cpSync(join(ROOT, 'model/models/micro'), join(root, name), { recursive: true });
    return join(root, name);
  };
  const check = (folder: string) =>
    worker.connection.sendRequest('byteline/checkModel', { folder }) as Promise<CheckedFolder>;

  it("is a model's own, or holds models'", async () => {
    const mine = {
      name: 'mine',
      folder: model('mine'),
      version: JSON.parse(readFileSync(join(root, 'mine/model.json'), 'utf8')).version,
    };
    assert.deepEqual(await check(mine.folder), { root, models: [mine] });
    assert.deepEqual(await check(`${root}/`), { root, models: [mine] });
    mkdirSync(join(root, 'no-model'));
    assert.deepEqual((await check(root)).models, [mine]);
  });
  it('is refused with one error that names the file at fault', async () => {
    await assert.rejects(
      check(join(root, 'none')),
      /byteline-add-\w+.none: there is no model\.json in it, nor in a folder of it/,
    );
    await assert.rejects(check(root), /there is no model\.json/);
    const folder = model('mine');
    for (const [file, change, pattern] of [
      ['model.json', (path: string) => writeFileSync(path, '{'), /mine.model\.json: /],
      [
        'int8.weights',
        (path: string) => truncateSync(path, 1000),
        /mine.int8\.weights: has 1000 bytes, model\.json says/,
      ],
      // the CPU's own load does without it
      ['int8-local.onnx', (path: string) => rmSync(path), /mine.int8-local\.onnx: the file is missing/],
      [
        'memory.json',
        (path: string) =>
          writeFileSync(path, 'x'.repeat(JSON.parse(readFileSync(join(folder, 'model.json'), 'utf8')).memory.bytes)),
        /mine.memory\.json: its sha256 is not the one/,
      ],
    ] as const) {
      change(join(folder, file));
      await assert.rejects(check(folder), pattern);
      await assert.rejects(check(root), pattern);
      cpSync(join(ROOT, 'model/models/micro', file), join(folder, file));
    }
    assert.equal((await check(folder)).models.length, 1);
  });
  it('may not hide a model of the same name', async () => {
    await assert.rejects(
      check(model('nano')),
      /byteline-add-\w+.nano: .*models.nano has the same name; rename the folder/,
    );
  });
  it('has one name everywhere: that of its folder, with its own speed', async () => {
    model('mine');
    const [uri, text] = ['file:///ws/a.ts', 'for (let i = 0; i < 10; '];
    const listed = async () => {
      const models = (await worker.connection.sendRequest('byteline/models')) as ModelInfo[];
      return Object.fromEntries(models.map((m) => [m.name, m]));
    };
    const use = async (name: string, id: number) => {
      await worker.connection.sendRequest('byteline/switchModel', { name });
      const position = { line: 0, character: text.length };
      const params = { id, uri, position, multiline: false, maxBytes: 32, always: true };
      await worker.connection.sendRequest('byteline/complete', params);
      await worker.connection.sendRequest('byteline/ping');
      const said = worker.statuses.slice(-2).map((s) => [s.state, s.model]);
      assert.deepEqual(said, [
        ['generating', name],
        ['ready', name],
      ]);
    };
    await worker.open(uri, text);
    await worker.connection.sendNotification('byteline/modelFolders', { folders: [root] });
    await use('micro', 1);
    const before = (await listed()).micro.speed;
    assert.ok(before! > 0 && (await listed()).mine.speed === undefined);
    await use('mine', 2);
    const { mine, micro } = await listed();
    assert.ok(mine.current && mine.speed! > 0 && !micro.current && micro.speed === before);
    await worker.connection.sendNotification('byteline/modelFolders', { folders: [] }); // its path alone names it now
    await worker.connection.sendRequest('byteline/ping');
    const path = join(root, 'mine');
    assert.ok((await listed())[path].current);
    for (let i = 0; i < 100 && worker.statuses.at(-1)!.model !== path; i++) await new Promise((r) => setTimeout(r, 20));
    await use(path, 3);
    await worker.connection.sendRequest('byteline/switchModel', { name: 'micro' });
  });
  it('is tried in a process of its own once for its graph, with the threads set, too', async function () {
    if (process.platform !== 'linux') this.skip();
    const trace = join(root, 'trace');
    const start = async (name: string, init: InitOptions) => {
      const traced = ['strace', '-f', '-qq', '-s', '500', '-e', 'trace=execve', '-o', trace];
      const worker = await TestWorker.start({ model: join(root, name), threads: 1, device: 'cpu', ...init }, traced);
      assert.equal(worker.statuses.at(-1)!.state, 'ready');
      await worker.stop();
      return { vetted: worker.vetted, tries: readFileSync(trace, 'utf8').match(/try-device/g)?.length ?? 0 };
    };
    for (const name of ['mine', 'copy']) model(name);
    const first = await start('mine', {});
    assert.deepEqual([first.vetted.length, first.tries], [1, 1]);
    assert.deepEqual(await start('copy', { vetted: first.vetted }), { vetted: [], tries: 0 });
  });
  it('is known by name from the notification on, and no more after the next', async () => {
    const folder = model('mine');
    const use = (name: string) => worker.connection.sendRequest('byteline/switchModel', { name }) as Promise<ModelInfo>;
    await assert.rejects(use('mine'), /no model named mine/);
    await worker.connection.sendNotification('byteline/modelFolders', { folders: [root] });
    const { models } = await check(folder); // there already: no other model
    assert.equal(models[0].name, 'mine');
    assert.equal((await use('mine')).folder, folder);
    assert.equal(typeof worker.statuses.findLast((s) => s.state === 'ready')!.threads, 'number');
    await use('micro');
    await worker.connection.sendNotification('byteline/modelFolders', { folders: [] });
    assert.ok(
      !((await worker.connection.sendRequest('byteline/models')) as ModelInfo[]).some(({ name }) => name === 'mine'),
    );
  });
});
