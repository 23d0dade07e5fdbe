/**
 * The rows that JavaScript owns for one text: global keys and values per patch, local ones per byte. Only new rows ever
 * come out of the graph, and truncating to any patch is one number. The local rows of a patch come out of the call that
 * decodes it, its global row out of the call after it.
 */
import type { DeviceRows } from './deviceRows.ts';
import type { Architecture } from './manifest.ts';
import { Matches } from './matches.ts';

const SMALLEST = 128;
/** Bytes that are compared at once. */
const BLOCK = 256;

/**
 * Local rows of n bytes, in the order of `Cache.local`, of the first layers at least, and their encodings:
 * [n, localWidth] each.
 */
export interface LocalRows {
  local: Float32Array[];
  encoded: Float32Array;
}

export class Cache {
  /** Text of the cached whole patches. */
  bytes: Uint8Array = new Uint8Array(0);
  /**
   * Global rows in the cache, the pad row (number 0) among them: patches + 1, or one less when the last patch was
   * `take`n; 0 at first.
   */
  rows = 0;
  capacity = 0;
  /** gk0 gv0 gk1 ..: [heads, capacity, width / heads] each; empty where a device holds them. */
  readonly global: Float32Array[];
  device: DeviceRows | undefined;
  /** lk0 lv0 ..: [window + context, localWidth] each; the row of byte t is window + t. */
  readonly local: Float32Array[];
  /** Global outputs [rows, globalWidth], and encoded bytes shifted by one [bytes + 1, localWidth]. */
  readonly outputs: Float32Array;
  readonly encoded: Float32Array;
  /** Local rows of the layers behind the encoder are there from this byte on: prefilling leaves those before out. */
  localFrom = 0;
  /** Where the n-grams of the cached text were last seen. */
  readonly matches: Matches;
  private readonly text: Uint8Array;
  /** The patch decoded behind what is cached, until something else is. */
  private open: { patch: Uint8Array; rows: LocalRows } | undefined;
  /** Bytes that it has held at most. */
  private most = 0;

  constructor(readonly a: Architecture) {
    const most = a.context / a.patch + 1;
    this.global = Array.from({ length: 2 * a.globalLayers }, () => new Float32Array());
    this.local = Array.from(
      { length: 2 * a.localLayers },
      () => new Float32Array((a.window + a.context) * a.localWidth),
    );
    this.outputs = new Float32Array(most * a.globalWidth);
    this.encoded = new Float32Array((a.context + 1) * a.localWidth);
    this.text = new Uint8Array(a.context);
    this.matches = new Matches(a.matchOrders, a.matchDepth, a.context);
  }

  /** Makes room for `rows` global rows: capacities double up to the context, and go beyond it only when they must. */
  reserve(rows: number): void {
    if (rows <= this.capacity) return;
    const { globalHeads: heads, globalWidth } = this.a;
    const [old, width] = [this.capacity, globalWidth / heads];
    let doubled = Math.max(SMALLEST, old);
    while (doubled < rows) doubled *= 2;
    this.capacity = Math.max(rows, Math.min(doubled, this.a.context / this.a.patch + 1));
    this.global.forEach((from, i) => {
      const to = new Float32Array(this.capacity * globalWidth);
      for (let h = 0; h < heads; h++)
        to.set(from.subarray(h * old * width, (h * old + this.rows) * width), h * this.capacity * width);
      this.global[i] = to;
    });
  }

  /** Puts `n` new rows at row `at` of the global arrays, given in their order: [heads, n, width / heads] each. */
  putGlobal(at: number, n: number, global: Float32Array[]): void {
    const { globalHeads: heads, globalWidth } = this.a;
    const width = globalWidth / heads;
    global.forEach((from, i) => {
      for (let h = 0; h < heads; h++)
        this.global[i].set(from.subarray(h * n * width, (h + 1) * n * width), (h * this.capacity + at) * width);
    });
  }

  /** Takes the next `n` global rows in (keys and values: none where a device holds them). */
  appendGlobal(n: number, global: Float32Array[], outputs: Float32Array): void {
    this.putGlobal(this.rows, n, global);
    this.outputs.set(outputs, this.rows * this.a.globalWidth);
    this.rows += n;
  }

