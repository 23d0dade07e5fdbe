/** The sample of `npm start` keeps its word: what its comments say comes, with real keys and the default settings. */
import assert from 'node:assert/strict';
import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { fillWithSample, insertedBehind, SAMPLE, start, TRIALS, type Trial, written } from './sample.ts';
import type { Server } from './server.ts';
import { EditorSession } from './session.ts';
import type { Workbench } from './workbench.ts';

describe('the sample in a real editor', function () {
  const session = new EditorSession(this, { fill: fillWithSample });
  let server: Server;
  let w: Workbench;
  before(() => {
    ({ server, w } = session);
  });

  const list = () => w.page.locator('.suggest-widget.visible').count();

  /** As `npm start` opens it: the file as it was, and the cursor at the place. */
  async function open(trial: Trial): Promise<void> {
    const { line, column } = start(trial);
    copyFileSync(join(SAMPLE, trial.file), join(session.folder, trial.file));
    await w.open(trial.file, line, column);
    await w.until(() => /indexed \d+ files/.test(server.log()), 'the index', 60_000);
  }

  /** Exactly, but for blanks around it. */
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

  it('what was cut short goes on where it is typed into', async () => {
    const [{ typed, grey }] = TRIALS[1].steps;
    const whole = `${typed}${grey}`.trim();
    await open(TRIALS[1]);
    await w.page.keyboard.press('Enter');
    const cut = (await w.ghost(60_000)).trim();
    assert.ok(whole.startsWith(cut) && cut.length < whole.length, `the model is unsure of the whole: ${cut}`);
    await w.page.keyboard.type(whole.slice(0, 2), { delay: 120 });
    await shows(whole.slice(2));
    await w.save(TRIALS[1].file);
  });
});
