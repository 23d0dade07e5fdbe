import { fillWithSample, start, TRIALS } from './sample.ts';
import { EditorSession } from './session.ts';
import type { Workbench } from './workbench.ts';

describe('the walkthrough in a real editor', function () {
  const session = new EditorSession(this, { fill: fillWithSample });
  let w: Workbench;
  before(() => {
    ({ w } = session);
  });

  const step = (title: string, is: boolean) =>
    w.page.waitForSelector(`.getting-started-step:has-text("${title}")[aria-checked="${is}"]`, { timeout: 60_000 });

  /** By the status item's menu, as someone finds it who installed the VSIX. */
  async function getStarted(): Promise<void> {
    await w.until(
      async () => {
        const label =
          '[aria-label^="Byteline, "].statusbar-item-label, [aria-label^="Byteline, "] .statusbar-item-label';
        await w.page.click(label);
        const row = '.quick-input-list .monaco-list-row:has-text("Get Started")';
        await w.page.click(row, { timeout: 5000 }).catch(() => undefined);
        return w.page.waitForSelector('.getting-started-step', { timeout: 10_000 }).then(
          () => true,
          () => false,
        );
      },
      'the walkthrough',
      60_000,
    );
  }

  /** A command that asks: what it asks is sent away. */
  async function askedAndLeft(command: string): Promise<void> {
    await w.command(command);
    await w.page.waitForSelector('.quick-input-widget .quick-input-title:visible');
    await w.page.keyboard.press('Escape');
    await w.page.waitForSelector('.quick-input-widget', { state: 'hidden' });
  }

  it('ticks each step by doing it', async () => {
    const { line, column } = start(TRIALS[2]);
    await w.open(TRIALS[2].file, line, column);
    await w.command('Reset Welcome Page Walkthrough Progress'); // a try before this one has ticked some
    await getStarted();
    const steps = ['Take the grey text', 'Ask by hand', 'Take a word', 'Choose the model', 'What is read', 'Quiet'];
    for (const title of steps) await step(title, false);
    // its moving picture: the frames of it that are shown differ
    const picture = w.page.locator('.getting-started-media img[srcset*="take.gif"]');
    await w.page.setViewportSize({ width: 1700, height: 900 });
    await picture.waitFor();
    await w.page.waitForTimeout(500); // it is laid out
    const first = await picture.screenshot();
    await w.until(async () => !(await picture.screenshot()).equals(first), 'another frame', 30_000);
    await w.screenshot('walkthrough-picture');
    await w.page.setViewportSize({ width: 1200, height: 720 });

    await w.page.click(`.tab:has-text("${TRIALS[2].file}")`);
    await w.goTo(line, column);
    await w.page.keyboard.press('Enter');
    await w.page.keyboard.type('if (', { delay: 120 });
    await w.ghost(60_000);
    await w.page.keyboard.press('Control+ArrowRight');
    await w.ghost(60_000);
    await w.page.keyboard.press('Tab');
    await w.command('Byteline: Trigger Completion');
    await askedAndLeft('Byteline: Switch Model');
    await askedAndLeft('Byteline: Snooze');
    await w.command('Byteline: Show Statistics');
    await w.page.waitForSelector('.tab.active:has-text("Byteline")');
    await getStarted();
    for (const title of steps) await step(title, true);
    await w.screenshot('walkthrough-ticked');
  });
});
