/** Identifiers that a document does not hold yet: IntelliSense knows which exist, and what must be imported. Pure. */
import type { Scope } from '../switches/scope.ts';

const WORD = String.raw`[\p{L}\p{M}\p{N}_$]`;
const ENDS = new RegExp(`${WORD}+$`, 'u');
const BEGINS = new RegExp(`^${WORD}+`, 'u');
const ONLY = new RegExp(`^${WORD}+$`, 'u');

/** `editor.quickSuggestions`, which has a value for each kind of place, or one for all. */
export type QuickSuggestions = unknown;

/**
 * Whether the editor opens no list of suggestions while ghost text stands at a place. `scope` is asked only where
 * kinds differ.
 */
export function listWaits(set: QuickSuggestions, scope: () => Scope): boolean {
  const waits = (value: unknown) => value === 'offWhenInlineCompletions';
  if (typeof set !== 'object' || set === null) return waits(set);
  const { other, comments, strings } = set as Record<string, unknown>;
  const [inCode, inComment, inString] = [other, comments, strings].map(waits);
  if (inCode === inComment && inCode === inString) return inCode;
  return { code: inCode, comment: inComment, string: inString }[scope()];
}

/** An identifier that is being typed: a text finishes it. */
export class Identifier {
  private constructor(
    private readonly typed: string,
    private readonly behind: string,
    private readonly text: string,
    private readonly start: number,
  ) {}

  /**
   * The one that ends at a cursor; undefined where there is none (a number is none). `line` is what stands before the
   * cursor on its line; `read` gives the text that may hold it and the cursor's UTF-16 offset in there, and is asked
   * only where there is one.
   */
  static at(line: string, read: () => { text: string; offset: number } | undefined): Identifier | undefined {
    const typed = ENDS.exec(line)?.[0];
    if (typed === undefined || /^\p{N}/u.test(typed)) return undefined;
    const found = read();
    if (!found) return undefined;
    const { text, offset } = found;
    return new Identifier(typed, BEGINS.exec(text.slice(offset, offset + 200))?.[0] ?? '', text, offset - typed.length);
  }

  /** No other word of the document begins like it: whatever finishes it is new. */
  get alone(): boolean {
    return !this.stands(this.typed, false);
  }

  /** A text that grows may still go on with it. */
  mayGrow(rest: string): boolean {
    return ONLY.test(rest);
  }

  /** Whether a text finishes an identifier that stands nowhere else in the document. */
  isNewWith(rest: string): boolean {
    const begun = BEGINS.exec(rest)?.[0] ?? '';
    return !this.stands(this.typed + begun + (begun === rest ? this.behind : ''), true);
  }

  /** Whether the document has a word elsewhere that is `word`, or begins with it. */
  private stands(word: string, whole: boolean): boolean {
    for (let at = this.text.indexOf(word); at >= 0; at = this.text.indexOf(word, at + 1)) {
      if (at === this.start || ENDS.test(this.text.slice(Math.max(0, at - 2), at))) continue;
      const end = at + word.length;
      if (!whole || !BEGINS.test(this.text.slice(end, end + 2))) return true;
    }
    return false;
  }
}
