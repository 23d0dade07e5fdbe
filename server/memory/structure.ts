/**
 * Where a word stands in its code, by byte rules that hold for any language: brackets, words, lines and columns, no
 * parser. Each context is a hash of what stands before the word's first byte; what is looked up by it are whole words
 * that began in the same context (structureTable.ts).
 */
import { isText, isWord } from './contexts.ts';

/** The contexts, in the order of their hashes. */
export const STRUCTURES = ['call', 'words', 'column', 'line', 'receiver', 'key', 'above'] as const;
/** Bytes before a word that are looked at, for an open bracket and for anything else. */
const [REACH, NEAR] = [1024, 256];
/** Longer words count by their last letters, bytes. */
const LETTERS = 32;
const [LF, SPACE, TAB, COMMA] = [0x0a, 0x20, 0x09, 0x2c];

/** What a byte does to the depth of brackets, read from right to left. */
const DEPTH = Int8Array.from({ length: 256 }, (_, b) => {
  const c = String.fromCharCode(b);
  return '([{'.includes(c) ? -1 : ')]}'.includes(c) ? 1 : 0;
});
const WORD = Uint8Array.from({ length: 256 }, (_, b) => Number(isWord(b)));
const isBlank = (byte: number) => byte === SPACE || byte === TAB;
const mix = (hash: number, value: number) => Math.imul(Math.imul(hash ^ value, 0x9e3779b1) ^ (hash >>> 15), 0x85ebca6b);

/** The first byte of the word that byte `end` goes on with; `end` itself where no word is begun. */
export function wordStart(text: Uint8Array, end: number): number {
  let start = end;
  while (start > 0 && WORD[text[start - 1]]) start--;
  return start;
}

/** Where the word that ends before or at `end` ends, at most NEAR bytes before it; `least` where there is none. */
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

/** Writes the hashes of the contexts of a word that begins at `start` of `text`, 32 bits each; 0 where there is none. */
export function hashStructures(text: Uint8Array, start: number, out: Uint32Array): void {
  out.fill(0);
  const near = Math.max(0, start - NEAR);
  // two words before it, and what stands between the last and it
  const end = wordEnd(text, start, near);
  let last = 0;
  if (end > near) {
    last = hashBefore(text, end);
    let between = last;
    for (let i = end; i < Math.min(start, end + 4); i++) between = mix(between, text[i]);
    out[4] = salted(between, 4);
    let first = end;
    while (first > near && WORD[text[first - 1]]) first--;
    const second = wordEnd(text, first, near);
    if (second > near) out[1] = salted(mix(last, hashBefore(text, second)), 1);
  }
  // the lines
  let line = start;
  while (line > near && text[line - 1] !== LF && isText(text[line - 1])) line--;
  const whole = line > 0 && text[line - 1] === LF;
  const opening = hashFirst(text, line, start);
  let before = start;
  while (before > near && isBlank(text[before - 1])) before--;
  if (opening !== 0) out[3] = salted(mix(opening, before > 0 ? text[before - 1] : 0), 3);
  if (whole) {
    let above = line - 1;
    while (above > near && text[above - 1] !== LF && isText(text[above - 1])) above--;
    const at = above + start - line;
    if (at < line) out[2] = salted(mix(mix(start - line + 1, text[at]), 7), 2);
    out[6] = salted(mix(mix(hashFirst(text, above, line), opening), 9), 6);
  }
  // the innermost open bracket, what it belongs to, and the commas behind it
  const far = Math.max(0, start - REACH);
  let [at, depth, commas] = [start - 1, 0, 0];
  for (; at >= far && isText(text[at]); at--) {
    const change = DEPTH[text[at]];
    if (change === 0) {
      if (depth === 0 && text[at] === COMMA) commas++;
    } else if (change < 0 && depth === 0) break;
    else depth += change;
  }
  if (at < far || !isText(text[at])) return;
  let owner = at;
  while (owner > 0 && isBlank(text[owner - 1])) owner--;
  const name = owner > 0 && WORD[text[owner - 1]] ? hashBefore(text, owner) : owner > 0 ? text[owner - 1] : 0;
  const open = mix(mix(11, text[at]), name);
  out[0] = salted(mix(open, Math.min(commas, 8)), 0);
  if (last !== 0) out[5] = salted(mix(open, last), 5);
}

function salted(hash: number, salt: number): number {
  let h = Math.imul(hash ^ (salt + 1), 0x9e3779b1);
  h = Math.imul(h ^ (h >>> 15), 0x85ebca6b);
  return ((h ^ (h >>> 13)) | 1) >>> 0;
}
