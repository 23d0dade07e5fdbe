/** A client that sends a worker any bytes, for the tests of hostile clients, and what an honest one asks meanwhile. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { ENVIRONMENT, FLAGS } from '../../server/wire/protocol.ts';
import { CLI, POINT } from './worker.ts';

export const { uri: URI, text: TEXT, position: POSITION } = POINT;
export const ASK = { id: 1, uri: URI, position: POSITION, multiline: false, maxBytes: 32, always: true };
export const at = (line: unknown, character: unknown) => ({ line, character });

/** Starts a worker's process, with pipes for its standard input and output. */
export const started = () =>
  spawn(process.execPath, [...FLAGS, CLI, 'serve', '--stdio'], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, ...ENVIRONMENT },
  });

export interface Answer {
  id?: unknown;
  method?: string;
  params?: any;
  result?: any;
  error?: { code: number; message: string };
}

/** A client that sends any bytes. */
export class RawClient {
  readonly received: Answer[] = [];
  ended = false;
  private ids = 0;
  private rest = Buffer.alloc(0);
  constructor(readonly process: ChildProcess) {
    process.stdout!.on('data', (chunk: Buffer) => {
      this.rest = Buffer.concat([this.rest, chunk]);
      for (let end: number; (end = this.rest.indexOf('\r\n\r\n')) >= 0; ) {
        const length = Number(/Content-Length: (\d+)/.exec(this.rest.toString('latin1', 0, end))![1]);
        if (this.rest.length < end + 4 + length) break;
        this.received.push(JSON.parse(this.rest.toString('utf8', end + 4, end + 4 + length)));
        this.rest = this.rest.subarray(end + 4 + length);
      }
    });
    process.on('exit', () => (this.ended = true));
  }

  static async start(): Promise<RawClient> {
    const client = new RawClient(started());
    const { error } = await client.request('initialize', {
      processId: process.pid,
      rootUri: null,
      capabilities: {},
      initializationOptions: { streaming: true, model: 'micro', threads: 1, device: 'cpu' },
    });
    assert.equal(error, undefined);
    client.notify('initialized', {});
    await client.until(({ method, params }) => method === 'byteline/status' && params.state === 'ready');
    return client;
  }

  raw(bytes: string | Buffer): void {
    this.process.stdin!.write(bytes);
  }
  send(message: unknown): void {
    const body = JSON.stringify(message);
    this.raw(`Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
  }
  notify(method: string, params?: unknown): void {
    this.send({ jsonrpc: '2.0', method, params });
  }
  async request(method: string, params?: unknown): Promise<Answer> {
    const id = `r${++this.ids}`;
    this.send({ jsonrpc: '2.0', id, method, params });
    return this.until((answer) => answer.id === id && answer.method === undefined);
  }
  async until(fits: (answer: Answer) => boolean, from = 0): Promise<Answer> {
    for (;;) {
      const found = this.received.slice(from).find(fits);
      if (found) return found;
      assert.ok(!this.ended, 'the worker ended');
      await new Promise((r) => setTimeout(r, 5));
    }
  }
  open(text: string, uri = URI, version = 1): void {
    this.notify('textDocument/didOpen', { textDocument: { uri, languageId: 'typescript', version, text } });
  }
  change(contentChanges: unknown, version: unknown, uri: unknown = URI): void {
    this.notify('textDocument/didChange', { textDocument: { uri, version }, contentChanges });
  }
  async text(): Promise<string> {
    const { result, error } = await this.request('byteline/complete', ASK);
    assert.equal(result?.kind, 'text', JSON.stringify(error ?? result));
    return result.text;
  }
  /** Of the process now, 10^6 bytes. */
  get megabytes(): number {
    return (Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${this.process.pid}/status`, 'utf8'))![1]) * 1024) / 1e6;
  }

  /** Asserts that a request is answered by an error, of that code, whose message fits. */
  async refused(method: string, params: unknown, pattern: RegExp, code = -32602): Promise<void> {
    const { error, result } = await this.request(method, params);
    assert.ok(
      error && pattern.test(error.message),
      `${method} ${JSON.stringify(params)?.slice(0, 200)}: ${JSON.stringify(error ?? result)}`,
    );
    assert.equal(error.code, code, error.message);
  }
  /** What the log says next. */
  logged(pattern: RegExp, from: number): Promise<Answer> {
    return this.until(({ method, params }) => method === 'window/logMessage' && pattern.test(params.message), from);
  }
}
