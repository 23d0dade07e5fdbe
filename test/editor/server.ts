/**
 * The browser workbench alone: VS Code as code-server, with a folder open and the packed VSIX installed (see
 * install.sh).
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const { BYTELINE_EDITOR } = process.env; // another version than the usual one: see install.sh
const MODULES = `${ROOT}.cache/editor${BYTELINE_EDITOR ? `-${BYTELINE_EDITOR}` : ''}/node_modules/`;
const NODE = MODULES + `node-linux-${process.arch}/bin/node`;
const SERVER = MODULES + 'code-server/out/node/entry.js';

/** The packed extension that the tests install. Throws where there is none. */
export function packed(): string {
  const vsix = readdirSync(ROOT).find((file) => /^byteline-linux-x64-.*\.vsix$/.test(file));
  if (!vsix) throw new Error('no VSIX: npm run package -- linux-x64');
  return join(ROOT, vsix);
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

export class Server {
  private constructor(
    readonly process: ChildProcess,
    readonly home: string,
    readonly port: number,
    readonly workspace: string,
    private readonly settings: object,
  ) {}

  /** So many other extensions were installed, and the settings changed, since the start. */
  upgrades = 0;
  private revision = 0;

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

  /**
   * Puts another version of the extension in the place of the one that is installed, as `code --install-extension`
   * does; windows take it once they are reloaded.
   */
  upgrade(vsix: string): void {
    Server.install(this.home, vsix);
    this.upgrades++;
  }

  /** The page with a file of the workspace open and the cursor there; line and column from 1. */
  urlAt(file: string, line: number, column: number): string {
    const place = `${this.remote(join(this.workspace, file))}:${line}:${column}`;
    return this.url(file, [
      ['openFile', place],
      ['gotoLineMode', 'true'],
    ]);
  }

  /** The page with a file of the workspace open, or with other payload of the workbench's. */
  url(
    file?: string,
    payload: [string, string][] = file ? [['openFile', this.remote(join(this.workspace, file))]] : [],
  ): string {
    const more = payload.length ? `&payload=${encodeURIComponent(JSON.stringify(payload))}` : '';
    return `http://127.0.0.1:${this.port}/?folder=${this.workspace}${more}`;
  }

  /** The name that the workbench gives to an absolute path. */
  remote(path: string): string {
    return `vscode-remote://127.0.0.1:${this.port}${path}`;
  }

  /** The settings from now on: those of the start, and these. A page has `title` once they are in force there. */
  set(settings: object): void {
    Server.write(this.home, { ...this.settings, ...settings }, ++this.revision);
  }

  /** What the title of a page ends with that knows of the settings; undefined where they are those of the start. */
  get title(): string | undefined {
    return this.revision ? titleOf(this.revision) : undefined;
  }

  /**
   * In a remote window the user's file says nothing about settings of a machine's scope, and a page that is open does
   * not look at it again: ours, and what was changed, are in the machine's too.
   */
  private static write(home: string, settings: object, revision = 0): void {
    const ours = Object.fromEntries(Object.entries(settings).filter(([key]) => key.startsWith('byteline.')));
    // for screen readers the title would end with the state of the editor, where one is unsaved
    const titled = { 'window.title': `\${rootName} ${titleOf(revision)}`, 'accessibility.windowTitleOptimized': false };
    const machine = revision ? { ...settings, ...titled } : ours;
    writeFileSync(join(home, 'data', 'User', 'settings.json'), JSON.stringify(settings));
    writeFileSync(join(home, 'data', 'Machine', 'settings.json'), JSON.stringify(machine));
  }

  /** The user's and the machine's settings as they are on disk. */
  async settingsNow(): Promise<Record<string, unknown>> {
    const files = ['User', 'Machine'].map((scope) => this.settingsFile(scope)).filter(existsSync);
    return Object.assign({}, ...(await Promise.all(files.map(written))));
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

const titleOf = (revision: number) => `settings ${revision}`;

/** What a settings file says; the editor empties it before it writes it. */
async function written(file: string): Promise<object> {
  for (;;) {
    const text = readFileSync(file, 'utf8');
    if (text !== '') return JSON.parse(text);
    await setTimeout(20);
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
