/**
 * The caches of one model, found by the text that they hold: an undo, another file or another cursor finds its own
 * again.
 */
import { Cache } from './cache.ts';
import type { Architecture } from './manifest.ts';

/**
 * A cache may lose so many patches at its end to another text (half a line's typing, a refused completion) before it is
 * kept and copied.
 */
const LOSS = 32;

export class CachePool {
  /** Least recently used first. */
  private caches: Cache[] = [];

  /** `budget`: bytes of memory; the last caches used stay within it, but for what the very last grows by. */
  constructor(
    private readonly architecture: Architecture,
    private readonly budget: number,
  ) {}

  /**
   * The cache for `text`: it holds all that any cache shares with it. Others keep what they hold, or go when memory
   * runs out.
   */
  take(text: Uint8Array): Cache {
    const { patch } = this.architecture;
    const shared = new Map(this.caches.map((cache) => [cache, cache.shared(text)]));
    const best = this.caches.reduceRight<Cache | undefined>(
      (a, b) => (a && shared.get(a)! >= shared.get(b)! ? a : b),
      undefined,
    );
    if (best && best.bytes.length / patch - shared.get(best)! <= LOSS) return this.use(best);
    const cache = this.full ? (this.caches.find((c) => c !== best) ?? best!) : new Cache(this.architecture);
    if (best && best !== cache) cache.copy(best, shared.get(best)!);
    return this.use(cache);
  }

  private use(cache: Cache): Cache {
    this.caches = [...this.caches.filter((c) => c !== cache), cache];
    while (this.size > this.budget && this.caches.length > 1) this.caches.shift()!.release();
    return cache;
  }

  private get full(): boolean {
    return this.caches.length > 0 && this.size + this.caches.at(-1)!.size > this.budget;
  }

  /** Lets go of all caches, on a device too. */
  release(): void {
    for (const cache of this.caches.splice(0)) cache.release();
  }

  get size(): number {
    return this.caches.reduce((n, cache) => n + cache.size, 0);
  }
}
