/** The menu behind the status item, and the choice of a snooze. */
import * as vscode from 'vscode';
import type { Eagerness } from '../../server/completion/eagerness.ts';
import { reasonForUser } from '../switches/reasons.ts';
import type { Snooze } from '../switches/snooze.ts';
import type { OffReason } from '../switches/switches.ts';

const { l10n } = vscode;

/** `off`: why nothing is offered in the active editor; `language`: its language, and whether that is on. */
export async function showMenu(o: {
  model?: string;
  off?: OffReason;
  language?: string;
  on: boolean;
  snoozed: boolean;
  eagerness: Eagerness;
}): Promise<void> {
  const items = [
    { command: 'byteline.switchModel', label: l10n.t('$(symbol-misc) Switch Model…'), description: o.model },
    {
      command: 'byteline.snooze',
      label: o.snoozed ? l10n.t('$(bell) End or Change Snooze…') : l10n.t('$(bell-slash) Snooze…'),
    },
    {
      command: 'byteline.chooseEagerness',
      label: l10n.t('$(dashboard) Choose Eagerness…'),
      description: String(o.eagerness),
    },
    { command: 'byteline.chooseList', label: l10n.t('$(list-selection) Suggestion List and Ghost Text…') },
    ...(o.language
      ? [
          {
            command: 'byteline.toggleLanguage',
            label: o.on
              ? l10n.t('$(circle-slash) Turn Off for {0}', o.language)
              : l10n.t('$(zap) Turn On for {0}', o.language),
          },
        ]
      : []),
    {
      command: 'workbench.action.openGlobalKeybindings',
      search: 'inlineSuggest', // in names and in `when` clauses: the editor's keys, and ours
      label: l10n.t('$(keyboard) Keys'),
      detail: l10n.t('Tab all · Ctrl/⌘+→ word · Shift+Tab line · Alt+] [ others · Alt+\\ by hand · Esc away'),
    },
    { command: 'byteline.showDetails', label: l10n.t('$(info) Show Details') },
    { command: 'byteline.showLog', label: l10n.t('$(output) Show Log') },
    { command: 'byteline.getStarted', label: l10n.t('$(rocket) Get Started') },
  ];
  const pick = await vscode.window.showQuickPick(items, {
    title: 'Byteline',
    placeHolder: o.off && l10n.t('Paused here: {0}', reasonForUser(o.off)),
  });
  if (pick) await vscode.commands.executeCommand(pick.command, 'search' in pick ? pick.search : undefined);
}

/** `given`: minutes instead of asking; 0 ends a snooze. */
export async function chooseSnooze(snooze: Snooze, given?: number): Promise<void> {
  if (given !== undefined) return snooze.start(given);
  const items = [
    ...(snooze.end ? [{ minutes: 0, label: l10n.t('$(bell) Snooze ends') }] : []),
    ...[5, 15, 30, 60].map((minutes) => ({ minutes, label: l10n.t('{0} minutes', minutes) })),
  ];
  const placeHolder = snooze.end
    ? l10n.t('Snoozed until {0}', snooze.end)
    : l10n.t('Byteline offers nothing by itself for so long; other providers go on');
  const pick = await vscode.window.showQuickPick(items, { title: l10n.t('Byteline: snooze'), placeHolder });
  if (pick) snooze.start(pick.minutes);
}
