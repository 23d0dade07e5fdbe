/** What follows a change: of the worker's status, of a setting, of the active editor. */
import * as vscode from 'vscode';
import type { Status } from '../server/wire/protocol.ts';
import { checkEagerness } from './eagerness.ts';
import type { GhostTextProvider } from './ghostText/provider.ts';
import type { ReadAhead } from './ghostText/readAhead.ts';
import type { Models } from './models/models.ts';
import type { Counting } from './statistics/counting.ts';
import type { DetailsView } from './views/detailsView.ts';
import type { StatusItem } from './views/status.ts';
import type { Measured } from './worker/measured.ts';
import type { Worker } from './worker/worker.ts';
import type { WorkerOptions } from './workerOptions.ts';

/** Settings that say which model answers, and where models are. */
const OF_MODELS = ['byteline.model', 'byteline.languageModels', 'byteline.modelFolders'];

export interface StatusParts {
  measured: Measured;
  models: Models;
  counting: Counting;
  ghostText: GhostTextProvider;
  readAhead: ReadAhead;
  status: StatusItem;
}

/** The worker says how it is. */
export function noteStatus(
  said: Status,
  { measured, models, counting, ghostText, readAhead, status }: StatusParts,
): void {
  if (said.state === 'ready' && (status.state === 'loading' || status.state === 'error')) {
    void ghostText.renew();
    readAhead.soon();
  }
  measured.noteStatus(said);
  if (said.state === 'error') models.noteError();
  // while one loads, another may answer
  else if (said.state !== 'loading') counting.model = said.model ?? counting.model;
  status.set(said);
}

export interface WatchParts {
  worker: Worker;
  options: WorkerOptions;
  models: Models;
  ghostText: GhostTextProvider;
  status: StatusItem;
  details: DetailsView;
  log: vscode.LogOutputChannel;
}

/** Watches what the user changes in the editor. */
export function watchChanges({
  worker,
  options,
  models,
  ghostText,
  status,
  details,
  log,
}: WatchParts): vscode.Disposable[] {
  checkEagerness(log);
  return [
    vscode.workspace.onDidGrantWorkspaceTrust(() => worker.restart()),
    vscode.window.onDidChangeActiveTextEditor(() => status.show()),
    vscode.workspace.onDidOpenTextDocument(() => status.show()), // the active one, with another language
    vscode.workspace.onDidChangeConfiguration(async (event) => {
      if (event.affectsConfiguration('byteline')) {
        status.show();
        void ghostText.renew(); // completions may be others now
      }
      if (event.affectsConfiguration('byteline.eagerness')) {
        checkEagerness(log);
        details.changed();
      }
      if (event.affectsConfiguration('byteline.modelFolders')) worker.setModelFolders(options.modelFolders);
      if (options.outdated) {
        status.setMemory(undefined);
        await worker.restart();
      } else if (OF_MODELS.some((name) => event.affectsConfiguration(name))) await models.changed();
    }),
  ];
}