  /** Takes the local rows of whole patches in; their n-grams are in `matches` already. */
  appendLocal(patches: Uint8Array, { local, encoded }: LocalRows): void {
    const { localWidth, window } = this.a;
    const at = this.bytes.length;
    local.forEach((rows, i) => this.local[i].set(rows, (window + at) * localWidth));
    this.encoded.set(encoded, (at + 1) * localWidth);
    this.text.set(patches, at);
    this.bytes = this.text.subarray(0, at + patches.length);
    this.open = undefined; // it was decoded before these
    this.most = Math.max(this.most, this.bytes.length);
  }

  /** Keeps the local rows of the patch that was decoded behind what is cached. */
  offer(patch: Uint8Array, rows: LocalRows): void {
    this.open = { patch, rows };
  }

  /** Takes the patch that was decoded last in, if `text` goes on with it. Its global row is still to come. */
  take(text: Uint8Array): void {
    const { open } = this;
    const at = this.bytes.length;
    if (!open || this.rows < at / this.a.patch + 1 || !open.patch.every((byte, i) => byte === text[at + i])) return;
    this.matches.append(open.patch);
    this.appendLocal(open.patch, open.rows);
  }

  /** Forgets everything after the first `patches` patches. */
  truncate(patches: number): void {
    this.rows = Math.min(this.rows, patches + 1);
    if (this.bytes.length > patches * this.a.patch) this.open = undefined;
    this.bytes = this.text.subarray(0, Math.min(this.bytes.length, patches * this.a.patch));
    this.matches.truncate(this.bytes.length);
    if (this.bytes.length === 0) this.localFrom = 0;
  }

  /** Becomes a copy of the first `patches` patches of `other`, a cache of the same model. */
  copy(other: Cache, patches: number): void {
    const { globalHeads: heads, globalWidth, localWidth, window, patch } = this.a;
    const width = globalWidth / heads;
    const rows = Math.min(other.rows, patches + 1);
    this.clear();
    this.release();
    if (other.device) this.device = other.device.share(rows + 1);
    else this.reserve(rows); // empty: nothing of the old text is moved
    this.rows = rows;
    const bytes = Math.min(other.bytes.length, patches * patch);
    if (!this.device)
      this.global.forEach((to, i) => {
        for (let h = 0; h < heads; h++)
          to.set(
            other.global[i].subarray(h * other.capacity * width, (h * other.capacity + this.rows) * width),
            h * this.capacity * width,
          );
      });
    this.local.forEach((to, i) => to.set(other.local[i].subarray(0, (window + bytes) * localWidth)));
    this.outputs.set(other.outputs.subarray(0, this.rows * globalWidth));
    this.encoded.set(other.encoded.subarray(0, (bytes + 1) * localWidth));
    this.text.set(other.bytes.subarray(0, bytes));
    this.bytes = this.text.subarray(0, bytes);
    this.localFrom = bytes > 0 ? other.localFrom : 0;
    this.most = Math.max(this.most, bytes);
    this.matches.copy(other.matches, bytes);
  }

  /** Bytes of memory that it has touched: what it forgets is not given back. */
  get size(): number {
    const { globalLayers, globalWidth, localLayers, localWidth, matchOrders, patch } = this.a;
    const row = (2 * globalLayers + 1) * globalWidth;
    const byte = (2 * localLayers + 1) * localWidth + 2 * matchOrders.length + 1;
    return (
      4 * (Math.max(this.capacity, this.most / patch + 1) * row + this.most * byte) + this.matches.buckets.byteLength
    );
  }

  /** Gives back what it holds on a device. */
  release(): void {
    this.device?.release();
    this.device = undefined;
  }

  /** Forgets everything, the pad row too. */
  clear(): void {
    this.truncate(0);
    this.open = undefined;
    this.rows = 0;
  }

  /** Whole patches that the cache shares with `text` from its start. */
  shared(text: Uint8Array): number {
    const most = Math.min(this.bytes.length, text.length);
    let i = 0;
    const block = (bytes: Uint8Array) => bytes.subarray(i, i + BLOCK);
    while (i + BLOCK <= most && Buffer.compare(block(this.bytes), block(text)) === 0) i += BLOCK;
    while (i < most && this.bytes[i] === text[i]) i++;
    return Math.floor(i / this.a.patch);
  }
}
