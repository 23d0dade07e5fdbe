/** Next edits over LSP: what was done twice is proposed elsewhere, and nowhere that may not be read. */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { NextEditResult, NextEdits } from '../../server/wire/protocol.ts';
import { eventually, status } from './indexedWorkspace.ts';
import { TestWorker } from './worker.ts';

const CALLS = ['quillfranc(first);', 'quillfranc(second);', 'read();', 'quillfranc(third);', ''].join('\n');
const LINE = 'quillfranc(elsewhere);\n';
/** Files with the same call: one that may be read, and those that may not. */
const FILES = {
  '.gitignore': 'ignored.ts\n',
  'readable.ts': `one();\n${LINE}`,
  'ignored.ts': LINE,
  'excluded/a.ts': LINE,
  '.env': LINE,
  'secrets.ts': LINE,
};

describe('next edits', () => {
  let folder: string;
  let worker: TestWorker;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'bl-next-'));
    for (const [path, text] of Object.entries(FILES)) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), text);
    }
    mkdirSync(join(folder, '.git'));
  });
  afterEach(() => worker.stop());
  after(() => rmSync(folder, { recursive: true }));

  const uri = (name: string) => pathToFileURL(join(folder, name)).href;
  const ask = (name: string, line: number, more = {}) =>
    worker.connection.sendRequest('byteline/nextEdit', {
      uri: uri(name),
      position: { line, character: 0 },
      precision: 0.4, // it is about where places are looked for
      ...more,
    }) as Promise<NextEditResult>;
  const versions = new Map<string, number>();
  /** Puts `All` behind the word that begins a line. */
  const edit = (name: string, line: number, text = 'All') => {
    const version = (versions.get(name) ?? 1) + 1;
    versions.set(name, version);
    const at = { line, character: 'quillfranc'.length };
    return worker.connection.sendNotification('textDocument/didChange', {
      textDocument: { uri: uri(name), version },
      contentChanges: [{ range: { start: at, end: at }, text }],
    });
  };
  const twice = async (memory = {}) => {
    versions.clear();
    worker = await TestWorker.start(
      { memory: { exclude: ['excluded'], secrets: ['secrets.ts'], ...memory } },
      [],
      [folder],
    );
    await eventually('indexed', async () => ((await status(worker))?.state ?? 'ready') === 'ready');
    await worker.open(uri('a.ts'), CALLS);
    for (const line of [0, 1]) await edit('a.ts', line);
  };
  const edits = (found: NextEditResult): NextEdits => {
    assert.equal(found.kind, 'edits', JSON.stringify(found));
    return found as NextEdits;
  };

  it('the next place has its range, its texts and its worth', async () => {
    await twice();
    const found = edits(await ask('a.ts', 1));
    const [{ probability, ...first }] = found.edits;
    assert.deepEqual(first, {
      textDocument: { uri: uri('a.ts'), version: 3 },
      range: { start: { line: 3, character: 0 }, end: { line: 3, character: 10 } },
      newText: 'quillfrancAll',
      oldText: 'quillfranc',
    });
    assert.ok(probability > 0 && probability < 1, `${probability}`);
    assert.equal(found.times, 2);
    assert.deepEqual(found.name, { from: 'quillfranc', to: 'quillfrancAll' });
  });
  it('no place is sure enough for a precision of 1, but one asked for by hand', async () => {
    await twice();
    assert.deepEqual(await ask('a.ts', 1, { precision: 1 }), { kind: 'none', reason: 'unsure' });
    assert.equal((await ask('a.ts', 1, { precision: 1, always: true })).kind, 'edits');
  });
  it('a refused place does not come back', async () => {
    await twice({ enable: false });
    const { rule, edits: all } = edits(await ask('a.ts', 1));
    const { textDocument, range } = all[0];
    await worker.connection.sendNotification('byteline/refuseEdit', { rule, uri: textDocument.uri, range });
    assert.deepEqual(await ask('a.ts', 1), { kind: 'none', reason: 'refused' });
  });
  it('of other files only those that may be read are looked at, whether open or not', async () => {
    await twice();
    await edit('a.ts', 3);
    const found = edits(await ask('a.ts', 3));
    assert.deepEqual(
      found.edits.map(({ textDocument, range, newText }) => [textDocument, range.start, newText]),
      [[{ uri: uri('readable.ts'), version: null }, { line: 1, character: 0 }, 'quillfrancAll']],
    );
    for (const name of Object.keys(FILES)) await worker.open(uri(name), FILES[name as keyof typeof FILES]);
    assert.equal(edits(await ask('a.ts', 3)).edits[0].textDocument.uri, uri('readable.ts'));
    await edit('readable.ts', 1);
    for (const always of [false, true])
      assert.deepEqual(await ask('a.ts', 3, { always }), { kind: 'none', reason: 'no-place' });
  });
  it('without memory, or in a workspace that is not trusted, no other file is looked at', async () => {
    for (const memory of [{ enable: false }, { trusted: false }]) {
      await twice(memory);
      await edit('a.ts', 3);
      await worker.open(uri('readable.ts'), FILES['readable.ts']);
      assert.deepEqual(await ask('a.ts', 3), { kind: 'none', reason: 'no-place' });
      if ('enable' in memory) await worker.stop();
    }
  });
  it('nothing is proposed by itself where secrets are', async () => {
    await twice();
    await worker.open(uri('secrets.ts'), LINE);
    assert.deepEqual(await ask('secrets.ts', 0), { kind: 'none', reason: 'secret' });
  });
});
