/** Where a completion ends. A rule looks at the bytes so far and says how many of them stay, and why. */
import { LF, SENTINELS } from '../prompt/sequence.ts';

export type StopReason = 'line' | 'block' | 'end' | 'repetition' | 'length' | 'rest' | 'confidence';
export interface Stop {
  keep: number;
  reason: StopReason;
}
export type StopRule = (bytes: Uint8Array) => Stop | undefined;

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

/** A block: up to a second blank line in a row, or the first line that stands further left than the block began. */
export function atBlockEnd(indent: number): StopRule {
  return (bytes) => {
    const lines = Buffer.from(bytes).toString('latin1').split('\n');
    let at = lines[0].length;
    for (let i = 1; i < lines.length; i++) {
      const line = lines[i];
      const whole = i < lines.length - 1 || line.trim() !== '';
      const column = line.length - line.trimStart().length;
      const closes = /^[)\]}]|^end\b/.test(line.trimStart());
      if (whole && line.trim() !== '' && column < indent && !closes) return { keep: at, reason: 'block' };
      if (line.trim() === '' && lines[i - 1].trim() === '' && i > 1) return { keep: at - lines[i - 1].length - 1, reason: 'block' };
      at += 1 + line.length;
    }
    return undefined;
  };
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

const OPENERS: Record<string, string> = { ')': '(', ']': '[', '}': '{' };

/** In front of a closing bracket or quote: where the completion would close it a second time. */
export function atCloserOf(rest: string): StopRule {
  const closer = rest.trimStart().charAt(0);
  const opener = OPENERS[closer];
  if (!opener && !/['"`]/.test(closer)) return () => undefined;
  return (bytes) => {
    let depth = 0;
    let quote = '';
    for (let i = 0; i < bytes.length; i++) {
      const c = String.fromCharCode(bytes[i]);
      if (c === '\\') i++;
      else if (!opener) { if (c === closer) return { keep: i, reason: 'rest' }; }
      else if (quote) quote = c === quote ? '' : quote;
      else if (/['"`]/.test(c)) quote = c;
      else if (c === opener) depth++;
      else if (c === closer && depth-- === 0) return { keep: i, reason: 'rest' };
    }
    return undefined;
  };
}

export function atLength(most: number): StopRule {
  return (bytes) => (bytes.length >= most ? { keep: most, reason: 'length' } : undefined);
}

/** The rule that keeps least. */
export function firstStop(rules: StopRule[], bytes: Uint8Array): Stop | undefined {
  return rules.map((rule) => rule(bytes)).filter((stop) => stop !== undefined).sort((a, b) => a.keep - b.keep)[0];
}
