/** A status bar item while a proposal stands: it can be read, heard and clicked where the hint cannot. */
import * as vscode from 'vscode';

export class Announcement implements vscode.Disposable {
  private readonly item = vscode.window.createStatusBarItem('byteline.nextEdit', vscode.StatusBarAlignment.Right, 89);

  constructor() {
    this.item.name = vscode.l10n.t('Byteline: Next Edit');
    this.item.command = 'byteline.acceptNextEdit';
  }

  show(text: string, spoken: string): void {
    this.item.text = `$(edit) ${text}`;
    this.item.tooltip = spoken;
    this.item.accessibilityInformation = { label: spoken, role: 'button' };
    this.item.show();
  }

  hide(): void {
    this.item.hide();
  }

  dispose(): void {
    this.item.dispose();
  }
}
