/**
 * Starts the worker and keeps it running: one that dies or hangs is started again, with back-off, and the status says
 * so. Nothing pops up.
 */
import * as vscode from 'vscode';
import type { LanguageClient } from 'vscode-languageclient/node';
import { messageOf } from '../../server/errors.ts';
import { SerialQueue } from '../../server/serialQueue.ts';
import type {
  CheckedFolder,
  CompleteParams,
  CompleteResult,
  DeviceChoice,
  InitOptions,
  MemoryStatus,
  ModelInfo,
  NamesParams,
  NextEditParams,
  NextEditResult,
  Partial,
  RefuseEditParams,
  Status,
  Threads,
  Vetted,
  WarmParams,
  Why,
  WhyParams,
} from '../../server/wire/protocol.ts';
import * as protocol from '../../server/wire/protocol.ts';
import { BackOff } from './backOff.ts';
import { clientOf } from './client.ts';
import type { Measured } from './measured.ts';
import { type End, endProcess, startProcess, type WorkerProcess } from './process.ts';
import { BEAT, Watchdog } from './watchdog.ts';

/** The tests have it beat faster, ms. */
const beat = () => Number(process.env.BYTELINE_BEAT) || BEAT;

/** One life of the worker. A client that has failed cannot always be started again, so each life has its own. */
interface Life {
  process: WorkerProcess;
  client: LanguageClient;
  watch: NodeJS.Timeout;
  /** Requests that are not answered yet, by their ids. */
  asked: Map<number, { onText: (text: string) => void; reject: (error: Error) => void }>;
  /** It did not answer and was ended. */
  hung?: boolean;
}

export class Worker implements vscode.Disposable {
  private life: Life | undefined;
  private nextId = 1;
  private disposed = false;
  private retry: NodeJS.Timeout | undefined;
  private reason = '';
  private readonly backOff = new BackOff();
  private readonly watchdog = new Watchdog();
  /** One start or stop at a time. */
  private readonly starts = new SerialQueue();

  /** `module`: asked anew at every start. */
  constructor(
    private readonly module: () => string,
    private readonly init: () => InitOptions,
    private readonly log: vscode.LogOutputChannel,
    private readonly onStatus: (s: Status) => void,
    private readonly onMemory: (m: MemoryStatus) => void,
    private readonly measured: Measured,
  ) {}

  /** Resolves when the worker runs, or will be tried again. */
  start(): Promise<void> {
    return this.starts.run(() => this.launch());
  }

  /** Ends the worker and starts another one, without waiting. Resolves as `start` does. */
  restart(): Promise<void> {
    this.onStatus({ state: 'loading' });
    this.backOff.worked(); // who asks for it does not wait
    return this.starts.run(async () => {
      await this.stop();
      await this.launch();
    });
  }

  private async launch(): Promise<void> {
    clearTimeout(this.retry);
    if (this.disposed || this.life) return;
    let life: Life;
    try {
      life = this.begin();
    } catch (error) {
      return this.again(messageOf(error));
    }
    this.life = life;
    void life.process.ended.then((end) => this.life === life && this.died(life, end));
    await life.client.start().catch(() => life.process.child.kill('SIGKILL')); // its end says the rest
  }

  private begin(): Life {
    // where it stands, the paths of models begin
    const folder = vscode.workspace.isTrusted ? vscode.workspace.workspaceFolders?.[0]?.uri : undefined;
    const process = startProcess(
      this.module(),
      folder?.scheme === 'file' ? folder.fsPath : undefined,
      (line) => this.disposed || this.log.info(line),
    ); // the log may be gone before the worker
    const { child } = process;
    const asked: Life['asked'] = new Map();
    const client = clientOf(child, this.log, this.init);
    client.onNotification(protocol.statusNotification, (s: Status) => void (this.life === life && this.onStatus(s)));
    client.onNotification(
      protocol.memoryNotification,
      (m: MemoryStatus) => void (this.life === life && this.onMemory(m)),
    );
    client.onNotification(protocol.threadsNotification, (t: Threads) => this.measured.noteThreads(t));
    client.onNotification(protocol.vettedNotification, (v: Vetted) => this.measured.noteVetted(v));
    client.onNotification(protocol.deviceNotification, (d: DeviceChoice) => this.measured.noteDevice(d));
    client.onNotification(protocol.partialNotification, ({ id, text }: Partial) => asked.get(id)?.onText(text));
    this.watchdog.heard();
    this.measured.noteStart();
    child.on('message', () => this.watchdog.heard());
    const life: Life = { process, client, asked, watch: setInterval(() => this.beat(life), beat()) };
    return life;
  }

  private beat(life: Life): void {
    if (this.watchdog.beat() === 'end') {
      life.hung = true;
      life.process.child.kill('SIGKILL');
    } else if (life.client.isRunning()) void life.client.sendRequest(protocol.pingRequest).catch(() => undefined);
  }

  /** Nothing is to be expected of this life any more. */
  private leave(life: Life): void {
    if (this.life === life) this.life = undefined;
    clearInterval(life.watch);
    for (const { reject } of life.asked.values()) reject(new Error('the worker stopped'));
  }

  private died(life: Life, end: End): void {
    this.leave(life);
    this.measured.noteDeath(life.hung ? 'hung' : end);
    if (!this.disposed)
      this.again(life.hung ? vscode.l10n.t('the worker did not answer and was ended') : reasonOf(end));
  }

