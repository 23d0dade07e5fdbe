/** The workspace's memory through the worker, over real LSP, with a real model: what it knows, what it never knows, and what it says. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { isDeepStrictEqual } from 'node:util';
import type { CompleteResult, MemoryOptions, MemoryStatus, Why } from '../../server/wire/protocol.ts';
import { folderOf, TestWorker } from './worker.ts';

/** Calls that no model has seen. */
const unit = (i: number) => `import { openZorblattChannel } from './zorblatt${i % 3}';

export function unit${i}(depth: number) {
  const zorblatt = openZorblattChannel('unit${i}', { wimbleDepth: depth + ${i} });
  zorblatt.quillfrancWithTassel(depth, 'plover');
  if (depth > ${i}) zorblatt.vexatePendulum(depth - 1);
  return zorblatt.drainSnickersnack();
}
`;
const FILES = 30;
const LINES = [
  "  const zorblatt = openZorblattChannel('mine', { wimbleDepth: depth + 2 });",
  "  zorblatt.quillfrancWithTassel(depth, 'plover');",
  '  if (depth > 2) zorblatt.vexatePendulum(depth - 1);',
  '  return zorblatt.drainSnickersnack();',
];
const HEAD = 'export function mine(depth: number) {\n';
/** Places in LINES where names begin. */
const CURSORS = [
  [0, 22],
  [1, 14],
  [2, 28],
  [3, 22],
];
/** What a document holds until column `at` of one of LINES. */
const until = (line: number, at: number) => HEAD + [...LINES.slice(0, line), LINES[line].slice(0, at)].join('\n');
/** Texts that are nowhere else, of files that are read and of files that never are. */
const phrase = (name: string) => createHash('sha1').update(name).digest('hex');

