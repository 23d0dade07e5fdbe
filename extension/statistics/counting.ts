/** Watches what becomes of offers: which are shown, taken and kept, and how fast they come. */
import * as vscode from 'vscode';
import { KEPT_AFTER, Kept } from './kept.ts';
import { Offer, type Step } from './offer.ts';
import { type Counts, type Dimensions, dayOf, summary, timed } from './statistics.ts';
import type { StatisticsStore } from './store.ts';

/**
 * An offer was shown if it stood for so long, ms, or something was taken of it; in a burst of keys one replaces the
 * other.
 */
const SHOWN_AFTER = 200;
/** Runs where the editor takes a whole offer; not in the palette. */
const ACCEPTED = '_byteline.accepted';
/** Offers that may still be taken: the editor keeps a list or two. */
const TICKETS = 32;

interface Tracked {
  offer: Offer;
  uri: string;
  dimensions: Dimensions;
  shown: boolean;
  accepted: boolean;
  last?: Step;
  kept?: Kept;
  timer?: NodeJS.Timeout;
}

/** Ticks the walkthrough's first step. */
function stepDone(): void {
  void vscode.commands.executeCommand('setContext', 'byteline.accepted', true);
}

/** Observes ghost text. A session is what an offer is known by, whatever it is. */
export class Counting implements vscode.Disposable {
  /** The model that answers. */
  model = '?';
  /** How long the last completion took from the editor's question on, ms: to the first text, and to the whole. */
  latency: { first: number; whole: number } | undefined;
  private current: Tracked | undefined;
  private standing: NodeJS.Timeout | undefined;
  private readonly tracked = new WeakMap<object, Tracked>();
  private readonly requests = new WeakMap<object, { since: number; dimensions: Dimensions; first?: number }>();
  private readonly tickets = new Map<number, Tracked>();
  private nextTicket = 1;
  /** Of which something was accepted less than 30 s ago. */
  private readonly fresh = new Set<Tracked>();
  private readonly subscriptions: vscode.Disposable[];

  /** `enabled`: asked at every count. `onLatency`: another completion is whole. */
  constructor(
    private readonly store: StatisticsStore,
    private readonly enabled: () => boolean,
    private readonly onLatency: () => void,
  ) {
    this.subscriptions = [
      vscode.commands.registerCommand(ACCEPTED, (ticket: number) => this.taken(ticket)),
      vscode.workspace.onDidChangeTextDocument((event) => this.changed(event)),
      vscode.workspace.onDidCloseTextDocument((document) => {
        for (const tracked of this.fresh) if (tracked.uri === document.uri.toString()) this.look(tracked);
      }),
    ];
  }

  /** The statistics in a few lines of plain text, in the user's language. */
  summary(): string[] {
    return summary(this.store.all, vscode.l10n.t);
  }

  asked(session: object, document: vscode.TextDocument, since: number): void {
    this.leave();
    this.requests.set(session, { since, dimensions: this.dimensionsOf(document) });
  }

  arrived(session: object, whole: boolean): void {
    const request = this.requests.get(session);
    if (!request) return;
    const took = performance.now() - request.since;
    if (request.first === undefined) this.count(request.dimensions, { first: timed(took) });
    request.first ??= took;
    if (!whole) return;
    this.count(request.dimensions, { whole: timed(took) });
    this.requests.delete(session);
    this.latency = { first: request.first, whole: took };
    this.onLatency();
  }

  shown(
    session: object,
    document: vscode.TextDocument,
    position: vscode.Position,
    items: vscode.InlineCompletionItem[],
  ): void {
    let tracked = this.tracked.get(session);
    if (!tracked)
      this.tracked.set(
        session,
        (tracked = {
          offer: new Offer(),
          uri: document.uri.toString(),
          dimensions: this.dimensionsOf(document),
          shown: false,
          accepted: false,
        }),
      );
    if (this.current !== tracked) this.leave();
    this.current = tracked;
    if (!tracked.shown) this.standing ??= setTimeout(() => this.stood(tracked), SHOWN_AFTER);
    const texts = items.map(({ insertText, range }) =>
      (insertText as string).slice(position.character - range!.start.character),
    );
    const line = document.lineAt(position.line).text.slice(0, position.character);
    tracked.offer.show(
      document.offsetAt(position),
      line,
      document.eol === vscode.EndOfLine.CRLF ? texts.map((text) => text.replaceAll(/\r?\n/g, '\r\n')) : texts,
    );
    const ticket = this.nextTicket++;
    this.tickets.set(ticket, tracked);
    this.tickets.delete(ticket - TICKETS);
    for (const item of items) item.command = { title: '', command: ACCEPTED, arguments: [ticket] };
  }

  dispose(): void {
    this.leave();
    for (const { timer } of this.fresh) clearTimeout(timer);
    for (const s of this.subscriptions) s.dispose();
  }

  private dimensionsOf(document: vscode.TextDocument): Dimensions {
    return { day: dayOf(new Date()), language: document.languageId, model: this.model };
  }

  private count(dimensions: Dimensions, what: Partial<Counts>): void {
    if (this.enabled()) this.store.count(dimensions, what);
  }

  /** Another offer comes in the place of the current one. */
  private leave(): void {
    clearTimeout(this.standing);
    this.standing = this.current = undefined;
  }

  private stood(tracked: Tracked): void {
    if (this.current === tracked) clearTimeout(this.standing);
    if (!tracked.shown) this.count(tracked.dimensions, { shown: 1 });
    tracked.shown = true;
  }

  private changed({ document, contentChanges }: vscode.TextDocumentChangeEvent): void {
    const uri = document.uri.toString();
    for (const { rangeOffset, rangeLength, text } of contentChanges) {
      const given = { offset: rangeOffset, removed: rangeLength, text };
      const step = this.current?.uri === uri ? this.current.offer.step(given) : undefined;
      for (const { kept } of [...this.fresh].filter((tracked) => tracked.uri === uri))
        kept!.change(step?.change ?? given);
      if (!step) continue;
      this.current!.last = step;
      if (step.kind === 'taken') this.take(this.current!, step);
      if (step.kind === 'other') this.leave(); // it is gone, or the editor asks for it again
    }
  }

  /** The editor says that it took a whole offer; of several characters the change has said it already. */
  private taken(ticket: number): void {
    stepDone();
    const tracked = this.tickets.get(ticket);
    if (tracked?.last?.kind === 'typed') this.take(tracked, tracked.last);
  }

  private take(tracked: Tracked, { change }: Step): void {
    tracked.last = undefined;
    this.stood(tracked);
    this.count(tracked.dimensions, {
      accepted: tracked.accepted ? 0 : 1,
      characters: Math.max(0, change.text.replaceAll('\r', '').length - change.removed),
    });
    tracked.accepted = true;
    stepDone();
    (tracked.kept ??= new Kept()).add(change.offset, change.text.length);
    this.fresh.add(tracked);
    clearTimeout(tracked.timer);
    tracked.timer = setTimeout(() => this.look(tracked), KEPT_AFTER);
  }

  private look(tracked: Tracked): void {
    clearTimeout(tracked.timer);
    this.count(tracked.dimensions, { checked: 1, kept: tracked.kept!.kept ? 1 : 0 });
    tracked.kept = undefined;
    this.fresh.delete(tracked);
  }
}
