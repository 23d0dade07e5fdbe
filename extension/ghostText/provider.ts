/**
 * Ghost text that grows while the worker streams: answers the editor, and decides what may be offered where. What is
 * already decoded is shown as the user types into it.
 */
import * as vscode from 'vscode';
import { LONGEST_LINE } from '../../server/completion/item.ts';
import { SELECTOR } from '../documents.ts';
import { pause, within } from '../timers.ts';
import { Completions } from './completions.ts';
import { cursorOf, itemsFor, type Selected } from './cursor.ts';
import { Dismissals } from './dismissals.ts';
import type { Identifier } from './identifiers.ts';
import { momentOf, type Refreshed, Refresher } from './refresher.ts';
import { type Cursor, Session } from './session.ts';
import type { CompletionSource } from './source.ts';
import { identifierAt } from './suggestWidget.ts';
import { Suppression } from './suppression.ts';

/** A line is often whole this soon after its first bytes, ms: waiting spares a refresh. */
const SETTLE = 25;
/** While the suggest widget is open nothing may be refreshed, so that much longer is waited for the whole, ms. */
const SETTLE_BESIDE_WIDGET = 250;
/** Why nothing is offered where IntelliSense is to be seen. */
const NEW = 'a new identifier';
/** In an identifier the editor's list waits for the answer, and need not wait longer, ms. */
const LIST_WAITS = 120;
/** A list that did not open so long after that, ms, does not come. */
const LIST_OPENS = 600;

export class GhostTextProvider implements vscode.Disposable, Refreshed {
  /** The text offered last, and where: what is shown, if anything is. */
  offer: { uri: string; position: vscode.Position; text: string } | undefined;
  /** Where the user asked by hand: asked again there, whatever the reason, all of it is offered. */
  private byHand: Session | undefined;
  /** What was sent away, and where. */
  private readonly dismissals = new Dismissals();
  private readonly suppression = new Suppression();
  private readonly completions: Completions;
  /** The suggest widget had an item selected when the editor asked last. */
  private widgetOpen = false;
  /** Looks whether the list came that was given the place. */
  private later: NodeJS.Timeout | undefined;
  /** Where, in which version, it had not. */
  private listless: string | undefined;
  private readonly refresher: Refresher;
  private readonly subscriptions: vscode.Disposable[];

  constructor(
    private readonly source: CompletionSource,
    extensionId: string,
  ) {
    this.completions = new Completions(source, () => void this.refresher.refresh());
    this.refresher = new Refresher(this, extensionId);
    this.subscriptions = [
      vscode.window.onDidChangeTextEditorSelection((event) => {
        const { document, selection } = event.textEditor;
        this.suppression.look(
          document.uri.toString(),
          selection.active.line,
          document.lineAt(selection.active.line).text,
          !selection.isEmpty,
        );
        // the cursor moved without an edit: what is shown there is not ours to refresh any more
        if (event.kind === undefined) return;
        this.refresher.moved(event.textEditor);
        if (this.restAt(event.textEditor) === undefined && !this.comes(event.textEditor)) this.completions.drop();
        if (this.restAt(event.textEditor, this.byHand) === undefined) this.byHand = undefined;
      }),
      vscode.window.onDidChangeActiveTextEditor((editor) => {
        this.refresher.moved();
        this.completions.drop();
        this.byHand = undefined;
        if (editor) this.noteElsewhere(editor);
      }),
      vscode.workspace.onDidChangeTextDocument((event) => this.noteTyped(event)),
      vscode.workspace.onDidCloseTextDocument(({ uri }) => {
        for (const one of [this.suppression, this.dismissals]) one.closed(uri.toString());
      }),
    ];
  }

  dispose(): void {
    clearTimeout(this.later);
    this.completions.drop();
    this.refresher.dispose();
    for (const s of this.subscriptions) s.dispose();
  }

  /**
   * Another model answers from now on, a setting changed or the worker came back: what the editor keeps of earlier
   * answers is void.
   */
  async renew(): Promise<void> {
    // something is shown there or on its way, or was asked for while the worker came back
    const editor = vscode.window.activeTextEditor;
    const byHand = this.restAt(editor, this.byHand) !== undefined;
    const shown =
      editor !== undefined && (this.comes(editor) || (this.restAt(editor) !== undefined && this.isOffered(editor)));
    const wanted = this.completions.missed || byHand || shown;
    this.completions.renew();
    await this.refresher.renew();
    if (wanted) await this.refresher.trigger(byHand);
  }

