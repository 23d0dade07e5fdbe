/**
 * Commands about models: switch, add a folder, remove. The settings say what is in force; who changes them changes the
 * model.
 */
import { dirname } from 'node:path';
import * as vscode from 'vscode';
import { messageOf } from '../../server/errors.ts';
import type { ModelInfo } from '../../server/wire/protocol.ts';
import { settings, write, writeKey } from '../settings.ts';
import type { Worker } from '../worker/worker.ts';
import { means, without } from './folders.ts';
import type { Models } from './models.ts';

const { l10n } = vscode;

/** The user's own list, without the bundled folder. */
const folders = () => settings().get<string[]>('modelFolders', []);

async function listed(worker: Worker): Promise<ModelInfo[]> {
  return worker.models().catch((error) => {
    void vscode.window.showErrorMessage(
      l10n.t(
        'Byteline: the worker is not running ({0}). The command Byteline: Restart Worker starts it.',
        messageOf(error),
      ),
    );
    return [];
  });
}

/** A model in a line: version, size, precision, device and, once measured, speed. */
const describe = ({ version, bytes, precision, device, speed }: ModelInfo) =>
  `${version}, ${(bytes / 1e6).toFixed(1)} MB, ${precision}, ${device}${speed ? `, ${speed} bytes/s` : ''}`;

/**
 * Lets the user choose a model: for all languages, or (`only`) for the active editor's. That is how it begins where
 * the language has a model of its own.
 */
export async function switchModel(
  worker: Worker,
  models: Models,
  only = models.language !== undefined && models.language in models.ofLanguages,
): Promise<void> {
  const there = await listed(worker);
  if (there.length === 0) return;
  const { language } = models;
  const picks: (vscode.QuickPickItem & { run: () => unknown })[] = there.map((m) => ({
    label: `${m.current ? '$(check) ' : ''}${m.name}`,
    description: m.error ? '' : describe(m),
    detail: m.error,
    run: () => (only ? setOwn(language!, m.name) : write('model', m.name)), // the change of the setting loads it
  }));
  if (language && !only)
    picks.push({
      label: l10n.t('$(symbol-misc) Another one for {0}…', language),
      run: () => switchModel(worker, models, true),
    });
  if (language && only)
    picks.push({
      label: l10n.t('$(discard) The one of all languages for {0}, too', language),
      run: () => setOwn(language, undefined),
    });
  const soon = l10n.t('The switch takes effect at the next keystroke');
  const whose = () =>
    language! in models.ofLanguages
      ? l10n.t('{0} has a model of its own, which this changes', language!)
      : l10n.t('Only for {0}', language!);
  const placeHolder = only ? `${whose()}. ${soon}` : soon;
  await (await vscode.window.showQuickPick(picks, { title: l10n.t('Byteline: model'), placeHolder }))?.run();
}

/** Gives a language a model of its own, or takes it away. */
const setOwn = (language: string, name: string | undefined) => writeKey('languageModels', language, name);

/** Adds a model's folder, or a folder of models, once the worker has checked it. `given`: instead of asking. */
export async function addModelFolder(worker: Worker, given?: vscode.Uri): Promise<void> {
  const title = l10n.t('A model, or a folder that holds models');
  const folder =
    given ??
    (
      await vscode.window.showOpenDialog({
        title,
        openLabel: l10n.t('Add'),
        canSelectFolders: true,
        canSelectFiles: false,
      })
    )?.[0];
  if (!folder) return;
  const checking = { location: vscode.ProgressLocation.Window, title: l10n.t('Byteline checks {0}', folder.fsPath) };
  const checked = await vscode.window
    .withProgress(checking, () => worker.checkModel(folder.fsPath))
    .then(undefined, (error) => {
      void vscode.window.showErrorMessage(l10n.t('Byteline added nothing. {0}', messageOf(error)));
    });
  if (!checked) return;
  const there = without(folders(), checked.root, worker.base ?? '').length < folders().length;
  if (!there) await write('modelFolders', [...folders(), checked.root]);
  const names = checked.models.map(({ name }) => name);
  const use = l10n.t('Use {0}', names[0]);
  void vscode.window
    .showInformationMessage(l10n.t('Byteline: {0} can be chosen now.', names.join(', ')), use)
    .then((answer) => (answer ? write('model', names[0]) : undefined));
}

/** Takes one of the user's own models out of the settings; its files stay. `given`: a name instead of asking. */
export async function removeModel(worker: Worker, bundled: string, given?: string): Promise<void> {
  const own = (await listed(worker)).filter(({ folder }) => dirname(folder) !== bundled);
  if (own.length === 0)
    return void vscode.window.showInformationMessage(l10n.t('Byteline: there are no models but the bundled ones.'));
  const picks = own.map((m) => {
    const others = own
      .filter(({ name, folder }) => name !== m.name && dirname(folder) === dirname(m.folder))
      .map(({ name }) => name);
    return {
      model: m,
      label: m.name,
      description: m.version,
      detail: others.length
        ? l10n.t('{0} stays on the disk; {1} goes with it', m.folder, others.join(', '))
        : l10n.t('{0} stays on the disk', m.folder),
    };
  });
  const pick =
    given === undefined
      ? await vscode.window.showQuickPick(picks, {
          title: l10n.t('Byteline: remove a model'),
          placeHolder: l10n.t('Takes its folder out of the settings'),
        })
      : picks.find(({ label }) => label === given);
  if (!pick) return;
  const [root, base] = [dirname(pick.model.folder), worker.base ?? ''];
  const left = without(folders(), root, base);
  const inList = left.length < folders().length; // else a setting names it by its path
  const gone = own.filter(({ folder }) => (inList ? dirname(folder) === root : folder === pick.model.folder));
  const chosen = means(settings().get('model', ''), gone, base);
  const ofLanguages = Object.entries(settings().get<Record<string, string>>('languageModels', {}));
  const its = ofLanguages.filter(([, name]) => means(name, gone, base));
  if (!inList && !chosen && its.length === 0) {
    const message = l10n.t('Byteline removed nothing: no setting names {0}.', pick.model.folder);
    return void vscode.window.showInformationMessage(message);
  }
  if (chosen) await write('model', undefined);
  for (const [language] of its) await setOwn(language, undefined);
  if (inList) await write('modelFolders', left.length ? left : undefined);
}