  private again(why: string): void {
    const wait = this.backOff.next();
    this.reason =
      wait < 5000
        ? vscode.l10n.t('{0}; it restarts by itself', why)
        : vscode.l10n.t('{0}; it is tried again in {1} s', why, wait / 1000);
    this.log.warn(`the worker stopped; restarting in ${wait} ms: ${why}`);
    this.onStatus({ state: 'error', message: this.reason });
    this.retry = setTimeout(() => void this.start(), wait);
  }

  private async stop(): Promise<void> {
    const { life } = this;
    if (!life) return;
    this.leave(life);
    await life.client.stop().catch(() => life.process.child.kill('SIGKILL')); // it hangs, or has not started yet
    await endProcess(life.process);
  }

  /**
   * A completion; `onText` gets its whole text so far, each time that it has grown. `no-model` where no worker runs.
   * Throws where the worker stops or refuses.
   */
  async complete(
    params: Omit<CompleteParams, 'id'>,
    token: vscode.CancellationToken,
    onText: (text: string) => void,
  ): Promise<CompleteResult> {
    if (!this.life?.client.isRunning()) return { kind: 'none', reason: 'no-model' };
    const id = this.nextId++;
    const result = await this.ask<CompleteResult>(protocol.completeRequest, { ...params, id }, { id, token, onText });
    if (result.kind === 'text') this.backOff.worked();
    return result;
  }

  /**
   * Settles with the answer, or when this life is over: the client of a worker that hangs would leave requests open.
   */
  private async ask<T>(
    method: string,
    params?: object,
    {
      id = this.nextId++,
      token,
      onText = () => undefined,
    }: { id?: number; token?: vscode.CancellationToken; onText?: (text: string) => void } = {},
  ): Promise<T> {
    const { life } = this;
    if (!life) throw new Error(this.reason);
    const given = [params, token].filter((one) => one !== undefined) as [object];
    try {
      return await new Promise<T>((resolve, reject) => {
        life.asked.set(id, { onText, reject });
        life.client.sendRequest<T>(method, ...given).then(resolve, reject);
      });
    } finally {
      life.asked.delete(id);
    }
  }

  /** A completion may soon be asked for there. */
  warm(params: WarmParams): void {
    if (this.life?.client.isRunning())
      // lost with a dying worker
      void this.life.client.sendNotification(protocol.warmNotification, params).catch(() => undefined);
  }

  /** Which names can stand at a place. */
  learnNames(params: NamesParams): void {
    if (this.life?.client.isRunning())
      void this.life.client.sendNotification(protocol.namesNotification, params).catch(() => undefined);
  }

  /** Where the user's last edits can be made again. Throws where no worker answers. */
  nextEdit(params: NextEditParams, token: vscode.CancellationToken): Promise<NextEditResult> {
    return this.ask(protocol.nextEditRequest, params, { token });
  }

  /** An edit that was proposed is not wanted. */
  refuseEdit(params: RefuseEditParams): void {
    if (this.life?.client.isRunning())
      void this.life.client.sendNotification(protocol.refuseEditNotification, params).catch(() => undefined);
  }

  /** What the memory has seen like a text that was offered. */
  why(params: WhyParams): Promise<Why | null> {
    return this.ask(protocol.whyRequest, params);
  }

  /** What is indexed; null where the memory is off. */
  memoryStatus(): Promise<MemoryStatus | null> {
    return this.ask(protocol.memoryRequest);
  }

  /** The models that were found, usable or not. Throws where no worker answers, as all requests do. */
  models(): Promise<ModelInfo[]> {
    return this.ask(protocol.modelsRequest);
  }

  /** Loads another model, by its name or path. Throws an error that says why it cannot be used; the old one stays. */
  switchModel(name: string): Promise<ModelInfo> {
    return this.ask(protocol.switchModelRequest, { name });
  }

  /** Where relative paths of models begin: the folder that the worker stands in. Undefined where there is no worker. */
  get base(): string | undefined {
    return this.life?.process.cwd;
  }

  /** Whether a worker is there, or is starting: else the next one learns of every setting as it starts. */
  get alive(): boolean {
    return this.life !== undefined;
  }

  /** Has a folder checked that the user would add. Throws an error that names the file at fault. */
  checkModel(folder: string): Promise<CheckedFolder> {
    return this.ask(protocol.checkModelRequest, { folder });
  }

  /** Models are looked for there from now on; a worker that starts is told by its options. */
  setModelFolders(folders: string[]): void {
    if (this.life?.client.isRunning())
      void this.life.client.sendNotification(protocol.modelFoldersNotification, { folders }).catch(() => undefined);
  }

  async dispose(): Promise<void> {
    this.disposed = true;
    clearTimeout(this.retry);
    await this.stop();
  }
}

function reasonOf(end: End): string {
  switch (end.kind) {
    case 'memory':
      return vscode.l10n.t('the worker ran out of memory');
    case 'crash':
      return vscode.l10n.t('the worker crashed ({0})', end.signal);
    case 'signal':
      return vscode.l10n.t('the worker was ended from outside ({0})', end.signal);
    case 'code':
      return vscode.l10n.t('the worker ended with code {0}: {1}', `${end.code}`, end.said);
  }
}
