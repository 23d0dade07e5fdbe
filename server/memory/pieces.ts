/**
 * Where the text of a file lies in an index that only grows: in pieces. Of a text that comes again with a change in it,
 * only the lines around the change are put anew; what stands before and after them stays where it is. Pure.
 */

import { LF } from '../prompt/sequence.ts';
import { LONGEST } from './evidence.ts';

/**
 * Bytes [start, start + length) of the index hold what follows the piece before it in the file; `context` bytes in
 * front of them repeat what stands before, for contexts to reach there.
 */
export interface Piece {
  start: number;
  length: number;
  context: number;
}

/** A change: bytes [from, to) of the new text are put as a piece, between those that stay. */
export interface Change {
  from: number;
  to: number;
  pieces: Piece[];
  at: number;
  gone: [from: number, to: number][];
}

/** A text of fewer bytes is put anew as a whole, and so is one of which more than half has changed. */
const SMALL = 4096;
/**
 * A text is in no more pieces than these; and what would be left of one, of fewer bytes, is put anew with the change.
 */
const [MOST, LEAST] = [24, 512];
/** What follows a change is put with it, so far that no context which reaches into the change is missed. */
const OVERLAP = LONGEST + 1;

/** The offset in the file of a place in the index; undefined where that is none of its pieces. */
export function offsetIn(pieces: Piece[], place: number): number | undefined {
  let at = 0;
  for (const { start, length, context } of pieces) {
    if (place >= start - context && place < start + length) return at + place - start;
    at += length;
  }
  return undefined;
}

/** The text of a file in pieces. */
export function textOf(index: Uint8Array, pieces: Piece[]): Uint8Array {
  return Buffer.concat(pieces.map(({ start, length }) => index.subarray(start, start + length)));
}

/**
 * How to make `text` of what `pieces` of the index hold; undefined where it had better be put anew as a whole. Both
 * have line feeds only.
 */
export function changeTo(text: Uint8Array, index: Uint8Array, pieces: Piece[]): Change | undefined {
  const old = textOf(index, pieces);
  if (Math.min(old.length, text.length) < SMALL) return undefined;
  const most = Math.min(old.length, text.length);
  const same = sharedFrom(old, text, most, (bytes, from, to) => bytes.subarray(from, to));
  let from = same === 0 ? 0 : text.lastIndexOf(LF, same - 1) + 1; // whole lines: no word is cut
  let after = sharedFrom(old, text, most - from, (bytes, a, b) => bytes.subarray(bytes.length - b, bytes.length - a));
  const line = text.indexOf(LF, text.length - after);
  after = Math.max(0, (line < 0 ? 0 : text.length - line - 1) - OVERLAP);
  [from, after] = withoutRests(from, after, old.length, pieces);
  const change: Change = { from, to: text.length - after, ...split(pieces, from, old.length - after) };
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

/**
 * The pieces that stay when [from, to) of the file goes, where the new one comes among them, and what of the index
 * goes.
 */
function split(pieces: Piece[], from: number, to: number): Pick<Change, 'pieces' | 'at' | 'gone'> {
  const out: Pick<Change, 'pieces' | 'at' | 'gone'> = { pieces: [], at: 0, gone: [] };
  let offset = 0;
  for (const piece of pieces) {
    const { start, length, context } = piece;
    const [head, tail] = [from, to].map((at) => Math.min(length, Math.max(0, at - offset))); // [head, tail) goes
    const before = head > 0 ? start + head : start - context;
    if (head > 0) out.at = out.pieces.push({ start, length: head, context });
    if (tail === 0) out.pieces.push(piece);
    else if (tail < length) {
      const reach = Math.min(LONGEST, start + tail - before - (head > 0 ? 1 : 0)); // nothing stands between the two
      out.pieces.push({ start: start + tail, length: length - tail, context: reach });
      out.gone.push([before, start + tail - reach]);
    } else if (head < length) out.gone.push([before, start + length]);
    offset += length;
  }
  return out;
}
