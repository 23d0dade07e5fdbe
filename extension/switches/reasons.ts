/** Asks the switches about the editor's documents, and says their reasons to the user. */
import * as vscode from 'vscode';
import { fileOf, textBefore } from '../documents.ts';
import { settings, write, writeKey } from '../settings.ts';
import type { Battery } from './battery.ts';
import { scopeAt, WINDOW } from './scope.ts';
import type { Snooze } from './snooze.ts';
import { isOnIn, type OffReason, offReasonAt, type Switches } from './switches.ts';

/** Why nothing is offered by itself in a document or, with a position, there. */
export function offReasonIn(
  document: vscode.TextDocument,
  now: { snooze: Snooze; battery: Battery },
  position?: vscode.Position,
): OffReason | undefined {
  const { languageId } = document;
  const uri = fileOf(document);
  const set = settings({ uri, languageId });
  const get = <T>(name: keyof Switches, otherwise: T) => set.get<T>(name, otherwise);
  const switches: Switches = {
    enable: get('enable', true),
    languages: get('languages', {}),
    exclude: get('exclude', []),
    inComments: get('inComments', true),
    inStrings: get('inStrings', true),
    maxFileKilobytes: get('maxFileKilobytes', 0),
    onBattery: get('onBattery', 'on'),
    secrets: set.get('memory.secrets', []),
  };
  return offReasonAt(
    {
      language: languageId,
      scheme: document.uri.scheme, // a cell's: a notebook's own may be any
      path: vscode.workspace.getWorkspaceFolder(uri) ? vscode.workspace.asRelativePath(uri, false) : uri.path,
      length: document.offsetAt(document.lineAt(document.lineCount - 1).range.end),
      scope: position && (() => scopeAt(textBefore(document, position, WINDOW), languageId)),
    },
    switches,
    { snoozedUntil: now.snooze.end, onBattery: switches.onBattery === 'off' && now.battery.onBattery },
  );
}

/**
 * Why nothing is offered by itself in the active editor; undefined where there is none, and in pages that are only
 * read, the details among them: nobody waits for an offer there.
 */
export function offReasonInEditor(now: { snooze: Snooze; battery: Battery }): OffReason | undefined {
  const document = vscode.window.activeTextEditor?.document;
  const off = document && offReasonIn(document, now);
  return off?.reason === 'scheme' ? undefined : off;
}

/** Whether completions are on for a language, by the settings. */
export function isOn(language = ''): boolean {
  return settings().get('enable', true) && isOnIn(settings().get('languages', {}), language);
}

/** Turns a language on or off; on means all that the settings keep off for it. */
export async function toggleLanguage(language: string | undefined): Promise<void> {
  if (!language) return;
  const on = isOn(language);
  if (!on && !settings().get('enable', true)) await write('enable', true);
  if (on === isOnIn(settings().get('languages', {}), language)) await writeKey('languages', language, !on);
}

/** What the user reads. */
export function reasonForUser(off: OffReason): string {
  const { l10n } = vscode;
  switch (off.reason) {
    case 'off':
      return l10n.t('byteline.enable is false');
    case 'snoozed':
      return l10n.t('snoozed until {0}', off.detail);
    case 'language':
      return l10n.t('turned off for {0}', off.detail);
    case 'excluded':
      return l10n.t('byteline.exclude has {0}', off.detail);
    case 'secret':
      return l10n.t('the file holds secrets, by its name');
    case 'large':
      return l10n.t('the file has more than {0} kB', off.detail);
    case 'battery':
      return l10n.t('the machine runs on its battery');
    case 'output':
      return l10n.t('in an output channel');
    case 'search':
      return l10n.t('in search results');
    case 'settings':
      return l10n.t("in the editor's settings");
    case 'scheme':
      return l10n.t('the document is no file');
    case 'comment':
      return l10n.t('in a comment');
    case 'string':
      return l10n.t('in a string');
  }
}
