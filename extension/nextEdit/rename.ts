/** Proposes to rename the other places of a name whose declaration the user has changed. */
import * as vscode from 'vscode';
import { SELECTOR, textBefore } from '../documents.ts';
import { scopeAt, WINDOW } from '../switches/scope.ts';
import { pause } from '../timers.ts';
import { declarationAt, isDeclaredElsewhere, isName, nameAt } from './declarations.ts';
import { LanguageServer } from './languageServer.ts';
import { compare, holds, writtenBy } from './movedSpans.ts';
import { opened } from './placing.ts';
import type { NoProposal, PlacedEdit, Proposal, ProposalSource } from './proposal.ts';
import { ReasonLog } from './reasonLog.ts';
import { placeholderOf, placesIn, type RenameEdit, type RenamePlace, under, WatchedName } from './watchedName.ts';

/** Once the cursor has rested for so long on a name, ms, the server is asked for the name's places. */
const RESTED = 300;
/** Once nothing of the name has changed for so long, ms, it is taken for whole. */
const STOPPED = 500;
/** Of more places nothing is proposed: nobody looks through them. */
const MOST = 300;
/** A longer document is left alone, UTF-16 units. */
const LARGEST = 400_000;

export interface RenameHost {
  /** Something may be proposed there by itself. */
  isOn(document: vscode.TextDocument, position: vscode.Position): boolean;
  log(message: string): void;
  /** Where a name stands that was changed at `at` alone, by the text: asked where no server answers. Never rejects. */
  placesOf(
    document: vscode.TextDocument,
    from: string,
    to: string,
    at: vscode.Position,
    token: vscode.CancellationToken,
  ): Promise<PlacedEdit[]>;
}

export class RenameSource implements ProposalSource, vscode.Disposable {
  private watched: WatchedName | undefined;
  /** The document that the cursor is in, as it was when the cursor was seen last. */
  private seen = { uri: '', version: 0 };
  /** The line of the active document's last change. */
  private changedLine = 0;
  /** When the name changed last, on the clock of `performance`. */
  private changedAt = 0;
  /** What a server was asked last, and what it said: the document, its version, the name and where it is declared. */
  private asked: { key: string; places?: RenamePlace[] } = { key: '' };
  private timer: NodeJS.Timeout | undefined;
  private readonly server: LanguageServer;
  private readonly reasons = new ReasonLog((reason) => this.host.log(`no rename: ${reason}`));
  private readonly subscriptions = [
    vscode.workspace.onDidChangeTextDocument((event) => this.note(event)),
    vscode.window.onDidChangeTextEditorSelection(({ textEditor }) => this.look(textEditor)),
    vscode.window.onDidChangeActiveTextEditor((editor) => editor && this.look(editor)),
    vscode.workspace.onDidCloseTextDocument(({ uri }) => {
      if (this.watched?.uri === `${uri}`) this.watched = undefined;
    }),
  ];

  /** `deadline`: a server's answer that comes later is none, ms. */
  constructor(
    private readonly host: RenameHost,
    deadline?: number,
  ) {
    this.server = new LanguageServer('places of a name', host.log, deadline);
    if (vscode.window.activeTextEditor) this.look(vscode.window.activeTextEditor);
  }

  dispose(): void {
    clearTimeout(this.timer);
    for (const s of this.subscriptions) s.dispose();
  }

  async propose(
    editor: vscode.TextEditor,
    always: boolean,
    token: vscode.CancellationToken,
  ): Promise<Proposal | NoProposal> {
    return this.reasons.note(await this.find(editor, always, token));
  }

