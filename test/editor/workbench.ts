/** A real VS Code in the browser, with the packed VSIX installed, driven with real keys (see install.sh). */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Browser, chromium, type Page } from 'playwright-core';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const { BYTELINE_EDITOR } = process.env; // another version than the usual one: see install.sh
const MODULES = `${ROOT}.cache/editor${BYTELINE_EDITOR ? `-${BYTELINE_EDITOR}` : ''}/node_modules/`;
const NODE = MODULES + `node-linux-${process.arch}/bin/node`;
const SERVER = MODULES + 'code-server/out/node/entry.js';
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
 * Reads ghost text off the screen, as source for the page. The page's order says nothing: the editor puts a line that it draws anew behind
 * those that it keeps, and one that wraps is several. So each run of text counts by where it stands, if anything of it can be seen there.
 */
const READ = `(() => {
  const pieces = [];
  for (const element of document.querySelectorAll('${GHOST}')) {
    const texts = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
    for (let node = texts.nextNode(); node; node = texts.nextNode()) {
      const range = document.createRange();
      range.selectNodeContents(node);
      const { top, left, width, height } = range.getBoundingClientRect();
      if (width > 0 && height > 0 && !pieces.some((piece) => piece.node === node)) pieces.push({ node, top, left, text: node.data });
    }
  }
  pieces.sort((a, b) => (Math.abs(a.top - b.top) > 3 ? a.top - b.top : a.left - b.left));
  return pieces.map(({ top, text }, i) => (i > 0 && top - pieces[i - 1].top > 3 ? '\\n' : '') + text).join('').replaceAll('\\u00a0', ' ');
})()`;

/** The packed extension that the tests install. Throws where there is none. */
export function packed(): string {
  const vsix = readdirSync(ROOT).find((file) => /^byteline-linux-x64-.*\.vsix$/.test(file));
  if (!vsix) throw new Error('no VSIX: npm run package -- linux-x64');
  return join(ROOT, vsix);
}

const heard = new WeakSet();
/** Called before each test of a suite that tries twice: where the first try fails, of which mocha says nothing, prints why, and the log. */
export function again(test: Mocha.Test, server: Server): void {
  const run = test.fn as (this: Mocha.Context) => Promise<void>;
  if (heard.has(run)) return;
  test.fn = async function (this: Mocha.Context) {
    await run.call(this).catch((error: Error) => {
      console.log(`    a try failed: ${error.stack}\n${server.log().split('\n').slice(-30).join('\n')}`);
      throw error;
    });
  };
  heard.add(test.fn);
}

export interface ServerOptions {
  /** A packed extension to install first. */
  vsix?: string;
  port?: number;
  /** Workspaces are not trusted until someone says so; else all are. */
  untrusted?: boolean;
  /** More arguments of code-server. */
  flags?: string[];
}

/** The browser workbench alone: code-server with a folder open. */
export class Server {
  private constructor(
    readonly process: ChildProcess,
    readonly home: string,
    readonly port: number,
    readonly workspace: string,
    private readonly settings: object,
  ) {}

  /** Settings are those of the user. Throws when the browser workbench is not installed. */
  static async start(workspace: string, settings: object, o: ServerOptions = {}): Promise<Server> {
    if (!existsSync(SERVER)) throw new Error('the browser workbench is not installed: run test/editor/install.sh');
    const home = mkdtempSync(join(tmpdir(), 'bl-'));
    writeFileSync(join(home, 'config.yaml'), 'auth: none\n');
    mkdirSync(join(home, 'data', 'User'), { recursive: true });
    const all = {
      'workbench.startupEditor': 'none',
      'telemetry.telemetryLevel': 'off',
      'chat.disableAIFeatures': true,
      'workbench.secondarySideBar.defaultVisibility': 'hidden',
      'editor.minimap.enabled': false,
      'security.workspace.trust.enabled': o.untrusted ?? false,
      'security.workspace.trust.startupPrompt': 'never',
      'git.openRepositoryInParentFolders': 'never',
      'files.autoSave': 'off',
      ...settings,
    };
    mkdirSync(join(home, 'data', 'Machine'), { recursive: true });
    if (o.vsix) Server.install(home, o.vsix);
    const on = o.port ?? (await freePort());
    Server.write(home, all);
    const child = spawn(
      NODE,
      [
        SERVER,
        '--auth',
        'none',
        '--bind-addr',
        `127.0.0.1:${on}`,
        ...Server.flags(home),
        '--disable-telemetry',
        '--disable-update-check',
        '--ignore-last-opened',
        ...(o.untrusted ? [] : ['--disable-workspace-trust']),
        ...(o.flags ?? []),
      ],
      { env: Server.environment(home), stdio: ['ignore', 'pipe', 'pipe'] },
    );
    await new Promise<void>((resolve, reject) => {
      child.stdout!.on('data', (text) => String(text).includes('HTTP server listening') && resolve());
      child.on('exit', (code) => reject(new Error(`code-server ended with ${code}`)));
    });
    return new Server(child, home, on, workspace, all);
  }

  private static flags(home: string): string[] {
    return [
      '--config',
      join(home, 'config.yaml'),
      '--user-data-dir',
      join(home, 'data'),
      '--extensions-dir',
      join(home, 'extensions'),
    ];
  }

  private static environment(home: string): NodeJS.ProcessEnv {
    return {
      ...process.env,
      HOME: home,
      XDG_CONFIG_HOME: home,
      XDG_DATA_HOME: home,
      XDG_CACHE_HOME: home,
      EXTENSIONS_GALLERY: '{}',
    };
  }

