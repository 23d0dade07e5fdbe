/** The commands Show Statistics and Delete Statistics. */
import * as vscode from 'vscode';
import { messageOf } from '../../server/errors.ts';
import { page } from './page.ts';
import type { StatisticsStore } from './store.ts';

export class StatisticsView implements vscode.Disposable {
  private panel: vscode.WebviewPanel | undefined;
  private readonly subscriptions: vscode.Disposable[];

  constructor(
    private readonly store: StatisticsStore,
    private readonly enabled: () => boolean,
  ) {
    this.subscriptions = [
      vscode.commands.registerCommand('byteline.showStatistics', () => this.show()),
      vscode.commands.registerCommand('byteline.deleteStatistics', () => this.delete()),
    ];
  }

  dispose(): void {
    this.panel?.dispose();
    for (const s of this.subscriptions) s.dispose();
  }

  private show(): void {
    if (!this.panel) {
      this.panel = vscode.window.createWebviewPanel(
        'byteline.statistics',
        vscode.l10n.t('Byteline: Statistics'),
        vscode.ViewColumn.Active,
        { enableScripts: false, localResourceRoots: [] },
      );
      this.panel.onDidDispose(() => (this.panel = undefined));
    }
    this.panel.webview.html = page(this.store.all, {
      t: vscode.l10n.t,
      today: new Date(),
      locale: vscode.env.language,
      off: !this.enabled(),
    });
    this.panel.reveal();
  }

  private async delete(): Promise<void> {
    const all = vscode.l10n.t('Delete');
    if (
      (await vscode.window.showWarningMessage(
        vscode.l10n.t("Delete all of Byteline's statistics?"),
        { modal: true },
        all,
      )) !== all
    )
      return;
    try {
      await this.store.delete();
      if (this.panel) this.show();
    } catch (error) {
      void vscode.window.showErrorMessage(
        vscode.l10n.t('Byteline cannot delete the statistics: {0}', messageOf(error)),
      );
    }
  }
}
