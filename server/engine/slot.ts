/** The loaded model and its caches, one a document. A switch loads first and replaces after: a failure keeps the old one. */
import { Cache } from './cache.ts';
import { Engine, type EngineOptions } from './engine.ts';

/** Documents whose caches are kept; the least recently used goes first. A full one takes 22 MB with nano. */
const MOST = 2;

export class Slot {
  engine: Engine | undefined;
  /** Bytes per second of the last completions, by model. */
  readonly speeds = new Map<string, number>();
  private caches = new Map<string, Cache>();
  private last: Promise<unknown> = Promise.resolve();

  constructor(private readonly options: EngineOptions = {}) {}

  /** Loads the model in `folder`; the next work uses it. Throws BytelineError and keeps the old model. */
  async switchTo(folder: string): Promise<Engine> {
    const engine = await Engine.load(folder, this.options);
    return this.run(async () => {
      const old = this.engine;
      this.engine = engine;
      this.caches.clear();
      await old?.release();
      return engine;
    });
  }

  cacheOf(uri: string): Cache {
    if (!this.engine) throw new Error('no model is loaded');
    const cache = this.caches.get(uri) ?? this.oldest() ?? new Cache(this.engine.architecture);
    this.caches.delete(uri);
    this.caches.set(uri, cache);
    return cache;
  }

  /** The cache to give up for another document, emptied; undefined while there is room. */
  private oldest(): Cache | undefined {
    if (this.caches.size < MOST) return undefined;
    const [uri, cache] = this.caches.entries().next().value!;
    this.caches.delete(uri);
    cache.clear();
    return cache;
  }

  forget(uri: string): void {
    this.caches.delete(uri);
  }

  /** Runs work that uses the engine, one piece at a time. */
  run<T>(work: () => Promise<T>): Promise<T> {
    const result = this.last.then(work);
    this.last = result.catch(() => undefined);
    return result;
  }
}
