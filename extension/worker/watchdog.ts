/**
 * Notices a worker that hangs. It counts beats of a timer without a word from the worker, and no time: a host that
 * slept or stood still itself had no beats meanwhile, and no clock can be set back. Pure; the timer is the worker's
 * owner's.
 */

/** Between two beats, ms. */
export const BEAT = 5000;
/** So many whole beats without a word mean that the worker hangs: longer than any single call of a model takes. */
const BEATS = 4;
/** A slow machine is no reason to give a worker up for ever: each time it is given more beats, up to these. */
const MOST = 32;

export class Watchdog {
  private silent = 0;
  private beats = BEATS;

  /** The worker said something, whatever it was, or was started. */
  heard(): void {
    this.silent = 0;
  }

  /** At each beat: the worker is to be asked for a sign of life, or ended. */
  beat(): 'ask' | 'end' {
    if (++this.silent <= this.beats) return 'ask';
    this.silent = 0;
    this.beats = Math.min(2 * this.beats, MOST);
    return 'end';
  }
}
