/**
 * A guess at what follows, for the engine to check: what followed the last time that the text ended like this (prompt
 * look-up, Saxena 2023).
 */
import { LF } from '../prompt/sequence.ts';

/** So many last bytes must have stood there before. */
const CONTEXT = 16;
/** Longest guess, bytes. */
const MOST = 64;

/**
 * At most MOST bytes, or undefined where nothing ended like this. `line`: up to a line feed, and on to the end of its
 * patch.
 */
export function draftAfter(text: Uint8Array, patch: number, line: boolean, context = CONTEXT): Uint8Array | undefined {
  if (text.length <= context) return undefined;
  const bytes = Buffer.from(text.buffer, text.byteOffset, text.length);
  const at = bytes.lastIndexOf(bytes.subarray(text.length - context), text.length - context - 1);
  if (at < 0) return undefined;
  const guess = bytes.subarray(at + context, at + context + MOST);
  const end = line ? guess.indexOf(LF, 1) : -1;
  return end < 0 ? guess : guess.subarray(0, end + 1 + ((patch - ((text.length + end + 1) % patch)) % patch));
}
