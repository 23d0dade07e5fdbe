/** Has the worker read what stands around the cursor before a completion is asked for there. */
import * as vscode from 'vscode';
import { cellsAbove, SELECTOR } from '../documents.ts';
import type { Worker } from '../worker/worker.ts';

/** A cursor that rests for so long, ms, is worth reading for; one that runs through a file is not. */
const REST = 120;

export class ReadAhead implements vscode.Disposable {
  private timer: NodeJS.Timeout | undefined;
  private readonly subscriptions: vscode.Disposable[];

  /** `maxBytes` of completions at a place, or undefined where none is offered. */
  constructor(
    private readonly worker: Worker,
    private readonly maxBytes: (document: vscode.TextDocument, position: vscode.Position) => number | undefined,
  ) {
    this.subscriptions = [
      vscode.window.onDidChangeActiveTextEditor(() => this.soon()),
      vscode.window.onDidChangeWindowState(({ focused }) => focused && this.soon()),
      // typing asks by itself
      vscode.window.onDidChangeTextEditorSelection(({ kind }) => kind !== undefined && this.soon()),
    ];
  }

  /** Has the worker read at the cursor once that has rested. */
  soon(): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.now(), REST);
  }

  private now(): void {
    const editor = vscode.window.activeTextEditor;
    if (!editor || editor.selections.length > 1 || vscode.languages.match(SELECTOR, editor.document) === 0) return;
    const maxBytes = this.maxBytes(editor.document, editor.selection.active);
    if (maxBytes)
      this.worker.warm({
        uri: editor.document.uri.toString(),
        position: editor.selection.active,
        above: cellsAbove(editor.document),
        maxBytes,
      });
  }

  dispose(): void {
    clearTimeout(this.timer);
    for (const s of this.subscriptions) s.dispose();
  }
}
