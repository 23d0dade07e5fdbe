/** The loaded model and its caches. A switch loads first and replaces after: a failure keeps the old one. */
import { BytelineError } from '../errors.ts';
import { SerialQueue } from '../serialQueue.ts';
import type { Cache } from './cache.ts';
import { CachePool } from './cachePool.ts';
import type { Device } from './devices.ts';
import { Engine, type EngineOptions } from './engine.ts';

export interface LoadedModelOptions extends EngineOptions {
  /** Memory for caches, 10^6 bytes. */
  cacheMegabytes?: number;
}

/** A full cache takes 22 MB with nano. */
export const CACHE_MEGABYTES = 48;

export class LoadedModel {
  engine: Engine | undefined;
  /** Why the last load failed, and of which model; for whoever asks while there is no engine. */
  failure: { model: string; message: string } | undefined;
  /** Bytes per second of the last completions, by the model's folder. */
  readonly speeds = new Map<string, number>();
  private pool: CachePool | undefined;
  private readonly queue = new SerialQueue();

  /** `onFailure`: a device failed; the CPU goes on. */
  constructor(
    private readonly options: LoadedModelOptions = {},
    private readonly onFailure: (device: Device, error: unknown) => void = () => undefined,
  ) {}

  /** Loads the model in `folder`; the next work uses it. Throws BytelineError and keeps the old model. */
  async switchTo(folder: string, options: EngineOptions = {}): Promise<Engine> {
    const engine = await Engine.load(folder, { ...this.options, ...options });
    return this.run(() => this.replace(engine));
  }

  /**
   * Runs work with the loaded model, one piece at a time; undefined where none is loaded. Work that a device fails (an
   * error with the code `device`) is done again on the CPU, which reads its text anew. Throws what the work throws.
   */
  use<T>(work: (engine: Engine) => Promise<T>): Promise<T | undefined> {
    return this.run(async () => {
      const { engine } = this;
      if (!engine) return undefined;
      try {
        return await work(engine);
      } catch (error) {
        if (engine.device === 'cpu' || !ofDevice(error)) throw error;
        const onCpu = await this.replace(
          await Engine.load(engine.folder, { ...this.options, threads: engine.threads, device: 'cpu' }),
        );
        this.onFailure(engine.device, error);
        return work(onCpu);
      }
    });
  }

  /** Why nothing can be made, for a user. */
  get unloaded(): string {
    return this.failure?.message ?? 'no model is loaded';
  }

  private async replace(engine: Engine): Promise<Engine> {
    const [old, pool] = [this.engine, this.pool];
    this.engine = engine;
    this.pool = new CachePool(engine.architecture, 1e6 * (this.options.cacheMegabytes ?? CACHE_MEGABYTES));
    try {
      pool?.release();
      await old?.release();
    } catch {
      // a device that failed may fail at this, too
    }
    return engine;
  }

  /** The cache of the loaded model that shares most with `text`. Throws an Error where none is loaded. */
  cacheFor(text: Uint8Array): Cache {
    if (!this.pool) throw new Error('no model is loaded');
    return this.pool.take(text);
  }

  /** Runs work that uses the engine, one piece at a time. */
  run<T>(work: () => Promise<T>): Promise<T> {
    return this.queue.run(work);
  }
}

/** Whether the runtime raised it on a device: any other error is nobody's fault but ours, and the device stays. */
export function ofDevice(error: unknown): error is BytelineError {
  return error instanceof BytelineError && error.code === 'device';
}