  private async find(
    { document, selection, selections }: vscode.TextEditor,
    always: boolean,
    token: vscode.CancellationToken,
  ): Promise<Proposal | NoProposal> {
    const { watched } = this;
    const { version } = document;
    if (!watched || !this.isChanged(document) || selection.active.line !== watched.span.start.line)
      return nothing('the name of no declaration was changed');
    if (selections.length > 1) return nothing('multiple cursors');
    const to = document.getText(rangeOf(watched.span));
    if (!isName(to)) return nothing('the new name is not whole');
    if (!always && !this.host.isOn(document, selection.active)) return nothing('nothing is asked for there');
    if (!always) await pause(Math.max(0, this.changedAt + STOPPED - performance.now()), token);
    const isOver = () => token.isCancellationRequested || document.version !== version || this.watched !== watched;
    if (isOver()) return nothing('typed on');
    if (isDeclaredElsewhere(document.getText(), to, document.languageId, watched.span.start))
      return nothing('the new name is declared already');
    const edits = watched.places ? this.editsOf(watched, to) : await this.editsByText(document, watched, to, token);
    if (isOver()) return nothing('typed on');
    if (!Array.isArray(edits)) return edits;
    if (edits.length === 0) return nothing('the name stands nowhere else');
    if (edits.length > MOST) return nothing('the name stands in too many places');
    return {
      kind: 'rename',
      edits,
      title: titleOf(edits, watched.name),
      apply: () => this.apply(edits, watched),
      refuse: () => this.forget(watched),
    };
  }

  /** The name is another one than the one that the cursor came to. */
  private isChanged(document: vscode.TextDocument): boolean {
    const { watched } = this;
    if (!watched || watched.isLost || watched.uri !== `${document.uri}`) return false;
    return document.getText(rangeOf(watched.span)) !== watched.name;
  }

  private forget(watched: WatchedName): void {
    if (this.watched === watched) this.watched = undefined;
  }

  private note({ document, contentChanges }: vscode.TextDocumentChangeEvent): void {
    if (contentChanges.length === 0) return;
    const before = this.watched?.span;
    this.watched?.note(`${document.uri}`, contentChanges);
    if (this.watched?.span !== before) this.changedAt = performance.now();
    if (this.watched?.isLost) this.watched = undefined;
    if (document !== vscode.window.activeTextEditor?.document) return;
    this.changedLine = writtenBy(contentChanges[0]).end.line;
    this.soon();
  }

  /** The cursor is somewhere: a declaration there is watched from now on, but for one that is being changed. */
  private look({ document, selection, selections }: vscode.TextEditor): void {
    const [uri, { version }] = [`${document.uri}`, document];
    const isTyped =
      this.seen.uri === uri && this.seen.version !== version && this.changedLine === selection.active.line;
    this.seen = { uri, version };
    this.soon();
    const isOnIt = this.watched?.uri === uri && holds(this.watched.span, selection.active);
    if (isOnIt && this.isChanged(document) && !this.watched!.isNew) return;
    const name = selections.length === 1 && this.mayLook(document) && declaredAt(document, selection);
    if (!name) {
      if (this.watched && !this.isChanged(document)) this.watched = undefined;
      return;
    }
    const { line } = selection.active;
    const span = { start: { line, character: name.start }, end: { line, character: name.end } };
    if (isOnIt && this.watched?.name === name.text && compare(this.watched.span.start, span.start) === 0) return;
    this.watched = new WatchedName(uri, name.text, span, isTyped);
    if (this.asked.key === keyOf(this.watched, version)) this.watched.places = this.asked.places;
  }

  private mayLook(document: vscode.TextDocument): boolean {
    return (
      vscode.workspace.isTrusted &&
      document.uri.scheme !== 'vscode-notebook-cell' &&
      vscode.languages.match(SELECTOR, document) > 0 &&
      document.offsetAt(document.lineAt(document.lineCount - 1).range.end) <= LARGEST
    );
  }

