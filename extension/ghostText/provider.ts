/**
 * Ghost text that grows while the worker streams. What is already decoded is kept and shown as the user types into it, and a request goes
 * on while what is typed agrees with it.
 */
import * as vscode from 'vscode';
import { LONGEST_LINE } from '../../server/completion/item.ts';
import { messageOf } from '../../server/errors.ts';
import type { CompleteResult } from '../../server/wire/protocol.ts';
import { pause } from '../timers.ts';
import { Delay } from './delay.ts';
import { Dismissals } from './dismissals.ts';
import type { Identifier } from './identifiers.ts';
import { itemsFor, placeOf, type Selected } from './place.ts';
import { RecentCompletions } from './recentCompletions.ts';
import { type Refreshed, Refresher } from './refresher.ts';
import { Request } from './request.ts';
import { type Place, Session } from './session.ts';
import { identifierAt } from './suggestWidget.ts';
import { Quiet } from './suppression.ts';

/** How a completion is asked for. */
export interface Asked {
  /** By hand: all of it, however unsure the model is. */
  always: boolean;
  /** Where a completion was taken, or typed to its end. */
  accepted?: boolean;
  /** Behind this item of the suggest widget, as if it were accepted. */
  selected?: Selected;
}

export interface Source {
  /** Why nothing may be offered here by itself, or undefined. */
  offReason(document: vscode.TextDocument, position: vscode.Position): string | undefined;
  complete(
    document: vscode.TextDocument,
    position: vscode.Position,
    asked: Asked,
    token: vscode.CancellationToken,
    onText: (text: string) => void,
  ): Promise<CompleteResult>;
  /** How long to wait after a key before the worker is asked, ms; undefined: as long as typing and machine call for. */
  delay(): number | undefined;
  log(message: string): void;
  observer?: Observer;
}

/** Is told what becomes of offers; for statistics. */
export interface Observer {
  /** The worker is asked for the session's text, for an editor that asked at `since`, on the clock of `performance`. */
  asked(session: Session, document: vscode.TextDocument, since: number): void;
  /** Some of the text is there, or the whole. */
  arrived(session: Session, whole: boolean): void;
  /** A list, never empty, goes to the editor; the observer may put its command into the items. */
  shown(
    session: Session,
    document: vscode.TextDocument,
    position: vscode.Position,
    items: vscode.InlineCompletionItem[],
  ): void;
}

/** A line is often whole this soon after its first bytes, ms: waiting spares a refresh. */
const SETTLE = 25;
/** While the suggest widget is open nothing may be refreshed, so that much longer is waited for the whole, ms. */
const SETTLE_BESIDE_WIDGET = 250;
/** Why nothing is offered where IntelliSense is to be seen. */
const NEW = 'a new identifier';

export class GhostText implements vscode.Disposable, Refreshed {
  /** The text offered last, and where: what is shown, if anything is. */
  offer: { uri: string; position: vscode.Position; text: string } | undefined;
  private session: Session | undefined;
  /** Where the user asked by hand: asked again there, whatever the reason, all of it is offered. */
  private byHand: Session | undefined;
  /** What was sent away, and where. */
  private readonly dismissals = new Dismissals();
  private readonly quiet = new Quiet();
  /** What the worker makes, or made last: it grows the session. */
  private request: Request | undefined;
  private readonly recent = new RecentCompletions();
  private readonly delay = new Delay();
  /** The suggest widget had an item selected when the editor asked last. */
  private widgetOpen = false;
  private readonly refresher: Refresher;
  /** The last answer was empty because no model was loaded, or the worker died. */
  private missed = false;
  private readonly subscriptions: vscode.Disposable[];

