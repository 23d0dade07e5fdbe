/** Says what the memory has seen like a text that is shown, or was shown last. */
import * as vscode from 'vscode';
import { messageOf } from '../../server/errors.ts';
import type { MemoryStatus, Why, WhyParams } from '../../server/wire/protocol.ts';

/** Who is asked: the worker. */
export interface WhySource {
  why(params: WhyParams): Promise<Why | null>;
  /** null: the memory is off. */
  memoryStatus(): Promise<MemoryStatus | null>;
}

/** `offer`: undefined where nothing was offered yet. */
export async function sayWhy(worker: WhySource, offer: WhyParams | undefined): Promise<void> {
  const { l10n, window, workspace } = vscode;
  if (!offer) return void window.showInformationMessage(l10n.t('Byteline: nothing was suggested yet.'));
  let found: Why | null;
  try {
    found = await worker.why(offer);
    if (!found) {
      const on = await worker.memoryStatus();
      return void window.showInformationMessage(
        on
          ? l10n.t('Byteline: nothing like it was seen in the workspace; the model alone suggested it.')
          : l10n.t('Byteline: the workspace memory is off; the model alone suggested it.'),
      );
    }
  } catch (error) {
    return void window.showErrorMessage(l10n.t('Byteline: why it was suggested cannot be said: {0}', messageOf(error)));
  }
  const times = found.times === 1 ? l10n.t('seen once') : l10n.t('seen {0} times', found.times);
  const where = found.path
    ? l10n.t('last in {0}:{1}', workspace.asRelativePath(found.path), found.line!)
    : found.bundled
      ? l10n.t('among the idioms that come with Byteline')
      : l10n.t('in this document');
  const message = l10n.t('Byteline: {0} was {1}, {2}.', JSON.stringify(found.seen.trim()), times, where);
  const choice = await window.showInformationMessage(message, ...(found.path ? [l10n.t('Open')] : []));
  if (!choice || !found.path) return;
  const at = new vscode.Position(found.line! - 1, 0);
  await window.showTextDocument(vscode.Uri.file(found.path), { selection: new vscode.Range(at, at) });
}
