/**
 * The rules by which a completion ends: at the model's end, a line, a block, a length, or in front of what is there
 * already.
 */
import { LF, SENTINELS } from '../prompt/sequence.ts';
import { indentOf, opens } from './shape.ts';
import type { StopRule } from './stopRule.ts';
import { wordEnd } from './words.ts';

/** What ends a line, in bytes of UTF-8 read as latin1. */
const ENDS = new RegExp(`\n|${String.fromCharCode(SENTINELS.EOM)}`);

const BLANKS = new Set([0x20, 0x09, 0x0b, 0x0c, 0x0d]);

/** The model says that the middle is over. */
export const atEnd: StopRule = (bytes) => {
  const at = bytes.indexOf(SENTINELS.EOM);
  return at < 0 ? undefined : { keep: at, reason: 'end' };
};

/** One line: up to the line feed after the first text. A line feed before any text belongs to the completion. */
export const atLineEnd: StopRule = (bytes) => {
  let text = false;
  for (let i = 0; i < bytes.length; i++) {
    if (bytes[i] === LF && text) return { keep: i, reason: 'line' };
    text ||= bytes[i] !== LF && !BLANKS.has(bytes[i]);
  }
  return undefined;
};

/** Blanks in a row, beyond which nobody goes: behind text, and at the start of a line. */
const [MOST_BLANKS, DEEPEST] = [24, 96];

/**
 * In front of more blanks in a row than anyone writes, those that stand at the end of `before`, the cursor's line up to
 * it, among them: behind blanks at a line's end a model may go on with them for ever.
 */
export function atBlanks(before: string): StopRule {
  let typed = 0; // no trimEnd: the last byte of `à` is a blank in latin1
  while (typed < before.length && BLANKS.has(before.charCodeAt(before.length - 1 - typed))) typed++;
  return (bytes) => {
    let [blanks, most, start] = [typed, typed === before.length ? DEEPEST : MOST_BLANKS, 0];
    for (let i = 0; i < bytes.length; i++) {
      if (BLANKS.has(bytes[i])) {
        if (++blanks > most) return { keep: start, reason: 'repetition' };
      } else if (bytes[i] === LF) [blanks, most, start] = [0, DEEPEST, i];
      else [blanks, most, start] = [0, MOST_BLANKS, i + 1];
    }
    return undefined;
  };
}

/** Where the scope of a block ends. */
export interface Scope {
  /**
   * Blanks before the line that the block belongs to: before the block itself where the cursor stands on a blank line.
   */
  indent: number;
  /** The cursor's line opens it: what belongs to it stands further right. */
  opened?: boolean;
}

const COMMENT = /^\s*(?:\/\/|#|--|\*|;|%)/;
/** A colon may begin a body without indent (a label), but not behind these words. */
const INDENTS = /[^:\s]\s*$|^\s*(?:async|class|def|elif|else|except|finally|for|if|match|try|while|with)\b/;

/**
 * The scope of a block at a cursor: `before` stands before it on its line, `above` is the nearest line above that is
 * not blank. On a blank line it is what it was at the end of the line above, where the cursor came from.
 */
export function scopeAt(before: string, above: string | undefined): Scope {
  if (before.trim() !== '') return { indent: indentOf(before), opened: opens(before) };
  const column = before.length;
  if (above === undefined) return { indent: column };
  const indent = indentOf(above);
  const inside = column === 0 || column > indent || INDENTS.test(above);
  if (opens(above) && !COMMENT.test(above) && inside) return { indent, opened: true };
  return { indent: Math.min(column, indent) };
}

/**
 * A block: up to a second blank line in a row after the first text, or the first line that is not of its scope. A
 * bracket (or `end`) that closes the scope belongs to it. At the top level, which every line belongs to, it ends with
 * what it closes in front of a blank line.
 */
export function atBlockEnd({ indent, opened = false }: Scope): StopRule {
  const least = opened ? indent + 1 : indent;
  return (bytes) => {
    const lines = Buffer.from(bytes).toString('latin1').split('\n');
    let text = lines[0].trim() !== '';
    for (let [i, at] = [1, lines[0].length]; i < lines.length; at += 1 + lines[i++].length) {
      const [line, finished] = [lines[i], i < lines.length - 1];
      if (line.trim() === '') {
        // an unfinished line may still become one that is not
        const last = lines[i - 1];
        const closed = least === 0 && indentOf(last) === 0 && closesOnly(last);
        if (finished && text && (last.trim() === '' || closed))
          return { keep: withoutBlanks(lines, i), reason: 'block' };
        continue;
      }
      text = true;
      const column = indentOf(line);
      if (column >= least) continue;
      const closer = closerOf(line.slice(column), finished);
      if (closer === undefined) continue;
      return { keep: closer ? at + 1 + column + closer.length : withoutBlanks(lines, i), reason: 'block' };
    }
    return undefined;
  };
}

/** The beginning of a line that closes scopes. */
const CLOSES = /^(?:[)\]}]+[;,]*|end\b;?)/;

