/** The commands, but those that CopyDiagnostics and StatisticsView register for themselves. */
import * as vscode from 'vscode';
import { eagerness } from './eagerness.ts';
import { AcceptLine } from './ghostText/acceptLine.ts';
import type { GhostTextProvider } from './ghostText/provider.ts';
import { addModelFolder, removeModel, switchModel } from './models/commands.ts';
import type { Models } from './models/models.ts';
import type { Battery } from './switches/battery.ts';
import { isOn, offReasonInEditor, toggleLanguage } from './switches/reasons.ts';
import type { Snooze } from './switches/snooze.ts';
import { chooseEagerness } from './views/chooseEagerness.ts';
import { chooseList } from './views/chooseList.ts';
import type { DetailsView } from './views/detailsView.ts';
import { chooseSnooze, showMenu } from './views/menu.ts';
import type { StatusItem } from './views/status.ts';
import { sayWhy } from './views/why.ts';
import type { Measured } from './worker/measured.ts';
import { useCuda } from './worker/useCuda.ts';
import type { Worker } from './worker/worker.ts';

export interface CommandParts {
  context: vscode.ExtensionContext;
  log: vscode.LogOutputChannel;
  now: { snooze: Snooze; battery: Battery };
  worker: Worker;
  measured: Measured;
  models: Models;
  /** The folder of the models that come with the extension. */
  bundled: string;
  ghostText: GhostTextProvider;
  status: StatusItem;
  details: DetailsView;
}

/** Their registrations. */
export function registerCommands(parts: CommandParts): vscode.Disposable[] {
  const { context, log, now, worker, measured, models, bundled, ghostText, status, details } = parts;
  const language = () => vscode.window.activeTextEditor?.document.languageId;
  /** Everything is measured anew: another machine may be below, or another provider of CUDA. */
  const restart = () => {
    measured.forget();
    return worker.restart();
  };
  const menu = () =>
    showMenu({
      model: status.last.model,
      off: offReasonInEditor(now),
      language: language(),
      on: isOn(language()),
      snoozed: now.snooze.end !== undefined,
      eagerness: eagerness(),
    });
  const choose = async () =>
    chooseEagerness((await worker.models().catch(() => [])).find(({ current }) => current)?.offers);
  const cuda = async () => {
    if (await useCuda(context.extensionPath, context.globalStorageUri.fsPath)) await restart();
  };
  const line = new AcceptLine((editor) => ghostText.isOneLine(editor));
  const run = vscode.commands.registerCommand;
  return [
    run('byteline.switchModel', () => switchModel(worker, models)),
    run('byteline.addModelFolder', (folder?: vscode.Uri) => addModelFolder(worker, folder)),
    run('byteline.removeModel', (name?: string) => removeModel(worker, bundled, name)),
    run('byteline.snooze', (minutes?: number) => chooseSnooze(now.snooze, minutes)),
    run('byteline.chooseEagerness', choose),
    run('byteline.chooseList', chooseList),
    run('byteline.getStarted', () =>
      vscode.commands.executeCommand('workbench.action.openWalkthrough', `${context.extension.id}#firstMinute`),
    ),
    run('byteline.showDetails', () => details.show()),
    run('byteline.menu', menu),
    run('byteline.restart', restart),
    run('byteline.useCuda', cuda),
    run('byteline.why', () => sayWhy(worker, ghostText.offer)),
    run('byteline.showLog', () => log.show()),
    run('byteline.toggleLanguage', () => toggleLanguage(language())),
    run('byteline.acceptLine', () => line.run()),
    run('byteline.trigger', () => {
      const editor = vscode.window.activeTextEditor;
      if (editor) ghostText.noteElsewhere(editor);
      return vscode.commands.executeCommand('editor.action.inlineSuggest.trigger');
    }),
  ];
}
