/**
 * Has the editor's language server for TypeScript, JavaScript and Python tell the worker which names can stand at the
 * cursor: asked in the background, once for each identifier. Byteline's own provider is one of ghost text, which is not
 * asked.
 */
import * as vscode from 'vscode';
import type { NamesParams } from '../../server/wire/protocol.ts';
import { SELECTOR, textBefore } from '../documents.ts';
import { settings } from '../settings.ts';
import { scopeAt, WINDOW } from '../switches/scope.ts';
import { type CancellationToken, pause } from '../timers.ts';
import { isAskedIn, namesOf } from './itemNames.ts';
import { isMemberBehind, isOfName, nameStart } from './namePlace.ts';

/** A completion waits for names no longer than this, ms. */
const WAIT = 15;
/** Of a longer document none are asked for, UTF-16 units: a language server is slow there. */
const LARGEST = 400_000;
/** After an answer that took so long, ms, a server is left alone so many times as long. */
const [SLOW, REST] = [500, 10];
/** Once a cursor that was moved has rested for so long, ms. */
const MOVED = 120;
/** An identifier that names were asked for. */
interface Place {
  uri: string;
  line: number;
  /** The line up to the identifier. */
  before: string;
  /** Of the document, when it was asked; later ones differ in the identifier alone. */
  version: number;
}

/** The server of a language. */
interface Server {
  /** The answer that is on its way, and for which place. */
  running?: Promise<void>;
  place?: Place;
  /** Something was to be asked meanwhile. */
  missed: boolean;
  /** Until then, on the clock of `performance`. */
  rests: number;
  /** Its first answer takes as long as its start. */
  hasAnswered: boolean;
}

export interface NamesHost {
  /** Completions may be offered there by themselves. */
  isOn(document: vscode.TextDocument, position: vscode.Position): boolean;
  send(names: NamesParams): void;
  log(message: string): void;
}

export class LanguageServerNames implements vscode.Disposable {
  private last: Place | undefined;
  /** Where names that stand alone were asked for: once a line, for they are many, and hold in all of it. */
  private line: { uri: string; line: number } | undefined;
  private readonly servers = new Map<string, Server>();
  private timer: NodeJS.Timeout | undefined;
  private readonly subscriptions = [
    vscode.workspace.onDidChangeTextDocument((event) => this.changed(event)),
    // typing asks by itself
    vscode.window.onDidChangeTextEditorSelection(({ kind }) => kind !== undefined && this.soon()),
    vscode.window.onDidChangeActiveTextEditor(() => this.soon()),
  ];

  constructor(private readonly host: NamesHost) {}

  dispose(): void {
    clearTimeout(this.timer);
    for (const s of this.subscriptions) s.dispose();
  }

  /** Before a completion: resolves once the names that are on their way to its place are sent, or soon. */
  async settle(document: vscode.TextDocument, position: vscode.Position, token: CancellationToken): Promise<void> {
    const { running, place } = this.servers.get(document.languageId) ?? {};
    const here = placeAt(document, position);
    if (running && here && isSame(place, here)) await Promise.race([running, pause(WAIT, token)]);
    else this.ask(document, position);
  }

  /** A key: the server is asked before the editor asks for ghost text. */
  private changed({ document, contentChanges }: vscode.TextDocumentChangeEvent): void {
    const asked = [this.last, ...[...this.servers.values()].map(({ place }) => place)];
    for (const place of new Set(asked))
      if (place?.uri === `${document.uri}` && contentChanges.every((change) => isInside(place, change)))
        place.version = document.version;
    if (!contentChanges.every((change) => isOnLine(this.line, change))) this.line = undefined;
    if (contentChanges.length !== 1 || document !== vscode.window.activeTextEditor?.document) return;
    const [{ range, text }] = contentChanges;
    if (!/^\S{1,2}$/.test(text)) return; // typed, with what the editor closes by itself
    this.ask(document, range.start.translate(0, 1));
  }

