/**
 * Keys and values of the global rows that a device has seen, of one text. The first row is for nothing: no tensor is
 * empty.
 */
import { Tensor } from 'onnxruntime-node';

/** One tensor [rows, width] for the keys and one for the values of each layer, in the order of `Cache.global`. */
export interface DeviceRows {
  tensors(rows: number): Tensor[];
  /** For another cache that begins with the same `rows`. */
  share(rows: number): DeviceRows;
  release(): void;
}

/** Buffers on the device that no call changes: caches share them, the last one to let go frees them. */
export class BufferRows implements DeviceRows {
  private users = 1;
  constructor(private readonly whole: Tensor[]) {}

  tensors(rows: number): Tensor[] {
    return this.whole.map((t) => Tensor.fromGpuBuffer(t.gpuBuffer, { dataType: 'float32', dims: [rows, t.dims[1]] }));
  }
  share(): DeviceRows {
    this.users++;
    return this;
  }
  release(): void {
    if (--this.users === 0) for (const t of this.whole) t.dispose();
  }
}

/** Rows of the process, for providers whose binding has no buffers on the device: they go up at every call. */
export class HostRows implements DeviceRows {
  constructor(
    private readonly width: number,
    private readonly rows: Float32Array[],
  ) {}

  tensors(rows: number): Tensor[] {
    return this.rows.map((data) => new Tensor('float32', data.subarray(0, rows * this.width), [rows, this.width]));
  }
  share(rows: number): HostRows {
    return new HostRows(
      this.width,
      this.rows.map((data) => data.slice(0, rows * this.width)),
    );
  }
  release(): void {}

  /** Puts new rows behind the first `at`. */
  append(at: number, fresh: Float32Array[]): void {
    fresh.forEach((from, i) => {
      const need = at * this.width + from.length;
      if (this.rows[i].length < need) {
        const wider = new Float32Array(2 * need);
        wider.set(this.rows[i].subarray(0, at * this.width));
        this.rows[i] = wider;
      }
      this.rows[i].set(from, at * this.width);
    });
  }
}
