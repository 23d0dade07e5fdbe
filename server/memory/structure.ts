/**
 * Where a word stands in its code, by byte rules that hold for any language: brackets, words and lines, no parser. Each
 * context is a hash of what stands before the word's first byte; what is looked up by it are whole words that began in
 * the same context (structureTable.ts).
 */
import { isText, isWord } from './contexts.ts';

/** The contexts, in the order of their hashes. */
export const STRUCTURES = ['call', 'words', 'line', 'receiver', 'above'] as const;
/** Bytes before a word that are looked at, for an open bracket and for anything else. */
const [REACH, NEAR] = [1024, 256];
/** The contexts of a word depend on no more bytes before it. */
const SEEN = REACH + NEAR;
/** Longer words count by so many of their letters, bytes. */
const LETTERS = 32;
/** Bytes behind the word before that are looked at. */
const BETWEEN = 4;
/** More commas than these count as these. */
const MOST_COMMAS = 8;
const [LF, SPACE, TAB, COMMA] = [0x0a, 0x20, 0x09, 0x2c];

/** What a byte does to the depth of brackets, read from right to left. */
const DEPTH = Int8Array.from({ length: 256 }, (_, b) => {
  const c = String.fromCharCode(b);
  return '([{'.includes(c) ? -1 : ')]}'.includes(c) ? 1 : 0;
});
/** 1 for a byte of a word. */
export const WORD = Uint8Array.from({ length: 256 }, (_, b) => Number(isWord(b)));
const isBlank = (byte: number) => byte === SPACE || byte === TAB;
const mix = (hash: number, value: number) => Math.imul(Math.imul(hash ^ value, 0x9e3779b1) ^ (hash >>> 15), 0x85ebca6b);

/** The first byte of the word that byte `end` goes on with; `end` itself where no word is begun. */
export function wordStart(text: Uint8Array, end: number): number {
  let start = end;
  while (start > 0 && WORD[text[start - 1]]) start--;
  return start;
}

/** Where the last word before `end` ends; `least` where there is none behind that. */
function wordEnd(text: Uint8Array, end: number, least: number): number {
  let at = end;
  while (at > least && !WORD[text[at - 1]] && isText(text[at - 1])) at--;
  return at > least && WORD[text[at - 1]] ? at : least;
}

/** The hash of the word that ends before `end`. */
function hashBefore(text: Uint8Array, end: number): number {
  let hash = 1;
  for (let at = end; at > 0 && end - at < LETTERS && WORD[text[at - 1]]; at--) hash = mix(hash, text[at - 1]);
  return hash;
}

/** The hash of the first word at or behind `from`, before `to`. */
function hashFirst(text: Uint8Array, from: number, to: number): number {
  let at = from;
  while (at < to && !WORD[text[at]]) at++;
  let hash = at === to ? 0 : 1;
  for (let n = 0; n < LETTERS && at < to && WORD[text[at]]; n++) hash = mix(hash, text[at++]);
  return hash;
}

/**
 * Writes the hashes of the contexts of a word that begins at `start` of `text`, 32 bits each; 0 where there is none:
 * the innermost open bracket with the word before it and the commas behind it; the two words before; the first word of
 * the line and the byte before the word; the word before and what stands between; the first words of the line above
 * and of this line. `call`: the first of these hashes, where it is known.
 */
export function hashStructures(
  text: Uint8Array,
  start: number,
  out: Uint32Array,
  call: number = callAt(text, start),
): void {
  out[0] = call;
  const near = Math.max(0, start - NEAR);
  const end = wordEnd(text, start, near);
  out[1] = out[3] = 0;
  if (end > near) {
    const last = hashBefore(text, end);
    let between = last;
    for (let i = end; i < Math.min(start, end + BETWEEN); i++) between = mix(between, text[i]);
    out[3] = salted(between, 3);
    let first = end;
    while (first > near && WORD[text[first - 1]]) first--;
    const second = wordEnd(text, first, near);
    if (second > near) out[1] = salted(mix(last, hashBefore(text, second)), 1);
  }
  const line = lineStart(text, start, near);
  const opening = hashFirst(text, line, start);
  let before = start;
  while (before > near && isBlank(text[before - 1])) before--;
  out[2] = opening === 0 ? 0 : salted(mix(opening, before > 0 ? text[before - 1] : 0), 2);
  out[4] = 0;
  if (line > 0 && text[line - 1] === LF) {
    const above = hashFirst(text, lineStart(text, line - 1, near), line);
    out[4] = salted(mix(above, opening), 4);
  }
}

