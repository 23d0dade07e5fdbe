/** The sample of `npm start` keeps its word: what its comments say comes, with real keys and the default settings. */
import assert from 'node:assert/strict';
import { cpSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { reportFailedTries } from './retries.ts';
import { copySample, insertedBehind, SAMPLE, start, TRIALS, type Trial, written } from './sample.ts';
import { packed, Server } from './server.ts';
import { Workbench } from './workbench.ts';

describe('the sample in a real editor', function () {
  this.timeout(360_000);
  this.retries(1); // a busy machine loses keys
  let folder: string;
  let server: Server;
  let w: Workbench;
  before(async () => {
    folder = copySample();
    server = await Server.start(folder, {}, { vsix: packed() });
    w = await Workbench.open(server);
  });
  after(async () => {
    await w?.close();
    if (process.env.BYTELINE_LOG) console.log(server?.log());
    server?.stop();
    if (folder) rmSync(dirname(folder), { recursive: true });
  });
  beforeEach(function () {
    reportFailedTries(this.currentTest!, server);
  });

  const list = () => w.page.locator('.suggest-widget.visible').count();

  /** As `npm start` opens it: the file as it was, and the cursor at the place. */
  async function open(trial: Trial): Promise<void> {
    const { file } = trial;
    const { line, column } = start(trial);
    cpSync(join(SAMPLE, file), join(folder, file));
    await w.page.goto(server.urlAt(file, line, column));
    await w.page.waitForSelector('[aria-label^="Byteline, ready"]', { timeout: 120_000 });
    // a try before this one may have left it unsaved: the editor keeps that over a reload
    if (await w.page.locator('.tab.active.dirty').count()) await w.command('File: Revert File');
    await w.page.waitForSelector(`.tab.active:has-text("${file}"):not(.dirty)`);
    const there = `[id="status.editor.selection"]:has-text("Ln ${line}, Col ${column}")`;
    await w.page.waitForSelector(there, { timeout: 60_000 });
    await w.until(() => /indexed \d+ files/.test(server.log()), 'the index', 60_000);
  }

  async function shows(text: string): Promise<void> {
    let last = '';
    const there = async () => (last = (await w.ghost(3000).catch(() => 'nothing')).trim()) === text.trim();
    await w.until(there, 'the grey text', 60_000).catch(() => assert.equal(last, text.trim()));
  }

  /**
   * Waits for the grey text. Where it came late the editor's list is open, with the word that was typed: Tab takes that
   * first, and the text stays.
   */
  async function offers(text: string): Promise<void> {
    await shows(text);
    if (!(await list())) return;
    await w.page.keyboard.press('Tab');
    await w.until(async () => (await list()) === 0, 'the end of the list');
    await shows(text);
  }

  /** Does what the comment says; `take` takes what is grey. */
  async function attempt(trial: Trial, take: (grey: string) => Promise<void>): Promise<void> {
    await open(trial);
    await w.screenshot(`sample-${trial.title.replaceAll(/\W+/g, '-')}-open`);
    for (const { typed, grey } of trial.steps) {
      await w.page.keyboard.press('Enter');
      await w.page.keyboard.type(typed.trim(), { delay: 120 });
      await offers(grey);
      await w.screenshot(`sample-${trial.title.replaceAll(/\W+/g, '-')}-offer`);
      await take(grey);
    }
    const { text, line } = start(trial);
    assert.equal(await w.save(trial.file), insertedBehind(text, line, written(trial)));
  }

  for (const trial of TRIALS)
    it(trial.title, () =>
      attempt(trial, async (grey) => {
        if (trial === TRIALS[2]) {
          const before = await w.column();
          await w.page.keyboard.press('Control+ArrowRight');
          await w.until(async () => (await w.column()) > before, 'a word');
          await shows(grey.slice((await w.column()) - before));
        }
        await w.page.keyboard.press('Tab');
      }),
    );
});
