/** The extension host's side: settings, commands, and the wiring of worker, ghost text and status. Thin. */
import { isDeepStrictEqual } from 'node:util';
import * as vscode from 'vscode';
import { messageOf } from '../server/errors.ts';
import { CANDIDATES, type InitOptions, type MemoryOptions } from '../server/protocol.ts';
import { cudaWorker } from './cuda.ts';
import { GhostText } from './ghostText.ts';
import { Memory } from './memory.ts';
import { ReadAhead } from './readAhead.ts';
import { StatusItem } from './status.ts';
import { useCuda } from './useCuda.ts';
import { Worker } from './worker.ts';

const settings = () => vscode.workspace.getConfiguration('byteline');
const languages = () => settings().get<Record<string, boolean>>('languages', {});
const maxBytes = () => settings().get('maxBytes', 128);
/** The globs that the editor leaves out of its lists of files, or of its search. */
const excludedIn = (section: 'files' | 'search') => Object.entries(vscode.workspace.getConfiguration(section).get<Record<string, unknown>>('exclude', {})).flatMap(([glob, on]) => (on === true ? [glob] : []));
const isOn = (language: string) => settings().get('enable', true) && (languages()[language] ?? languages()['*'] ?? true);

export async function activate(context: vscode.ExtensionContext): Promise<void> {
  const log = vscode.window.createOutputChannel('Byteline', { log: true });
  const active = () => vscode.window.activeTextEditor?.document.languageId;
  const status = new StatusItem(() => active() !== undefined && !isOn(active()!));
  const storage = context.globalStorageUri.fsPath;
  const memory = new Memory(context.globalState);
  const workspace = (): MemoryOptions => ({
    enable: settings().get('memory.enable', true), trusted: vscode.workspace.isTrusted, megabytes: settings().get<number>('memory.megabytes'),
    exclude: [...excludedIn('files'), ...excludedIn('search'), ...settings().get<string[]>('memory.exclude', [])],
    secrets: settings().get<string[]>('memory.secrets', []),
  });
  /** Settings that the worker has from its start on. */
  const fixed = (): InitOptions => ({
    modelFolders: [...settings().get<string[]>('modelFolders', []), context.asAbsolutePath('model/models')], threads: settings().get<number>('threads') || undefined,
    device: settings().get<InitOptions['device']>('device'), cacheMegabytes: settings().get<number>('cacheMegabytes'), memory: workspace(),
  });
  let started: InitOptions = {};
  const worker = new Worker(() => cudaWorker(context.extensionPath, storage) ?? context.asAbsolutePath('dist/byteline.cjs'), () => {
    started = fixed();
    return { streaming: true, model: settings().get<string>('model'), ...started, ...memory.known };
  }, log, (s) => {
    if (s.state === 'ready' && (status.state === 'loading' || status.state === 'error')) {
      void ghost.renew();
      readAhead.soon();
    }
    memory.noteStatus(s);
    status.set(s);
  }, (m) => status.setMemory(m), memory);
  const ghost = new GhostText({
    offReason: (document) => (isOn(document.languageId) ? undefined : `off for ${document.languageId}`),
    complete: (document, position, { always, accepted, selected }, token, onText) => worker.complete({
      uri: document.uri.toString(), position, multiline: settings().get<boolean | 'auto'>('multiline', 'auto'), midWord: settings().get('midWord', false), maxBytes: maxBytes(), always, accepted, candidates: always ? CANDIDATES : undefined,
      selected: selected && { range: { start: selected.range.start, end: selected.range.end }, text: selected.text }, // a Range is no LSP range in JSON
    }, token, onText),
    delay: () => settings().get<number | null>('delay') ?? undefined,
    log: (message) => log.info(message),
  }, context.extension.id);

  const readAhead = new ReadAhead(worker, (document) => (isOn(document.languageId) ? maxBytes() : undefined));

  async function use(name: string): Promise<void> {
    try {
      const model = await worker.switchModel(name);
      log.info(`model: ${model.name} ${model.version}`);
    } catch (error) {
      void vscode.window.showErrorMessage(`Byteline keeps its model. ${messageOf(error)}`);
    }
  }

  async function switchModel(): Promise<void> {
    const models = await worker.models().catch((error) => {
      void vscode.window.showErrorMessage(`Byteline: the worker is not running (${messageOf(error)}). The command Byteline: Restart Worker starts it.`);
      return [];
    });
    if (models.length === 0) return;
    const picks = models.map((m) => ({
      name: m.name, label: `${m.current ? '$(check) ' : ''}${m.name}`,
      description: m.error ? '' : `${m.version}, ${(m.bytes / 1e6).toFixed(1)} MB, ${m.precision}, ${m.device}${m.speed ? `, ${m.speed} bytes/s` : ''}`,
      detail: m.error,
    }));
    const pick = await vscode.window.showQuickPick(picks, { title: 'Byteline: model', placeHolder: 'The switch takes effect at the next keystroke' });
    if (pick) await settings().update('model', pick.name, vscode.ConfigurationTarget.Global); // the change below loads it
  }

  async function toggleLanguage(): Promise<void> {
    const language = active();
    if (language) await settings().update('languages', { ...languages(), [language]: !isOn(language) }, vscode.ConfigurationTarget.Global);
  }

  /** Says what the memory has seen like the text that is shown, or was shown last. */
  async function why(): Promise<void> {
    const offer = ghost.offer;
    const found = offer && (await worker.why(offer).catch(() => null));
    if (!offer || !found) return void vscode.window.showInformationMessage(`Byteline: ${offer ? 'nothing like it was seen in the workspace; the model alone suggested it.' : 'nothing was suggested yet.'}`);
    const times = `seen ${found.times === 1 ? 'once' : `${found.times} times`}`;
    const where = found.path ? `last in ${vscode.workspace.asRelativePath(found.path)}:${found.line}` : 'in this document';
    const choice = await vscode.window.showInformationMessage(`Byteline: ${JSON.stringify(found.seen.trim())} was ${times}, ${where}.`, ...(found.path ? ['Open'] : []));
    if (choice && found.path) await vscode.window.showTextDocument(vscode.Uri.file(found.path), { selection: new vscode.Range(found.line! - 1, 0, found.line! - 1, 0) });
  }

  async function cuda(): Promise<void> {
    if (!(await useCuda(context.extensionPath, storage))) return;
    memory.forget();
    await worker.restart();
  }

  context.subscriptions.push(
    log, status, ghost, readAhead, worker,
    vscode.commands.registerCommand('byteline.switchModel', switchModel),
    vscode.commands.registerCommand('byteline.restart', () => {
      memory.forget();
      return worker.restart();
    }),
    vscode.commands.registerCommand('byteline.useCuda', cuda),
    vscode.commands.registerCommand('byteline.why', why),
    vscode.workspace.onDidGrantWorkspaceTrust(() => worker.restart()),
    vscode.commands.registerCommand('byteline.showLog', () => log.show()),
    vscode.commands.registerCommand('byteline.toggleLanguage', toggleLanguage),
    vscode.commands.registerCommand('byteline.trigger', () => vscode.commands.executeCommand('editor.action.inlineSuggest.trigger')),
    vscode.window.onDidChangeActiveTextEditor(() => status.show()),
    vscode.workspace.onDidChangeConfiguration(async (event) => {
      if (event.affectsConfiguration('byteline')) {
        status.show();
        void ghost.renew(); // completions may be others now
      }
      if (!isDeepStrictEqual(fixed(), started)) { // the editor tells of changes that are none, too
        status.setMemory(undefined);
        await worker.restart();
      } else if (event.affectsConfiguration('byteline.model')) await use(settings().get('model', 'nano'));
    }),
  );
  await worker.start();
}