  private soon(): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.now(), MOVED);
  }

  private now(): void {
    const editor = vscode.window.activeTextEditor;
    if (editor?.selections.length === 1) this.ask(editor.document, editor.selection.active);
  }

  private ask(document: vscode.TextDocument, position: vscode.Position): void {
    const place = placeAt(document, position);
    if (!place || isSame(this.last, place) || !this.mayAsk(document, position)) return;
    const isMember = isMemberBehind(place.before);
    if (!isMember && this.line?.uri === place.uri && this.line.line === place.line) return;
    const server = this.servers.get(document.languageId) ?? { missed: false, rests: 0, hasAnswered: false };
    this.servers.set(document.languageId, server);
    if (performance.now() < server.rests) return;
    server.missed = server.running !== undefined;
    if (server.missed) return;
    this.last = server.place = place;
    if (!isMember) this.line = place;
    server.running = this.answer(document, place, server).finally(() => {
      server.running = server.place = undefined;
      if (server.missed) this.now();
    });
  }

  private mayAsk(document: vscode.TextDocument, position: vscode.Position): boolean {
    const set = settings(document);
    return (
      vscode.workspace.isTrusted &&
      set.get('languageServerNames', true) &&
      set.get('memory.enable', true) && // it is the memory that weighs names
      isAskedIn(document.languageId) &&
      vscode.languages.match(SELECTOR, document) > 0 &&
      document.offsetAt(document.lineAt(document.lineCount - 1).range.end) <= LARGEST &&
      this.host.isOn(document, position) &&
      scopeAt(textBefore(document, position, WINDOW), document.languageId) === 'code'
    );
  }

  /** Asks for all names of the place, whatever is typed of one, and sends them if it is still there. */
  private async answer(document: vscode.TextDocument, place: Place, server: Server): Promise<void> {
    const began = performance.now();
    const position = new vscode.Position(place.line, place.before.length);
    let list: vscode.CompletionList | undefined;
    try {
      list = await vscode.commands.executeCommand('vscode.executeCompletionItemProvider', document.uri, position);
    } catch {
      // the server's own trouble, which it tells of itself
    }
    const took = performance.now() - began;
    if (took > SLOW && server.hasAnswered) server.rests = performance.now() + REST * took;
    server.hasAnswered = true;
    const items = (list?.items ?? []).map(({ kind, ...item }) => ({
      ...item,
      kind: kind === undefined ? undefined : vscode.CompletionItemKind[kind],
    }));
    const names = namesOf(items, document.languageId, isMemberBehind(place.before));
    const [first, others] = [names.first.length, names.others.length];
    const n = items.length;
    this.host.log(
      `the language server: ${first} names in front and ${others} others of ${n} after ${Math.round(took)} ms`,
    );
    if (list?.isIncomplete) this.host.log("the language server's names are not used: not all of them");
    else if (document.isClosed || !standsAt(document, place))
      this.host.log("the language server's names are not used: too late");
    else if (first + others > 0) this.host.send({ uri: place.uri, version: document.version, position, ...names });
  }
}

function placeAt(document: vscode.TextDocument, { line, character }: vscode.Position): Place | undefined {
  const before = document.lineAt(line).text.slice(0, character);
  const start = nameStart(before);
  if (start === undefined) return undefined;
  return { uri: `${document.uri}`, line, before: before.slice(0, start), version: document.version };
}

function isSame(one: Place | undefined, other: Place): boolean {
  return (
    one?.uri === other.uri && one.version === other.version && one.line === other.line && one.before === other.before
  );
}

/** Whether the place's line still begins as it did. */
function standsAt(document: vscode.TextDocument, { line, before }: Place): boolean {
  return line < document.lineCount && document.lineAt(line).text.startsWith(before);
}

/** Whether a change is one of the place's identifier alone. */
function isInside(place: Place, change: vscode.TextDocumentContentChangeEvent): boolean {
  return isOnLine(place, change) && change.range.start.character >= place.before.length && isOfName(change.text);
}

/** Whether a change stays on a line. */
function isOnLine(at: { line: number } | undefined, { range, text }: vscode.TextDocumentContentChangeEvent): boolean {
  return range.isSingleLine && range.start.line === at?.line && !text.includes('\n');
}
