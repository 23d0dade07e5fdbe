/**
 * How long a worker that died waits until it is started again. Counts deaths and no time: a clock may be set back.
 * Pure.
 */

/** ms */
const WAITS = [200, 1000, 5000, 30_000];

export class BackOff {
  private deaths = 0;

  /** The worker has answered: it is none that dies at every start, and deaths from outside are no reason to wait. */
  worked(): void {
    this.deaths = 0;
  }

  /** It died once more: ms to wait. */
  next(): number {
    return WAITS[Math.min(this.deaths++, WAITS.length - 1)];
  }
}
