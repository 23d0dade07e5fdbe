/** The global model on a device, the rest on the CPU (model/byteline_model/device.py says what goes in and out). */
import { type InferenceSession, Tensor } from 'onnxruntime-node';
import { BytelineError, messageOf } from '../errors.ts';
import type { Cache } from './cache.ts';
import { BufferRows, HostRows } from './deviceRows.ts';
import { MASKED } from './feeds.ts';
import type { Architecture } from './manifest.ts';

export class DeviceGlobal {
  private readonly caches: string[];

  /** `onDevice`: the session leaves pgk*, pgv* in buffers of the device. */
  constructor(
    private readonly session: InferenceSession,
    a: Architecture,
    private readonly onDevice: boolean,
  ) {
    this.caches = Array.from({ length: 2 * a.globalLayers }, (_, i) => `g${i % 2 ? 'v' : 'k'}${i >> 1}`);
  }

  /**
   * The global output g [n, width] for the new patches h [n, width], which join the rows of `cache`. Throws a
   * BytelineError with the code `device` where the runtime does: its buffers or its call failed, and the CPU may go on.
   */
  async run(h: Tensor, cache: Cache): Promise<Tensor> {
    const [n, width] = h.dims;
    if (n === 0) return new Tensor('float32', new Float32Array(), [0, width]);
    const before = cache.rows + 1;
    const old =
      cache.device ??
      new HostRows(
        width,
        this.caches.map(() => new Float32Array(width)),
      );
    const mask = new Float32Array(n * (before + n)).fill(MASKED);
    for (let i = 0; i < n; i++) mask.fill(0, i * (before + n) + 1, i * (before + n) + before + i + 1);
    const feeds: Record<string, Tensor> = {
      h,
      mask: new Tensor('float32', mask, [1, 1, n, before + n]),
      pos: new Tensor(
        'int64',
        BigInt64Array.from({ length: n }, (_, i) => BigInt(cache.rows + i)),
        [1, n],
      ),
    };
    await onDevice(() => old.tensors(before).forEach((tensor, i) => (feeds[this.caches[i]] = tensor)));
    const rows = (got: InferenceSession.ReturnType, kind: string) =>
      this.caches.map((name) => got[kind + name] as Tensor);
    if (this.onDevice) {
      // all: the binding takes locations for the whole list of outputs or for none
      const got = await onDevice(() => this.session.run(feeds));
      for (const t of rows(got, 'n')) t.dispose();
      cache.device = new BufferRows(rows(got, 'p'));
      old.release();
      return got.g as Tensor;
    }
    const got = await onDevice(() => this.session.run(feeds, ['g', ...this.caches.map((name) => `n${name}`)]));
    (old as HostRows).append(
      before,
      rows(got, 'n').map((t) => t.data as Float32Array),
    );
    cache.device = old;
    return got.g as Tensor;
  }

  release(): Promise<void> {
    return this.session.release();
  }
}

/** What the runtime does on a device: its errors are the device's failures, and no others are. */
async function onDevice<T>(work: () => T | Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw new BytelineError('device', messageOf(error));
  }
}

/** Where onnxruntime leaves the outputs of a session on webgpu. */
export function locations(a: Architecture): Record<string, 'cpu' | 'gpu-buffer'> {
  const out: Record<string, 'cpu' | 'gpu-buffer'> = { g: 'cpu' };
  for (let i = 0; i < a.globalLayers; i++) {
    for (const name of [`k${i}`, `v${i}`]) out[`pg${name}`] = out[`ng${name}`] = 'gpu-buffer';
  }
  return out;
}
