/**
 * The text of many files, for one question: which bytes followed where a text ended like this before? Texts lie in
 * segments, whose places are sorted by what stands before them (contextOrder.ts). What changes goes into new, small
 * segments, which are joined as they become many (the logarithmic method of Bentley and Saxe 1980); what is gone is
 * marked until then.
 */
import { NOTHING } from './contexts.ts';
import { ELSEWHERE, type Evidence, HERE, INDEX, LONGEST, STARTER, STARTER_INDEX } from './evidence.ts';
import { inUnit, nextIn, TAB, UNKNOWN, type Unit, unitOf, View } from './indentation.ts';
import { changeTo, offsetIn, type Piece, textOf } from './pieces.ts';
import { Query, Segment } from './segment.ts';
import { appended, counted, joinable, LARGEST, withLineFeeds } from './segments.ts';
import { wordStart } from './structure.ts';
import { Words } from './words.ts';

/** No shorter match counts, bytes. */
const LEAST = 3;
/** Places that are taken of each segment, those with the longest matches, and of all together. */
const [NEAREST, MOST] = [32, 64];
const LF = 0x0a;
/** What is being filled is settled at so many bytes, and so many times the largest segment of its unit. */
const [FIRST, GROWTH] = [2 ** 16, 8];
/** Of a part of a document, bytes, that is hidden from itself: the words are not counted in a longer one. */
const HIDDEN = 1 << 16;
/** Bytes of a text that are read in another unit for a look-up. */
const VIEWED = LONGEST + 1;

/** Part of a file: bytes [from, to). */
export interface Part {
  path: string;
  from: number;
  to: number;
}

type TextPiece = Piece<Segment>;

export class TextIndex {
  /** How often which byte follows the letters of a word. */
  readonly words = new Words();
  readonly files = new Map<string, { pieces: TextPiece[]; unit: Unit }>();
  private segments: Segment[] = [];
  /** What is being filled, by unit. */
  private readonly filling = new Map<Unit, Segment>();
  private bytes = 0;
  private readonly query = new Query();
  /** By unit. */
  private readonly views = new Map<Unit, DocumentView>();
  /** The words that a document hid last. */
  private hidden: { pieces: TextPiece[]; from: number; to: number; words: Words } | undefined;
  /** How many places were found, by the length of their match: [LONGEST + 1]. */
  private readonly matches = new Uint16Array(LONGEST + 1);

  /** Room for `most` bytes of text; what is found in it counts on that side. */
  constructor(
    private readonly most: number,
    private readonly side: typeof ELSEWHERE | typeof STARTER = ELSEWHERE,
  ) {}

  /** Whether there is room for a text in place of what is held of its path. */
  fits(path: string, bytes: Uint8Array): boolean {
    return this.bytes - sizeOf(this.files.get(path)?.pieces ?? []) + bytes.length <= this.most;
  }

  /**
   * Takes a file's text in, in steps, all of them before those of another; what the file held before is forgotten, and
   * what has not changed stays where it is. It is found once it is settled. Throws where there is no room.
   */
  *put(path: string, bytes: Uint8Array): Generator<void> {
    if (!this.fits(path, bytes)) {
      yield* this.remove(path);
      throw new Error(`no room for ${bytes.length} bytes`);
    }
    const [text, unit] = [withLineFeeds(bytes), unitOf(bytes)];
    const old = this.files.get(path);
    const change = old?.unit === unit ? changeTo(text, old.pieces) : undefined;
    if (change) yield* this.forget(change.gone);
    else yield* this.remove(path);
    const segment = this.fillingOf(unit);
    const { from, to } = change ?? { from: 0, to: text.length };
    const start = segment.begin(text.subarray(Math.max(0, from - LONGEST), from));
    const piece: TextPiece = { source: segment, start, length: 0 };
    this.files.set(path, { pieces: change ? change.pieces.toSpliced(change.at, 0, piece) : [piece], unit });
    for (const end of appended(segment, text.subarray(from, to))) {
      this.words.count(segment.text, start + piece.length, end, 1);
      this.grow(piece, end - start - piece.length);
      yield;
    }
    const others = this.segmentsOf(unit);
    const largest = Math.max(0, ...others.map(({ live }) => live));
    if (segment.live >= Math.max(FIRST, GROWTH * largest) || segment.end >= LARGEST)
      yield* this.settleOne(segment, joinable(segment, others));
  }

