/**
 * A proposal that only writes something at the cursor is shown as ghost text, by a provider that is there for it alone.
 */
import * as vscode from 'vscode';
import { SELECTOR } from '../documents.ts';
import { withLf } from './difference.ts';

interface Shown {
  document: vscode.TextDocument;
  position: vscode.Position;
  version: number;
  text: string;
  registration: vscode.Disposable;
}

export class Insertion implements vscode.Disposable {
  private shown: Shown | undefined;

  constructor(private readonly extensionId: string) {}

  /** Whether the editor shows ghost text in a document by itself. */
  static isPossible(document: vscode.TextDocument): boolean {
    return vscode.workspace.getConfiguration('editor', document).get('inlineSuggest.enabled', true);
  }

  show({ document, selection: { active } }: vscode.TextEditor, text: string): void {
    this.clear();
    const shown: Shown = {
      document,
      position: active,
      version: document.version,
      text,
      registration: vscode.languages.registerInlineCompletionItemProvider(SELECTOR, {
        provideInlineCompletionItems: (asked, position) =>
          this.shown === shown && this.isAt(asked, position) ? [item(shown)] : [],
      }),
    };
    this.shown = shown;
    void vscode.commands.executeCommand('editor.action.inlineSuggest.trigger', {
      explicit: false,
      providerId: `${this.extensionId.toLowerCase()}:*`,
    });
  }

  /** Whether it stands just there. */
  isAt(document: vscode.TextDocument, position: vscode.Position): boolean {
    const { shown } = this;
    return shown?.document === document && shown.version === document.version && shown.position.isEqual(position);
  }

  /** Whether changes of its document are the editor's taking it, which may write the line's start again. */
  isTakenBy(document: vscode.TextDocument, changes: readonly vscode.TextDocumentContentChangeEvent[]): boolean {
    const { shown } = this;
    if (shown?.document !== document || changes.length !== 1) return false;
    const [{ range, rangeLength, text }] = changes;
    const { position } = shown;
    const again = position.character - range.start.character;
    if (range.start.line !== position.line || again < 0 || rangeLength !== again) return false;
    return withLf(text.slice(again)) === withLf(shown.text);
  }

  clear(): void {
    this.shown?.registration.dispose();
    this.shown = undefined;
  }

  dispose(): void {
    this.clear();
  }
}

function item({ document, position, text }: Shown): vscode.InlineCompletionItem {
  const start = position.with({ character: 0 });
  const before = document.getText(new vscode.Range(start, position));
  return new vscode.InlineCompletionItem(before + text, new vscode.Range(start, position));
}
