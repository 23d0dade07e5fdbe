/** How segments are filled and joined. */
import { isText, NOTHING } from './contexts.ts';
import type { Segment } from './segment.ts';
import { MOST_TEXT } from './structureTable.ts';
import type { Words } from './words.ts';

/** Bytes of text between two turns of other work. */
const STEP = 4096;
/**
 * A new segment is joined with those that are no larger, with those up to twice its size where they come to no more
 * than this together, and with those of which most is gone.
 */
const JOINED = 2 ** 20;
/** A segment that is so long is settled, bytes: with one more file a table of words can still hold it. */
export const LARGEST = MOST_TEXT - 2 ** 20;
const [CR, QUESTION_MARK] = [0x0d, 0x3f];

/** Line ends as the index has them: line feeds. */
export function withLineFeeds(bytes: Uint8Array): Uint8Array {
  if (!bytes.includes(CR)) return bytes;
  return Buffer.from(Buffer.from(bytes).toString('latin1').replaceAll('\r\n', '\n'), 'latin1');
}

/** Appends a text in steps, what is no text as a question mark; yields where it ends. */
export function* appended(segment: Segment, text: Uint8Array): Generator<number> {
  for (let from = 0; from < text.length; from += STEP) {
    for (const byte of text.subarray(from, from + STEP))
      segment.append(isText(byte) || byte === NOTHING ? byte : QUESTION_MARK); // nothing: a token was taken out
    yield segment.end;
  }
}

/** Counts the words of a text, or takes them back, in steps. */
export function* counted(words: Words, text: Uint8Array, from: number, to: number, by: 1 | -1): Generator<void> {
  for (let at = from; at < to; at += STEP, yield) words.count(text, at, Math.min(to, at + STEP), by);
}

/** Those of the settled segments that a new one is joined with. */
export function joinable(filled: Segment, settled: Segment[]): Segment[] {
  const out: Segment[] = [];
  let size = filled.live;
  for (const segment of settled.toSorted((a, b) => a.live - b.live)) {
    const isSmall = segment.live <= filled.live || (segment.live < 2 * size && size + segment.live <= JOINED);
    if ((!isSmall && segment.live > segment.end / 2) || size + segment.live > LARGEST) continue;
    out.push(segment);
    size += segment.live;
  }
  return out;
}