  private soon(): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.rested(), RESTED);
  }

  /** Nothing was typed or moved for a while: the server says where the name stands. */
  private async rested(): Promise<void> {
    const [editor, { watched }] = [vscode.window.activeTextEditor, this];
    if (!editor || !watched || watched.uri !== `${editor.document.uri}` || this.isChanged(editor.document)) return;
    const { document } = editor;
    const { version } = document;
    const { start } = rangeOf(watched.span);
    const key = keyOf(watched, version);
    if (key === this.asked.key || !this.host.isOn(document, start) || !isInCode(document, start)) return;
    this.asked = { key };
    const began = performance.now();
    const edits = await this.renamed(document, watched.name, start);
    if (!edits?.length) return;
    const places = placesIn(edits, watched.name, watched.uri, watched.span);
    const took = Math.round(performance.now() - began);
    this.host.log(`the language server: ${places?.length ?? 0} other places of a name after ${took} ms`);
    // what it says is of the text as it was; else it is asked again once nothing is typed
    if (document.version !== version || this.asked.key !== key) return;
    this.asked = { key, places };
    if (this.watched && keyOf(this.watched, version) === key) this.watched.places = places;
  }

  /** What a server would change for a rename; nothing where there is none. */
  private async renamed(
    document: vscode.TextDocument,
    name: string,
    start: vscode.Position,
  ): Promise<RenameEdit[] | undefined> {
    const command = 'vscode.executeDocumentRenameProvider';
    const edit = await this.server.ask<vscode.WorkspaceEdit>(document, command, start, placeholderOf(name));
    return edit
      ?.entries()
      .flatMap(([uri, edits]) => edits.map(({ range, newText }) => ({ uri: `${uri}`, span: range, newText })));
  }

  /** By what the server said. What has another text by now is left out. */
  private editsOf({ name, places = [] }: WatchedName, to: string): PlacedEdit[] {
    return places
      .map((place) => ({
        uri: vscode.Uri.parse(place.uri, true),
        range: rangeOf(place.span),
        newText: under(name, place, to),
        oldText: name,
      }))
      .filter((edit) => {
        const open = vscode.workspace.textDocuments.find(({ uri }) => `${uri}` === `${edit.uri}`);
        return !open || stands(open, edit);
      });
  }

  /** By the text alone, where no server knows renames: the places of this file that are code. */
  private async editsByText(
    document: vscode.TextDocument,
    watched: WatchedName,
    to: string,
    token: vscode.CancellationToken,
  ): Promise<PlacedEdit[] | NoProposal> {
    if (watched.isNew) return nothing('the name of no declaration was changed');
    const { start } = rangeOf(watched.span);
    const known = await this.renamed(document, to, start);
    if (known?.length) return nothing('the name was changed before the language server was asked');
    const found = await this.host.placesOf(document, watched.name, to, start, token);
    return found.filter(
      (edit) =>
        `${edit.uri}` === watched.uri &&
        !holds(watched.span, edit.range.start) &&
        stands(document, edit) &&
        isInCode(document, edit.range.start),
    );
  }

  /** One edit of the workspace, so one undo; nothing where a place has changed meanwhile. */
  private async apply(edits: PlacedEdit[], watched: WatchedName): Promise<boolean> {
    const all = new vscode.WorkspaceEdit();
    for (const edit of edits) {
      const document = await opened(edit.uri);
      if (!document || !stands(document, edit)) return false;
      all.replace(edit.uri, edit.range, edit.newText);
    }
    this.forget(watched);
    return vscode.workspace.applyEdit(all);
  }
}

const nothing = (reason: string): NoProposal => ({ kind: 'none', reason });

const keyOf = ({ uri, name, span }: WatchedName, version: number) => JSON.stringify([uri, version, name, span.start]);

const rangeOf = ({ start, end }: WatchedName['span']) =>
  new vscode.Range(start.line, start.character, end.line, end.character);

const isInCode = (document: vscode.TextDocument, position: vscode.Position) =>
  scopeAt(textBefore(document, position, WINDOW), document.languageId) === 'code';

/** The declared name at the cursor, which is in it or has selected no more than it. */
function declaredAt(document: vscode.TextDocument, { active, start, end, isSingleLine }: vscode.Selection) {
  const name = isSingleLine && declarationAt(document.lineAt(active.line).text, active.character, document.languageId);
  return name && name.start <= start.character && end.character <= name.end ? name : undefined;
}

/** Whether the old text stands there, and is all of a name. */
function stands(document: vscode.TextDocument, { range, oldText }: PlacedEdit): boolean {
  if (!document.validateRange(range).isEqual(range) || document.getText(range) !== oldText) return false;
  const { text } = document.lineAt(range.start.line);
  const name = nameAt(text, range.start.character);
  return name?.start === range.start.character && name.end === range.end.character;
}

function titleOf(edits: PlacedEdit[], name: string): string {
  const files = new Set(edits.map(({ uri }) => `${uri}`)).size;
  const { l10n } = vscode;
  if (files > 1) return l10n.t('rename {0} others of {1} in {2} files', edits.length, name, files);
  return edits.length === 1
    ? l10n.t('rename 1 other of {0}', name)
    : l10n.t('rename {0} others of {1}', edits.length, name);
}