/**
 * What a line, from its first text on, closes scopes with: '' for nothing, undefined while what follows may change it.
 */
function closerOf(text: string, finished: boolean): string | undefined {
  const closer = CLOSES.exec(text)?.[0] ?? '';
  return !finished && (closer === text || 'end'.startsWith(text)) ? undefined : closer;
}

/** The length of the lines before line `end`, without the blank ones at their end. */
function withoutBlanks(lines: string[], end: number): number {
  while (end > 1 && lines[end - 1].trim() === '') end--;
  return lines.slice(0, end).join('\n').length;
}

/** A line that says something: more than brackets. */
const SAYS = /[\w$\x80-\xff]/;
/** A line without what may or may not end it. */
const bare = (line: string) => line.trimEnd().replace(/[;,]+$/, '');

/**
 * In front of a line that the document has already. `below` are the first lines after the cursor's that are not blank,
 * `above` the last ones before it, nearest first; `before` stands before the cursor on its line; all as UTF-8 bytes in
 * latin1 strings. The first line below counts whatever it is, others where they stand in the same block as the line
 * that is written and nowhere else nearby.
 */
export function atLineOf(below: string[], before: string, above: string[] = []): StopRule {
  const [first = '', ...more] = below.map(bare);
  if (first === '') return () => undefined;
  const all = [first, ...more, ...above.map(bare)];
  const once = (line: string) => SAYS.test(line) && all.filter((other) => other === line).length === 1;
  const known = new Set(more.filter((line) => once(line) && scopesOver(line, below)));
  return (bytes) => {
    const lines = (before + Buffer.from(bytes).toString('latin1')).split(ENDS);
    for (let i = 0; i < lines.length - 1; i++) {
      const line = bare(lines[i]);
      if (line === first || known.has(line) || (closesOnly(lines[i]) && below[0].startsWith(lines[i].trimEnd()))) {
        return { keep: Math.max(0, withoutBlanks(lines, i) - before.length), reason: 'below' };
      }
    }
    return undefined;
  };
}

function closesOnly(line: string): boolean {
  const text = line.trim();
  return text !== '' && CLOSES.exec(text)?.[0] === text;
}

/**
 * Whether no line of `below` before `line` stands further left than it: what is written at the cursor is in the same
 * block.
 */
function scopesOver(line: string, below: string[]): boolean {
  const between = below.slice(
    0,
    below.findIndex((other) => bare(other) === line),
  );
  return between.every((other) => indentOf(other) >= indentOf(line));
}

/**
 * How many bytes of `text`, which may go on, stay if its last line becomes one of `below`, whose beginning it is so
 * far; latin1 as above.
 */
export function mayDouble(before: string, text: string, below: string[]): number {
  const line = (before + text).slice((before + text).lastIndexOf('\n') + 1);
  const begins = below.some((other) => other.startsWith(line) || bare(other) === bare(line));
  if (line.trim() === '' || !begins) return text.length;
  return Math.max(0, text.lastIndexOf('\n'));
}

/** At most so many bytes, up to where a word ends. */
export function atLength(most: number): StopRule {
  return (bytes) => (bytes.length > most ? { keep: wordEnd(bytes, most), reason: 'length' } : undefined);
}