  /** Answers the editor. */
  async provide(
    document: vscode.TextDocument,
    position: vscode.Position,
    context: vscode.InlineCompletionContext,
    token: vscode.CancellationToken,
  ): Promise<vscode.InlineCompletionItem[]> {
    const since = performance.now();
    clearTimeout(this.later);
    const switchedOff = this.source.offReason(document, position);
    const selected = context.selectedCompletionInfo;
    const [cursor, { version }] = [cursorOf(document, position, selected), document];
    this.widgetOpen = selected !== undefined;
    const manual =
      context.triggerKind === vscode.InlineCompletionTriggerKind.Invoke || this.byHand?.restAt(...cursor) !== undefined;
    if (switchedOff && !manual) return this.none(switchedOff);
    const editor = vscode.window.activeTextEditor;
    if (editor?.document === document && editor.selections.length > 1) return this.none('multiple cursors');
    if (document.lineAt(position.line).text.length > LONGEST_LINE)
      return this.none('the line is too long for ghost text');
    if (selected && (selected.text.includes('\n') || !selected.range.isSingleLine))
      return this.none('the suggest widget has an item of several lines');
    const own = manual || selected ? undefined : identifierAt(document, position);
    const off = manual ? undefined : this.offReason(cursor, own);
    if (off) {
      if (!this.completions.running(cursor, false)) this.completions.drop();
      return this.none(off);
    }
    const settle = selected ? SETTLE_BESIDE_WIDGET : SETTLE;
    const typedOn = () => token.isCancellationRequested || document.version !== version;
    const moment = momentOf(document, position);
    const until = own && moment !== this.listless ? within(LIST_WAITS, token) : token;
    const listFirst = () => until.isCancellationRequested && !typedOn();

    const before = this.completions.session;
    const shown = before?.restAt(...cursor);
    const undecided = (rest: string) => own?.mayGrow(rest) ?? false;
    let rests = await this.completions.known(cursor, manual, settle, until, undecided);
    if (rests.length && !manual && !selected) void this.completions.goOn(document, position, cursor);
    if (!rests.length && !typedOn() && !listFirst()) {
      if (!manual) {
        this.completions.drop(); // what runs does not fit: the worker need not go on with it
        const wait = this.completions.wait(document, position);
        if (wait > 0) await pause(wait, until);
        if (typedOn()) return this.none('typed on');
        if (listFirst()) return this.giveWay(moment);
      }
      let request = this.completions.running(cursor, manual);
      if (!request) {
        this.byHand = manual ? new Session(...cursor) : undefined;
        const asked = { always: manual, accepted: before?.text !== '' && shown === '', selected };
        request = this.completions.start(document, position, cursor, asked, since);
      }
      rests = await request.first(cursor, settle, until, undecided);
      if (!rests.length && !request.ended && !until.isCancellationRequested)
        return this.none('something else was typed');
    }
    if (typedOn()) return this.none('typed on');
    // what only finishes the identifier would keep the list closed for what the list says as well
    const repeats = rests.length > 0 && moment !== this.listless && undecided(rests[0]);
    if (repeats || (!rests.length && listFirst())) return this.giveWay(moment);
    const unwanted = manual ? undefined : this.unwanted(cursor, rests[0] ?? '', own);
    if (unwanted) return this.none(unwanted);
    // asked for by hand, a new offer goes behind the one that is shown: put it in its place
    if (shown && manual && this.completions.session && this.completions.session !== before)
      void this.refresher.refresh();
    return this.items(document, position, rests, selected);
  }

  /** The place is the list's. Where it does not come the editor is made to ask again. */
  private giveWay(moment: string): [] {
    this.later = setTimeout(() => {
      const editor = vscode.window.activeTextEditor;
      if (this.widgetOpen || !editor || momentOf(editor.document, editor.selection.active) !== moment) return;
      this.listless = moment;
      void this.refresher.renew().then(() => this.refresher.trigger()); // it keeps an empty answer
    }, LIST_OPENS);
    return this.none('the list comes first');
  }

  /**
   * Why nothing may be offered by itself at a place. `own`: the identifier there, if the suggestion list waits for
   * ghost text.
   */
  private offReason(cursor: Cursor, own: Identifier | undefined): string | undefined {
    return (
      this.suppression.in(cursor[0]) ?? (this.dismissals.isAt(cursor) ? 'dismissed' : own?.alone ? NEW : undefined)
    );
  }

  /** Why a text may not be offered by itself at a place. */
  private unwanted(cursor: Cursor, rest: string, own: Identifier | undefined): string | undefined {
    if (rest.trim() === '') return undefined; // it is not shown
    if (own?.isNewWith(rest)) return NEW;
    return this.dismissals.has(cursor, rest) ? 'dismissed' : undefined;
  }