  constructor(
    private readonly source: Source,
    extensionId: string,
  ) {
    this.refresher = new Refresher(this, extensionId);
    this.subscriptions = [
      vscode.window.onDidChangeTextEditorSelection((event) => {
        const { document, selection } = event.textEditor;
        this.quiet.look(document.uri.toString(), selection.active.line, document.lineAt(selection.active.line).text);
        // the cursor moved without an edit: what is shown there is not ours to refresh any more
        if (event.kind === undefined) return;
        this.refresher.moved(event.textEditor);
        if (!this.fits(event.textEditor)) this.drop();
        if (this.restAt(event.textEditor, this.byHand) === undefined) this.byHand = undefined;
      }),
      vscode.window.onDidChangeActiveTextEditor(() => {
        this.refresher.moved();
        this.drop();
        this.byHand = undefined;
      }),
      vscode.workspace.onDidChangeTextDocument((event) => this.noteTyped(event)),
      vscode.workspace.onDidCloseTextDocument(({ uri }) => {
        for (const one of [this.quiet, this.dismissals]) one.closed(uri.toString());
      }),
    ];
  }

  dispose(): void {
    this.drop();
    this.refresher.dispose();
    for (const s of this.subscriptions) s.dispose();
  }

  /** Leaves the completion, and stops the worker's work on it. */
  drop(): void {
    const { request } = this;
    this.request = this.session = undefined;
    request?.stop();
  }

  /** Another model answers from now on, a setting changed or the worker came back: what the editor keeps of earlier answers is void. */
  async renew(): Promise<void> {
    // something is shown there, or was asked for while the worker came back
    const editor = vscode.window.activeTextEditor;
    const byHand = this.restAt(editor, this.byHand) !== undefined;
    const shown = editor !== undefined && this.restAt(editor) !== undefined && this.isOffered(editor);
    const wanted = this.missed || byHand || shown;
    this.missed = false;
    this.drop();
    this.recent.clear();
    this.refresher.renew();
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
    const switchedOff = this.source.offReason(document, position);
    const selected = context.selectedCompletionInfo;
    const [place, { version }] = [placeOf(document, position, selected), document];
    this.widgetOpen = selected !== undefined;
    const manual =
      context.triggerKind === vscode.InlineCompletionTriggerKind.Invoke || this.byHand?.restAt(...place) !== undefined;
    if (switchedOff && !manual) return this.none(switchedOff);
    const editor = vscode.window.activeTextEditor;
    if (editor?.document === document && editor.selections.length > 1) return this.none('multiple cursors');
    if (document.lineAt(position.line).text.length > LONGEST_LINE)
      return this.none('the line is too long for ghost text');
    if (selected && (selected.text.includes('\n') || !selected.range.isSingleLine))
      return this.none('the suggest widget has an item of several lines');
    const own = manual || selected ? undefined : identifierAt(document, position);
    const off = manual ? undefined : this.offReason(place, own);
    if (off) {
      if (!this.running(place, false)) this.drop();
      return this.none(off);
    }
    const settle = selected ? SETTLE_BESIDE_WIDGET : SETTLE;
    const typedOn = () => token.isCancellationRequested || document.version !== version;

    const before = this.session;
    const shown = before?.restAt(...place);
    const undecided = (rest: string) => own?.mayGrow(rest) ?? false;
    let rests = await this.known(place, manual, settle, token, undecided);
    if (!rests.length && !typedOn()) {
      if (!manual) {
        this.drop(); // what runs does not fit: the worker need not go on with it
        const wait =
          this.source.delay() ?? this.delay.wait(document.lineAt(position.line).text.slice(0, position.character));
        if (wait > 0) await pause(wait, token);
        if (typedOn()) return this.none('typed on');
      }
      const request =
        this.running(place, manual) ??
        this.start(
          document,
          position,
          place,
          { always: manual, accepted: before?.text !== '' && shown === '', selected },
          since,
        );
      rests = await request.first(place, settle, token, undecided);
      if (!rests.length && !request.ended && !typedOn()) return this.none('something else was typed');
    }
    if (typedOn()) return this.none('typed on');
    const unwanted = manual ? undefined : this.unwanted(place, rests[0] ?? '', own);
    if (unwanted) return this.none(unwanted);
    // asked for by hand, a new offer goes behind the one that is shown: put it in its place
    if (shown && manual && this.session && this.session !== before) void this.refresher.refresh();
    return this.items(document, position, rests, selected);
  }

