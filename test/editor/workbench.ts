/** The page of a real VS Code in the browser, driven with real keys. */
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { type Browser, chromium, type Page } from 'playwright-core';
import { ROOT, type Server } from './server.ts';

const QUIET = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** Ghost text on the cursor's line, and the lines below it. */
const GHOST = '.ghost-text-decoration, .ghost-text-decoration-preview, .suggest-preview-text';

/**
 * Reads ghost text off the screen, as source for the page. The page's order says nothing: the editor puts a line that
 * it draws anew behind those that it keeps, and one that wraps is several. So each run of text counts by where it
 * stands, if anything of it can be seen there.
 */
const READ = `(() => {
  const pieces = [];
  for (const element of document.querySelectorAll('${GHOST}')) {
    const texts = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
    for (let node = texts.nextNode(); node; node = texts.nextNode()) {
      const range = document.createRange();
      range.selectNodeContents(node);
      const { top, left, width, height } = range.getBoundingClientRect();
      if (width > 0 && height > 0 && !pieces.some((piece) => piece.node === node))
        pieces.push({ node, top, left, text: node.data });
    }
  }
  pieces.sort((a, b) => (Math.abs(a.top - b.top) > 3 ? a.top - b.top : a.left - b.left));
  const breaks = (i) => (i > 0 && pieces[i].top - pieces[i - 1].top > 3 ? '\\n' : '');
  return pieces.map(({ text }, i) => breaks(i) + text).join('').replaceAll('\\u00a0', ' ');
})()`;

const [yes, no] = [() => true, () => false];

/** The active editor's tab. */
const active = (file: string) => `.tab.active:has-text("${basename(file)}")`;

/** What can be compared of ghost text: it may wrap anywhere. */
export const unwrapped = (text: string) => text.replaceAll(/\s+/g, '');

/** Debian's Chromium without a window. */
export function launch(): Promise<Browser> {
  return chromium.launch({ executablePath: '/usr/bin/chromium', args: QUIET });
}

export class Workbench {
  /** The extensions that the page knows, and the files that were opened in it. */
  private upgrades: number | undefined;
  private readonly opened = new Set<string>();

  private constructor(
    readonly server: Server,
    private readonly browser: Browser,
    readonly page: Page,
  ) {}

  /** `language`: the editor's, as a language pack sets it; of its own texts there is no translation. */
  static async open(server: Server, language?: string): Promise<Workbench> {
    const browser = await launch();
    const page = await browser.newPage({ viewport: { width: 1200, height: 720 } });
    if (language) await page.addInitScript(`globalThis._VSCODE_NLS_LANGUAGE = '${language}'`);
    return new Workbench(server, browser, page);
  }

  /** Opens a file with the cursor where █ stands in `marked`; the file holds the text without it. */
  async edit(file: string, marked: string): Promise<void> {
    const before = marked.slice(0, marked.indexOf('█')).split('\n');
    writeFileSync(join(this.server.workspace, file), marked.replace('█', ''));
    await this.open(file, before.length, before.at(-1)!.length + 1);
  }

  /**
   * Opens a file of the folder as it is on disk, with the cursor there, from 1, and waits for Byteline's state. The
   * page is loaded anew only where it may know an older text of the file, or older extensions.
   */
  async open(file: string, line: number, column: number, state = 'ready'): Promise<void> {
    const { page, server } = this;
    if (this.upgrades === server.upgrades && !this.opened.has(file)) {
      await this.settings();
      await this.quickOpen(file, line, column);
    } else {
      this.opened.clear();
      await page.goto(server.urlAt(file, line, column), { timeout: 90_000 });
      this.upgrades = server.upgrades;
    }
    this.opened.add(file);
    await page.waitForSelector(active(file), { timeout: 90_000 });
    await page.waitForSelector(`[aria-label^="Byteline, ${state}"]`, { timeout: 90_000 });
    // a try before this one may have left it unsaved: the editor keeps that over a reload
    if (await page.locator('.tab.active.dirty').count()) await this.command('File: Revert File');
    await page.waitForSelector(`${active(file)}:not(.dirty)`);
    await this.goTo(line, column);
  }

  /** Waits until the page knows the settings that the server was given last. */
  settings(): Promise<void> {
    return this.until(async () => (await this.page.title()).endsWith(this.server.title ?? ''), 'the settings', 30_000);
  }

  /** The next file is opened in a page that is loaded anew. */
  forget(): void {
    this.upgrades = undefined;
  }

  private async quickOpen(file: string, line: number, column: number): Promise<void> {
    const input = this.page.locator('.quick-input-widget input').first();
    const row = this.page.locator(`.quick-input-list .monaco-list-row:has-text("${basename(file)}")`).first();
    const soon = { timeout: 3000 };
    await this.until(
      async () => {
        if (!(await input.isVisible())) await this.page.keyboard.press('Control+p');
        try {
          await input.fill(`${join(this.server.workspace, file)}:${line}:${column}`, soon);
          await row.waitFor(soon);
          await input.press('Enter', soon);
          await this.page.waitForSelector(active(file), soon);
          return true;
        } catch {
          return false;
        }
      },
      `the opened ${file}`,
      30_000,
    );
  }

