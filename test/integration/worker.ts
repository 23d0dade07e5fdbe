/** A worker over real LSP (stdio), for the integration tests. */
import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import {
  createMessageConnection,
  type MessageConnection,
  StreamMessageReader,
  StreamMessageWriter,
} from 'vscode-jsonrpc/node';
import type { ClientCapabilities, RegistrationParams, WorkspaceFolder } from 'vscode-languageserver-protocol';
import {
  ENVIRONMENT,
  FLAGS,
  type InitOptions,
  type MemoryStatus,
  type Status,
  type Vetted,
} from '../../server/wire/protocol.ts';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));
export const CLI = ROOT + 'dist/byteline.cjs';

/** A document, and a place in it where every model goes on, and is sure of how: with any cache, in int8, too. */
export const POINT = {
  uri: 'file:///ws/src/a.ts',
  text: [
    'export class Point {',
    '  constructor(readonly x: number, readonly y: number) {}',
    '',
    '  add(other: Point): Point {',
    '    return new Point(',
    '  }',
    '',
    '  subtract(other: Point): Point {',
    '    return new Point(this.x - other.x, this.y - other.y);',
    '  }',
    '}',
    '',
  ].join('\n'),
  position: { line: 4, character: 21 },
};

/** Of a request that nobody cancels. */
export const TOKEN = { isCancellationRequested: false, onCancellationRequested: () => ({ dispose() {} }) };

export const folderOf = (path: string): WorkspaceFolder => ({ uri: pathToFileURL(path).href, name: basename(path) });

export class TestWorker {
  readonly statuses: Status[] = [];
  readonly logs: string[] = [];
  readonly memoryStatuses: MemoryStatus[] = [];
  /** Keys of graphs that the worker wants remembered. */
  readonly vetted: string[] = [];
  /** Methods that the worker asked to be told of. */
  readonly registered: string[] = [];
  private constructor(
    readonly process: ChildProcess,
    readonly connection: MessageConnection,
  ) {}

  /** `folders`: absolute paths of the workspace's. `more`: other parameters of `initialize`, in the place of these. */
  static async start(
    init: InitOptions = {},
    command: string[] = [],
    folders: string[] = [],
    capabilities: ClientCapabilities = {},
    refuses = false,
    more: object = {},
  ): Promise<TestWorker> {
    const [program, ...args] = [...command, process.execPath, ...FLAGS, CLI, 'serve', '--stdio'];
    const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'inherit'], env: { ...process.env, ...ENVIRONMENT } });
    const connection = createMessageConnection(
      new StreamMessageReader(child.stdout!),
      new StreamMessageWriter(child.stdin!),
    );
    const worker = new TestWorker(child, connection);
    connection.onNotification('byteline/status', (s: Status) => void worker.statuses.push(s));
    connection.onNotification(
      'window/logMessage',
      ({ message }: { message: string }) => void worker.logs.push(message),
    );
    connection.onNotification('byteline/vetted', ({ key }: Vetted) => void worker.vetted.push(key));
    connection.onNotification('byteline/memoryStatus', (s: MemoryStatus) => void worker.memoryStatuses.push(s));
    connection.onRequest('client/registerCapability', ({ registrations }: RegistrationParams) => {
      if (refuses) throw new Error('this client registers nothing');
      worker.registered.push(...registrations.map(({ method }) => method));
    });
    connection.listen();
    const workspaceFolders = folders.length ? folders.map(folderOf) : null;
    const params = {
      processId: process.pid,
      rootUri: null,
      workspaceFolders,
      capabilities,
      initializationOptions: { model: 'micro', ...init },
    };
    await connection.sendRequest('initialize', { ...params, ...more });
    await connection.sendNotification('initialized', {});
    while (!worker.statuses.some((s) => s.state === 'ready' || s.state === 'error'))
      await new Promise((r) => setTimeout(r, 20));
    return worker;
  }

  async open(uri: string, text: string, languageId = 'typescript'): Promise<void> {
    await this.connection.sendNotification('textDocument/didOpen', {
      textDocument: { uri, languageId, version: 1, text },
    });
  }

  /**
   * Resident memory, or of it what no file backs (`RssAnon`), 10^6 bytes; undefined of a process that has just died.
   * Linux only.
   */
  resident(part: 'VmRSS' | 'RssAnon' = 'VmRSS'): number | undefined {
    const kilobytes = new RegExp(`${part}:\\s+(\\d+)`).exec(
      readFileSync(`/proc/${this.process.pid}/status`, 'utf8'),
    )?.[1];
    return (kilobytes && (Number(kilobytes) * 1024) / 1e6) || undefined;
  }

  async stop(): Promise<void> {
    await this.connection.sendRequest('shutdown').catch(() => undefined);
    await this.connection.sendNotification('exit').catch(() => undefined);
    this.connection.dispose();
    this.process.kill();
  }
}
