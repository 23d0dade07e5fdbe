/** Silence for some minutes, in memory only: it ends by itself, and with the window. Pure; no editor in here. */
import { LONGEST_TIMER } from '../timers.ts';

export class Snooze {
  private until = 0;
  private timer: NodeJS.Timeout | undefined;

  /** `onChange`: a snooze began or ended. */
  constructor(private readonly onChange: () => void) {}

  /** Silence from now on, for so long; 0 ends it. */
  start(minutes: number): void {
    clearTimeout(this.timer);
    this.until = minutes > 0 ? Date.now() + minutes * 60_000 : 0;
    // a timer stands still while the machine sleeps and the clock may be set: the first of the two to be over counts
    if (minutes > 0) this.wait(minutes * 60_000);
    this.onChange();
  }

  /** Ends it after so many ms, by several timers where one is too short. */
  private wait(ms: number): void {
    const now = Math.min(ms, LONGEST_TIMER);
    this.timer = setTimeout(() => (ms > now ? this.wait(ms - now) : this.start(0)), now);
  }

  /** When it ends, as HH:MM of the local time, or undefined. */
  get end(): string | undefined {
    if (Date.now() >= this.until) return undefined;
    const at = new Date(this.until);
    return [at.getHours(), at.getMinutes()].map((n) => String(n).padStart(2, '0')).join(':');
  }

  dispose(): void {
    clearTimeout(this.timer);
  }
}
