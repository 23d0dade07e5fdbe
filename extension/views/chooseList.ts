/** The command that chooses how the editor's list of suggestions and ghost text share a place. */
import { isDeepStrictEqual } from 'node:util';
import * as vscode from 'vscode';
import { choiceIn, type ListChoice, withChoice } from '../ghostText/listChoice.ts';

const { l10n } = vscode;
const SETTING = 'quickSuggestions';

/** Writes the user's setting once something is chosen, and says what it wrote. */
export async function chooseList(): Promise<void> {
  const editor = vscode.workspace.getConfiguration('editor');
  const { globalValue: own, defaultValue } = editor.inspect(SETTING) ?? {};
  const now = choiceIn(editor.get(SETTING));
  const byDefault = choiceIn(defaultValue) ?? 'waits';
  const explained: Record<ListChoice, string> = {
    waits: l10n.t('The list waits for ghost text, and stays closed while it stands'),
    'at once': l10n.t('The list opens at once; ghost text goes on behind its selected item'),
  };
  const item = (choice: ListChoice, label: string, written: string) => ({
    label: (choice === now ? '$(check) ' : '') + label,
    description: written,
    detail: explained[choice === 'waits' ? byDefault : choice],
    choice,
  });
  const pick = await vscode.window.showQuickPick(
    [
      item('waits', l10n.t("The editor's default"), ''),
      item('at once', l10n.t('The list first'), `"editor.${SETTING}": {"other": "on"}`),
    ],
    { title: l10n.t('Byteline: the suggestion list and ghost text'), placeHolder: l10n.t('Which one has the place') },
  );
  if (!pick) return;
  const value = withChoice(own, pick.choice);
  const written = `"editor.${SETTING}"${value ? `: ${JSON.stringify(value)}` : ''}`;
  if (isDeepStrictEqual(value, own)) {
    void vscode.window.showInformationMessage(l10n.t('Your settings say so already; nothing was written'));
    return;
  }
  await editor.update(SETTING, value, vscode.ConfigurationTarget.Global);
  void vscode.window.showInformationMessage(
    value ? l10n.t('Written to your settings: {0}', written) : l10n.t('Taken from your settings: {0}', written),
  );
}
