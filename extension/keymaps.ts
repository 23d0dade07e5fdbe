/** Keymaps of other editors that take keys of ours: a context key tells the `when` clauses of package.json. */
import * as vscode from 'vscode';

/** Emacs's: Alt+\ deletes the blanks around the cursor there. */
const EMACS = ['tuttieee.emacs-mcx', 'hiro-sun.vscode-emacs', 'lfs.vscode-emacs-friendly', 'vscodeemacs.emacs'];

/**
 * Keeps `byteline.emacs` as what is installed says. In a remote window extensions of the user's own side are not seen:
 * the most used keymap is known by a setting of its own in the `when` clause, too.
 */
export function watchKeymaps(): vscode.Disposable {
  const look = () => {
    const there = EMACS.some((id) => vscode.extensions.getExtension(id) !== undefined);
    void vscode.commands.executeCommand('setContext', 'byteline.emacs', there);
  };
  look();
  return vscode.extensions.onDidChange(look);
}
