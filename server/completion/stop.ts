/** Where a completion ends. A rule looks at the bytes so far and says how many of them stay, and why. */
import { LF, SENTINELS } from '../prompt/sequence.ts';

export type StopReason = 'line' | 'block' | 'below' | 'unbalanced' | 'end' | 'repetition' | 'length' | 'rest' | 'confidence';
export interface Stop {
  keep: number;
  reason: StopReason;
}
export type StopRule = (bytes: Uint8Array) => Stop | undefined;

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

/** Where the scope of a block ends. */
export interface Scope {
  /** Blanks before the line that the block belongs to: before the block itself where the cursor stands on a blank line. */
  indent: number;
  /** The cursor's line opens it: what belongs to it stands further right. */
  opened?: boolean;
}

/**
 * A block: up to a second blank line in a row, or the first line that is not of its scope. A bracket (or `end`) that closes the scope belongs
 * to it.
 */
export function atBlockEnd({ indent, opened = false }: Scope): StopRule {
  const least = opened ? indent + 1 : indent;
  return (bytes) => {
    const lines = Buffer.from(bytes).toString('latin1').split('\n');
    let at = lines[0].length;
    for (let i = 1; i < lines.length; i++) {
      const line = lines[i];
      const blank = line.trim() === '';
      const column = line.length - line.trimStart().length;
      if (!blank && column < least) {
        const closer = CLOSES.exec(line.trimStart())?.[0];
        if (!closer) return { keep: withoutBlanks(lines, i), reason: 'block' };
        if (i < lines.length - 1) return { keep: at + 1 + column + closer.length, reason: 'block' };
      }
      if (blank && lines[i - 1].trim() === '' && i > 1) return { keep: at - lines[i - 1].length - 1, reason: 'block' };
      at += 1 + line.length;
    }
    return undefined;
  };
}

/** The beginning of a line that closes scopes. */
const CLOSES = /^(?:[)\]}]+[;,]*|end\b;?)/;

/** The length of the lines before line `end`, without the blank ones at their end. */
function withoutBlanks(lines: string[], end: number): number {
  while (end > 1 && lines[end - 1].trim() === '') end--;
  return lines.slice(0, end).join('\n').length;
}

/**
 * In front of a line that the document has already: `below` is the first one after the cursor's that is not blank, `before` what stands before the
 * cursor on its line; both as UTF-8 bytes in a latin1 string.
 */
export function atLineOf(below: string, before: string): StopRule {
  const has = below.trimEnd();
  if (has === '') return () => undefined;
  return (bytes) => {
    const lines = (before + Buffer.from(bytes).toString('latin1')).split(ENDS);
    for (let i = 0; i < lines.length - 1; i++) {
      const line = lines[i].trimEnd();
      const closes = CLOSES.exec(line.trimStart())?.[0] === line.trimStart();
      if (line === has || (closes && has.startsWith(line))) return { keep: Math.max(0, withoutBlanks(lines, i) - before.length), reason: 'below' };
    }
    return undefined;
  };
}

/** Whether the last line of `text`, which may go on, is the beginning of `below` so far; latin1 as above. */
export function mayDouble(text: string, below: string): boolean {
  const line = text.slice(text.lastIndexOf('\n') + 1);
  return line.trim() !== '' && below.startsWith(line);
}

/** The same line three times in a row, or a run of one short unit: the second and third are dropped. */
export const atRepetition: StopRule = (bytes) => {
  const text = Buffer.from(bytes).toString('latin1');
  const run = /(.{1,16}?)\1{11,}$/s.exec(text);
  if (run && run[1].trim() !== '') return { keep: run.index + run[1].length, reason: 'repetition' };
  const lines = text.split('\n');
  const last = lines.length - 1;
  if (last >= 3 && lines[last - 1].trim() !== '' && lines[last - 1] === lines[last - 2] && lines[last - 2] === lines[last - 3]) {
    return { keep: lines.slice(0, last - 2).join('\n').length, reason: 'repetition' };
  }
  return undefined;
};

export function atLength(most: number): StopRule {
  return (bytes) => (bytes.length >= most ? { keep: most, reason: 'length' } : undefined);
}

/** The rule that keeps least. */
export function firstStop(rules: StopRule[], bytes: Uint8Array): Stop | undefined {
  return rules.map((rule) => rule(bytes)).filter((stop) => stop !== undefined).sort((a, b) => a.keep - b.keep)[0];
}
