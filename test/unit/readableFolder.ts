/**
 * An empty folder for each test, whose files a workspace lists and reads; no settings of git's are in force but those
 * of the test.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { Workspace, type WorkspaceOptions } from '../../server/memory/readable.ts';

const ENV = { ...process.env, GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1', XDG_CONFIG_HOME: '/nowhere' };
const { HOME, XDG_CONFIG_HOME } = process.env;

/** Made by the suite that needs it: before each of its tests the folder is new, after it all is as it was. */
export class ReadableFolder {
  root = '';

  constructor() {
    beforeEach(() => {
      this.root = realpathSync(mkdtempSync(join(tmpdir(), 'byteline-workspace-')));
      Object.assign(process.env, { HOME: '/nowhere', XDG_CONFIG_HOME: '/nowhere' });
    });
    afterEach(() => {
      for (const [name, value] of Object.entries({ HOME, XDG_CONFIG_HOME }))
        if (value === undefined) delete process.env[name];
        else process.env[name] = value;
      rmSync(this.root, { recursive: true, force: true });
    });
  }

  readonly write = (path: string, text: string | Uint8Array = 'text\n'): string => {
    const full = join(this.root, path);
    mkdirSync(dirname(full), { recursive: true });
    writeFileSync(full, text);
    return full;
  };

  readonly open = (options: Partial<WorkspaceOptions> = {}) =>
    new Workspace({ roots: [this.root], exclude: [], secrets: [], ...options });

  readonly git = (...args: string[]) => execFileSync('git', args, { cwd: this.root, env: ENV, encoding: 'utf8' });

  readonly list = async (workspace: Workspace, below?: string): Promise<string[]> => {
    const found: string[] = [];
    for await (const { path } of workspace.files(undefined, below)) found.push(relative(this.root, path));
    return found.sort();
  };
}

export const skipped = (workspace: Workspace) => Object.fromEntries(workspace.skipped);
