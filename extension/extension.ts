/** The extension host's side: settings, commands, and the wiring of worker, ghost text and status. Thin. */
import { isDeepStrictEqual } from 'node:util';
import * as vscode from 'vscode';
import { messageOf } from '../server/errors.ts';
import { CANDIDATES, type InitOptions, type MemoryOptions } from '../server/wire/protocol.ts';
import { cellsAbove } from './documents.ts';
import { GhostText } from './ghostText/provider.ts';
import { ReadAhead } from './ghostText/readAhead.ts';
import { addModelFolder, removeModel, switchModel } from './models/commands.ts';
import { Models } from './models/models.ts';
import { settings } from './settings.ts';
import { Counting } from './statistics/counting.ts';
import { StatisticsStore } from './statistics/store.ts';
import { StatisticsView } from './statistics/view.ts';
import { Battery } from './switches/battery.ts';
import { isOn, offIn, said, toggleLanguage } from './switches/reasons.ts';
import { Snooze } from './switches/snooze.ts';
import { textOf } from './switches/switches.ts';
import { CopyDiagnostics } from './views/copyDiagnostics.ts';
import { detailsText } from './views/details.ts';
import { DetailsView } from './views/detailsView.ts';
import { chooseSnooze, showMenu } from './views/menu.ts';
import { StatusItem } from './views/status.ts';
import { sayWhy } from './views/why.ts';
import { cudaWorker } from './worker/cuda.ts';
import { Memory } from './worker/measured.ts';
import { useCuda } from './worker/useCuda.ts';
import { Worker } from './worker/worker.ts';

const maxBytes = () => settings().get('maxBytes', 128);
/**
 * The globs that the editor leaves out of its lists of files, or of its search, in any folder of the workspace. There
 * `*.sql` is at the folder's top: a slash says so.
 */
const excludedIn = (section: 'files' | 'search') =>
  [undefined, ...(vscode.workspace.workspaceFolders ?? [])].flatMap((folder) => {
    const globs = vscode.workspace.getConfiguration(section, folder?.uri).get<Record<string, unknown>>('exclude', {});
    return Object.entries(globs).flatMap(([glob, on]) => (on === true ? [`/${glob}`] : []));
  });
/** Settings that say which model answers, and where models are. */
const OF_MODELS = ['byteline.model', 'byteline.languageModels', 'byteline.modelFolders'];
const counts = () => settings().get('statistics', true);

let statistics: StatisticsStore | undefined;