  /** Why nothing may be offered by itself at a place. `own`: the identifier there, if the suggestion list waits for ghost text. */
  private offReason(place: Place, own: Identifier | undefined): string | undefined {
    return this.quiet.in(place[0]) ?? (this.dismissals.isAt(place) ? 'dismissed' : own?.alone ? NEW : undefined);
  }

  /** Why a text may not be offered by itself at a place. */
  private unwanted(place: Place, rest: string, own: Identifier | undefined): string | undefined {
    if (rest.trim() === '') return undefined; // it is not shown
    if (own?.isNewWith(rest)) return NEW;
    return this.dismissals.has(place, rest) ? 'dismissed' : undefined;
  }

  /** What is there for a place without asking anew: of the completion that runs or was made last, or of an earlier one. */
  private async known(
    place: Place,
    manual: boolean,
    settle: number,
    token: vscode.CancellationToken,
    undecided: (rest: string) => boolean,
  ): Promise<string[]> {
    // asked for by hand, an offer cut short for low confidence is made anew
    const rests = !manual || this.session?.always ? (this.session?.restsAt(...place) ?? []) : [];
    const running = this.running(place, manual);
    if (rests[0] && !(running && undecided(rests[0]))) {
      running?.noteAnswered(); // nobody may wait for it any more, but it is shown
      return rests;
    }
    const coming = (await running?.first(place, settle, token, undecided)) ?? [];
    if (coming.length || token.isCancellationRequested) return coming;
    const earlier = this.recent.at(place, manual);
    if (!earlier) return [];
    this.drop();
    this.session = earlier;
    return earlier.restsAt(...place);
  }

  /** The request under way, if what was typed agrees with it so far. */
  private running(place: Place, manual: boolean): Request | undefined {
    const { request } = this;
    return request && !request.ended && (!manual || request.session.always) && request.session.mayFit(...place)
      ? request
      : undefined;
  }

