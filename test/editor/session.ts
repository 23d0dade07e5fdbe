/** A real editor for one suite: real keys, real ghost text, the file on disk compared to the byte. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { completed, withThreshold } from './expected.ts';
import { reportFailedTries } from './retries.ts';
import { packed, Server } from './server.ts';
import { Workbench } from './workbench.ts';

export const HEAD = [
  "import { readFile } from 'node:fs/promises';",
  '',
  'export function area(width: number, height: number): number {',
  '  return width * height;',
  '}',
  '',
  '',
].join('\n');
const MODEL = 'micro';
/** What the status shows: a copy of the model that offers everything. */
export const OPEN = `${MODEL}-0`;

export interface SessionOptions {
  /** The user's, beside those that every server has. */
  settings?: object;
  /** Writes what is in the folder when it is opened; without it, nothing is. */
  fill?: (folder: string) => void;
  /** More arguments of code-server. */
  flags?: string[];
}

/**
 * Made by the suite that needs it, whose tests are tried twice: one editor for all of them, from before the first to
 * after the last, with Byteline as it is installed.
 */
export class EditorSession {
  server!: Server;
  w!: Workbench;
  folder = '';

  constructor(
    suite: Mocha.Suite,
    protected readonly options: SessionOptions = {},
  ) {
    suite.timeout(240_000);
    suite.retries(1); // a busy machine loses keys
    const session = this;
    before(() => this.start());
    after(() => this.stop());
    beforeEach(function () {
      const test = this.currentTest as Mocha.Test & { currentRetry(): number };
      reportFailedTries(test, session.server);
      if (test.currentRetry() > 0) session.w.forget();
    });
    afterEach(async function () {
      session.signal('CONT');
      await session.w.screenshot(this.currentTest!.title.replaceAll(/\W+/g, '-'));
      session.server.set({});
    });
  }

  /** A stopped worker answers nothing: what is shown then was there before. */
  signal(name: 'STOP' | 'CONT' | 'KILL'): void {
    const worker = `^[^ ]*node .*${this.server.home}.*byteline\\.cjs serve`;
    try {
      execFileSync('pkill', [`-${name}`, '-f', worker]);
    } catch (e) {
      if (name !== 'CONT') throw new Error('there is no worker', { cause: e });
    }
  }

  protected async start(): Promise<void> {
    const { fill, settings = {}, flags } = this.options;
    this.folder = mkdtempSync(join(tmpdir(), 'ws-'));
    fill?.(this.folder);
    this.server = await Server.start(this.folder, settings, { vsix: packed(), flags });
    this.w = await Workbench.open(this.server);
  }

  protected async stop(): Promise<void> {
    if (this.server) this.signal('CONT');
    await this.w?.close();
    if (process.env.BYTELINE_LOG) console.log(this.server?.log());
    this.server?.stop();
    if (this.folder) rmSync(this.folder, { recursive: true });
  }
}

/** A session with a model that offers everything and no memory, so that what it shows is known. */
export class OfferingSession extends EditorSession {
  /** Beside the workspace: the model, and what else is made. */
  made = '';

  /** A copy of the model that offers by itself from this confidence on. */
  readonly withThreshold = (threshold: number) => withThreshold(this.made, MODEL, threshold);

  /** What the editor must show and write. */
  readonly expected = (file: string, marked: string, ...more: string[]) =>
    completed(file, marked, '--model', MODEL, ...more);

  protected override async start(): Promise<void> {
    this.made = mkdtempSync(join(tmpdir(), 'models-'));
    this.options.settings = {
      'byteline.model': this.withThreshold(0),
      'byteline.memory.enable': false,
      ...this.options.settings,
    };
    await super.start();
    await this.w.edit('first.md', '█\n');
    await this.w.state('ready', OPEN);
  }

  protected override async stop(): Promise<void> {
    await super.stop();
    if (this.made) rmSync(this.made, { recursive: true });
  }
}