  /** Puts the cursor there by one command: keys that a busy machine loses or doubles would leave it elsewhere. */
  async goTo(line: number, column: number): Promise<void> {
    const place = `Ln ${line}, Col ${column}`;
    const input = this.page.locator('.quick-input-widget input').first();
    const soon = { timeout: 3000 };
    const isThere = async () =>
      (await this.page.textContent('[id="status.editor.selection"]', soon).catch(() => '')) === place &&
      ((await this.page.evaluate(`!!document.activeElement?.closest('.part.editor .monaco-editor')`)) as boolean);
    const comes = () => this.until(isThere, place, 1000).then(yes, no);
    await this.until(
      async () => {
        if (await comes()) return true;
        if (!(await input.isVisible())) await this.page.keyboard.press('Control+g');
        if (!(await input.fill(`:${line}:${column}`, soon).then(yes, no))) return false;
        await input.press('Enter', soon).catch(no);
        await input.waitFor({ state: 'hidden', ...soon }).catch(no);
        return false;
      },
      `the cursor at ${place}`,
      30_000,
    );
  }

  /** Waits until the status item says so. */
  async state(state: string, model: string, timeout = 30_000): Promise<void> {
    await this.page.waitForSelector(`[aria-label^="Byteline, ${state}, model ${model}"]`, { timeout });
  }

  /** Waits until something holds that is not a selector's to say. */
  async until(holds: () => boolean | Promise<boolean>, what: string, timeout = 10_000): Promise<void> {
    for (const end = Date.now() + timeout; !(await holds()); await this.page.waitForTimeout(50))
      if (Date.now() > end) throw new Error(`waited for ${what}`);
  }

  /** The cursor's column as the status bar says it. */
  async column(): Promise<number> {
    const text = await this.page.textContent('[id="status.editor.selection"]').catch(() => '');
    return Number(/Col (\d+)/.exec(text ?? '')?.[1] ?? NaN);
  }

  /**
   * Waits until ghost text stands still for 600 ms, and returns it as it is read on the screen: its lines from the top.
   */
  async ghost(timeout = 15_000): Promise<string> {
    const read = () => this.page.evaluate(READ) as Promise<string>;
    const end = Date.now() + timeout;
    for (let last = '', since = Date.now(); Date.now() < end; await this.page.waitForTimeout(50)) {
      const now = await read();
      if (now !== last) [last, since] = [now, Date.now()];
      else if (now !== '' && Date.now() - since > 600) return now;
    }
    throw new Error('no ghost text');
  }

  /** Waits until the ghost text is `text`, and nothing else. */
  async shows(text: string, timeout = 20_000): Promise<void> {
    let last = '';
    const there = async () => unwrapped((last = await this.ghost(3000).catch(() => 'nothing'))) === unwrapped(text);
    await this.until(there, 'the ghost text', timeout).catch(() => assert.equal(last, text));
  }

  /** No ghost text comes for so long, ms. */
  async showsNothing(wait = 1500): Promise<void> {
    await assert.rejects(this.ghost(wait), /no ghost text/);
  }

  /**
   * Notes the ghost text of every frame from now on; the function returned ends that and gives the texts, changes only.
   */
  async frames(): Promise<() => Promise<string[]>> {
    // as text: tsx names inner functions with a helper that the page does not have
    await this.page.evaluate(`{
      const seen = window.frames_ = [];
      (function note() {
        const text = [...document.querySelectorAll('${GHOST}')].map((e) => e.textContent).join('');
        if (text !== (seen.at(-1) ?? '')) seen.push(text);
        if (window.frames_) requestAnimationFrame(note);
      })();
    }`);
    return () => this.page.evaluate('[window.frames_, delete window.frames_][0]');
  }

  async command(name: string): Promise<void> {
    const input = this.page.locator('.quick-input-widget input').first();
    const text = `>${name.replace(/^>/, '')}`;
    await this.until(async () => {
      // a key that comes while the focus moves is lost, and a palette that closes still shows
      if (!(await input.isVisible())) await this.page.keyboard.press('F1');
      return input.fill(text, { timeout: 1000 }).then(
        () => true,
        () => false,
      );
    }, 'the palette');
    await this.page.waitForSelector(`.quick-input-list .monaco-list-row:has-text("${name.replace(/^>/, '')}")`);
    await input.press('Enter');
  }

  /** Saves and returns the file as it is on disk, once the editor has written all of it. */
  async save(file: string): Promise<string> {
    await this.page.keyboard.press('Control+s');
    await this.page.waitForSelector(`${active(file)}:not(.dirty)`);
    return readFileSync(join(this.server.workspace, file), 'utf8');
  }

  async screenshot(name: string): Promise<void> {
    mkdirSync(ROOT + 'test/artifacts', { recursive: true });
    await this.page.screenshot({ path: `${ROOT}test/artifacts/${name}.png` });
  }

  async close(): Promise<void> {
    await this.browser.close();
  }
}
