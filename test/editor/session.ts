/**
 * An editor with a model that offers everything, for one suite: real keys, real ghost text, the file on disk compared
 * to the byte.
 */
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

/**
 * Made by the suite that needs it, whose tests are tried twice: one editor for all of them, from before the first to
 * after the last.
 */
export class EditorSession {
  server!: Server;
  w!: Workbench;
  folder = '';
  private models = '';

  constructor(suite: Mocha.Suite) {
    suite.timeout(240_000);
    suite.retries(1); // a busy machine loses keys
    const session = this;
    before(() => this.start());
    after(() => this.stop());
    beforeEach(function () {
      reportFailedTries(this.currentTest!, session.server);
    });
    afterEach(async function () {
      await session.w.screenshot(this.currentTest!.title.replaceAll(/\W+/g, '-'));
      session.server.set({});
    });
  }

  /** A copy of the model that offers by itself from this confidence on. */
  readonly withThreshold = (threshold: number) => withThreshold(this.models, MODEL, threshold);

  /** What the editor must show and write. */
  readonly expected = (file: string, marked: string, ...more: string[]) =>
    completed(file, marked, '--model', MODEL, ...more);

  private async start(): Promise<void> {
    this.folder = mkdtempSync(join(tmpdir(), 'ws-'));
    this.models = mkdtempSync(join(tmpdir(), 'models-'));
    this.server = await Server.start(
      this.folder,
      { 'byteline.model': this.withThreshold(0), 'byteline.memory.enable': false },
      { vsix: packed() },
    );
    this.w = await Workbench.open(this.server);
    await this.w.edit('first.ts', '█\n');
    await this.w.state('ready', OPEN);
  }

  private async stop(): Promise<void> {
    await this.w?.close();
    if (process.env.BYTELINE_LOG) console.log(this.server?.log());
    this.server?.stop();
    for (const made of [this.folder, this.models]) if (made) rmSync(made, { recursive: true });
  }
}
