/** The editor's own list of suggestions, IntelliSense, as far as ghost text stands in its way. */
import * as vscode from 'vscode';
import { cellsAbove, textBefore } from '../documents.ts';
import { scopeAt, WINDOW } from '../switches/scope.ts';
import { Identifier, listWaits } from './identifiers.ts';

/**
 * The identifier that is typed at a place, if the editor keeps its list closed there while ghost text stands. A
 * notebook's cell holds what stands above it, too.
 */
export function identifierAt(document: vscode.TextDocument, position: vscode.Position): Identifier | undefined {
  return Identifier.at(document.lineAt(position.line).text.slice(0, position.character), () => {
    const set = vscode.workspace.getConfiguration('editor', document).get('quickSuggestions');
    if (!listWaits(set, () => scopeAt(textBefore(document, position, WINDOW), document.languageId))) return undefined;
    const above = (cellsAbove(document) ?? []).map(({ text }) => `${text}\n`).join('');
    return { text: above + document.getText(), offset: above.length + document.offsetAt(position) };
  });
}
