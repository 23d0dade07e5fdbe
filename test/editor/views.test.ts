/**
 * What the packed VSIX shows beside ghost text in a real VS Code: menu, details, statistics, walkthrough; to a reader,
 * in Korean.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT, type Server } from './server.ts';
import { HEAD, OfferingSession, OPEN } from './session.ts';
import { Workbench } from './workbench.ts';

describe('views in a real editor', function () {
  const session = new OfferingSession(this);
  const { expected } = session;
  let server: Server;
  let w: Workbench;
  before(() => {
    ({ server, w } = session);
  });

  it('has a menu in the status item: a snooze, its end, and the details', async () => {
    const choose = async (row: string) => {
      await w.page.click(
        '[aria-label^="Byteline, "].statusbar-item-label, [aria-label^="Byteline, "] .statusbar-item-label',
      );
      await w.page.waitForSelector('.quick-input-list .monaco-list-row:has-text("Show Details")');
      await w.screenshot('menu');
      await w.page.click(`.quick-input-list .monaco-list-row:has-text("${row}")`);
    };
    await w.edit('menu.ts', `${HEAD}const total = area(3, 4);\nconst half =█\n`);
    await choose('Snooze');
    await w.page.click('.quick-input-list .monaco-list-row:has-text("15 minutes")');
    await w.page.waitForSelector(`[aria-label^="Byteline, snoozed until "][aria-label*=", model ${OPEN}"]`);
    await w.page.click('.part.editor .view-lines'); // the status item has the focus: a space would open its menu
    await w.page.keyboard.press('Control+End');
    await w.page.keyboard.type('const third = ');
    await w.showsNothing(2000);
    assert.match(server.log(), /nothing offered: snoozed until \d\d:\d\d/);
    await w.screenshot('snoozed');
    await w.command('Byteline: Snooze');
    await w.page.click('.quick-input-list .monaco-list-row:has-text("Snooze ends")');
    await w.state('ready', OPEN);
    await w.page.click('.part.editor .view-lines');
    await w.page.keyboard.press('Control+End');
    await w.page.keyboard.press('Enter');
    await w.page.keyboard.type('const quarter = ');
    await w.ghost();
    await choose('Show Details');
    await w.page.waitForSelector('.tab.active:has-text("Byteline Details")');
    await w.page.waitForSelector('.view-line:has-text("First text:")');
    const colours = () =>
      w.page.evaluate(
        `new Set([...document.querySelectorAll('.view-line span > span')].map((e) => e.className)).size`,
      ) as Promise<number>;
    await w.until(async () => (await colours()) > 1, 'the colours of the theme');
    await w.screenshot('details');
  });

  it('lets the user choose how eagerly it offers, by keyboard, from the next key on', async () => {
    const row = (text: string) => w.page.waitForSelector(`.quick-input-list .monaco-list-row:has-text("${text}")`);
    const choose = async (choice: string) => {
      await w.command('Byteline: Choose Eagerness');
      await row(choice);
      await w.screenshot('eagerness');
      await w.page.keyboard.type(choice.slice(0, 5));
      await w.page.keyboard.press('Enter');
    };
    const line = async (text: string) => {
      await w.page.click('.part.editor .view-lines');
      await w.page.keyboard.press('Control+End');
      await w.page.keyboard.press('Enter');
      await w.page.keyboard.type(text);
    };
    await w.edit('eager.ts', `${HEAD}const total = area(3, 4);\nconst half =█\n`);
    await choose('A probability');
    await w.page.waitForSelector('.quick-input-message:has-text("The least probability")');
    await w.page.keyboard.type('2');
    await w.page.waitForSelector('.quick-input-message:has-text("byteline.eagerness: a number from 0 to 1")');
    await w.page.keyboard.press('Backspace');
    await w.page.keyboard.type('1');
    await w.page.keyboard.press('Enter');
    await w.until(async () => (await server.settingsNow())['byteline.eagerness'] === '1', 'the setting');
    await line('const third = ');
    await w.until(async () => /nothing offered: low-confidence/.test(server.log()), 'the reason in the log');
    await w.showsNothing();
    await choose('eager');
    await w.until(async () => (await server.settingsNow())['byteline.eagerness'] === 'eager', 'the setting');
    await line('const quarter = ');
    await w.ghost();
    await w.command('Byteline: Show Details');
    await w.page.waitForSelector('.view-line:has-text("Now: eager")');
    await w.screenshot('details-eagerness');
    await choose('balanced');
    await w.page.waitForSelector('.view-line:has-text("Now: balanced")');
  });

  it('lets the user choose between list and ghost text in the walkthrough, and writes nothing unasked', async () => {
    const setting = async () => (await server.settingsNow())['editor.quickSuggestions'];
    const row = (text: string) => w.page.locator(`.quick-input-list .monaco-list-row:has-text("${text}")`).first();
    const step = '.getting-started-step:has-text("The suggestion list, and grey text")';
    /** The choice is open, and this one is marked as the one in force. */
    const marked = (label: string) => row(label).locator('.codicon-check').waitFor();
    const choose = async (label: string, says: string) => {
      await row(label).click();
      await w.page.waitForSelector(`.notification-toast:has-text(${JSON.stringify(says)})`);
      await w.screenshot(`list-${label.replace(/\W+/g, '-')}`);
      await w.command('Notifications: Clear All Notifications');
    };
    await w.edit('list.ts', `${HEAD}█\n`);
    await w.command('Reset Welcome Page Walkthrough Progress'); // a try before this one has ticked it off
    await w.until(
      async () => {
        await w.command('Welcome: Open Walkthrough...');
        const walkthrough = row('The First Minute with Byteline');
        await walkthrough.click({ timeout: 5000 }).catch(() => undefined);
        return w.page.waitForSelector(step, { timeout: 5000 }).then(
          () => true,
          () => false,
        );
      },
      'the walkthrough',
      60_000,
    );
    await w.page.click(`${step}[aria-checked="false"]`);
    await w.page.setViewportSize({ width: 1700, height: 800 }); // room for the picture
    await w.page.waitForSelector('.getting-started-media :is(iframe, img[srcset])');
    await w.page.waitForTimeout(500);
    await w.screenshot('walkthrough-list');
    await w.page.setViewportSize({ width: 1200, height: 720 });
    await w.page.click(`${step} .monaco-button:has-text("Choose")`);
    await marked("The editor's default");
    await w.screenshot('list');
    await choose("The editor's default", 'Your settings say so already; nothing was written');
    await w.page.waitForSelector(`${step}[aria-checked="true"]`);
    assert.equal(await setting(), undefined);
    await w.page.click('.tab:has-text("list.ts")');
    const command = 'Byteline: Choose How the Suggestion List';
    await w.command(command);
    await marked("The editor's default");
    await w.page.keyboard.press('Escape');
    await row("The editor's default").waitFor({ state: 'hidden' });
    assert.equal(await setting(), undefined);
    await w.command(command);
    await choose('The list first', 'Written to your settings: "editor.quickSuggestions": {"other":"on"}');
    assert.deepEqual(await setting(), { other: 'on' });
    await w.command(command);
    await marked('The list first');
    await choose("The editor's default", 'Taken from your settings: "editor.quickSuggestions"');
    assert.equal(await setting(), undefined);
  });

  it(
    "counts what was taken, shows it as a page in the theme's colours, " +
      "ticks off the walkthrough's first step, and deletes it",
    async () => {
      const marked = `${HEAD}const total = area(3, 4);\nconst half = █\n`;
      const text = expected('count.ts', marked);
      const clear = async () => {
        await w.command('Byteline: Delete Statistics');
        await w.page.click('.monaco-dialog-box .monaco-button:has-text("Delete")');
        await w.page.waitForSelector('.monaco-dialog-box', { state: 'detached' });
      };
      server.set({ 'window.autoDetectColorScheme': true });
      await w.page.emulateMedia({ colorScheme: 'light' });
      await w.edit('count.ts', marked.replace('= █', '=█'));
      // what the tests before this one left: in this window, for the browser may forget it on the way to another
      await clear();
      const step = '.getting-started-step:has-text("Take the grey text")';
      const walkthrough = () =>
        w.until(
          async () => {
            await w.command('Welcome: Open Walkthrough...');
            const row = w.page.locator('.quick-input-list .monaco-list-row:has-text("The First Minute with Byteline")');
            await row.click({ timeout: 5000 }).catch(() => undefined);
            return w.page.waitForSelector(step, { timeout: 5000 }).then(
              () => true,
              () => false,
            );
          },
          'the walkthrough',
          60_000,
        );
      await w.command('Reset Welcome Page Walkthrough Progress'); // a try before this one has ticked it off
      await walkthrough();
      await w.page.waitForSelector(`${step}[aria-checked="false"]`);
      await w.page.click('.tab:has-text("count.ts")');
      await w.page.keyboard.type(' ');
      await w.ghost();
      await w.page.keyboard.press('Control+ArrowRight'); // a word, and then the rest: one offer, all of its characters
      await w.ghost();
      await w.page.keyboard.press('Tab');
      assert.equal(await w.save('count.ts'), marked.replace('█', text));
      await w.command('Byteline: Show Statistics');
      const shown = w.page.frameLocator('iframe.webview.ready').frameLocator('#active-frame');
      const tiles = async () =>
        Object.fromEntries((await shown.locator('dl div').allInnerTexts()).map((tile) => tile.split(/\s*\n\s*/)));
      await shown.locator('dl').waitFor();
      const {
        'offers shown': offers,
        accepted,
        'characters saved': characters,
        'first text, median (p95)': first,
      } = await tiles();
      assert.deepEqual([accepted.split(' ')[0], characters], ['1', String(text.length)]);
      // the editor asks again behind the text that was taken, and a slow machine shows more than one on the way
      assert.ok(Number(offers) >= 1, offers);
      assert.match(first, /^\d+ ms \(\d+ ms\)$/);
      const colours = () =>
        shown
          .locator('body')
          .evaluate((body) => `${getComputedStyle(body).backgroundColor} ${getComputedStyle(body).color}`);
      const seen = [await colours()];
      await w.screenshot('statistics-light');
      for (const [name, media] of [
        ['dark', { colorScheme: 'dark' }],
        ['contrast', { forcedColors: 'active' }],
      ] as const) {
        await w.page.emulateMedia(media);
        await w.until(async () => !seen.includes(await colours()), `the ${name} theme`);
        seen.push(await colours());
        await w.screenshot(`statistics-${name}`);
      }
      await w.page.emulateMedia({ colorScheme: 'light', forcedColors: 'none' });
      await walkthrough(); // VS Code 1.106 has forgotten which one its tab shows
      await w.page.waitForSelector(`${step}[aria-checked="true"]`);
      await w.page.setViewportSize({ width: 1700, height: 800 }); // room for the pictures
      await w.page.waitForSelector('.getting-started-media :is(iframe, img[srcset])');
      await w.page.waitForTimeout(500);
      await w.screenshot('walkthrough');
      await w.page.setViewportSize({ width: 1200, height: 720 });
      await clear();
      await w.command('Byteline: Show Statistics');
      await shown.locator('text=Nothing has been counted yet.').waitFor();
      server.set({});
    },
  );

  it('tells a screen reader what is suggested, and names the status', async () => {
    const marked = `${HEAD}const total = area(3, 4);\nconst half = █\n`;
    server.set({ 'editor.accessibilitySupport': 'on' });
    await w.edit('reader.ts', marked.replace('= █', '=█'));
    await w.page.keyboard.type(' ');
    const ghost = await w.ghost();
    // the editor says the text, and how it can be read in the accessible view
    const said = `:has-text(${JSON.stringify(`${ghost.trim()}, `)}):has-text("accessible view")`;
    await w.page.waitForSelector(`.monaco-aria-container [role="alert"]${said}`, { state: 'attached' });
    await w.page.waitForSelector(`[role="button"][aria-label="Byteline, ready, model ${OPEN}"]`);
    server.set({});
  });

  it('speaks Korean in a Korean editor', async () => {
    const [manifest, texts] = ['package.nls.ko.json', 'extension/l10n/bundle.l10n.ko.json'].map(
      (path) => JSON.parse(readFileSync(join(ROOT, path), 'utf8')) as Record<string, string>,
    );
    // a window that is not left in order keeps its worker: the last test
    const korean = await Workbench.open(server, 'ko');
    try {
      await korean.page.goto(server.url('first.ts'));
      await korean.page.waitForSelector(
        `[aria-label="Byteline, ${texts.ready}, ${texts['model {0}'].replace('{0}', OPEN)}"]`,
        { timeout: 60_000 },
      );
      await korean.command(`Byteline: ${manifest['command.showStatistics']}`);
      await korean.page.waitForSelector('iframe.webview.ready');
      await korean.page.waitForTimeout(1000);
      await korean.screenshot('korean');
    } finally {
      await korean.close();
    }
  });
});
