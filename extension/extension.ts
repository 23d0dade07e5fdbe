/** The extension host's side: makes the parts and wires them. Thin. */
import * as vscode from 'vscode';
import { noteStatus, watchChanges } from './changes.ts';
import { registerCommands } from './commands.ts';
import { completionSource, maxBytes } from './completionSource.ts';
import { GhostTextProvider } from './ghostText/provider.ts';
import { ReadAhead } from './ghostText/readAhead.ts';
import { watchKeymaps } from './keymaps.ts';
import { Models } from './models/models.ts';
import { LanguageServerNames } from './names/languageServerNames.ts';
import { ImportSource } from './nextEdit/imports.ts';
import { NextEdits } from './nextEdit/nextEdits.ts';
import { RenameSource } from './nextEdit/rename.ts';
import { RepeatedEdits } from './nextEdit/repeatedEdits.ts';
import { workerPlaces } from './nextEdit/workerPlaces.ts';
import { settings } from './settings.ts';
import { Counting } from './statistics/counting.ts';
import { EditCounting } from './statistics/editCounting.ts';
import { StatisticsStore } from './statistics/store.ts';
import { StatisticsView } from './statistics/view.ts';
import { Battery } from './switches/battery.ts';
import { offReasonIn, offReasonInEditor } from './switches/reasons.ts';
import { Snooze } from './switches/snooze.ts';
import { reasonForLog } from './switches/switches.ts';
import { CopyDiagnostics } from './views/copyDiagnostics.ts';
import { currentDetails } from './views/currentDetails.ts';
import { DetailsView } from './views/detailsView.ts';
import { StatusItem } from './views/status.ts';
import { workerModule } from './worker/cuda.ts';
import { Measured } from './worker/measured.ts';
import { Worker } from './worker/worker.ts';
import { WorkerOptions } from './workerOptions.ts';

const counts = () => settings().get('statistics', true);

let statistics: StatisticsStore | undefined;

export async function activate(context: vscode.ExtensionContext): Promise<void> {
  const log = vscode.window.createOutputChannel('Byteline', { log: true });
  const switched = () => {
    status.show();
    nextEdits.look();
  };
  const now = { snooze: new Snooze(switched), battery: new Battery(switched) };
  const off = () => offReasonInEditor(now);
  const details = new DetailsView(() =>
    currentDetails(context.extension.packageJSON.version, { off: off(), status, worker, models, counting }),
  );
  const status = new StatusItem(off, () => details.changed());
  const models: Models = new Models(() => worker, log);
  const measured = new Measured(context.globalState, (message) => log.warn(message));
  statistics = new StatisticsStore(context.globalState, (message) => log.debug(message));
  const counting = new Counting(statistics, counts, () => details.changed());
  const diagnostics = new CopyDiagnostics(context, statistics, status);
  const bundled = context.asAbsolutePath('model/models');
  const options = new WorkerOptions(bundled, models, measured);
  const worker = new Worker(
    () => workerModule(context.extensionPath, context.globalStorageUri.fsPath, (message) => log.warn(message)),
    () => options.start(),
    log,
    (said) => noteStatus(said, { measured, models, counting, ghostText, readAhead, status }),
    (memory) => status.setMemory(memory),
    measured,
  );
  const isOn = (document: vscode.TextDocument, position: vscode.Position) =>
    offReasonIn(document, now, position) === undefined;
  const debug = (message: string) => log.debug(message);
  const names = new LanguageServerNames({ isOn, send: (said) => worker.learnNames(said), log: debug });
  const imports = new ImportSource({ isOn, log: debug });
  const renames = new RenameSource({ isOn, log: debug, placesOf: workerPlaces(worker, debug) });
  const { id } = context.extension;
  const ghostText = new GhostTextProvider(
    completionSource(worker, now, names, counting, () => nextEdits, log),
    id,
  );
  const editCounting = new EditCounting(statistics, counts, () => counting.model);
  const nextEdits: NextEdits = new NextEdits(
    {
      offReason: (document, position) => {
        const off = offReasonIn(document, now, position);
        return off && reasonForLog(off);
      },
      isGhostTextAt: (editor) => ghostText.isBusy(editor),
      observer: editCounting,
      log,
    },
    [renames, new RepeatedEdits(worker), imports], // the last one waits for a language server
    id,
  );
  const readAhead = new ReadAhead(worker, (document, position) =>
    offReasonIn(document, now, position) ? undefined : maxBytes(),
  );
  context.subscriptions.push(
    ...[log, status, names, ghostText, readAhead, worker, models, details, now.snooze, counting, diagnostics],
    ...[nextEdits, editCounting, imports, renames, imports.onDidChange(() => nextEdits.again())],
    new StatisticsView(statistics, counts),
    watchKeymaps(),
    ...registerCommands({ context, log, now, worker, measured, models, bundled, ghostText, status, details }),
    ...watchChanges({ worker, options, models, ghostText, status, details, log }),
  );
  await worker.start();
}

/** The editor waits for this before the host ends. */
export function deactivate(): Promise<void> | undefined {
  return statistics?.write();
}
