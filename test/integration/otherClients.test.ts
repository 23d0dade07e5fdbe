/**
 * The worker with a plain LSP client, as others than VS Code are: an older one, that sends empty tables of Lua, in a
 * workspace with secrets.
 */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import type { MemoryStatus, Why } from '../../server/wire/protocol.ts';
import { TestWorker } from './worker.ts';

const at = (line: number, character: number) => ({ line, character });
interface Item {
  insertText: string;
  range: { start: { line: number; character: number }; end: { line: number; character: number } };
}

describe('other clients', function () {
  this.timeout(120_000);
  let root: string;
  let worker: TestWorker;
  /** As a service hands one out. */
  const token = `a7B${randomBytes(30)
    .toString('base64url')
    .replace(/[^A-Za-z0-9]/g, 'x')}`;
  const write = (path: string, text: string) => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  };
  const uriOf = (path: string) => pathToFileURL(join(root, path)).href;
  const ask = (path: string, position: object, context: object) =>
    worker.connection.sendRequest('textDocument/inlineCompletion', {
      textDocument: { uri: uriOf(path) },
      position,
      context,
    }) as Promise<Item[]>;
  const [byHand, byItself] = [{ triggerKind: 1 }, { triggerKind: 2 }];

  before(async () => {
    root = realpathSync(mkdtempSync(join(tmpdir(), 'byteline-others-')));
    write(
      'lib/revenue.ts',
      'export function computeQuarterlyRevenue(quarter: number): number {\n  return quarter * 3;\n}\n',
    );
    write('.Renviron', `SERVICE_TOKEN=${token}\n`);
    write('notes/setup.md', `Once, by hand:\n\n    export SERVICE_TOKEN=${token}\n\nThen start it.\n`);
    worker = await TestWorker.start({}, [], [], {}, false, {
      workspaceFolders: undefined,
      rootUri: pathToFileURL(root).href,
      initializationOptions: [],
    });
    const status = () => worker.connection.sendRequest('byteline/memory') as Promise<MemoryStatus>;
    for (const end = Date.now() + 60_000; (await status()).state !== 'ready'; await sleep(50))
      assert.ok(Date.now() < end, 'never indexed');
    assert.deepEqual((await status()).files, 2, JSON.stringify(await status()));
  });
  after(async () => {
    await worker.stop();
    rmSync(root, { recursive: true });
  });

  it('the folder of rootUri is known, with initialization options that are an empty table', async () => {
    await worker.open(uriOf('main.ts'), 'const total = computeQuart');
    const items = await ask('main.ts', at(0, 26), byHand);
    assert.ok(items[0].insertText.startsWith('const total = computeQuarterlyRevenue('), JSON.stringify(items));
  });

  it(
    'a position past the end of its line means the end, ' + 'and the selected item is completed as if it were taken',
    async () => {
      // else the model sees that file's same line, which ends where the cursor is, in a block before this one
      await worker.connection.sendNotification('textDocument/didClose', { textDocument: { uri: uriOf('main.ts') } });
      await worker.open(uriOf('ends.ts'), 'const total = computeQuart\n');
      const [item] = await ask('ends.ts', at(0, 999), byHand);
      assert.deepEqual(item.range, { start: at(0, 0), end: at(0, 26) });
      const selectedCompletionInfo = { range: { start: at(0, 14), end: at(0, 26) }, text: 'computeQuarterlyRevenue' };
      for (const found of await ask('ends.ts', at(0, 26), { ...byHand, selectedCompletionInfo })) {
        assert.ok(
          found.insertText.startsWith('const total = computeQuarterlyRevenue') && found.insertText.length > 37,
          found.insertText,
        );
      }
    },
  );

  it('a line of 214,000 characters is not sent again', async () => {
    const line = 'call(1); '.repeat(24_000);
    await worker.open(uriOf('long.js'), line);
    for (const item of await ask('long.js', at(0, line.length - 4), byHand)) {
      assert.ok(item.insertText.length < 1000, `${item.insertText.length} characters`);
      assert.ok(item.range.start.character >= line.length - 4);
    }
  });

  it('a key that comes while an item is made does not put another line into it', async () => {
    await worker.open(
      uriOf('moves.ts'),
      '// a first line that goes\nexport function half(x: number) { ret\n\n// another line\n',
    );
    const coming = ask('moves.ts', at(1, 37), byHand);
    await worker.connection.sendNotification('textDocument/didChange', {
      textDocument: { uri: uriOf('moves.ts'), version: 2 },
      contentChanges: [{ range: { start: at(0, 0), end: at(1, 0) }, text: '' }],
    });
    const items = await coming;
    assert.ok(items.length > 0);
    for (const { insertText } of items)
      assert.ok(insertText.startsWith('export function half(x: number) { ret'), insertText);
  });

  it('a token is not known, from the file that holds secrets nor from another, and not offered by hand', async () => {
    const known = (text: string) =>
      worker.connection.sendRequest('byteline/why', {
        uri: uriOf('ends.ts'),
        position: at(0, 0),
        text,
      }) as Promise<Why | null>;
    assert.equal((await known('Then start it.'))?.path, join(root, 'notes/setup.md'));
    for (const part of [token, token.slice(0, 12), token.slice(-12)]) assert.equal(await known(part), null);
    await worker.open(uriOf('run.sh'), '#!/bin/sh\nexport SERVICE_TOKEN=', 'shellscript');
    for (const { insertText } of await ask('run.sh', at(1, 21), byHand)) {
      for (let i = 0; i + 6 <= token.length; i++)
        assert.ok(!insertText.includes(token.slice(i, i + 6)), `${insertText} of ${token}`);
    }
  });

  it(
    'nothing is offered by itself in a file that holds secrets, ' + 'with the reason in the log; by hand it is',
    async () => {
      for (const path of ['.env', 'deploy/secrets/db.yaml']) {
        await worker.open(uriOf(path), 'FIRST_NAME=one\nSECOND_NAME=two\nTHIRD_', 'properties');
        const said = worker.logs.length;
        assert.deepEqual(await ask(path, at(2, 6), byItself), []);
        assert.ok(worker.logs.slice(said).includes('nothing offered: secret'), worker.logs.slice(said).join('\n'));
        assert.notDeepEqual(await ask(path, at(2, 6), byHand), []);
      }
    },
  );
});
