/** From a completion's text to the edit that the editor makes: always from the line's start, with the line's prefix. */
import { bracketsOf, OPENERS } from './balance.ts';

export interface Item {
  /** Replaces the cursor's line from column 0 to `end`. */
  insertText: string;
  /** UTF-16 column on the cursor's line, after what the completion really contains of the rest of the line. */
  end: number;
}

/** `line` is the cursor's line, `column` the cursor in UTF-16 units, `text` the completion. */
export function itemFor(line: string, column: number, text: string): Item {
  return { insertText: line.slice(0, column) + text, end: column + overlap(text, line.slice(column)) };
}

/**
 * The UTF-16 column from which an item may replace the line: VS Code (1.139) drops an item whose range holds a
 * character beyond U+FFFF before the cursor, an emoji say. Elsewhere it is 0: only items from the line's start survive
 * a typed and deleted indent.
 */
export function startOf(line: string, column: number): number {
  return /^.*[\ud800-\udfff]/s.exec(line.slice(0, column))?.[0].length ?? 0;
}

/** VS Code shows no ghost text in a longer line, and an item of another client's does not repeat one; UTF-16 units. */
export const LONGEST_LINE = 5000;

/** What of a line an item replaces, and by what: UTF-16 columns. */
export interface Edit {
  from: number;
  to: number;
  insertText: string;
}

/**
 * The edit that shows `text` behind `item`, which stands for what is from column `start` to `end` of the line: the
 * suggest widget's item, or nothing (`''`) at the cursor. In a line that is too long to be written again it begins
 * where `item` does.
 */
export function editFor(line: string, [start, end]: [number, number], item: string, text: string): Edit {
  const before = line.slice(0, start) + item;
  const { insertText, end: to } = itemFor(before + line.slice(end), before.length, text);
  const from = line.length > LONGEST_LINE ? start : startOf(line, start);
  return { from, to: end + to - before.length, insertText: insertText.slice(from) };
}

/**
 * What may be shown behind an item of the suggest widget that replaces something behind the cursor, a quote that the
 * editor closed say: one line. The editor draws what is replaced behind all that it shows, so under two lines a lone
 * quote would stand on a line of its own.
 */
export function besideWidget(texts: string[], replacesBehind: boolean): string[] {
  if (!replacesBehind) return texts;
  const lines = new Set(texts.map((text) => text.split('\n', 1)[0]));
  return [...lines].filter((line) => line.trim() !== '');
}

/**
 * How much of `rest` the text's end repeats and should replace: `a, b)` in front of `)` replaces it, `f(x)` does not.
 */
export function overlap(text: string, rest: string): number {
  if (text.includes('\n')) return 0;
  const visible = rest.trimEnd();
  for (let n = Math.min(text.length, visible.length); n > 0; n--) {
    const shared = visible.slice(0, n);
    if (!text.endsWith(shared)) continue;
    if (n === visible.length && !(shared[0] in OPENERS)) return n;
    if (balanced(text.slice(0, -n)) && (shared[0] in OPENERS || /^['"`;,]|^<\//.test(shared))) return n;
  }
  // `x) {` typed into, in front of a `)` that the editor closed by itself: the text goes on after it
  const closers = bracketsOf(text).unopened;
  let n = 0;
  while (n < closers.length && text[closers[n]] === rest[n]) n++;
  return n;
}

function balanced(text: string): boolean {
  const { open, unopened, quote } = bracketsOf(text);
  return open.length === 0 && unopened.length === 0 && !quote;
}
