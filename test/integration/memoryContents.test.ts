/** What the workspace memory knows, what it never knows, and what it says, through the worker, over real LSP. */
import assert from 'node:assert/strict';
import { readFileSync, rmSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import type { MemoryOptions } from '../../server/wire/protocol.ts';
import { eventually, FILES, IndexedWorkspace, onDisk, phrase, status, unit, until } from './indexedWorkspace.ts';
import { TestWorker } from './worker.ts';

describe('workspace memory', function () {
  this.timeout(240_000);
  const workspace = new IndexedWorkspace();
  const { change, completed, start, uriOf, why, workers, write } = workspace;

  it('says what it holds, and where something was seen', async () => {
    const worker = await start();
    const others = ['src/read.ts', '.gitignore', 'left/out/b.ts', 'own.hush'];
    const size = (path: string) => statSync(join(workspace.root, path)).size;
    const all = [...Array.from({ length: FILES }, (_, i) => `src/unit${i}.ts`), ...others].reduce(
      (sum, path) => sum + size(path),
      0,
    );
    const ready = { state: 'ready', files: FILES + others.length, bytes: all, skipped: { secret: 1 } };
    assert.equal(worker.memoryStatuses[0].state, 'indexing');
    assert.deepEqual(
      worker.memoryStatuses.find(({ state }) => state === 'ready'),
      ready,
    );
    const withOpened = { ...ready, files: ready.files + 1, bytes: ready.bytes + 1 }; // the document that asks
    await eventually('the opened document is in', async () => isDeepStrictEqual(await status(worker), withOpened));
    const found = (await why(worker, phrase('read')))!;
    assert.deepEqual([found.path, found.line, found.times], [join(workspace.root, 'src/read.ts'), 3, 1]);
    assert.equal(found.seen, phrase('read'));
    const often = (await why(worker, 'zorblatt.quillfrancWithTassel('))!;
    assert.ok(
      often.times > 5 && often.path!.startsWith(join(workspace.root, 'src/unit')) && often.line === 5,
      JSON.stringify(often),
    );
    assert.equal(await why(worker, 'hobbledehoy perspicacity'), null);
  });

  it('learns of files and edits, and forgets', async () => {
    const worker = await start();
    const knows = (name: string, path?: string) => async () =>
      (await why(worker, phrase(name)))?.path === (path && join(workspace.root, path));
    const file = write('src/later.ts', phrase('later'));
    assert.equal(await why(worker, phrase('later')), null);
    await onDisk(worker, file);
    await eventually('the new file is known', knows('later', 'src/later.ts'));
    const edited = uriOf('src/unit3.ts');
    await worker.open(edited, unit(3));
    await change(worker, edited, `${unit(3)}\n${phrase('edited')}\n`);
    await eventually('the edit is known', knows('edited', 'src/unit3.ts'));
    assert.equal((await why(worker, phrase('edited')))!.line, 10);
    await worker.connection.sendNotification('textDocument/didClose', { textDocument: { uri: edited } });
    await eventually('what was never saved is forgotten', knows('edited'));
    rmSync(join(workspace.root, 'src/later.ts'));
    await onDisk(worker, file);
    await eventually('the removed file is forgotten', knows('later'));
  });

  it('never knows what git ignores, what is excluded, and secrets: from disk or as open documents', async () => {
    const worker = await start({ exclude: ['**/out'], secrets: ['*.hush'] });
    const hidden = { ignored: 'ignored/a.ts', secret: '.env', excluded: 'left/out/b.ts', hushed: 'own.hush' };
    await onDisk(worker, ...Object.values(hidden).map(uriOf));
    for (const [name, path] of Object.entries(hidden)) {
      await worker.open(uriOf(path), phrase(name));
      await change(worker, uriOf(path), `${phrase(name)} // edited`);
    }
    const after = write('src/after.ts', phrase('after')); // is known once the others could have been
    await onDisk(worker, after);
    await worker.open(uriOf('src/opened.ts'), phrase('opened'));
    for (const name of ['after', 'opened'])
      await eventually(`${name} is known`, async () => (await why(worker, phrase(name))) !== null);
    for (const name of Object.keys(hidden)) assert.equal(await why(worker, phrase(name)), null, name);
    rmSync(join(workspace.root, 'src/after.ts'));
    const all = await start();
    assert.equal((await why(all, phrase('excluded')))?.path, join(workspace.root, 'left/out/b.ts'));
  });

  it('reads no file of a workspace that is not trusted, but completes', async () => {
    const opened = async (memory: MemoryOptions): Promise<number> => {
      const trace = join(workspace.root, '..', `${basename(workspace.root)}.trace`);
      const worker = await start(memory, ['strace', '-f', '-qq', '-s', '400', '-e', 'trace=openat,open', '-o', trace]);
      assert.equal((await status(worker))!.files > 0, memory.trusted !== false);
      assert.ok(await completed(worker, uriOf('src/mine.ts'), until(1, 14)));
      assert.equal((await why(worker, phrase('read'))) !== null, memory.trusted !== false);
      await workers.pop()!.stop();
      await sleep(500);
      const calls = readFileSync(trace, 'utf8');
      rmSync(trace);
      return calls.split('\n').filter((call) => call.includes(workspace.root)).length;
    };
    assert.ok((await opened({})) > FILES);
    assert.equal(await opened({ trusted: false }), 0);
  });

  it('goes on where a client refuses to be asked for events', async () => {
    const worker = await TestWorker.start(
      { model: 'micro', streaming: true, threads: 1, device: 'cpu' },
      [],
      [workspace.root],
      { workspace: { workspaceFolders: true, didChangeWatchedFiles: { dynamicRegistration: true } } },
      true,
    );
    workers.push(worker);
    await eventually('the refusal is in the log', () =>
      Promise.resolve(worker.logs.some((log) => log.includes('this client registers nothing'))),
    );
    await eventually('the workspace is indexed', async () => (await status(worker))!.files >= FILES);
  });
});