/** A word that is begun: its contexts and its letters so far. */
export class BegunWord {
  readonly hashes = new Uint32Array(STRUCTURES.length);
  letters: Uint8Array = new Uint8Array();
  /** Where it begins in its text. */
  start = 0;
  /** Of the words so far: as long as it is the same, the contexts are. */
  number = 0;
  private before: Uint8Array | undefined;

  /** Becomes that at the end of the first `end` bytes of `text`. */
  set(text: Uint8Array, end: number): void {
    this.start = wordStart(text, end);
    this.letters = text.subarray(this.start, end);
    const before = text.subarray(Math.max(0, this.start - SEEN), this.start);
    if (this.before && Buffer.compare(before, this.before) === 0) return;
    hashStructures(text, this.start, this.hashes);
    this.before = before.slice();
    this.number++;
  }
}

/** The hash of the innermost open bracket before `start`, what it belongs to, and the commas behind it; 0 for none. */
function callAt(text: Uint8Array, start: number): number {
  const far = Math.max(0, start - REACH);
  let [at, depth, commas] = [start - 1, 0, 0];
  for (; at >= far && isText(text[at]); at--) {
    const change = DEPTH[text[at]];
    if (change === 0) {
      if (depth === 0 && text[at] === COMMA) commas++;
    } else if (change < 0 && depth === 0) break;
    else depth += change;
  }
  return at < far || !isText(text[at]) ? 0 : hashCall(text, at, commas);
}

function hashCall(text: Uint8Array, at: number, commas: number): number {
  let owner = at;
  while (owner > 0 && isBlank(text[owner - 1])) owner--;
  const name = owner === 0 ? 0 : WORD[text[owner - 1]] ? hashBefore(text, owner) : text[owner - 1];
  return salted(mix(mix(text[at], name), Math.min(commas, MOST_COMMAS)), 0);
}

/** The brackets that are open where a text has been read to: what callAt() says, in one pass over the whole text. */
export class OpenBrackets {
  private readonly places: number[] = [];
  private readonly commas: number[] = [];
  private read = 0;

  constructor(private readonly text: Uint8Array) {}

  /** The same as callAt(text, start); to be asked in the order of the text. */
  callAt(start: number): number {
    const { text, places, commas } = this;
    for (; this.read < start; this.read++) {
      const byte = text[this.read];
      if (DEPTH[byte] < 0) {
        places.push(this.read);
        commas.push(0);
      } else if (DEPTH[byte] > 0) {
        places.pop();
        commas.pop();
      } else if (byte === COMMA && commas.length > 0) commas[commas.length - 1]++;
      else if (!isText(byte)) places.length = commas.length = 0;
    }
    const last = places.length - 1;
    return last < 0 || places[last] < start - REACH ? 0 : hashCall(text, places[last], commas[last]);
  }
}

/** Where the line of the byte before `end` begins, at most to `least`. */
function lineStart(text: Uint8Array, end: number, least: number): number {
  let at = end;
  while (at > least && text[at - 1] !== LF && isText(text[at - 1])) at--;
  return at;
}

function salted(hash: number, salt: number): number {
  let h = Math.imul(hash ^ (salt + 1), 0x9e3779b1);
  h = Math.imul(h ^ (h >>> 15), 0x85ebca6b);
  return ((h ^ (h >>> 13)) | 1) >>> 0;
}
