/** The command behind Shift+Tab, which is the editor's outdent elsewhere. */
import * as vscode from 'vscode';

/** Takes the first line of what is shown. */
export class AcceptLine {
  /** The document as the last line that was taken left it. */
  private taken: { document: vscode.TextDocument; version: number } | undefined;

  /** `isOneLine`: what is offered at the editor's cursor is ours, and no candidate has a second line. */
  constructor(private readonly isOneLine: (editor: vscode.TextEditor) => boolean) {}

  /**
   * In an indentation a single line is Tab's, and the key stays the editor's outdent; but not for the last line of a
   * block whose other lines were just taken by this key.
   */
  async run(): Promise<void> {
    const editor = vscode.window.activeTextEditor;
    if (editor && this.isOutdent(editor)) return void (await vscode.commands.executeCommand('outdent'));
    await vscode.commands.executeCommand('editor.action.inlineSuggest.acceptNextLine');
    if (editor) this.taken = { document: editor.document, version: editor.document.version };
  }

  private isOutdent(editor: vscode.TextEditor): boolean {
    const { document, selection } = editor;
    const { active } = selection;
    if (document.lineAt(active.line).text.slice(0, active.character).trim() !== '') return false;
    if (this.taken?.document === document && this.taken.version === document.version) return false;
    return this.isOneLine(editor);
  }
}
