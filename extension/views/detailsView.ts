/** Shows the details as a read-only document, which grows old only as long as it is closed. */
import * as vscode from 'vscode';

const URI = vscode.Uri.parse('byteline:Byteline Details');
/** Shortest time between two refreshes, ms. */
const PACE = 500;

export class DetailsView implements vscode.TextDocumentContentProvider, vscode.Disposable {
  private readonly changes = new vscode.EventEmitter<vscode.Uri>();
  readonly onDidChange = this.changes.event;
  private readonly registration = vscode.workspace.registerTextDocumentContentProvider(URI.scheme, this);
  private timer: NodeJS.Timeout | undefined;

  constructor(readonly provideTextDocumentContent: () => Promise<string>) {}

  async show(): Promise<void> {
    this.changes.fire(URI); // a document that was closed a moment ago may still be kept
    const document = await vscode.workspace.openTextDocument(URI);
    // for its colours
    await vscode.languages.setTextDocumentLanguage(document, 'yaml').then(undefined, () => undefined);
    await vscode.window.showTextDocument(document, { preview: true });
  }

  /** Something is different now. */
  changed(): void {
    if (!vscode.workspace.textDocuments.some(({ uri }) => uri.toString() === URI.toString())) return;
    this.timer ??= setTimeout(() => {
      this.timer = undefined;
      this.changes.fire(URI);
    }, PACE);
  }

  dispose(): void {
    clearTimeout(this.timer);
    this.registration.dispose();
    this.changes.dispose();
  }
}
