/** What settings become the worker's options. */
import { isDeepStrictEqual } from 'node:util';
import * as vscode from 'vscode';
import type { InitOptions, MemoryOptions } from '../server/wire/protocol.ts';
import type { Models } from './models/models.ts';
import { settings } from './settings.ts';
import type { Measured } from './worker/measured.ts';

/**
 * The globs that the editor leaves out of its lists of files, or of its search, in any folder of the workspace. There
 * `*.sql` is at the folder's top: a slash says so.
 */
const excludedIn = (section: 'files' | 'search') =>
  [undefined, ...(vscode.workspace.workspaceFolders ?? [])].flatMap((folder) => {
    const globs = vscode.workspace.getConfiguration(section, folder?.uri).get<Record<string, unknown>>('exclude', {});
    return Object.entries(globs).flatMap(([glob, on]) => (on === true ? [`/${glob}`] : []));
  });

const memoryOptions = (): MemoryOptions => ({
  enable: settings().get('memory.enable', true),
  trusted: vscode.workspace.isTrusted,
  megabytes: settings().get<number>('memory.megabytes'),
  // of several globs the last one decides
  exclude: [
    ...new Set([...excludedIn('files'), ...excludedIn('search')]),
    ...settings().get<string[]>('memory.exclude', []),
  ],
  secrets: settings().get<string[]>('memory.secrets', []),
});

/** Settings that the worker has from its start on. */
const fixedOptions = (): InitOptions => ({
  threads: settings().get<number>('threads') || undefined,
  device: settings().get<InitOptions['device']>('device'),
  cacheMegabytes: settings().get<number>('cacheMegabytes'),
  memory: memoryOptions(),
});

export class WorkerOptions {
  private started: InitOptions = {};

  /** `bundled`: the folder of the models that come with the extension. */
  constructor(
    private readonly bundled: string,
    private readonly models: Models,
    private readonly measured: Measured,
  ) {}

  /** Folders that hold model folders: the user's, and the bundled one. */
  get modelFolders(): string[] {
    return [...settings().get<string[]>('modelFolders', []), this.bundled];
  }

  /** For a worker that starts now. */
  start(): InitOptions {
    const { models, modelFolders, measured } = this;
    this.started = fixedOptions();
    return { streaming: true, model: models.first(), modelFolders, ...this.started, ...measured.known };
  }

  /** Whether a setting is another one than the worker started with: the editor tells of changes that are none, too. */
  get outdated(): boolean {
    return !isDeepStrictEqual(fixedOptions(), this.started);
  }
}
