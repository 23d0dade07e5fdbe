/** The packed VSIX in a real VS Code: real keys, real ghost text, the file on disk compared to the byte. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { itemFor } from '../../server/completion/item.ts';
import { completed, withThreshold as copyWithThreshold, KNOWN } from './expected.ts';
import { again, packed, ROOT, Server, Workbench } from './workbench.ts';

const HEAD = `import { readFile } from 'node:fs/promises';\n\nexport function area(width: number, height: number): number {\n  return width * height;\n}\n\n`;
/** After it the model says something new, and not the last line again. */
const BODY = `function main() {\n  const size = area(2, 2);\n  if (size > 4) {\n    throw new Error('size');\n  }`;
const MODEL = 'micro';
/** What the status shows: a copy of it that offers everything. */
const OPEN = `${MODEL}-0`;

describe('ghost text in a real editor', function () {
  this.timeout(240_000);
  this.retries(1); // a busy machine loses keys
  let server: Server;
  let w: Workbench;
  let folder: string;
  let models: string;
  const withThreshold = (threshold: number) => copyWithThreshold(models, MODEL, threshold);
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'ws-'));
    models = mkdtempSync(join(tmpdir(), 'models-'));
    server = await Server.start(
      folder,
      {
        'byteline.model': withThreshold(0),
        'byteline.memory.enable': false,
        'editor.quickSuggestions': { other: 'off', comments: 'off', strings: 'off' },
      },
      { vsix: packed() },
    );
    w = await Workbench.open(server);
    await w.edit('first.ts', '█\n');
    await w.state('ready', OPEN);
  });
  after(async () => {
    await w?.close();
    if (process.env.BYTELINE_LOG) console.log(server?.log());
    server?.stop();
    for (const made of [folder, models]) if (made) rmSync(made, { recursive: true });
  });
  beforeEach(function () {
    again(this.currentTest!, server);
  });
  afterEach(async function () {
    await w.screenshot(this.currentTest!.title.replaceAll(/\W+/g, '-'));
    server.set({});
  });

  /** What the editor must show and write. */
  const expected = (file: string, marked: string, ...more: string[]) =>
    completed(file, marked, '--model', MODEL, ...more);

  /** Types `keys` at the cursor, waits for ghost text, takes it with Tab and compares the disk. `marked` shows the place after typing. */
  async function accept(file: string, marked: string, typed: string): Promise<void> {
    const at = marked.indexOf('█');
    const text = expected(file, marked);
    assert.notEqual(text, '', 'the model offers something here');
    await w.edit(file, marked.slice(0, at - typed.length) + '█' + marked.slice(at + 1));
    await w.page.keyboard.type(typed, { delay: 60 });
    const ghost = await w.ghost();
    await w.screenshot(`shown-${file.replace(/\W+/g, '-')}`);
    await w.page.keyboard.press('Tab');
    const disk = await w.save(file);
    const line = marked.slice(marked.lastIndexOf('\n', at) + 1, marked.indexOf('\n', at)).replace('█', '');
    const column = at - marked.lastIndexOf('\n', at) - 1;
    const replaced = itemFor(line, column, text).end - column; // what the completion contains of the rest of the line
    assert.equal(
      disk,
      marked.slice(0, at) + text + marked.slice(at + 1 + replaced),
      `the ghost text was ${JSON.stringify(ghost)}`,
    );
  }

  it('completes after a trailing space', () =>
    accept('space.ts', `${HEAD}const total = area(3, 4);\nconst half = █\n`, 'half = '));
  it('completes in a half-typed indent', () => accept('indent.ts', `${HEAD}${BODY}\n █\n}\n`, ' '));
  it('completes on a blank indented line', () => accept('blank.ts', `${HEAD}${BODY}\n  █\n}\n`, '  '));
  it('completes in front of a closing bracket', () =>
    accept('bracket.ts', `${HEAD}const width = 4;\nconsole.log(area(w█)\n`, 'w'));

  it('shows the rest while the user types into it', async () => {
    const marked = `${HEAD}const total = area(3, 4);\nconst half = █\n`;
    const text = expected('typed.ts', marked);
    await w.edit('typed.ts', marked.replace('= █', '=█'));
    await w.page.keyboard.type(' ');
    await w.ghost();
    await w.page.keyboard.type(text.slice(0, 2), { delay: 120 });
    if (text.length > 2) {
      await w.ghost();
      await w.page.keyboard.press('Tab');
    }
    assert.equal(await w.save('typed.ts'), marked.replace('█', text));
  });

  it('grows while the worker streams, without a blank frame', async () => {
    server.set({ 'byteline.multiline': true, 'byteline.maxBytes': 500 });
    const marked = KNOWN;
    const text = expected('grow.md', marked, '--multiline', '--max-bytes', '500');
    assert.ok(text.length > 400, `too short to be streamed: ${JSON.stringify(text)}`);
    await w.edit('grow.md', marked.replace(' █', '█'));
    const frames = await w.frames();
    await w.page.keyboard.type(' ');
    await w.ghost();
    await w.page.waitForTimeout(2500);
    const seen = await frames();
    assert.ok(seen.length > 1, `it came at once: ${JSON.stringify(seen)}`);
    assert.ok(
      seen.every((shown) => shown !== ''),
      `a blank frame: ${JSON.stringify(seen)}`,
    );
    await w.page.keyboard.press('Tab');
    const disk = await w.save('grow.md');
    server.set({});
    assert.equal(disk, marked.replace('█', text));
  });

  it('switches the model from the palette, and keeps the choice', async () => {
    const marked = KNOWN;
    await w.edit('switch.md', marked.replace(' █', '█'));
    await w.command('Byteline: Switch Model');
    await w.page.waitForSelector('.quick-input-list .monaco-list-row:has-text("nano")');
    await w.screenshot('switch-model');
    await w.page.keyboard.type('nano');
    await w.page.keyboard.press('Enter');
    await w.state('ready', 'nano');
    await w.until(() => server.settingsNow()['byteline.model'] === 'nano', 'the setting');
    await w.page.keyboard.type(' ');
    await w.ghost();
    await w.page.keyboard.press('Tab');
    assert.equal(
      await w.save('switch.md'),
      marked.replace('█', expected('switch.md', marked, '--model', 'nano', '--offer')),
    );
    server.set({});
    await w.state('ready', OPEN);
  });

  it('offers nothing unsure by itself and says so, but everything by hand', async () => {
    const marked = `${HEAD}const total = area(3, 4);\nconst half = █\n`;
    server.set({ 'byteline.model': withThreshold(1) });
    await w.state('ready', `${MODEL}-1`);
    await w.edit('unsure.ts', marked.replace('= █', '=█'));
    await w.page.keyboard.type(' ');
    await assert.rejects(w.ghost(3000), /no ghost text/);
    assert.match(server.log(), /nothing offered: low-confidence/);
    await w.command('Trigger Inline Suggestion');
    await w.ghost();
    await w.page.keyboard.press('Tab');
    assert.equal(await w.page.locator('.notification-toast').count(), 0); // the switch to a folder succeeded
    assert.equal(await w.save('unsure.ts'), marked.replace('█', expected('unsure.ts', marked)));
    server.set({});
    await w.state('ready', OPEN);
  });

  it('stays away after Escape', async () => {
    const marked = `${HEAD}const total = area(3, 4);\nconst half = █\n`;
    await w.edit('escape.ts', marked.replace('= █', '=█'));
    await w.page.keyboard.type(' ');
    await w.ghost();
    await w.page.keyboard.press('Escape');
    await assert.rejects(w.ghost(2000), /no ghost text/);
    await w.page.keyboard.press('Tab');
    assert.ok((await w.save('escape.ts')).startsWith(marked.slice(0, marked.indexOf('█'))));
  });

  it('turns off and on for a language, and the log says why nothing came', async () => {
    const marked = `${HEAD}const total = area(3, 4);\nconst half =█\n`;
    await w.edit('toggle.ts', marked);
    await w.command('Byteline: Turn On or Off for This Language');
    await w.state('paused', OPEN);
    await w.page.keyboard.type(' ');
    await assert.rejects(w.ghost(2000), /no ghost text/);
    assert.match(server.log(), /nothing offered: off for typescript/);
    await w.command('Byteline: Show Log');
    await w.page.waitForSelector('.output-view-container, .panel:has-text("Output")');
    await w.command('View: Hide Panel');
    await w.page.click('.part.editor .view-lines');
    await w.state('paused', OPEN); // the file is the active editor again, not the log
    await w.command('Byteline: Turn On or Off for This Language');
    await w.state('ready', OPEN);
    await w.page.click('.part.editor .view-lines');
    await w.page.keyboard.press('Control+End');
    await w.page.keyboard.type('const quarter = ');
    await w.ghost();
    server.set({});
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
    await assert.rejects(w.ghost(2000), /no ghost text/);
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

  it('completes what other files say, and tells how much it has indexed and why it suggested that', async () => {
    const odd = ['plinthWobble', 'sprocketTally', 'gimbalHue'].map(
      (name) => `  const ${name} = await quoinLedger.fetch${name}(zorbleKey, { plinths: 42 });\n`,
    );
    for (const name of ['one', 'two', 'three'])
      writeFileSync(
        join(folder, `${name}.ts`),
        `export async function ${name}(zorbleKey: string) {\n${odd.join('')}}\n`,
      );
    const indexed = () =>
      w.page.waitForSelector(`[aria-label*=", ${readdirSync(folder).length} files in memory"]`, { timeout: 30_000 }); // all of them
    server.set({ 'byteline.memory.enable': true });
    await indexed(); // the setting is in force
    await w.edit('memory.ts', 'export async function four(zorbleKey: string) {\n  const sprocketTally =█\n}\n');
    await indexed();
    await w.page.keyboard.type(' ');
    assert.equal(await w.ghost(), 'await quoinLedger.fetchsprocketTally(zorbleKey, { plinths: 42 });');
    await w.command('Byteline: Why Was This Suggested?');
    await w.page.waitForSelector('.notification-toast:has-text("seen 3 times, last in "):has-text(".ts:3")');
    await w.screenshot('why');
    await w.page.keyboard.press('Escape');
    server.set({});
    await w.until(
      async () => {
        // the setting restarts the worker; with the memory off nobody can say
        await w.command('Byteline: Why Was This Suggested?');
        return w.page
          .waitForSelector('.notification-toast:has-text("the workspace memory is off")', { timeout: 3000 })
          .then(
            () => true,
            () => false,
          );
      },
      'that the memory is off',
      30_000,
    );
    await w.state('ready', OPEN);
    await w.command('Notifications: Clear All Notifications');
  });

  it("counts what was taken, shows it as a page in the theme's colours, ticks off the walkthrough's first step, and deletes it", async () => {
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
    await clear(); // what the tests before this one left: in this window, for the browser may forget it on the way to another
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
    assert.ok(Number(offers) >= 1, offers); // the editor asks again behind the text that was taken, and a slow machine shows more than one on the way
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
    await w.page.waitForSelector('.getting-started-media iframe');
    await w.page.waitForTimeout(500);
    await w.screenshot('walkthrough');
    await w.page.setViewportSize({ width: 1200, height: 720 });
    await clear();
    await w.command('Byteline: Show Statistics');
    await shown.locator('text=Nothing has been counted yet.').waitFor();
    server.set({});
  });

  it('tells a screen reader what is suggested, and names the status', async () => {
    const marked = `${HEAD}const total = area(3, 4);\nconst half = █\n`;
    server.set({ 'editor.accessibilitySupport': 'on' });
    await w.edit('reader.ts', marked.replace('= █', '=█'));
    await w.page.keyboard.type(' ');
    const ghost = await w.ghost();
    // the editor says the text, and how it can be read in the accessible view
    await w.page.waitForSelector(
      `.monaco-aria-container [role="alert"]:has-text(${JSON.stringify(`${ghost.trim()}, `)}):has-text("accessible view")`,
      { state: 'attached' },
    );
    await w.page.waitForSelector(`[role="button"][aria-label="Byteline, ready, model ${OPEN}"]`);
    server.set({});
  });

  it('goes on when the worker dies, and says so once', async () => {
    await w.edit('dies.ts', `${HEAD}const total = area(3, 4);\nconst half =█\n`);
    execFileSync('pkill', ['-KILL', '-f', `^[^ ]*node .*${server.home}.*byteline\\.cjs serve`]);
    await w.state('error', OPEN);
    await w.page.keyboard.type(' ');
    await w.state('ready', OPEN);
    assert.equal(await w.ghost().then((text) => text !== ''), true); // the editor asks again by itself
    assert.equal(server.log().match(/the worker stopped; restarting/g)?.length, 1);
    assert.equal(await w.page.locator('.notification-toast').count(), 0);
  });

  it('speaks Korean in a Korean editor', async () => {
    const [manifest, texts] = ['package.nls.ko.json', 'extension/l10n/bundle.l10n.ko.json'].map(
      (path) => JSON.parse(readFileSync(join(ROOT, path), 'utf8')) as Record<string, string>,
    );
    const korean = await Workbench.open(server, 'ko'); // a window that is not left in order keeps its worker: the last test
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