  *remove(path: string): Generator<void> {
    const file = this.files.get(path);
    this.files.delete(path);
    if (file) yield* this.forget(file.pieces);
  }

  /** What was put can be found from now on; in steps. */
  *settle(): Generator<void> {
    for (const segment of [...this.filling.values()])
      yield* this.settleOne(segment, joinable(segment, this.segmentsOf(segment.unit)));
  }

  private segmentsOf(unit: Unit): Segment[] {
    return this.segments.filter((segment) => segment.unit === unit);
  }

  /**
   * Adds what followed where a text ended like the one that the evidence is about; `own` is not looked at, and the rest
   * of its file is here. With the unit of the text's indentation, files of others are read in it: what followed them is
   * what would follow if they had the same.
   */
  find(evidence: Evidence, own?: Part, unit: Unit = UNKNOWN): void {
    const { text, end } = evidence;
    const pieces = (own && this.files.get(own.path)?.pieces) ?? [];
    const plain = this.query.set(text, end);
    for (const view of this.views.values()) view.isSet = false;
    this.matches.fill(0);
    for (const segment of this.segments) {
      const other = segment.unit;
      const isPlain = unit === UNKNOWN || other === UNKNOWN || other === unit;
      const mine = pieces.some(({ source }) => source === segment) ? pieces : [];
      /** Undefined where a place is hidden; other files are no part of one's own. */
      const sideOf = (place: number): number | undefined => {
        const at = mine.length > 0 ? offsetIn(mine, segment, place) : undefined;
        return at === undefined ? this.side : own && at >= own.from && at < own.to ? undefined : HERE;
      };
      if (isPlain) this.search(segment, plain, evidence, sideOf);
      else {
        const { query, view } = this.viewIn(text, end, unit, other);
        this.search(segment, query, evidence, sideOf, view);
      }
      segment.words(evidence.word, (byte, context, place, count) => {
        const side = sideOf(place);
        if (side !== undefined) evidence.addStructure(byte, context, side, count);
      });
    }
    const hidden = own && this.wordsOf(own);
    this.words.next(text, end, (byte, times) => {
      const others = times - (hidden?.times(text, end, byte) ?? 0);
      if (others > 0) evidence.addWord(byte, this.side, others);
    });
  }

  /** The words of a part of a file, whole at its beginning; none of a part longer than what is hidden at a cursor. */
  private wordsOf({ path, from, to }: Part): Words | undefined {
    const pieces = this.files.get(path)?.pieces;
    if (!pieces || to - from > HIDDEN) return undefined;
    const known = this.hidden;
    if (known?.pieces === pieces && known.from === from && known.to === to) return known.words;
    const words = new Words();
    const all = textOf(pieces);
    const text = all.subarray(wordStart(all, Math.min(all.length, Math.max(0, from))), Math.max(0, to));
    words.count(text, 0, text.length, 1);
    this.hidden = { pieces, from, to, words };
    return words;
  }

  /** The end of a document in another unit, once for each look-up. */
  private viewIn(text: Uint8Array, end: number, unit: Unit, other: Unit): DocumentView {
    let view = this.views.get(other);
    if (!view) this.views.set(other, (view = new DocumentView()));
    if (!view.isSet) view.become(text, end, unit, other);
    return view;
  }

  /** Adds what followed the longest matches of a segment: those that are among the longest of all so far. */
  private search(
    segment: Segment,
    query: Query,
    evidence: Evidence,
    sideOf: (place: number) => number | undefined,
    view?: View,
  ): void {
    const { text, base } = segment;
    const source = this.side === STARTER ? STARTER_INDEX : INDEX;
    let [least, longer] = [LONGEST, 0];
    while (least > LEAST && longer + this.matches[least] < MOST) longer += this.matches[least--];
    segment.near(query, least, NEAREST, (place, shared) => {
      const side = segment.isGone(place) ? undefined : sideOf(place);
      if (side === undefined) return false;
      const byte = view?.indent ? nextIn(text, place, segment.end, segment.unit, view.own, view.indent) : text[place];
      if (byte === undefined || byte === NOTHING) return false;
      this.matches[shared]++;
      evidence.add(byte, view ? Math.min(LONGEST, view.width(shared)) : shared, side, base + place, source);
      return true;
    });
  }

