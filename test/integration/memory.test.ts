/** What the workspace memory changes in completions, through the worker, over real LSP, with a real model. */
import assert from 'node:assert/strict';
import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { CompleteResult } from '../../server/wire/protocol.ts';
import { CURSORS, eventually, IndexedWorkspace, LINES, phrase, status, until } from './indexedWorkspace.ts';
import { folderOf, TestWorker } from './worker.ts';

describe('workspace memory', function () {
  this.timeout(240_000);
  const workspace = new IndexedWorkspace();
  const { change, completed, nextId, start, uriOf, why, workers } = workspace;

  it('completes with the names of the workspace, and not without it', async () => {
    const worker = await start();
    assert.ok(worker.registered.includes('workspace/didChangeWatchedFiles'));
    const [on, off] = [worker, await start({ enable: false })];
    assert.equal(await status(off), null);
    assert.equal(await why(off, LINES[1]), null);
    for (const [line, at] of CURSORS) {
      const [uri, text, rest] = [uriOf(`src/mine${line}.ts`), until(line, at), LINES[line].slice(at, at + 10)];
      const [known, unknown] = [await completed(on, uri, text), await completed(off, uri, text)];
      assert.ok(known.startsWith(rest), `${known} after ${text}`);
      assert.ok(!unknown.startsWith(rest), `${unknown} after ${text}`);
    }
  });

  it('completes the same after one more typed byte', async () => {
    const worker = await start();
    let bytes = 0;
    for (const [line, first] of CURSORS) {
      for (const at of [first - 4, first, first + 1, first + 6]) {
        const [uri, text] = [uriOf(`src/typed${line}-${at}.ts`), until(line, at)];
        const made = await completed(worker, uri, text);
        await change(worker, uri, text + made[0]);
        const again = await completed(worker, uri, text + made[0], false);
        const both = Math.min(made.length - 1, again.length);
        assert.equal(again.slice(0, both), made.slice(1, 1 + both), text);
        bytes += both;
      }
    }
    assert.ok(bytes > 16 * 8, `${bytes} bytes`);
  });

  it("reads other files in the document's own unit of indentation", async () => {
    const words = ['Lantern', 'Harbour', 'Meadow'];
    const shelf = (name: string) =>
      [
        `export class ${name} {`,
        '\tprivate items: string[] = [];',
        '',
        '\tadd(item: string): void {',
        '\t\tif (!this.items.includes(item)) {',
        '\t\t\tthis.items.push(item);',
        '\t\t}',
        '\t}',
        '',
        '\tsize(): number {',
        '\t\treturn this.items.length;',
        '\t}',
        '}',
        '',
      ].join('\n');
    const spaced = (text: string) => text.replaceAll('\t', '    ');
    let offers = 0;
    for (const tabs of [true, false]) {
      const [theirs, ours] = tabs ? [spaced, (text: string) => text] : [(text: string) => text, spaced];
      const folder = realpathSync(mkdtempSync(join(tmpdir(), 'byteline-units-')));
      for (const word of words) writeFileSync(join(folder, `${word.toLowerCase()}.ts`), theirs(shelf(word)));
      const worker = await TestWorker.start(
        { streaming: true, model: 'nano', threads: 1, device: 'cpu' },
        [],
        [folder],
      );
      workers.push(worker);
      await eventually('ready', async () => (await status(worker))!.state === 'ready');
      const lines = shelf('Store').split('\n');
      for (let line = 1; line < lines.length - 2; line++) {
        for (const blank of [false, true]) {
          // at the end of a line, and on the next one, indented
          const indent = /^\t*/.exec(lines[line + 1])![0];
          const text = ours(lines.slice(0, line + 1).join('\n') + (blank ? `\n${indent}` : ''));
          const uri = pathToFileURL(join(folder, `${tabs ? 'tab' : 'space'}${line}${blank}.ts`)).href;
          await worker.open(uri, `${text}\n}`);
          const above = text.split('\n');
          const position = { line: above.length - 1, character: above.at(-1)!.length };
          const made = (await worker.connection.sendRequest('byteline/complete', {
            id: nextId(),
            uri,
            position,
            multiline: true,
            maxBytes: 96,
            always: true,
          })) as CompleteResult;
          await worker.connection.sendNotification('textDocument/didClose', { textDocument: { uri } });
          if (made.kind === 'none') continue;
          offers++;
          const written = above.at(-1)! + made.text;
          assert.ok(!(tabs ? /^\t* {2}/m : /^ *\t/m).test(written), JSON.stringify([text, made.text]));
        }
      }
      rmSync(folder, { recursive: true });
    }
    assert.ok(offers >= 30, `${offers} offers`);
  });

  it('forgets a folder that is closed, and knows it again when it is opened', async () => {
    const worker = await start();
    const folders = (added: string[], removed: string[]) =>
      worker.connection.sendNotification('workspace/didChangeWorkspaceFolders', {
        event: { added: added.map(folderOf), removed: removed.map(folderOf) },
      });
    const [line, at] = CURSORS[0];
    const known = await completed(worker, uriOf('src/mine.ts'), until(line, at));
    await folders([], [workspace.root]);
    assert.equal((await status(worker))!.files, 0);
    assert.equal(await why(worker, phrase('read')), null);
    assert.notEqual(await completed(worker, uriOf('src/mine2.ts'), until(line, at)), known);
    await folders([workspace.root], []);
    await eventually('the folder is known again', async () => (await why(worker, phrase('read'))) !== null);
  });
});
