/** Brackets: which ones a text leaves open, so that no completion closes one that nothing opened. */
import type { StopRule } from './stop.ts';

/** The opening bracket of each closing one. */
export const OPENERS: Record<string, string> = { ')': '(', ']': '[', '}': '{' };

/** A longer text before the cursor is not looked at, UTF-16 units. */
export const LONGEST = 32_768;

/** The brackets that `text`, all that stands before the cursor, leaves open; undefined where it closes one that it does not open, or ends in a string. */
export function openIn(text: string): string[] | undefined {
  const open: string[] = [];
  const { at, quote } = scan(text, open);
  return at < 0 && !quote ? open : undefined;
}

/** In front of a bracket that closes nothing: not one of `open`, and none that the completion opens. */
export function atUnopened(open: string[] | undefined): StopRule {
  if (!open) return () => undefined;
  return (bytes) => {
    const { at } = scan(Buffer.from(bytes).toString('latin1'), [...open]);
    return at < 0 ? undefined : { keep: at, reason: 'unbalanced' };
  };
}

/** Where `text` first closes a bracket that neither it nor `open` opens, or -1, and the quote that it ends in; brackets in quotes count for nothing. */
function scan(text: string, open: string[]): { at: number; quote: string } {
  let quote = '';
  for (let i = 0; i < text.length; i++) {
    const c = text[i];
    if (c === '\\') i++;
    else if (quote) quote = c === quote || (c === '\n' && quote !== '`') ? '' : quote; // an apostrophe in a comment ends with its line
    else if (c === '"' || c === "'" || c === '`') quote = c;
    else if (c === '(' || c === '[' || c === '{') open.push(c);
    else if (c in OPENERS && open.pop() !== OPENERS[c]) return { at: i, quote };
  }
  return { at: -1, quote };
}
