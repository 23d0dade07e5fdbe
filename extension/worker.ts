/** Starts the worker and keeps it running: it restarts with back-off, and the status says so once. */
import * as vscode from 'vscode';
import { CloseAction, ErrorAction, LanguageClient, RevealOutputChannelOn, TransportKind } from 'vscode-languageclient/node';
import type { CheckedFolder, CompleteParams, CompleteResult, DeviceChoice, InitOptions, MemoryStatus, ModelInfo, Partial, Status, Threads, WarmParams, Why, WhyParams } from '../server/protocol.ts';
import * as protocol from '../server/protocol.ts';
import { Turns } from '../server/turns.ts';
import { SELECTOR } from './ghostText.ts';
import type { Memory } from './memory.ts';

/** Waits before a restart, ms; after ten quiet minutes they start again. */
const BACK_OFF = [200, 1000, 5000, 30_000];

export class Worker implements vscode.Disposable {
  private client: LanguageClient;
  private nextId = 1;
  private deaths = 0;
  private lastDeath = 0;
  private readonly streams = new Map<number, (text: string) => void>();
  /** The client cannot be stopped while it starts. */
  private readonly starts = new Turns();

  /** `module`: asked anew at every start. */
  constructor(module: () => string, init: () => InitOptions, log: vscode.LogOutputChannel, private readonly onStatus: (s: Status) => void,
    onMemory: (m: MemoryStatus) => void, memory: Memory) {
    const run = { get module() { return module(); }, transport: TransportKind.ipc, args: ['serve'], options: { env: { ...process.env, ...protocol.ENVIRONMENT }, execArgv: protocol.FLAGS } };
    this.client = new LanguageClient('byteline', 'Byteline', { run, debug: run }, {
      documentSelector: SELECTOR,
      outputChannel: log,
      revealOutputChannelOn: RevealOutputChannelOn.Never, // else a notification lost with the worker pops up
      initializationOptions: init,
      errorHandler: {
        error: () => ({ action: ErrorAction.Continue, handled: true }),
        closed: async () => {
          if (Date.now() - this.lastDeath > 600_000) this.deaths = 0;
          this.lastDeath = Date.now();
          memory.noteDeath();
          const wait = BACK_OFF[Math.min(this.deaths, BACK_OFF.length - 1)];
          if (this.deaths++ === 0) onStatus({ state: 'error', message: 'the worker stopped; it restarts by itself' });
          log.warn(`the worker stopped; restarting in ${wait} ms`);
          await new Promise((resolve) => setTimeout(resolve, wait));
          return { action: CloseAction.Restart, handled: true };
        },
      },
    });
    this.client.onNotification(protocol.statusNotification, (s: Status) => onStatus(s));
    this.client.onNotification(protocol.memoryNotification, (m: MemoryStatus) => onMemory(m));
    this.client.onNotification(protocol.threadsNotification, (t: Threads) => memory.noteThreads(t));
    this.client.onNotification(protocol.deviceNotification, (d: DeviceChoice) => memory.noteDevice(d));
    this.client.onNotification(protocol.partialNotification, ({ id, text }: Partial) => this.streams.get(id)?.(text));
  }

  start(): Promise<void> {
    return this.starts.run(() => this.client.start());
  }

  restart(): Promise<void> {
    this.onStatus({ state: 'loading' });
    return this.starts.run(() => this.client.restart());
  }

  async complete(params: Omit<CompleteParams, 'id'>, token: vscode.CancellationToken, onText: (text: string) => void): Promise<CompleteResult> {
    if (!this.client.isRunning()) return { kind: 'none', reason: 'no-model' };
    const id = this.nextId++;
    this.streams.set(id, onText);
    try {
      return await this.client.sendRequest(protocol.completeRequest, { ...params, id }, token);
    } finally {
      this.streams.delete(id);
    }
  }

  /** A completion may soon be asked for there. */
  warm(params: WarmParams): void {
    if (this.client.isRunning()) void this.client.sendNotification(protocol.warmNotification, params).catch(() => undefined); // lost with a dying worker
  }

  /** What the memory has seen like a text that was offered. */
  why(params: WhyParams): Promise<Why | null> {
    return this.client.sendRequest(protocol.whyRequest, params);
  }

  models(): Promise<ModelInfo[]> {
    return this.client.sendRequest(protocol.modelsRequest);
  }

  switchModel(name: string): Promise<ModelInfo> {
    return this.client.sendRequest(protocol.switchModelRequest, { name });
  }

  /** Has a folder checked that the user would add. Throws an error that names the file at fault. */
  checkModel(folder: string): Promise<CheckedFolder> {
    return this.client.sendRequest(protocol.checkModelRequest, { folder });
  }

  /** Models are looked for there from now on; a worker that starts is told by its options. */
  setModelFolders(folders: string[]): void {
    if (this.client.isRunning()) void this.client.sendNotification(protocol.modelFoldersNotification, { folders }).catch(() => undefined);
  }

  async dispose(): Promise<void> {
    await this.client.dispose();
  }
}