  /**
   * What follows a place in its file in a unit of indentation, at most `most` bytes; behind `indent` where the place
   * begins a line.
   */
  read(place: number, most: number, unit: Unit, indent: Uint8Array): Uint8Array {
    const { segment, at } = this.segmentAt(place);
    const own = segment?.unit ?? UNKNOWN;
    if (!segment || own === unit || own === UNKNOWN || unit === UNKNOWN) return this.after(place, most);
    const begins = segment.text[at - 1] === LF || segment.text[at - 1] === NOTHING;
    const next = inUnit(this.after(place, TAB * (most + indent.length)), own, unit, begins);
    return begins ? next.subarray(indent.length, indent.length + most) : next.subarray(0, most);
  }

  /** What follows a place in its file, at most `most` bytes. */
  after(place: number, most: number): Uint8Array {
    const { segment, at } = this.segmentAt(place);
    if (!segment) return new Uint8Array();
    let end = at;
    while (end < segment.end && end < at + most && segment.text[end] !== NOTHING && !segment.isGone(end)) end++;
    return segment.text.subarray(at, end);
  }

  /** The file that holds a place, and the line there, from 1 on. */
  fileAt(place: number): { path: string; line: number } | undefined {
    const { segment, at } = this.segmentAt(place);
    for (const [path, { pieces }] of this.files) {
      const offset = segment && offsetIn(pieces, segment, at);
      if (offset === undefined) continue;
      const before = textOf(pieces).subarray(0, offset);
      return { path, line: 1 + before.reduce((lines, byte) => lines + Number(byte === LF), 0) };
    }
    return undefined;
  }

  /** The segment of a place, if it is still there, and its place in it. */
  private segmentAt(place: number): { segment: Segment | undefined; at: number } {
    const segment = this.segments.find(({ base, end }) => place >= base && place < base + end);
    return { segment, at: place - (segment?.base ?? 0) };
  }

  private fillingOf(unit: Unit): Segment {
    const segment = this.filling.get(unit) ?? new Segment(unit, FIRST);
    this.filling.set(unit, segment);
    return segment;
  }

  private grow(piece: TextPiece, by: number): void {
    piece.length += by;
    piece.source.live += by;
    this.bytes += by;
  }

  private *forget(pieces: TextPiece[]): Generator<void> {
    for (const { source, start, length } of pieces) {
      source.forget(start, start + length);
      this.bytes -= length;
      yield* counted(this.words, source.text, start, start + length, -1);
    }
    this.segments = this.segments.filter(({ live }) => live > 0);
  }

  /** Sorts what was filled, together with the text of `others`, whose place it takes. */
  private *settleOne(filled: Segment, others: Segment[]): Generator<void> {
    const joined = others.length > 0 ? new Segment(filled.unit, filled.live) : filled;
    const old = new Set([filled, ...others]);
    const moves: [TextPiece, number][] = [];
    for (const { pieces } of this.files.values()) {
      for (const piece of pieces) {
        if (!old.has(piece.source)) continue;
        let { start } = piece;
        if (joined !== filled) {
          start = joined.begin(piece.source.contextOf(piece.start));
          const text = piece.source.text.subarray(piece.start, piece.start + piece.length);
          for (const _ of appended(joined, text)) yield;
          joined.live += piece.length;
        }
        moves.push([piece, start]);
      }
    }
    yield* joined.settle();
    for (const [piece, start] of moves) Object.assign(piece, { source: joined, start });
    this.filling.delete(filled.unit);
    this.segments = [...this.segments.filter((one) => !old.has(one)), joined].filter(({ live }) => live > 0);
    this.segments.sort((a, b) => b.live - a.live); // most is found in the largest, and found first
    let base = 0;
    for (const segment of this.segments) {
      segment.base = base;
      base += segment.end;
    }
  }
}

/** The end of a document in the unit of a segment. */
class DocumentView {
  readonly view = new View();
  readonly query = new Query();
  /** It is that of this look-up. */
  isSet = false;

  become(text: Uint8Array, end: number, unit: Unit, other: Unit): void {
    this.view.set(text, end, unit, other, VIEWED);
    this.query.set(this.view.text, this.view.text.length);
    this.isSet = true;
  }
}

const sizeOf = (pieces: Piece[]) => pieces.reduce((n, { length }) => n + length, 0);
