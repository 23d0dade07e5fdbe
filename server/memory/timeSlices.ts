/** Background work in slices of time: never while a completion runs, and never for long at a time. */
import { setTimeout as sleep, setImmediate as turn } from 'node:timers/promises';

/** Work goes on for so long before the event loop gets its turn; ms. */
const SLICE = 4;
/** While a completion runs, its end is looked for this often; ms. */
const POLL = 5;

export class TimeSlices {
  private ends = 0;

  /** `busy`: a completion runs. */
  constructor(
    private readonly signal: AbortSignal,
    private readonly busy: () => boolean,
  ) {}

  /** Does the steps, a slice of time after the other. Throws when aborted. */
  async run(steps: Iterable<void>): Promise<void> {
    await this.idle();
    for (const _ of steps) if (performance.now() >= this.ends) await this.idle();
  }

  /** Lets others have their turn when it is time, and waits while a completion runs. Throws when aborted. */
  async idle(): Promise<void> {
    if (performance.now() >= this.ends) {
      await turn();
      this.ends = performance.now() + SLICE;
    }
    this.signal.throwIfAborted();
    while (this.busy()) await sleep(POLL, undefined, { signal: this.signal });
  }
}
