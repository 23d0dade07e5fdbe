/** What other documents give to a prompt: the lines around the places that were worked on last, as FILE blocks. */
import { encode, PATH, type Source } from './around.ts';
import type { Prompt } from './sequence.ts';

/** So many blocks at most: a line or two of each of many files say less than a dozen lines of the last ones. */
const BLOCKS = 3;
/** A snippet of fewer bytes says nothing. */
const SMALLEST = 24;

/** A place in a document: UTF-16 `offset` of its text. */
export interface SourceLocation {
  path: string;
  text: Source;
  offset: number;
}

/**
 * FILE blocks of the first places, which share `budget` bytes, sentinels and paths included; a place whose line alone
 * is too long has none.
 */
export function blocksOf(places: SourceLocation[], budget: number): Prompt['files'] {
  const out: Prompt['files'] = [];
  for (const { path, text, offset } of places) {
    if (out.length === BLOCKS) break;
    const name = encode(path).subarray(-PATH);
    const lines = encode(
      snippet(text, offset, Math.floor(budget / (Math.min(BLOCKS, places.length) - out.length)) - name.length - 2),
    );
    if (lines.length < SMALLEST) continue;
    const block = { path: name, text: lines };
    out.push(block);
    budget -= sizeOf([block]);
  }
  return out;
}

/** Bytes of blocks, sentinels and paths included. */
export const sizeOf = (blocks: Prompt['files']): number =>
  blocks.reduce((n, { path, text }) => n + path.length + 2 + text.length, 0);

/**
 * Whole lines around `offset`, those before and after it in turn, as many as fit `bytes` of UTF-8; each ends in a line
 * feed.
 */
export function snippet(text: Source, offset: number, bytes: number): string {
  if (bytes <= 0) return '';
  const [from, to] = [Math.max(0, offset - bytes), Math.min(text.length, offset + bytes)];
  const lines = text
    .slice(from, to)
    .split('\n')
    .map((line) => `${line}\n`);
  // the others may be cut
  const [first, last] = [from > 0 ? 1 : 0, to < text.length ? lines.length - 2 : lines.length - 1];
  const own = text.slice(from, offset).split('\n').length - 1;
  let [a, b, left] = [own, own - 1, bytes]; // lines a to b are taken
  const fits = (i: number) => i >= first && i <= last && Buffer.byteLength(lines[i]) <= left;
  for (let more = true; more; ) {
    more = false;
    for (const i of b < a ? [own] : [a - 1, b + 1]) {
      if (!fits(i)) continue;
      left -= Buffer.byteLength(lines[i]);
      [a, b, more] = [Math.min(a, i), Math.max(b, i), true];
    }
  }
  const taken = lines.slice(a, b + 1).join('');
  return taken.trim() === '' ? '' : taken;
}
