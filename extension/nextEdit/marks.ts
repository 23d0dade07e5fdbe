/**
 * How a proposal is drawn: what goes is struck through, what comes stands behind it as ghost text does, and a hint
 * stands behind the cursor's line. Every colour is the theme's; none tells anything alone.
 */
import * as vscode from 'vscode';
import { inOneLine } from './difference.ts';
import { changed, stands } from './placing.ts';
import type { PlacedEdit } from './proposal.ts';

const REMOVED = new vscode.ThemeColor('diffEditor.removedTextBackground');
const HINT = { fontStyle: 'italic', color: new vscode.ThemeColor('editorCodeLens.foreground') };
const GHOST = { fontStyle: 'italic', color: new vscode.ThemeColor('editorGhostText.foreground') };
/** Themes of high contrast have no colour for ghost text, but a border. */
const CONTRAST = {
  fontStyle: 'italic',
  color: new vscode.ThemeColor('editor.foreground'),
  border: '1px dashed',
  borderColor: new vscode.ThemeColor('editorGhostText.border'),
};

export class Marks implements vscode.Disposable {
  private readonly removed = vscode.window.createTextEditorDecorationType({
    textDecoration: 'line-through',
    backgroundColor: REMOVED,
    rangeBehavior: vscode.DecorationRangeBehavior.ClosedClosed,
  });
  private readonly inserted = vscode.window.createTextEditorDecorationType({
    rangeBehavior: vscode.DecorationRangeBehavior.ClosedClosed,
  });
  private readonly hint = vscode.window.createTextEditorDecorationType({
    rangeBehavior: vscode.DecorationRangeBehavior.ClosedClosed,
  });

  /** Marks the edits in the editors that show their documents. */
  mark(edits: PlacedEdit[]): void {
    for (const editor of vscode.window.visibleTextEditors) {
      const { document, options } = editor;
      const here = edits.filter((edit) => `${edit.uri}` === `${document.uri}` && stands(edit, document));
      const changes = here.map((edit) => changed(edit, document));
      editor.setDecorations(
        this.removed,
        changes.filter(({ removed }) => removed > 0).map(({ range }) => range),
      );
      editor.setDecorations(
        this.inserted,
        changes
          .filter(({ text }) => text !== '')
          .map(({ range, text, removed }) => ({
            range: new vscode.Range(range.end, range.end),
            renderOptions: { after: ghost(shownOf(text, Number(options.tabSize) || 4), removed > 0) },
          })),
      );
    }
  }

  /** Says something behind a line of an editor. */
  say(editor: vscode.TextEditor, line: number, text: string): void {
    const { end } = editor.document.lineAt(line).range;
    const contentText = text.replaceAll(' ', '\u00a0');
    const after = { contentText, ...HINT, margin: '0 0 0 3ch' };
    for (const one of vscode.window.visibleTextEditors)
      one.setDecorations(
        this.hint,
        one === editor ? [{ range: new vscode.Range(end, end), renderOptions: { after } }] : [],
      );
  }

  clear(): void {
    for (const editor of vscode.window.visibleTextEditors)
      for (const type of [this.removed, this.inserted, this.hint]) editor.setDecorations(type, []);
  }

  dispose(): void {
    for (const type of [this.removed, this.inserted, this.hint]) type.dispose();
  }
}

/** What comes, as ghost text looks; `isBehind`: behind what goes. */
function ghost(contentText: string, isBehind: boolean): vscode.ThemableDecorationAttachmentRenderOptions {
  const { HighContrast, HighContrastLight } = vscode.ColorThemeKind;
  const isContrast = [HighContrast, HighContrastLight].includes(vscode.window.activeColorTheme.kind);
  return { contentText, ...(isContrast ? CONTRAST : GHOST), ...(isBehind && { margin: '0 0 0 0.5ch' }) };
}

function shownOf(text: string, tabSize: number): string {
  const { line, more } = inOneLine(text, tabSize);
  if (more === 0) return line;
  return more === 1
    ? vscode.l10n.t('{0} … and 1 more line', line)
    : vscode.l10n.t('{0} … and {1} more lines', line, more);
}
