/**
 * Brackets: which ones a text opens and closes, so that no completion closes one that nothing opened, or one that
 * stands behind it.
 */
import type { StopRule } from './stopRule.ts';

/** The opening bracket of each closing one. */
export const OPENERS: Record<string, string> = { ')': '(', ']': '[', '}': '{' };

/** A longer text before the cursor is not looked at, UTF-16 units. */
export const LONGEST = 32_768;

/** What a text does to brackets; those in quotes count for nothing. Places are offsets in the text. */
export interface Brackets {
  /** Those that stand open at its end. */
  open: string[];
  /** Where it closes one that nothing opened. */
  unopened: number[];
  /** The quote that it ends in, or ''. */
  quote: string;
  /**
   * From here on nobody can say, or Infinity: a quote that ended with its line hid brackets, so it was none (a Rust
   * lifetime, a regular expression).
   */
  unsure: number;
}

/** `open`: what stands open before the text. */
export function bracketsOf(text: string, open: readonly string[] = []): Brackets {
  const out: Brackets = { open: [...open], unopened: [], quote: '', unsure: Infinity };
  for (let i = 0, began = 0; i < text.length; i++) {
    const c = text[i];
    if (c === '\\') i++;
    else if (out.quote) {
      const cut = c === '\n' && out.quote !== '`'; // an apostrophe in a comment
      if (cut && !pairs(text.slice(began, i))) out.unsure = Math.min(out.unsure, began);
      if (cut || c === out.quote) out.quote = '';
    } else if (c === '"' || c === "'" || c === '`') [out.quote, began] = [c, i];
    else if (c === '(' || c === '[' || c === '{') out.open.push(c);
    else if (c in OPENERS) {
      if (out.open.at(-1) === OPENERS[c]) out.open.pop();
      else out.unopened.push(i);
    }
  }
  return out;
}

/** Whether there are as many closing brackets as opening ones, of each kind. */
function pairs(text: string): boolean {
  const count = (bracket: string) => text.split(bracket).length;
  return Object.entries(OPENERS).every(([closer, opener]) => count(closer) === count(opener));
}

/** In a shell's `case` a bracket closes each pattern. */
const SHELL_CASE = /^\s*case .* in[ \t]*$/m;

/** The brackets that `text`, all that stands before the cursor, leaves open; undefined where nobody can say. */
export function openIn(text: string): string[] | undefined {
  const { open, unopened, quote, unsure } = bracketsOf(text);
  return unopened.length || quote || unsure < text.length || SHELL_CASE.test(text) ? undefined : open;
}

/** In front of a bracket that closes nothing: not one of `open`, and none that the completion opens. */
export function atUnopened(open: string[] | undefined): StopRule {
  if (!open) return () => undefined;
  return (bytes) => {
    const {
      unopened: [at = Infinity],
      unsure,
    } = bracketsOf(Buffer.from(bytes).toString('latin1'), open);
    return at < unsure ? { keep: at, reason: 'unbalanced' } : undefined;
  };
}

/** In front of a closing bracket or quote: where the completion would close it a second time. */
export function atCloserOf(rest: string): StopRule {
  const closer = rest.trimStart().charAt(0);
  if (/^['"`]/.test(closer)) {
    return (bytes) => {
      const before = new RegExp(`^(?:\\\\.|[^\\\\${closer}])*(?=${closer})`, 's').exec(
        Buffer.from(bytes).toString('latin1'),
      );
      return before ? { keep: before[0].length, reason: 'rest' } : undefined;
    };
  }
  if (!(closer in OPENERS)) return () => undefined;
  return (bytes) => {
    const text = Buffer.from(bytes).toString('latin1');
    const { unopened, unsure } = bracketsOf(text);
    const at = unopened.find((place) => text[place] === closer) ?? Infinity;
    return at < unsure ? { keep: at, reason: 'rest' } : undefined;
  };
}