  private static install(home: string, vsix: string): void {
    execFileSync(NODE, [SERVER, ...Server.flags(home), '--install-extension', vsix, '--force'], {
      env: Server.environment(home),
      stdio: 'pipe',
    });
  }

  /** Puts another version of the extension in the place of the one that is installed, as `code --install-extension` does; windows take it once they are reloaded. */
  upgrade(vsix: string): void {
    Server.install(this.home, vsix);
  }

  /** The page with a file of the workspace open, or with other payload of the workbench's. */
  url(
    file?: string,
    payload: [string, string][] = file ? [['openFile', this.remote(join(this.workspace, file))]] : [],
  ): string {
    return `http://127.0.0.1:${this.port}/?folder=${this.workspace}${payload.length ? `&payload=${encodeURIComponent(JSON.stringify(payload))}` : ''}`;
  }

  /** The name that the workbench gives to an absolute path. */
  remote(path: string): string {
    return `vscode-remote://127.0.0.1:${this.port}${path}`;
  }

  /** The settings from now on: those of the start, and these. */
  set(settings: object): void {
    Server.write(this.home, { ...this.settings, ...settings });
  }

  /** In a remote window the user's file says nothing about settings of a machine's scope, so ours are in the machine's too. */
  private static write(home: string, settings: object): void {
    const ours = Object.fromEntries(Object.entries(settings).filter(([key]) => key.startsWith('byteline.')));
    writeFileSync(join(home, 'data', 'User', 'settings.json'), JSON.stringify(settings));
    writeFileSync(join(home, 'data', 'Machine', 'settings.json'), JSON.stringify(ours));
  }

  /** The user's and the machine's settings as they are on disk. */
  settingsNow(): Record<string, unknown> {
    return Object.assign(
      {},
      ...['User', 'Machine']
        .map((s) => this.settingsFile(s))
        .filter(existsSync)
        .map((f) => JSON.parse(readFileSync(f, 'utf8'))),
    );
  }

  private settingsFile(scope: string): string {
    return join(this.home, 'data', scope, 'settings.json');
  }

  /** What Byteline wrote to its log channel; with another ending, what is in those log files. */
  log(ending = 'Byteline.log'): string {
    const files = readdirSync(join(this.home, 'data', 'logs'), { recursive: true })
      .map(String)
      .filter((f) => f.endsWith(ending));
    return files.map((f) => readFileSync(join(this.home, 'data', 'logs', f), 'utf8')).join('');
  }

  stop(): void {
    this.process.removeAllListeners('exit');
    this.process.kill();
    rmSync(this.home, { recursive: true, force: true });
  }
}

/** Debian's Chromium without a window. */
export function launch(): Promise<Browser> {
  return chromium.launch({ executablePath: '/usr/bin/chromium', args: QUIET });
}

export class Workbench {
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

  /** Opens a file and puts the cursor where █ stands in `marked`; the file holds the text without it. */
  async edit(file: string, marked: string): Promise<void> {
    const at = marked.indexOf('█');
    writeFileSync(join(this.server.workspace, file), marked.replace('█', ''));
    await this.page.goto(this.server.url(file));
    await this.page.waitForSelector('.monaco-editor .view-lines', { timeout: 30_000 });
    await this.page.waitForSelector('[aria-label^="Byteline, ready"]', { timeout: 30_000 });
    await this.page.click('.monaco-editor .view-lines');
    // a try before this one may have left it unsaved: the editor keeps that over a reload
    if (await this.page.locator('.tab.active.dirty').count()) await this.command('File: Revert File');
    await this.page.waitForSelector('.tab.active:not(.dirty)');
    const before = marked.slice(0, at).split('\n');
    await this.goTo(before.length, before.at(-1)!.length + 1);
  }

  /** Puts the cursor there by one command: keys that a busy machine loses or doubles would leave it elsewhere. */
  private async goTo(line: number, column: number): Promise<void> {
    const place = `Ln ${line}, Col ${column}`;
    const isThere = async () =>
      (await this.page.textContent('[id="status.editor.selection"]').catch(() => '')) === place;
    const input = this.page.locator('.quick-input-widget input').first();
    await this.until(
      async () => {
        if (!(await input.isVisible())) await this.page.keyboard.press('Control+g');
        if (
          !(await input.fill(`:${line}:${column}`, { timeout: 1000 }).then(
            () => true,
            () => false,
          ))
        )
          return false;
        await input.press('Enter', { timeout: 1000 }).catch(() => undefined);
        const hidden = await input.waitFor({ state: 'hidden', timeout: 3000 }).then(
          () => true,
          () => false,
        );
        return (
          hidden &&
          this.until(isThere, place, 3000).then(
            () => true,
            () => false,
          )
        );
      },
      `the cursor at ${place}`,
      30_000,
    );
  }

  /** Waits until the status item says so. */
  async state(state: string, model: string): Promise<void> {
    await this.page.waitForSelector(`[aria-label^="Byteline, ${state}, model ${model}"]`, { timeout: 30_000 });
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

  /** Waits until ghost text stands still for 600 ms, and returns it as it is read on the screen: its lines from the top. */
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

  /** Notes the ghost text of every frame from now on; the function returned ends that and gives the texts, changes only. */
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
    await this.page.waitForSelector(`.tab.active:has-text("${file}"):not(.dirty)`);
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

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}
