/** The loaded model and its caches. A switch loads first and replaces after: a failure keeps the old one. */
import type { Cache } from './cache.ts';
import { Engine, type EngineOptions } from './engine.ts';
import { Pool } from './pool.ts';

export interface SlotOptions extends EngineOptions {
  /** Memory for caches, 10^6 bytes. */
  cacheMegabytes?: number;
}

/** A full cache takes 22 MB with nano. */
export const CACHE_MEGABYTES = 48;

export class Slot {
  engine: Engine | undefined;
  /** Bytes per second of the last completions, by model. */
  readonly speeds = new Map<string, number>();
  private pool: Pool | undefined;
  private last: Promise<unknown> = Promise.resolve();

  constructor(private readonly options: SlotOptions = {}) {}

  /** Loads the model in `folder`; the next work uses it. Throws BytelineError and keeps the old model. */
  async switchTo(folder: string, threads = this.options.threads): Promise<Engine> {
    const engine = await Engine.load(folder, { ...this.options, threads });
    return this.run(async () => {
      const old = this.engine;
      this.engine = engine;
      this.pool = new Pool(engine.architecture, 1e6 * (this.options.cacheMegabytes ?? CACHE_MEGABYTES));
      await old?.release();
      return engine;
    });
  }

  /** The cache of the loaded model that shares most with `text`. */
  cacheFor(text: Uint8Array): Cache {
    if (!this.pool) throw new Error('no model is loaded');
    return this.pool.take(text);
  }

  /** Runs work that uses the engine, one piece at a time. */
  run<T>(work: () => Promise<T>): Promise<T> {
    const result = this.last.then(work);
    this.last = result.catch(() => undefined);
    return result;
  }
}
