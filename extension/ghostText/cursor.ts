/** Between the editor and places in text: where a completion is asked for, and the items that show it there. */
import * as vscode from 'vscode';
import { besideWidget, editFor } from '../../server/completion/item.ts';
import { type Cursor, cursorBehind, type Slice } from './session.ts';

/** The suggest widget's item that is selected. */
export type Selected = vscode.SelectedCompletionInfo;

/**
 * The cursor, or what it will be behind the suggest widget's item once that is accepted. A number is an offset, UTF-16
 * units.
 */
export function cursorOf(
  document: vscode.TextDocument,
  position: vscode.Position | number,
  selected?: Selected,
): Cursor {
  const uri = document.uri.toString();
  const slice: Slice = (from, to) =>
    document.getText(new vscode.Range(document.positionAt(from), document.positionAt(to)));
  if (!selected) return [uri, typeof position === 'number' ? position : document.offsetAt(position), slice];
  return cursorBehind(
    uri,
    slice,
    document.offsetAt(selected.range.start),
    document.offsetAt(selected.range.end),
    selected.text,
  );
}

/**
 * With an item of the suggest widget selected the texts go on behind that item: only so does the editor show them
 * beside the widget.
 */
export function itemsFor(
  document: vscode.TextDocument,
  position: vscode.Position,
  texts: string[],
  selected?: Selected,
): vscode.InlineCompletionItem[] {
  const line = document.lineAt(position.line).text;
  const { start, end } = selected?.range ?? new vscode.Range(position, position);
  return besideWidget(texts, end.isAfter(position)).map((text) => {
    const { from, to, insertText } = editFor(line, [start.character, end.character], selected?.text ?? '', text);
    const item = new vscode.InlineCompletionItem(insertText, new vscode.Range(position.line, from, position.line, to));
    item.filterText = insertText;
    return item;
  });
}
