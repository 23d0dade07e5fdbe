/**
 * Where the text of a file lies in an index: in pieces. Of a text that comes again with a change in it, only the lines
 * around the change are put anew; what stands before and after them stays where it is. Pure.
 */

import { LF } from '../prompt/sequence.ts';
import { LONGEST } from './evidence.ts';

/** Bytes [start, start + length) of a segment's text; they follow the piece before in the file. */
export interface Piece<Source extends { text: Uint8Array } = { text: Uint8Array }> {
  source: Source;
  start: number;
  length: number;
}

/** A change: bytes [from, to) of the new text are put as a piece, as number `at` of those that stay. */
export interface Change<P extends Piece> {
  from: number;
  to: number;
  pieces: P[];
  at: number;
  /** What of the old pieces is no more: pieces, too. */
  gone: P[];
}

/** A text of fewer bytes is put anew as a whole, and so is one of which more than half has changed. */
const SMALL = 4096;
/**
 * A text is in no more pieces than these; and what would be left of one, of fewer bytes, is put anew with the change.
 */
const [MOST, LEAST] = [24, 512];
/** What follows a change is put with it, so far that no context which reaches into the change is missed. */
const OVERLAP = LONGEST + 1;

/** The offset in the file of a place in a segment; undefined where that is none of its pieces. */
export function offsetIn(pieces: Piece[], source: Piece['source'], place: number): number | undefined {
  let at = 0;
  for (const piece of pieces) {
    if (piece.source === source && place >= piece.start && place < piece.start + piece.length)
      return at + place - piece.start;
    at += piece.length;
  }
  return undefined;
}

/** The text of a file in pieces. */
export function textOf(pieces: Piece[]): Uint8Array {
  return Buffer.concat(pieces.map(({ source, start, length }) => source.text.subarray(start, start + length)));
}

/**
 * How to make `text` of what `pieces` hold; undefined where it had better be put anew as a whole. Both have line feeds
 * only.
 */
export function changeTo<P extends Piece>(text: Uint8Array, pieces: P[]): Change<P> | undefined {
  const length = pieces.reduce((n, piece) => n + piece.length, 0);
  if (Math.min(length, text.length) < SMALL) return undefined;
  const old = textOf(pieces);
  const most = Math.min(old.length, text.length);
  const same = sharedFrom(old, text, most, (bytes, from, to) => bytes.subarray(from, to));
  let from = same === 0 ? 0 : text.lastIndexOf(LF, same - 1) + 1; // whole lines: no word is cut
  let after = sharedFrom(old, text, most - from, (bytes, a, b) => bytes.subarray(bytes.length - b, bytes.length - a));
  const line = text.indexOf(LF, text.length - after);
  after = Math.max(0, (line < 0 ? 0 : text.length - line - 1) - OVERLAP);
  [from, after] = withoutRests(from, after, old.length, pieces);
  const change: Change<P> = { from, to: text.length - after, ...split(pieces, from, old.length - after) };
  return change.pieces.length >= MOST || change.to - change.from > text.length / 2 ? undefined : change;
}

/**
 * How many bytes two texts share, at most `most`: `part` is what they hold from one distance to another, from the start
 * or from the end.
 */
function sharedFrom(
  one: Uint8Array,
  other: Uint8Array,
  most: number,
  part: (bytes: Uint8Array, from: number, to: number) => Uint8Array,
): number {
  let [shared, step] = [0, 2 ** 16];
  while (step >= 1 && shared < most) {
    const to = Math.min(most, shared + step);
    if (Buffer.compare(part(one, shared, to), part(other, shared, to)) === 0) shared = to;
    else step = Math.floor(step / 2);
  }
  return shared;
}

/**
 * The change grown by what would be left of a piece, where that is little: who types on in one place makes no more
 * pieces.
 */
function withoutRests(from: number, after: number, length: number, pieces: Piece[]): [from: number, after: number] {
  let [at, start, end] = [0, from, length - after];
  for (const piece of pieces) {
    const next = at + piece.length;
    if (from > at && from < next && from - at < LEAST) start = at;
    if (length - after > at && length - after < next && next - (length - after) < LEAST) end = next;
    at = next;
  }
  return [start, length - end];
}

/** The pieces that stay when [from, to) of the file goes, where the new one comes among them, and what goes. */
function split<P extends Piece>(pieces: P[], from: number, to: number): Pick<Change<P>, 'pieces' | 'at' | 'gone'> {
  const out: Pick<Change<P>, 'pieces' | 'at' | 'gone'> = { pieces: [], at: 0, gone: [] };
  let offset = 0;
  for (const piece of pieces) {
    const part = (a: number, b: number): P => ({ ...piece, start: piece.start + a, length: b - a });
    const [head, tail] = [from, to].map((at) => Math.min(piece.length, Math.max(0, at - offset))); // [head, tail) goes
    if (head > 0) out.at = out.pieces.push(part(0, head));
    if (head < tail) out.gone.push(part(head, tail));
    if (tail < piece.length) out.pieces.push(part(tail, piece.length));
    offset += piece.length;
  }
  return out;
}
