/**
 * How long to wait after a key, beyond the editor's own 50 ms, before the worker is asked. Pure: times are a monotonic
 * clock's, ms.
 */

/** What the editor waits before it asks, ms. */
const EDITOR = 50;
/** The longest wait, ms. */
const MOST = 150;
/** Keys further apart are no rhythm but a pause, ms. */
const PAUSE = 1000;
/** The rhythm of someone who has typed nothing yet, ms from key to key. */
const USUAL = 200;
/** So many of the latest keys and answers count. */
const LATEST = 9;
/**
 * An answer that takes less than this part of the time from key to key is no reason to wait; one that takes all of it
 * is every reason.
 */
const SMALL = 1 / 4;

/** Here the next word is anyone's guess, and the text is wanted at once. */
const OPENING = /[.,:;=([{<>"'`@#/]$|[-+*%&|!?=<>,:;] $/;
const KEYWORDS = [
  'and as async await case class const def else export extends fn for from func function if implements import in',
  'is let match new not of or pub return static struct throw type typeof use var while with yield',
];
const KEYWORD = new RegExp(`\\b(?:${KEYWORDS.join(' ').replaceAll(' ', '|')}) $`);

export class Delay {
  private intervals: number[] = [];
  private latencies: number[] = [];
  private lastKey = -Infinity;
  private lastInterval = Infinity;

  /** A key was typed. */
  typed(now: number): void {
    this.lastInterval = now - this.lastKey;
    this.lastKey = now;
    if (this.lastInterval < PAUSE) this.intervals = latest(this.intervals, this.lastInterval);
  }

  /** The first text, or the answer that there is none, came so many ms after it was asked for. */
  answered(ms: number): void {
    this.latencies = latest(this.latencies, ms);
  }

  /**
   * Given up before the first text, after so many ms. Without these a machine that never answers between two keys
   * would count as fast.
   */
  gaveUp(ms: number): void {
    if (ms > (median(this.latencies) ?? 0)) this.answered(ms);
  }

  /** How long to wait, ms; `before` is the cursor's line up to the cursor. */
  wait(before: string): number {
    if (before.trim() === '' || OPENING.test(before) || KEYWORD.test(before)) return 0;
    const rhythm = median(this.intervals) ?? USUAL;
    const reason = Math.min(1, ((median(this.latencies) ?? 0) / rhythm - SMALL) / (1 - SMALL));
    if (!(reason > 0)) return 0;
    const nextKey = Math.max(0, 1.25 * rhythm - EDITOR);
    const burst = this.lastInterval < 2 * rhythm; // else the next key is less sure to come
    return Math.min(MOST, Math.round(reason * (burst ? nextKey : nextKey / 2)));
  }
}

const latest = (values: number[], value: number) => [...values, value].slice(-LATEST);

function median(values: number[]): number | undefined {
  return values.length ? [...values].sort((a, b) => a - b)[values.length >> 1] : undefined;
}