  /** Learns the rhythm of the keys and what was deleted; cancels a request at once when what is typed disagrees. */
  private noteTyped({ document, contentChanges, reason }: vscode.TextDocumentChangeEvent): void {
    if (contentChanges.length === 0 || document !== vscode.window.activeTextEditor?.document) return;
    const [{ rangeLength, text }] = contentChanges;
    const lineEnd = document.eol === vscode.EndOfLine.CRLF ? 2 : 1;
    this.suppression.note(document.uri.toString(), contentChanges, reason !== undefined, lineEnd);
    if (reason === undefined && rangeLength <= 1 && text.length <= 2) this.completions.delay.typed(performance.now());
    this.completions.noteTyped(document, contentChanges, this.widgetOpen);
  }

  private items(
    document: vscode.TextDocument,
    position: vscode.Position,
    texts: string[],
    selected?: Selected,
  ): vscode.InlineCompletionItem[] {
    const visible = texts.filter((text) => text.trim() !== '');
    if (visible.length)
      this.offer = {
        uri: document.uri.toString(),
        position: selected?.range.start ?? position,
        text: (selected?.text ?? '') + visible[0],
      };
    const items = itemsFor(document, position, visible, selected);
    if (items.length && this.completions.session) {
      this.source.observer?.shown(this.completions.session, document, position, items);
      this.refresher.shows(this.completions.session, document, position);
    }
    return items;
  }

  /**
   * Says why nothing comes in a document that the editor never asks us about: at its keys it would write into the log
   * that the log is shown in.
   */
  noteElsewhere({ document, selection }: vscode.TextEditor): void {
    const off = vscode.languages.match(SELECTOR, document) === 0 && this.source.offReason(document, selection.active);
    if (off) this.none(off);
  }

  private none(reason: string): [] {
    this.source.log(`nothing offered: ${reason}`);
    return [];
  }

  /** What may be shown anew while it grows. */
  growing(): { session: Session; editor: vscode.TextEditor } | undefined {
    const [{ session }, editor] = [this.completions, vscode.window.activeTextEditor];
    if (!session || session.dismissed || this.completions.isAwaited(session)) return undefined;
    const grows = editor && !this.widgetOpen && this.restAt(editor);
    return grows && this.isOffered(editor) ? { session, editor } : undefined;
  }

  /** Whether what fits the editor's cursor is offered there: asked for by hand, or by itself. */
  private isOffered({ document, selection: { active } }: vscode.TextEditor): boolean {
    const cursor = cursorOf(document, active);
    if (this.byHand?.restAt(...cursor) !== undefined) return true;
    const [own, rest] = [identifierAt(document, active), this.completions.session?.restAt(...cursor) ?? ''];
    return (this.offReason(cursor, own) ?? this.unwanted(cursor, rest, own)) === undefined;
  }

  /** Sent away, or another provider won: it must not come back by itself. */
  dismiss(session: Session, why: string): void {
    this.completions.dismiss(session);
    this.byHand = undefined;
    this.source.log(`stopped growing: ${why}`);
  }

  /** It was shown at the editor's cursor and sent away; the function takes that back. */
  sentAway(session: Session, { document, selection }: vscode.TextEditor): () => void {
    const [takeBack, { byHand }] = [this.dismissals.add(session, cursorOf(document, selection.active)), this];
    this.byHand = undefined;
    return () => {
      takeBack();
      this.byHand ??= byHand;
    };
  }

  /** Whether something is offered at the editor's cursor, and none of the texts has a second line. */
  isOneLine({ document, selection: { active } }: vscode.TextEditor): boolean {
    const rests = this.completions.session?.restsAt(...cursorOf(document, active)) ?? [];
    return rests.some((rest) => rest.trim() !== '') && rests.every((rest) => !rest.includes('\n'));
  }

  private restAt(editor: vscode.TextEditor | undefined, session = this.completions.session): string | undefined {
    if (!editor || !session) return undefined;
    return session.restAt(...cursorOf(editor.document, editor.selection.active));
  }

  /** Whether what is on its way is for the editor's cursor. */
  private comes({ document, selection: { active } }: vscode.TextEditor): boolean {
    return this.completions.running(cursorOf(document, active), false) !== undefined;
  }

  /** Whether something is offered at the editor's cursor, or comes. */
  isBusy(editor: vscode.TextEditor): boolean {
    return this.comes(editor) || (!!this.restAt(editor)?.trim() && this.isOffered(editor));
  }
}
