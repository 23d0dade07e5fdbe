/** A worker over real LSP (stdio), for the integration tests. */
import { spawn, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { createMessageConnection, StreamMessageReader, StreamMessageWriter, type MessageConnection } from 'vscode-jsonrpc/node';
import { ENVIRONMENT, FLAGS, type InitOptions, type Status } from '../../server/protocol.ts';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));
export const CLI = ROOT + 'dist/byteline.cjs';

/** Of a request that nobody cancels. */
export const TOKEN = { isCancellationRequested: false, onCancellationRequested: () => ({ dispose() {} }) };

export class TestWorker {
  readonly statuses: Status[] = [];
  readonly logs: string[] = [];
  private constructor(readonly process: ChildProcess, readonly connection: MessageConnection) {}

  static async start(init: InitOptions = {}, command: string[] = []): Promise<TestWorker> {
    const [program, ...args] = [...command, process.execPath, ...FLAGS, CLI, 'serve', '--stdio'];
    const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'inherit'], env: { ...process.env, ...ENVIRONMENT } });
    const connection = createMessageConnection(new StreamMessageReader(child.stdout!), new StreamMessageWriter(child.stdin!));
    const worker = new TestWorker(child, connection);
    connection.onNotification('byteline/status', (s: Status) => void worker.statuses.push(s));
    connection.onNotification('window/logMessage', ({ message }: { message: string }) => void worker.logs.push(message));
    connection.listen();
    await connection.sendRequest('initialize', { processId: process.pid, rootUri: null, capabilities: {}, initializationOptions: { model: 'micro', ...init } });
    await connection.sendNotification('initialized', {});
    while (!worker.statuses.some((s) => s.state === 'ready' || s.state === 'error')) await new Promise((r) => setTimeout(r, 20));
    return worker;
  }

  async open(uri: string, text: string): Promise<void> {
    await this.connection.sendNotification('textDocument/didOpen', { textDocument: { uri, languageId: 'typescript', version: 1, text } });
  }

  async stop(): Promise<void> {
    await this.connection.sendRequest('shutdown').catch(() => undefined);
    await this.connection.sendNotification('exit').catch(() => undefined);
    this.connection.dispose();
    this.process.kill();
  }
}