export async function activate(context: vscode.ExtensionContext): Promise<void> {
  const log = vscode.window.createOutputChannel('Byteline', { log: true });
  const active = () => vscode.window.activeTextEditor?.document.languageId;
  const now = { snooze: new Snooze(() => status.show()), battery: new Battery(() => status.show()) };
  const off = () => (vscode.window.activeTextEditor ? offIn(vscode.window.activeTextEditor.document, now) : undefined);
  const details = new DetailsView(async () => {
    const because = off();
    return detailsText(vscode.l10n, {
      version: context.extension.packageJSON.version,
      status: status.last,
      off: because && said(because),
      models: await worker.models().catch(() => []),
      ofLanguages: models.ofLanguages,
      latency: counting.latency,
      memory: status.memory,
      more: counting.summary(),
    });
  });
  const status = new StatusItem(off, () => details.changed());
  const bundled = context.asAbsolutePath('model/models');
  const models: Models = new Models(() => worker, log);
  const modelFolders = () => [...settings().get<string[]>('modelFolders', []), bundled];
  const storage = context.globalStorageUri.fsPath;
  const memory = new Memory(context.globalState, (message) => log.warn(message));
  statistics = new StatisticsStore(context.globalState, (message) => log.debug(message));
  const counting = new Counting(statistics, counts, () => details.changed());
  const diagnostics = new CopyDiagnostics(context, statistics, status);
  const workspace = (): MemoryOptions => ({
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
  const fixed = (): InitOptions => ({
    threads: settings().get<number>('threads') || undefined,
    device: settings().get<InitOptions['device']>('device'),
    cacheMegabytes: settings().get<number>('cacheMegabytes'),
    memory: workspace(),
  });
  const withCuda = () => {
    try {
      return cudaWorker(context.extensionPath, storage);
    } catch (error) {
      log.warn(`CUDA is not used: ${messageOf(error)}`); // the disk is full, say
      return undefined;
    }
  };
  let started: InitOptions = {};
  const worker = new Worker(
    () => withCuda() ?? context.asAbsolutePath('dist/byteline.cjs'),
    () => {
      started = fixed();
      return { streaming: true, model: models.first(), modelFolders: modelFolders(), ...started, ...memory.known };
    },
    log,
    (s) => {
      if (s.state === 'ready' && (status.state === 'loading' || status.state === 'error')) {
        void ghost.renew();
        readAhead.soon();
      }
      memory.noteStatus(s);
      if (s.state === 'error') models.noteError();
      else if (s.state !== 'loading') counting.model = s.model ?? counting.model; // while one loads, another may answer
      status.set(s);
    },
    (m) => status.setMemory(m),
    memory,
  );
  const ghost = new GhostText(
    {
      offReason: (document, position) => {
        const off = offIn(document, now, position);
        return off && textOf(off);
      },
      complete: (document, position, { always, accepted, selected }, token, onText) =>
        worker.complete(
          {
            uri: document.uri.toString(),
            position,
            above: cellsAbove(document),
            multiline: settings().get<boolean | 'auto'>('multiline', 'auto'),
            midWord: settings().get('midWord', false),
            maxBytes: maxBytes(),
            always,
            accepted,
            candidates: always ? CANDIDATES : undefined,
            selected: selected && {
              range: { start: selected.range.start, end: selected.range.end },
              text: selected.text,
            }, // a Range is no LSP range in JSON
          },
          token,
          onText,
        ),
      delay: () => settings().get<number | null>('delay') ?? undefined,
      log: (message) => log.info(message),
      observer: counting,
    },
    context.extension.id,
  );

  const readAhead = new ReadAhead(worker, (document, position) =>
    offIn(document, now, position) ? undefined : maxBytes(),
  );

  async function cuda(): Promise<void> {
    if (!(await useCuda(context.extensionPath, storage))) return;
    memory.forget();
    await worker.restart();
  }

  context.subscriptions.push(
    log,
    status,
    ghost,
    readAhead,
    worker,
    models,
    details,
    now.snooze,
    counting,
    diagnostics,
    new StatisticsView(statistics, counts),
    vscode.commands.registerCommand('byteline.switchModel', () => switchModel(worker, models)),
    vscode.commands.registerCommand('byteline.addModelFolder', (folder?: vscode.Uri) => addModelFolder(worker, folder)),
    vscode.commands.registerCommand('byteline.removeModel', (name?: string) => removeModel(worker, bundled, name)),
    vscode.commands.registerCommand('byteline.snooze', (minutes?: number) => chooseSnooze(now.snooze, minutes)),
    vscode.commands.registerCommand('byteline.showDetails', () => details.show()),
    vscode.commands.registerCommand('byteline.menu', () =>
      showMenu({
        model: status.last.model,
        off: off(),
        language: active(),
        on: isOn(active()),
        snoozed: now.snooze.end !== undefined,
      }),
    ),
    vscode.commands.registerCommand('byteline.restart', () => {
      memory.forget();
      return worker.restart();
    }),
    vscode.commands.registerCommand('byteline.useCuda', cuda),
    vscode.commands.registerCommand('byteline.why', () => sayWhy(worker, ghost.offer)),
    vscode.workspace.onDidGrantWorkspaceTrust(() => worker.restart()),
    vscode.commands.registerCommand('byteline.showLog', () => log.show()),
    vscode.commands.registerCommand('byteline.toggleLanguage', () => toggleLanguage(active())),
    vscode.commands.registerCommand('byteline.trigger', () =>
      vscode.commands.executeCommand('editor.action.inlineSuggest.trigger'),
    ),
    vscode.window.onDidChangeActiveTextEditor(() => status.show()),
    vscode.workspace.onDidOpenTextDocument(() => status.show()), // the active one, with another language
    vscode.workspace.onDidChangeConfiguration(async (event) => {
      if (event.affectsConfiguration('byteline')) {
        status.show();
        void ghost.renew(); // completions may be others now
      }
      if (event.affectsConfiguration('byteline.modelFolders')) worker.setModelFolders(modelFolders());
      if (!isDeepStrictEqual(fixed(), started)) {
        // the editor tells of changes that are none, too
        status.setMemory(undefined);
        await worker.restart();
      } else if (OF_MODELS.some((name) => event.affectsConfiguration(name))) await models.changed();
    }),
  );
  await worker.start();
}

/** The editor waits for this before the host ends. */
export function deactivate(): Promise<void> | undefined {
  return statistics?.write();
}
