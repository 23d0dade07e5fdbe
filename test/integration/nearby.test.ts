/** FILE blocks and cells above, through a real worker: a copy of micro whose manifest asks for blocks. */
import assert from 'node:assert/strict';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Engine } from '../../server/engine/engine.ts';
import { filesLimit } from '../../server/prompt/around.ts';
import { blocksOf } from '../../server/prompt/nearby.ts';
import type { Cell, CompleteResult, InitOptions } from '../../server/wire/protocol.ts';
import { count } from '../bench/exactness.ts';
import { sourceText } from '../sourceText.ts';
import { ROOT, TestWorker } from './worker.ts';

const NEIGHBOUR = [
  'export function quantizeVoltage(volts: number, stepsPerVolt: number): number {',
  '  return Math.round(volts * stepsPerVolt);',
  '}',
  '',
].join('\n');
const OWN = 'import { quantizeVoltage } from "./voltage";\n\nexport const level = quan';
const AT = { line: 2, character: 25 };

describe('FILE blocks', () => {
  let folder: string;
  let worker: TestWorker;
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'bl-near-'));
    cpSync(join(ROOT, 'model/models/micro'), join(folder, 'models/blocks'), { recursive: true });
    const file = join(folder, 'models/blocks/model.json');
    // without a gate: what the index knows of an edit, from some moment on, must change nothing here
    const manifest = { ...JSON.parse(readFileSync(file, 'utf8')), memory: undefined };
    writeFileSync(file, JSON.stringify({ ...manifest, name: 'blocks', fileBlocks: true }));
    mkdirSync(join(folder, 'ws'));
    worker = await start({});
  });
  after(async () => {
    await worker.stop();
    rmSync(folder, { recursive: true });
  });
  const start = (memory: InitOptions['memory']) =>
    TestWorker.start(
      { streaming: true, model: 'blocks', modelFolders: [join(folder, 'models')], memory: { megabytes: 1, ...memory } },
      [],
      [join(folder, 'ws')],
    );
  const uri = (name: string) => pathToFileURL(join(folder, 'ws', name)).href;
  const edit = async (of: TestWorker, name: string, text: string, version = 2) => {
    await of.connection.sendNotification('textDocument/didChange', {
      textDocument: { uri: uri(name), version },
      contentChanges: [{ range: { start: { line: 0, character: 0 }, end: { line: 0, character: 0 } }, text }],
    });
  };
  /** The log-probability of what follows there: another one for another prompt. */
  const ask = async (of: TestWorker, name: string, more = {}) => {
    const made = (await of.connection.sendRequest('byteline/complete', {
      id: 1,
      uri: uri(name),
      position: AT,
      multiline: false,
      maxBytes: 32,
      detail: true,
      ...more,
    })) as CompleteResult;
    assert.ok(made.kind === 'text');
    return made.logps![0];
  };
  const near = (a: number, b: number) => Math.abs(a - b) < 0.01; // int8: a warm cache rounds otherwise

  it('come from the document that was edited, stay while the user does, and are none of a secret', async () => {
    await worker.open(uri('own.ts'), OWN);
    await worker.open(uri('.env'), NEIGHBOUR);
    await edit(worker, '.env', 'KEY=hunter2 // quantizeVoltage(hunter2)\n');
    const alone = await ask(worker, 'own.ts');
    await worker.open(uri('again.ts'), OWN);
    await ask(worker, 'again.ts');
    assert.ok(
      near(await ask(worker, 'own.ts'), alone),
      'a secret was edited, and another document looked at before anything else was',
    );
    await worker.open(uri('voltage.ts'), NEIGHBOUR);
    await edit(worker, 'voltage.ts', '// steps\n');
    assert.ok(near(await ask(worker, 'own.ts'), alone), 'he stayed');
    await ask(worker, 'voltage.ts', { position: { line: 0, character: 0 } });
    const behind = await ask(worker, 'own.ts');
    assert.ok(Math.abs(behind - alone) > 0.02, `${behind} behind the block, ${alone} without`);
    await edit(worker, 'voltage.ts', 'const more = 1;\n', 3);
    assert.ok(near(await ask(worker, 'own.ts'), behind));
  });

  it('are none where the workspace is not trusted, or the memory is off', async () => {
    for (const memory of [{ trusted: false }, { enable: false }]) {
      const other = await start(memory);
      await other.open(uri('own.ts'), OWN);
      const alone = await ask(other, 'own.ts');
      await other.open(uri('voltage.ts'), NEIGHBOUR);
      await edit(other, 'voltage.ts', '// steps\n');
      await ask(other, 'voltage.ts', { position: { line: 0, character: 0 } });
      assert.ok(near(await ask(other, 'own.ts'), alone));
      await other.stop();
    }
  });

  it('a cell uses what a cell above defines; its notebook is not trusted, and no file is read', async () => {
    const other = await TestWorker.start(
      { streaming: true, model: 'micro', memory: { trusted: false } },
      [],
      [join(folder, 'ws')],
    );
    const text = 'price = 12.5\nrate = 1.08\n\ndollars = conv';
    const cell = uri('notes.ipynb').replace('file://', 'vscode-notebook-cell:') + '#W1sZmlsZQ%3D%3D';
    await other.connection.sendNotification('textDocument/didOpen', {
      textDocument: { uri: cell, languageId: 'python', version: 1, text },
    });
    const complete = (above?: Cell[]) =>
      other.connection.sendRequest('byteline/complete', {
        id: 1,
        uri: cell,
        position: { line: 3, character: 14 },
        above,
        multiline: false,
        maxBytes: 64,
        always: true,
      }) as Promise<CompleteResult>;
    const above = [
      { language: 'python', text: 'def convert_currency(amount, rate):\n    return amount * rate' },
      { language: 'markdown', text: '# Prices' },
    ];
    await other.connection.sendNotification('byteline/warm', {
      uri: cell,
      position: { line: 3, character: 14 },
      above,
      maxBytes: 64,
    });
    const made = await complete(above);
    assert.match(made.kind === 'text' ? made.text : '', /^ert_currency\(/);
    const alone = await complete();
    assert.doesNotMatch(alone.kind === 'text' ? alone.text : '', /^ert_currency/);
    assert.equal(((await other.connection.sendRequest('byteline/memory')) as { files: number }).files, 0);
    await other.stop();
  });

  it('fp32: every cut behind FILE blocks is exact', async () => {
    const engine = await Engine.load(join(ROOT, '.cache/models/micro-fp32'), { precision: 'fp32' });
    const read = (path: string) => ({ path, text: sourceText(basename(path)) });
    const blocks = blocksOf(
      ['server/engine/cache.ts', 'server/errors.ts'].map((path) => ({ ...read(path), offset: 200 })),
      filesLimit(engine.architecture.context, 0, 0),
    );
    assert.equal(blocks.length, 2);
    const result = await count(
      engine,
      [read('server/engine/cachePool.ts'), read('test/fixtures/make_sequence.py')],
      60,
      undefined,
      blocks,
    );
    console.log(`      ${result.same} of ${result.cuts} cuts exact`);
    assert.ok(result.cuts >= 60);
    assert.equal(result.same, result.cuts);
    await engine.release();
  });
});
