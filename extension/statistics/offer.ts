/**
 * One offer as the document changes under it: which change typed into it, and which one took a part of it. Pure; no
 * editor in here.
 */
import type { Change } from './kept.ts';

/** What the editor writes when it closes a bracket or a quote by itself. */
const PAIRS = new Set(['()', '[]', '{}', '<>', "''", '""', '``']);

/** What Enter writes: the editor indents the line that it begins. */
const ENTER = /^\r?\n[ \t]*$/;

/** What a change was to an offer, and the part of the change that was new. */
export interface Step {
  kind: 'typed' | 'taken' | 'other';
  change: Change;
}

export class Offer {
  private at = 0;
  private line = '';
  private rests: string[] = [];

  /**
   * Shown at offset `at`; `line` stands before it on its line, `rests` are the texts that may follow, with the
   * document's line ends.
   */
  show(at: number, line: string, rests: string[]): void {
    [this.at, this.line, this.rests] = [at, line, rests];
  }

  /**
   * Must see every change of its document. One key is typed; more at once that agrees was taken: whole, or by word or
   * line.
   */
  step(given: Change): Step {
    const change = this.withoutLine(given);
    const agree = this.rests.filter((rest) => rest.startsWith(change.text));
    // only the whole offer may replace what stands behind it
    const replaces = change.removed > 0 && !agree.includes(change.text);
    if (change.offset !== this.at || change.text === '' || agree.length === 0 || replaces) {
      this.rests = [];
      return { kind: 'other', change };
    }
    const { length } = change.text;
    this.at += length;
    this.line += change.text;
    this.rests = agree.map((rest) => rest.slice(length));
    const key =
      change.removed === 0 && ([...change.text].length === 1 || ENTER.test(change.text) || PAIRS.has(change.text));
    return { kind: key ? 'typed' : 'taken', change };
  }

  /** An edit from the line's start on writes again what stands there: that part is no change. */
  private withoutLine(change: Change): Change {
    const again = this.at - change.offset;
    if (
      again <= 0 ||
      again > this.line.length ||
      change.removed < again ||
      !change.text.startsWith(this.line.slice(-again))
    )
      return change;
    return { offset: this.at, removed: change.removed - again, text: change.text.slice(again) };
  }
}
