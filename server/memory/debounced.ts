/** Paths that wait until nothing was added for a while. */

/** Additions that never pause are heard after this long all the same; ms. */
const LONGEST = 3000;
/** More paths than these are not looked at one by one; of a flood, one more is kept, to be known by. */
export const FLOOD = 20_000;

export class Debounced {
  private paths = new Set<string>();
  private timer?: NodeJS.Timeout;
  private first = 0;

  /** Calls `done` when nothing was added for `quiet` ms: then the paths are there to be taken. */
  constructor(
    private readonly quiet: number,
    private readonly done: () => void,
  ) {}

  add(paths: string[]): void {
    if (paths.length === 0) return;
    const now = performance.now();
    if (this.paths.size === 0) this.first = now;
    for (const path of paths) if (this.paths.size <= FLOOD) this.paths.add(path);
    clearTimeout(this.timer);
    this.timer = setTimeout(this.done, Math.max(0, Math.min(this.quiet, this.first + LONGEST - now)));
  }

  take(): Set<string> {
    const paths = this.paths;
    this.paths = new Set();
    return paths;
  }

  stop(): void {
    clearTimeout(this.timer);
    this.paths.clear();
  }
}
