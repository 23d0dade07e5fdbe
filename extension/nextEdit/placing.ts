/** Edits and the documents that they are for: whether they are still right, and how they are applied. */
import * as vscode from 'vscode';
import { difference, type OffsetEdit, withLf, written } from './difference.ts';
import type { PlacedEdit } from './proposal.ts';

/** Whether the text that an edit replaces still stands there. */
export function stands({ range, oldText }: PlacedEdit, document: vscode.TextDocument): boolean {
  return document.validateRange(range).isEqual(range) && withLf(document.getText(range)) === withLf(oldText);
}

/** Whether an editor's cursor is on a line of the edit. */
export function isAt({ uri, range }: PlacedEdit, { document, selection }: vscode.TextEditor): boolean {
  const { line } = selection.active;
  return `${document.uri}` === `${uri}` && line >= range.start.line && line <= range.end.line;
}

/** Whether an edit only writes something, just where the editor's cursor is. */
export function isInsertionAt(edit: PlacedEdit, { document, selection }: vscode.TextEditor): boolean {
  const { uri, range, oldText } = edit;
  return oldText === '' && `${document.uri}` === `${uri}` && range.isEmpty && range.start.isEqual(selection.active);
}

/** What of an edit is really new, in a document where it stands: the range that goes, and the text that comes. */
export function changed(
  { range, newText }: PlacedEdit,
  document: vscode.TextDocument,
): { range: vscode.Range; text: string } & OffsetEdit {
  const eol = document.eol === vscode.EndOfLine.CRLF ? '\r\n' : '\n';
  const { from, to, inserted } = difference(document.getText(range), withLf(newText).replaceAll('\n', eol));
  const start = document.offsetAt(range.start);
  return {
    range: new vscode.Range(document.positionAt(start + from), document.positionAt(start + to)),
    text: inserted,
    offset: start + from,
    removed: to - from,
  };
}

/** Texts that were written, by their document. */
export interface Written {
  document: vscode.TextDocument;
  places: { offset: number; length: number }[];
}

/** Applies an edit in an editor, as one step of undo; the cursor comes behind it. Undefined where it is not right. */
export async function applyIn(editor: vscode.TextEditor, edit: PlacedEdit): Promise<Written | undefined> {
  const { document } = editor;
  if (!stands(edit, document)) return undefined;
  const change = changed(edit, document);
  if (!(await editor.edit((builder) => builder.replace(change.range, change.text)))) return undefined;
  const end = document.positionAt(change.offset + change.text.length);
  editor.selection = new vscode.Selection(end, end);
  return { document, places: written([change]) };
}

/** Applies the edits that are still right, as one step of undo. Undefined where there are none. */
export async function applyAll(edits: PlacedEdit[]): Promise<Written[] | undefined> {
  const all = new vscode.WorkspaceEdit();
  const byDocument = new Map<vscode.TextDocument, OffsetEdit[]>();
  for (const edit of edits) {
    const document = await opened(edit.uri);
    if (!document || !stands(edit, document)) continue;
    const change = changed(edit, document);
    all.replace(edit.uri, change.range, change.text);
    byDocument.set(document, [...(byDocument.get(document) ?? []), change]);
  }
  if (byDocument.size === 0 || !(await vscode.workspace.applyEdit(all))) return undefined;
  return [...byDocument].map(([document, changes]) => ({ document, places: written(changes) }));
}

/** A document, or undefined where there is none any more: a file was deleted since. */
export async function opened(uri: vscode.Uri): Promise<vscode.TextDocument | undefined> {
  try {
    return await vscode.workspace.openTextDocument(uri);
  } catch {
    return undefined; // who asks says that the proposal is gone
  }
}
