/**
 * Where the user was: the documents that were edited or looked at last, and the FILE blocks that each document is
 * completed with.
 */
import { inUnit, type Unit, unitIn } from '../memory/indentation.ts';
import type { Known } from '../memory/readable.ts';
import { reasonToSkipText } from '../memory/skipped.ts';
import { withoutTokens } from '../memory/tokens.ts';
import { encode } from '../prompt/around.ts';
import { blocksOf, type SourceLocation, sizeOf } from '../prompt/nearby.ts';
import type { Prompt } from '../prompt/sequence.ts';
import { Document } from './document.ts';
import { halfWordLine } from './halfWord.ts';

/** So many documents are asked for whether they may be read: the first ones that may are shown. */
const ASKED = 4;

/** So much of a document around a place may be shown, UTF-16 units. */
const REACH = 8192;

/** `edited` and `seen`: when, in visits and edits counted so far; 0 for never. */
interface Visit {
  document: Document;
  offset: number;
  edited: number;
  seen: number;
}

/** What is asked about the documents of the workspace. */
export interface DocumentAccess {
  /** Whether a document may be shown to others; calls with the same `known` share what they find out on folders. */
  mayRead(uri: string, known: Known): Promise<boolean>;
  /** The name that the model sees. */
  nameOf(document: Document): string;
}

/** Of one workspace. Documents are told by `changed` and `closed`, cursors by `blocks`. */
export class RecentDocuments {
  private clock = 0;
  private readonly visits = new Map<string, Visit>();
  /** The document that was asked for last. */
  private here?: string;
  /**
   * A request may wait until its document is closed: it must not bring that back. One that is opened again is another
   * object.
   */
  private readonly gone = new WeakSet<Document>();
  private readonly frozen = new Map<string, { when: number; blocks: Prompt['files'] }>();

  constructor(private readonly access: DocumentAccess) {}

  /** A document was opened or changed; opening alone is no visit: editors open documents that nobody sees. */
  changed(document: Document): void {
    if (document.edited === undefined || this.gone.has(document)) return;
    this.visits.set(document.uri, {
      seen: 0,
      ...this.visits.get(document.uri),
      document,
      offset: document.edited,
      edited: ++this.clock,
    });
  }

  /** It is gone, here and in what is chosen from now on. */
  closed(document: Document): void {
    this.gone.add(document);
    this.visits.delete(document.uri);
    this.frozen.delete(document.uri);
  }

  /**
   * The FILE blocks that a completion at `offset` (UTF-16 units) of a document goes with, of at most `budget` bytes.
   * They stay as they are while the user stays in the document, and are chosen anew when he comes back to it after
   * another one was edited, or the document needs their room: they stand in front of everything, so other blocks mean
   * to read all of the context again. A document that was closed meanwhile has none.
   */
  async blocks(document: Document, offset: number, budget: number): Promise<Prompt['files']> {
    const { uri } = document;
    if (this.gone.has(document)) return [];
    const came = this.here !== uri;
    this.here = uri;
    this.visits.set(uri, { edited: 0, ...this.visits.get(uri), document, offset, seen: ++this.clock });
    const others = [...this.visits.values()].filter((visit) => visit.document.uri !== uri);
    const kept = this.frozen.get(uri);
    if (kept && sizeOf(kept.blocks) <= budget && !(came && others.some(({ edited }) => edited > kept.when)))
      return kept.blocks;
    const [when, unit] = [this.clock, unitIn(document, document.positionAt(offset))];
    const latest = others.sort((a, b) => b.edited - a.edited || b.seen - a.seen).slice(0, ASKED);
    const places = latest.map((visit) => ({ from: visit.document, place: this.placeOf(visit, unit) }));
    const known: Known = new Map();
    const allowed = await Promise.all(places.map(({ from }) => this.access.mayRead(from.uri, known)));
    const shown = places.filter(({ from }, i) => allowed[i] && !this.gone.has(from)).map(({ place }) => place);
    const blocks = blocksOf(shown, budget)
      .filter(({ text }) => !reasonToSkipText(text))
      .map(({ path, text }) => ({ path, text: withoutTokens(text) }));
    if (!this.gone.has(document)) this.frozen.set(uri, { when, blocks });
    return blocks;
  }

  /** A place in a document that is read in a unit of indentation, without a line that was left in half a word. */
  private placeOf({ document, offset }: Visit, unit: Unit): SourceLocation {
    const [text, path] = [document.snapshot(), this.access.nameOf(document)];
    const half = halfWordLine(document, REACH);
    if (half) {
      const range = { start: text.positionAt(half.from), end: text.positionAt(half.to) };
      Document.update(text, [{ range, text: '' }], text.version);
      if (offset > half.from) offset = Math.max(half.from, offset - (half.to - half.from));
    }
    const at = Math.min(offset, text.length);
    const own = unitIn(text);
    const lineOf = (place: number) => text.positionAt(Math.max(0, Math.min(place, text.length))).line;
    const [from, here, to] = [at - REACH, at, at + REACH].map((place) =>
      text.offsetAt({ line: lineOf(place), character: 0 }),
    );
    const read = (start: number, end: number) => {
      const bytes = inUnit(encode(text.slice(start, end)), own, unit);
      return Buffer.from(bytes).toString('utf8');
    };
    const before = read(from, here);
    return { path, text: before + read(here, at + REACH < text.length ? to : text.length), offset: before.length };
  }
}
