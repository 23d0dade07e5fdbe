/**
 * The editor's documents: which of them count, where they are, and what of them is read. A notebook's cells are one
 * each.
 */
import * as vscode from 'vscode';
import type { Cell } from '../server/wire/protocol.ts';
import { WRITTEN } from './schemes.ts';

/** Documents that go to the worker: output channels, settings pages and Git's old versions do not. */
export const SELECTOR = WRITTEN.map((scheme) => ({ scheme }));

/** The worker uses less of what stands above, UTF-16 units. */
const MOST = 8192;

/** The cells above a cell, the nearest last; undefined where the document is no cell of an open notebook. */
export function cellsAbove(document: vscode.TextDocument): Cell[] | undefined {
  if (document.uri.scheme !== 'vscode-notebook-cell') return undefined;
  const [cells, own] = besideOf(document);
  if (own < 0) return undefined;
  const above: Cell[] = [];
  for (let i = own - 1, length = 0; i >= 0 && length < MOST; i--) {
    const { document: cell, kind } = cells[i];
    const text = cell.getText();
    above.unshift({
      language: kind === vscode.NotebookCellKind.Markup ? 'markdown' : cell.languageId,
      text: text.slice(-MOST),
    });
    length += text.length;
  }
  return above;
}

/**
 * The cells of the notebook that a cell is in, and which of them it is (-1: of none).
 * Two notebooks of one path may be open: a diff has both.
 */
function besideOf({ uri }: vscode.TextDocument): [cells: vscode.NotebookCell[], own: number] {
  for (const notebook of vscode.workspace.notebookDocuments) {
    const cells = notebook.getCells();
    const own = cells.findIndex(({ document }) => `${document.uri}` === `${uri}`);
    if (own >= 0) return [cells, own];
  }
  return [[], -1];
}

/** Where a document is on disk: a notebook's cell is in the notebook's file. */
export function fileOf({ uri }: vscode.TextDocument): vscode.Uri {
  if (uri.scheme !== 'vscode-notebook-cell') return uri;
  return (
    vscode.workspace.notebookDocuments.find((notebook) =>
      notebook.getCells().some(({ document }) => `${document.uri}` === `${uri}`),
    )?.uri ?? uri
  );
}

/** Up to `length` UTF-16 units before a position, from a line's start on. */
export function textBefore(document: vscode.TextDocument, position: vscode.Position, length: number): string {
  const from = document.positionAt(document.offsetAt(position) - length);
  const start = from.character === 0 || from.line === position.line ? from : from.with(from.line + 1, 0);
  return document.getText(new vscode.Range(start, position));
}