describe('workspace memory', function () {
  this.timeout(240_000);
  let root: string;
  let workers: TestWorker[];
  let ids = 0;
  const write = (path: string, text: string): string => {
    const file = join(root, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
    return pathToFileURL(file).href;
  };
  const uriOf = (path: string) => pathToFileURL(join(root, path)).href;
  before(() => {
    root = realpathSync(mkdtempSync(join(tmpdir(), 'byteline-memory-')));
    for (let i = 0; i < FILES; i++) write(`src/unit${i}.ts`, unit(i));
    write('src/read.ts', `\n\n${phrase('read')}\n`);
    write('.gitignore', 'ignored\n');
    write('ignored/a.ts', phrase('ignored'));
    write('.env', phrase('secret'));
    write('left/out/b.ts', phrase('excluded'));
    write('own.hush', phrase('hushed'));
  });
  beforeEach(() => {
    workers = [];
  });
  afterEach(async () => {
    for (const worker of workers) await worker.stop();
  });
  after(() => rmSync(root, { recursive: true }));

  async function start(memory?: MemoryOptions, command: string[] = []): Promise<TestWorker> {
    const capabilities = {
      workspace: { workspaceFolders: true, didChangeWatchedFiles: { dynamicRegistration: true } },
    };
    const worker = await TestWorker.start(
      { streaming: true, model: 'nano', threads: 1, device: 'cpu', memory },
      command,
      [root],
      capabilities,
    );
    workers.push(worker);
    if (memory?.enable !== false) await eventually('ready', async () => (await status(worker))!.state === 'ready');
    await worker.open(uriOf('src/asks.ts'), '\n');
    return worker;
  }
  const status = (worker: TestWorker) =>
    worker.connection.sendRequest('byteline/memory') as Promise<MemoryStatus | null>;
  /** What is known of a text that stands nowhere in the document itself. */
  const why = (worker: TestWorker, text: string) =>
    worker.connection.sendRequest('byteline/why', {
      uri: uriOf('src/asks.ts'),
      position: { line: 0, character: 0 },
      text,
    }) as Promise<Why | null>;
  const change = (worker: TestWorker, uri: string, text: string) =>
    worker.connection.sendNotification('textDocument/didChange', {
      textDocument: { uri, version: ++ids + 1 },
      contentChanges: [{ text }],
    });
  const onDisk = (worker: TestWorker, ...uris: string[]) =>
    worker.connection.sendNotification('workspace/didChangeWatchedFiles', {
      changes: uris.map((uri) => ({ uri, type: 2 })),
    });
  /** The completion at the end of a document with this text. */
  async function completed(worker: TestWorker, uri: string, text: string, fresh = true): Promise<string> {
    if (fresh) await worker.open(uri, text);
    const lines = text.split('\n');
    const position = { line: lines.length - 1, character: lines.at(-1)!.length };
    const made = (await worker.connection.sendRequest('byteline/complete', {
      id: ++ids,
      uri,
      position,
      multiline: false,
      maxBytes: 32,
      always: true,
    })) as CompleteResult;
    assert.equal(made.kind, 'text', JSON.stringify(made));
    return made.kind === 'text' ? made.text : '';
  }
  async function eventually(what: string, condition: () => Promise<boolean>): Promise<void> {
    for (const end = Date.now() + 20_000; !(await condition()); await sleep(50))
      assert.ok(Date.now() < end, `never: ${what}`);
  }

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
      `export class ${name} {\n\tprivate items: string[] = [];\n\n\tadd(item: string): void {\n\t\tif (!this.items.includes(item)) {\n\t\t\tthis.items.push(item);\n\t\t}\n\t}\n\n\tsize(): number {\n\t\treturn this.items.length;\n\t}\n}\n`;
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
            id: ++ids,
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

  it('says what it holds, and where something was seen', async () => {
    const worker = await start();
    const others = ['src/read.ts', '.gitignore', 'left/out/b.ts', 'own.hush'];
    const size = (path: string) => statSync(join(root, path)).size;
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
    assert.deepEqual([found.path, found.line, found.times], [join(root, 'src/read.ts'), 3, 1]);
    assert.equal(found.seen, phrase('read'));
    const often = (await why(worker, 'zorblatt.quillfrancWithTassel('))!;
    assert.ok(
      often.times > 5 && often.path!.startsWith(join(root, 'src/unit')) && often.line === 5,
      JSON.stringify(often),
    );
    assert.equal(await why(worker, 'hobbledehoy perspicacity'), null);
  });

  it('learns of files and edits, and forgets', async () => {
    const worker = await start();
    const knows = (name: string, path?: string) => async () =>
      (await why(worker, phrase(name)))?.path === (path && join(root, path));
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
    rmSync(join(root, 'src/later.ts'));
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
    rmSync(join(root, 'src/after.ts'));
    const all = await start();
    assert.equal((await why(all, phrase('excluded')))?.path, join(root, 'left/out/b.ts'));
  });

  it('reads no file of a workspace that is not trusted, but completes', async () => {
    const opened = async (memory: MemoryOptions): Promise<number> => {
      const trace = join(root, '..', `${basename(root)}.trace`);
      const worker = await start(memory, ['strace', '-f', '-qq', '-s', '400', '-e', 'trace=openat,open', '-o', trace]);
      assert.equal((await status(worker))!.files > 0, memory.trusted !== false);
      assert.ok(await completed(worker, uriOf('src/mine.ts'), until(1, 14)));
      assert.equal((await why(worker, phrase('read'))) !== null, memory.trusted !== false);
      await workers.pop()!.stop();
      await sleep(500);
      const calls = readFileSync(trace, 'utf8');
      rmSync(trace);
      return calls.split('\n').filter((call) => call.includes(root)).length;
    };
    assert.ok((await opened({})) > FILES);
    assert.equal(await opened({ trusted: false }), 0);
  });

  it('forgets a folder that is closed, and knows it again when it is opened', async () => {
    const worker = await start();
    const folders = (added: string[], removed: string[]) =>
      worker.connection.sendNotification('workspace/didChangeWorkspaceFolders', {
        event: { added: added.map(folderOf), removed: removed.map(folderOf) },
      });
    const [line, at] = CURSORS[0];
    const known = await completed(worker, uriOf('src/mine.ts'), until(line, at));
    await folders([], [root]);
    assert.equal((await status(worker))!.files, 0);
    assert.equal(await why(worker, phrase('read')), null);
    assert.notEqual(await completed(worker, uriOf('src/mine2.ts'), until(line, at)), known);
    await folders([root], []);
    await eventually('the folder is known again', async () => (await why(worker, phrase('read'))) !== null);
  });

  it('goes on where a client refuses to be asked for events', async () => {
    const worker = await TestWorker.start(
      { model: 'micro', streaming: true, threads: 1, device: 'cpu' },
      [],
      [root],
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
