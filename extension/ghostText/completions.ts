/**
 * The life of completions: the worker is asked for one, it grows while what is typed agrees with it, and it is kept
 * for a way back. One at a time is what the editor shows or waits for.
 */
import * as vscode from 'vscode';
import { messageOf } from '../../server/errors.ts';
import { type CancellationToken, pause } from '../timers.ts';
import { cursorOf } from './cursor.ts';
import { Delay } from './delay.ts';
import { RecentCompletions } from './recentCompletions.ts';
import { Request } from './request.ts';
import { type Cursor, Session } from './session.ts';
import type { Asked, CompletionSource } from './source.ts';

export class Completions {
  /** What is offered, or will be once there is some of it. */
  session: Session | undefined;
  /** The last answer was empty because no model was loaded, or the worker died. */
  missed = false;
  readonly delay = new Delay();
  /** What the worker makes, or made last: it grows the session. */
  private request: Request | undefined;
  private readonly recent = new RecentCompletions();

  /** `refresh`: the session is another one than what the editor was given of it. */
  constructor(
    private readonly source: CompletionSource,
    private readonly refresh: () => void,
  ) {}

  /** Leaves the completion, and stops the worker's work on it. */
  drop(): void {
    const { request } = this;
    this.request = this.session = undefined;
    request?.stop();
  }

  /** None of those made so far will do any more. */
  renew(): void {
    this.missed = false;
    this.drop();
    this.recent.clear();
  }

  /** The user sent it away: it does not come back by itself. */
  dismiss(session: Session): void {
    session.dismissed = true;
    this.recent.forget(session);
  }

  /** Whether the editor still waits for the session's beginning. */
  isAwaited(session: Session): boolean {
    return this.request?.session === session && !this.request.answered;
  }

  /**
   * What is there for a cursor without asking anew: of the completion that runs or was made last, or of an earlier
   * one.
   */
  async known(
    cursor: Cursor,
    manual: boolean,
    settle: number,
    token: CancellationToken,
    undecided: (rest: string) => boolean,
  ): Promise<string[]> {
    // asked for by hand, an offer cut short for low confidence is made anew
    const rests = !manual || this.session?.always ? (this.session?.restsAt(...cursor) ?? []) : [];
    const running = this.running(cursor, manual);
    if (rests[0] && !(running && undecided(rests[0]))) {
      running?.noteAnswered(); // nobody may wait for it any more, but it is shown
      return rests;
    }
    const coming = (await running?.first(cursor, settle, token, undecided)) ?? [];
    if (coming.length || token.isCancellationRequested) return coming;
    const earlier = this.recent.at(cursor, manual);
    if (!earlier) return [];
    this.drop();
    this.session = earlier;
    return earlier.restsAt(...cursor);
  }

  /** The request under way, if what was typed agrees with it so far. */
  running(cursor: Cursor, manual: boolean): Request | undefined {
    const { request } = this;
    return request && !request.ended && (!manual || request.session.always) && request.session.mayFit(...cursor)
      ? request
      : undefined;
  }

  /** The active document was changed: a request is cancelled at once when what is typed disagrees. */
  noteTyped(
    document: vscode.TextDocument,
    changes: readonly vscode.TextDocumentContentChangeEvent[],
    widgetOpen: boolean,
  ): void {
    const [{ rangeOffset, text }] = changes;
    const { request } = this;
    // one for the suggest widget's item stands behind what is typed: the next call knows
    if (!request || request.ended || request.answered || widgetOpen || request.session.uri !== document.uri.toString())
      return;
    const typed = text.replace(/(?<=.)[)\]}'"`]$/, ''); // a closer that the editor adds stands behind the cursor
    const fits = [text, typed].some(({ length }) =>
      request.session.mayFit(...cursorOf(document, rangeOffset + length)),
    );
    if (changes.length > 1 || !fits) this.drop();
  }

  /**
   * Asks the worker: the session grows, and what is shown of it is refreshed. `since`: when the editor asked, on the
   * clock of `performance`.
   */
  start(
    document: vscode.TextDocument,
    position: vscode.Position,
    cursor: Cursor,
    asked: Asked,
    since: number,
  ): Request {
    this.drop();
    const session = (this.session = new Session(...cursor, asked.always));
    this.source.observer?.asked(session, document, since);
    return this.ask(document, position, asked, session);
  }

  /** How long to wait at a place before the worker is asked, ms. */
  wait(document: vscode.TextDocument, position: vscode.Position): number {
    return this.source.delay() ?? this.delay.wait(document.lineAt(position.line).text.slice(0, position.character));
  }

  /**
   * Where the user types on into what was cut short because the model was unsure, asks for more of it: what was typed
   * may have made it sure.
   */
  async goOn(document: vscode.TextDocument, position: vscode.Position, cursor: Cursor): Promise<void> {
    const [{ session, request }, { version }, wait] = [this, document, this.wait(document, position)];
    const rest = session?.cut ? session.restAt(...cursor) : undefined;
    if (!session || !rest || rest === session.text || !session.text.endsWith(rest)) return;
    if (wait > 0) await pause(wait);
    if (this.session !== session || this.request !== request || document.version !== version) return;
    session.cut = false;
    this.ask(document, position, { always: false }, session, session.text.slice(0, -rest.length));
  }

  /** `typed`: so much of the session stands in the document already, and the rest of it is shown. */
  private ask(
    document: vscode.TextDocument,
    position: vscode.Position,
    asked: Asked,
    session: Session,
    typed = '',
  ): Request {
    const isMore = typed !== '';
    const cancel = new vscode.CancellationTokenSource();
    const began = performance.now();
    let heard = false;
    const hear = () => {
      if (!heard) this.delay.answered(performance.now() - began);
      heard = true;
    };
    const request = (this.request = new Request(
      session,
      () => {
        if (!heard) this.delay.gaveUp(performance.now() - began);
        cancel.cancel();
      },
      () => this.request === request && this.drop(),
    ));
    if (isMore) request.noteAnswered();
    const grow = (text: string) => {
      if (request.ended || !text.startsWith(session.text)) return;
      hear();
      session.text = text;
      if (text.trim() !== '' && !isMore) this.source.observer?.arrived(session, false);
      if (request.answered) this.refresh();
      else request.grew();
    };
    this.source
      .complete(document, position, asked, cancel.token, (text) => grow(typed + text))
      .then(
        (result) => {
          if (result.kind === 'none' && !isMore) this.source.log(`nothing offered: ${result.reason}`);
          if (request.ended) return; // nobody waits for this answer
          this.missed = result.kind === 'none' && result.reason === 'no-model';
          if (!this.missed) hear();
          if (result.kind === 'text') {
            const text = typed + result.text;
            // a rule took some of it back
            const less = !isMore && text !== session.text && session.text.startsWith(text);
            if (less) session.text = text;
            else if (text !== session.text) grow(text);
            session.cut = result.stop === 'confidence';
            if (!isMore) this.source.observer?.arrived(session, true);
            session.others = (result.others ?? []).map(({ text }) => text);
            this.recent.add(session);
            if (request.answered && (less || session.others.length)) this.refresh();
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
}
