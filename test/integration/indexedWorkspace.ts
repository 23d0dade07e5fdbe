/**
 * A workspace with names that no model has seen, and workers that have indexed it, for the tests of the workspace
 * memory.
 */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import type { CompleteResult, MemoryOptions, MemoryStatus, Why } from '../../server/wire/protocol.ts';
import { TestWorker } from './worker.ts';

/** Calls that no model has seen. */
export const unit = (i: number) => `import { openZorblattChannel } from './zorblatt${i % 3}';

export function unit${i}(depth: number) {
  const zorblatt = openZorblattChannel('unit${i}', { wimbleDepth: depth + ${i} });
  zorblatt.quillfrancWithTassel(depth, 'plover');
  if (depth > ${i}) zorblatt.vexatePendulum(depth - 1);
  return zorblatt.drainSnickersnack();
}
`;
export const FILES = 30;
export const LINES = [
  "  const zorblatt = openZorblattChannel('mine', { wimbleDepth: depth + 2 });",
  "  zorblatt.quillfrancWithTassel(depth, 'plover');",
  '  if (depth > 2) zorblatt.vexatePendulum(depth - 1);',
  '  return zorblatt.drainSnickersnack();',
];
const HEAD = 'export function mine(depth: number) {\n';
/** Places in LINES where names begin. */
export const CURSORS = [
  [0, 22],
  [1, 14],
  [2, 28],
  [3, 22],
];
/** What a document holds until column `at` of one of LINES. */
export const until = (line: number, at: number) =>
  HEAD + [...LINES.slice(0, line), LINES[line].slice(0, at)].join('\n');
/** Texts that are nowhere else, of files that are read and of files that never are. */
export const phrase = (name: string) => createHash('sha1').update(name).digest('hex');

export async function eventually(what: string, condition: () => Promise<boolean>): Promise<void> {
  for (const end = Date.now() + 20_000; !(await condition()); await sleep(50))
    assert.ok(Date.now() < end, `never: ${what}`);
}

export const status = (worker: TestWorker) =>
  worker.connection.sendRequest('byteline/memory') as Promise<MemoryStatus | null>;

export const onDisk = (worker: TestWorker, ...uris: string[]) =>
  worker.connection.sendNotification('workspace/didChangeWatchedFiles', {
    changes: uris.map((uri) => ({ uri, type: 2 })),
  });

/** Made by the suite that needs it: one folder for all of its tests; workers end after the test that started them. */
export class IndexedWorkspace {
  root = '';
  readonly workers: TestWorker[] = [];
  private ids = 0;

  constructor() {
    before(() => {
      this.root = realpathSync(mkdtempSync(join(tmpdir(), 'byteline-memory-')));
      for (let i = 0; i < FILES; i++) this.write(`src/unit${i}.ts`, unit(i));
      this.write('src/read.ts', `\n\n${phrase('read')}\n`);
      this.write('.gitignore', 'ignored\n');
      this.write('ignored/a.ts', phrase('ignored'));
      this.write('.env', phrase('secret'));
      this.write('left/out/b.ts', phrase('excluded'));
      this.write('own.hush', phrase('hushed'));
    });
    beforeEach(() => {
      this.workers.length = 0;
    });
    afterEach(async () => {
      for (const worker of this.workers) await worker.stop();
    });
    after(() => rmSync(this.root, { recursive: true }));
  }

  readonly write = (path: string, text: string): string => {
    const file = join(this.root, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
    return pathToFileURL(file).href;
  };

  readonly uriOf = (path: string) => pathToFileURL(join(this.root, path)).href;

  readonly nextId = () => ++this.ids;

  readonly start = async (memory?: MemoryOptions, command: string[] = []): Promise<TestWorker> => {
    const capabilities = {
      workspace: { workspaceFolders: true, didChangeWatchedFiles: { dynamicRegistration: true } },
    };
    const worker = await TestWorker.start(
      { streaming: true, model: 'nano', threads: 1, device: 'cpu', memory },
      command,
      [this.root],
      capabilities,
    );
    this.workers.push(worker);
    if (memory?.enable !== false) await eventually('ready', async () => (await status(worker))!.state === 'ready');
    await worker.open(this.uriOf('src/asks.ts'), '\n');
    return worker;
  };

  /** What is known of a text that stands nowhere in the document itself. */
  readonly why = (worker: TestWorker, text: string) =>
    worker.connection.sendRequest('byteline/why', {
      uri: this.uriOf('src/asks.ts'),
      position: { line: 0, character: 0 },
      text,
    }) as Promise<Why | null>;

  readonly change = (worker: TestWorker, uri: string, text: string) =>
    worker.connection.sendNotification('textDocument/didChange', {
      textDocument: { uri, version: this.nextId() + 1 },
      contentChanges: [{ text }],
    });

  /** The completion at the end of a document with this text. */
  readonly completed = async (worker: TestWorker, uri: string, text: string, fresh = true): Promise<string> => {
    if (fresh) await worker.open(uri, text);
    const lines = text.split('\n');
    const position = { line: lines.length - 1, character: lines.at(-1)!.length };
    const made = (await worker.connection.sendRequest('byteline/complete', {
      id: this.nextId(),
      uri,
      position,
      multiline: false,
      maxBytes: 32,
      always: true,
    })) as CompleteResult;
    assert.equal(made.kind, 'text', JSON.stringify(made));
    return made.kind === 'text' ? made.text : '';
  };
}