  /** Learns the rhythm of the keys and what was deleted; cancels a request at once when what is typed disagrees. */
  private noteTyped({ document, contentChanges, reason }: vscode.TextDocumentChangeEvent): void {
    if (contentChanges.length === 0 || document !== vscode.window.activeTextEditor?.document) return;
    const [{ rangeOffset, rangeLength, text }] = contentChanges;
    const lineEnd = document.eol === vscode.EndOfLine.CRLF ? 2 : 1;
    this.quiet.note(document.uri.toString(), contentChanges, reason !== undefined, lineEnd);
    if (reason === undefined && rangeLength <= 1 && text.length <= 2) this.delay.typed(performance.now());
    const { request } = this;
    // one for the suggest widget's item stands behind what is typed: the next call knows
    if (
      !request ||
      request.ended ||
      request.answered ||
      this.widgetOpen ||
      request.session.uri !== document.uri.toString()
    )
      return;
    const typed = text.replace(/(?<=.)[)\]}'"`]$/, ''); // a closer that the editor adds stands behind the cursor
    const fits = [text, typed].some(({ length }) => request.session.mayFit(...placeOf(document, rangeOffset + length)));
    if (contentChanges.length > 1 || !fits) this.drop();
  }

  /** Asks the worker: the session grows, and what is shown of it is refreshed. */
  private start(
    document: vscode.TextDocument,
    position: vscode.Position,
    place: Place,
    asked: Asked,
    since: number,
  ): Request {
    this.drop();
    const { always } = asked;
    const session = (this.session = new Session(...place, always));
    this.byHand = always ? new Session(...place) : undefined;
    const cancel = new vscode.CancellationTokenSource();
    const began = performance.now();
    let heard = false;
    const hear = () => {
      if (!heard) this.delay.answered(performance.now() - began);
      heard = true;
    };
    this.source.observer?.asked(session, document, since);
    const request = (this.request = new Request(
      session,
      () => {
        if (!heard) this.delay.gaveUp(performance.now() - began);
        cancel.cancel();
      },
      () => this.request === request && this.drop(),
    ));
    const grow = (text: string) => {
      if (request.ended || !text.startsWith(session.text)) return;
      hear();
      session.text = text;
      if (text.trim() !== '') this.source.observer?.arrived(session, false);
      if (request.answered) void this.refresher.refresh();
      else request.grew();
    };
    this.source
      .complete(document, position, asked, cancel.token, grow)
      .then(
        (result) => {
          this.missed = result.kind === 'none' && result.reason === 'no-model';
          if (result.kind === 'none') this.source.log(`nothing offered: ${result.reason}`);
          if (request.ended) return;
          if (!this.missed) hear();
          if (result.kind === 'text') {
            const less = result.text !== session.text && session.text.startsWith(result.text); // a rule took some of it back
            if (less) session.text = result.text;
            else if (result.text !== session.text) grow(result.text);
            this.source.observer?.arrived(session, true);
            session.others = (result.others ?? []).map(({ text }) => text);
            this.recent.add(session);
            if (request.answered && (less || session.others.length)) void this.refresher.refresh();
          }
          request.end();
        },
        (error) => {
          this.missed = true;
          this.source.log(`the worker failed: ${messageOf(error)}`);
          request.end();
        },
      )
      .finally(() => cancel.dispose());
    return request;
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
    if (items.length && this.session) {
      this.source.observer?.shown(this.session, document, position, items);
      this.refresher.shows(this.session, document, position);
    }
    return items;
  }

  private none(reason: string): [] {
    this.source.log(`nothing offered: ${reason}`);
    return [];
  }

  /** What may be shown anew while it grows. */
  growing(): { session: Session; editor: vscode.TextEditor } | undefined {
    const [{ session }, editor] = [this, vscode.window.activeTextEditor];
    const waited = this.request?.session === session && !this.request?.answered; // the editor gets its beginning first
    const grows = session && !session.dismissed && !waited && editor && !this.widgetOpen && this.restAt(editor);
    return grows && this.isOffered(editor) ? { session, editor } : undefined;
  }

  /** Whether what fits the editor's cursor is offered there: asked for by hand, or by itself. */
  private isOffered({ document, selection: { active } }: vscode.TextEditor): boolean {
    const place = placeOf(document, active);
    if (this.byHand?.restAt(...place) !== undefined) return true;
    const [own, rest] = [identifierAt(document, active), this.session?.restAt(...place) ?? ''];
    return (this.offReason(place, own) ?? this.unwanted(place, rest, own)) === undefined;
  }

  /** Sent away, or another provider won: it must not come back by itself. */
  dismiss(session: Session, why: string): void {
    session.dismissed = true;
    this.recent.forget(session);
    this.byHand = undefined;
    this.source.log(`stopped growing: ${why}`);
  }

  /** It was shown at the editor's cursor and sent away; the function takes that back. */
  sentAway(session: Session, { document, selection }: vscode.TextEditor): () => void {
    const [takeBack, { byHand }] = [this.dismissals.add(session, placeOf(document, selection.active)), this];
    this.byHand = undefined;
    return () => {
      takeBack();
      this.byHand ??= byHand;
    };
  }

  private restAt(editor: vscode.TextEditor | undefined, session = this.session): string | undefined {
    if (!editor || !session) return undefined;
    return session.restAt(...placeOf(editor.document, editor.selection.active));
  }

  /** Whether what is offered, or comes, is for the editor's cursor. */
  private fits(editor: vscode.TextEditor): boolean {
    if (this.restAt(editor) !== undefined) return true;
    return this.running(placeOf(editor.document, editor.selection.active), false) !== undefined;
  }
}
