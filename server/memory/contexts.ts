/**
 * What a byte is looked up by: the last n bytes before it, for a few orders n, and the letters of its word so far. Each
 * is a hash; a match is what the texts themselves say.
 */
import { SENTINELS } from '../prompt/sequence.ts';

/** Bytes of context, longest first. */
export const ORDERS = [20, 12, 8, 6, 5, 4];
/** The contexts of a place: one for each order, then its word's. */
export const CONTEXTS = ORDERS.length + 1;
const WORD = ORDERS.length;
/** Longer words have no context of their own, bytes. */
const LONGEST_WORD = 32;
/** Stands between files, and in place of text that is gone: no context goes across it. */
export const NOTHING = 0;

const MULTIPLIER = 0x2c1b3c6d;
const POWERS = Array.from({ length: LONGEST_WORD + 1 }).reduce<number[]>(
  (all) => [...all, Math.imul(all.at(-1)!, MULTIPLIER)],
  [1],
);

/** Whether a byte is text, and no sentinel of a prompt. */
export const isText = (byte: number) => byte !== NOTHING && byte < SENTINELS.TAIL;

/** A byte of a character beyond ASCII counts as a word's. */
export const isWord = (b: number) =>
  (b >= 0x30 && b <= 0x39) ||
  (b >= 0x41 && b <= 0x5a) ||
  (b >= 0x61 && b <= 0x7a) ||
  b === 0x5f ||
  b === 0x24 ||
  (b >= 0x80 && b < SENTINELS.TAIL);

/** Writes the hashes of the contexts that end before byte `end` of `text`, 32 bits each; 0 where there is none. */
export function hashContexts(text: Uint8Array, end: number, out: Uint32Array): void {
  for (let k = 0; k < CONTEXTS; k++) out[k] = 0;
  let hash = 0;
  for (let i = 1, k = ORDERS.length - 1; k >= 0; i++) {
    const byte = end - i < 0 ? NOTHING : text[end - i];
    if (!isText(byte)) break;
    hash = (hash + Math.imul(byte + 1, POWERS[i])) | 0;
    if (i === ORDERS[k]) out[k--] = finished(hash, i);
  }
  hash = 0;
  for (let i = 1; i <= LONGEST_WORD + 1; i++) {
    if (end - i >= 0 && isWord(text[end - i])) hash = (hash + Math.imul(text[end - i] + 1, POWERS[i])) | 0;
    else {
      if (i > 1) out[WORD] = finished(hash, i + 64);
      break;
    }
  }
}

function finished(hash: number, salt: number): number {
  let h = Math.imul(hash ^ salt, 0x9e3779b1);
  h = Math.imul(h ^ (h >>> 15), 0x85ebca6b);
  return ((h ^ (h >>> 13)) | 1) >>> 0;
}

/** How many bytes before `a` in one text are those before `b` in another, at most `most`. */
export function sharedBefore(one: Uint8Array, a: number, other: Uint8Array, b: number, most: number): number {
  let n = 0;
  while (n < most && n < a && n < b && one[a - 1 - n] === other[b - 1 - n] && isText(one[a - 1 - n])) n++;
  return n;
}

/** Whether the words before `a` in one text and before `b` in another are the same, and there are such. */
export function sameWord(one: Uint8Array, a: number, other: Uint8Array, b: number): boolean {
  let n = 0;
  while (n < a && n < b && one[a - 1 - n] === other[b - 1 - n] && isWord(one[a - 1 - n])) n++;
  return n > 0 && !isWord(one[a - 1 - n]) && !isWord(other[b - 1 - n]); // undefined, before the start, is none
}
