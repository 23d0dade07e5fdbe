/**
 * A batch of texts that go on from the same cached patches: one call yields the next patch of each. The prefix's global
 * keys and values are read where they lie; those of the texts stand behind them in the same arrays, out of the cache's
 * own count.
 */
import type { Tensor } from 'onnxruntime-node';
import { stateAfter } from '../prompt/utf8.ts';
import type { Cache } from './cache.ts';
import {
  floats,
  forcedFeed,
  ints,
  MASKED,
  matchFeeds,
  placeFeeds,
  recentBytes,
  rowsOf,
  type Tensors,
} from './feeds.ts';
import { BUCKETS, ngramCodes, widened } from './matches.ts';

export class Batch {
  /** Global rows of the prefix, and bytes of every text. */
  private readonly base: number;
  /** Where the next global rows of the texts go. */
  private row: number;
  private length: number;
  /** The last W local rows of each [count, window, localWidth], by layer. */
  private readonly local: Float32Array[];
  /** From the last byte before the patch accepted last on: [count, 1 or 1 + patch, localWidth]. */
  private known: Float32Array;
  /** The last global output of each: [count, globalWidth]. */
  private outputs: Float32Array;
  private readonly matches: BatchMatches;
  /** The patches decoded and accepted last, [count, patch]. */
  private open: Int32Array | undefined;
  private made: Tensors | undefined;

  /** `cache` has all global rows of its text; each text will be at most `patches` longer. */
  constructor(
    private readonly cache: Cache,
    private readonly count: number,
    patches: number,
  ) {
    const { patch, localWidth, globalWidth, window } = cache.a;
    this.base = this.row = cache.rows;
    this.length = cache.bytes.length;
    cache.reserve(this.base + count * patches);
    const each = (from: Float32Array) => repeated(from, count);
    this.local = cache.local.map((rows) =>
      each(rows.subarray(this.length * localWidth, (this.length + window) * localWidth)),
    );
    this.known = each(cache.encoded.subarray(this.length * localWidth, (this.length + 1) * localWidth));
    this.outputs = each(cache.outputs.subarray((this.base - 1) * globalWidth, this.base * globalWidth));
    this.matches = new BatchMatches(cache, count, this.length + patch * patches);
  }

  /** Bytes of memory. */
  get size(): number {
    const { text, codes, places, buckets } = this.matches;
    return [...this.local, this.known, this.outputs, text, codes, places, buckets].reduce(
      (bytes, { byteLength }) => bytes + byteLength,
      0,
    );
  }

  /** What the next call reads, with the known bytes of each open patch; the patches before join their texts. */
  feeds(forced: Uint8Array[]): Tensors {
    const {
      cache: { a, capacity },
      count: B,
      open,
      base,
      length: before,
    } = this;
    const { patch: P, window: W, localWidth: D, globalWidth, reach } = a;
    const n = open ? 1 : 0;
    if (open) {
      for (let b = 0; b < B; b++) this.matches.append(b, open.subarray(b * P, (b + 1) * P));
      this.length += P;
    }
    const at = this.length;
    // the new rows stand behind those that the texts have: text b sees every B-th of them from b on
    const mask = new Float32Array(Math.max(1, B * n) * capacity).fill(MASKED);
    const self = new Float32Array(B * n * B * n).fill(MASKED);
    for (let b = 0; b < B * n; b++) {
      mask.fill(0, b * capacity, b * capacity + base);
      for (let row = base + b; row < this.row; row += B) mask[b * capacity + row] = 0;
      self[b * B + b] = 0;
    }
    const texts = Array.from({ length: B }, (_, b) => this.matches.textOf(b));
    const feeds: Tensors = {
      ...placeFeeds(a, at, 0, at, new Array<number>(B * n).fill(at / P)),
      patch: ints(open ?? [], [B, P * n]),
      fresh: ints([], [B, 0]),
      grams: ints([], [B, 0, a.hashOrders.length]),
      found: ints([], [B, 0, a.matchOrders.length * a.matchDepth]),
      mask: floats(mask, [1, Math.max(1, B * n), capacity]),
      self: floats(self, [1, B * n, B * n]),
      recent: ints(
        texts.flatMap((text) => recentBytes(text, at, reach)),
        [B, reach - 1],
      ),
      known: floats(this.known, [B, 1 + at - before, D]),
      g0: floats(this.outputs, [B, 1, globalWidth]),
      forced: forcedFeed(P, forced),
      state: ints(
        texts.map((text) => stateAfter(Uint8Array.from(text.subarray(Math.max(1, at - 3), at + 1)))),
        [B, 1],
      ),
    };
    if (a.matchOrders.length) Object.assign(feeds, matchFeeds(this.matches, this.matches, B, a.matchOrders.length));
    rowsOf('l', a.localLayers).forEach((name, i) => (feeds[name] = floats(this.local[i], [B, W, D])));
    return feeds;
  }

  /** Takes in what the call brought; until it is `accept`ed, the next call decodes the same patches once more. */
  take(got: Tensors): Tensors {
    const { cache, count: B } = this;
    if (this.open) {
      cache.putGlobal(
        this.row,
        B,
        rowsOf('g', cache.a.globalLayers).map((name) => dataOf(got[`n${name}`])),
      );
      this.row += B;
      this.outputs = dataOf(got.g);
    }
    this.known = lastOf(this.known, B, cache.a.localWidth);
    this.open = undefined;
    this.made = got;
    return got;
  }

  /** The patches that the last call brought are the texts' own. */
  accept(): void {
    const { count: B, made: got } = this;
    const { patch: P, window: W, localWidth: D, localLayers } = this.cache.a;
    if (!got) return;
    const [size, fresh] = [W * D, P * D];
    rowsOf('l', localLayers).forEach((name, i) => {
      for (let b = 0; b < B; b++) {
        this.local[i].copyWithin(b * size, b * size + fresh, (b + 1) * size);
        this.local[i].set(dataOf(got[`o${name}`]).subarray(b * fresh, (b + 1) * fresh), (b + 1) * size - fresh);
      }
    });
    const [last, encoded] = [this.known, dataOf(got.ou)];
    this.known = new Float32Array(B * (D + fresh));
    for (let b = 0; b < B; b++) {
      this.known.set(last.subarray(b * D, (b + 1) * D), b * (D + fresh));
      this.known.set(encoded.subarray(b * fresh, (b + 1) * fresh), b * (D + fresh) + D);
    }
    this.open = got.bytes.data as Int32Array;
  }
}

const dataOf = (tensor: Tensor) => tensor.data as Float32Array;

/** The last `width` numbers of each of `count` equal parts. */
function lastOf(all: Float32Array, count: number, width: number): Float32Array {
  const out = new Float32Array(count * width);
  const part = all.length / count;
  for (let i = 0; i < count; i++) out.set(all.subarray((i + 1) * part - width, (i + 1) * part), i * width);
  return out;
}

/**
 * The match inputs of the whole batch. The hash table is one: it may name columns of other texts, and every text looks
 * its own codes up there.
 */
class BatchMatches {
  readonly text: Int32Array;
  readonly codes: Int32Array;
  readonly places: Int32Array;
  buckets: Int32Array;
  slots: number;
  private readonly lengths: number[];
  private readonly hashes: Int32Array;

  constructor(
    private readonly cache: Cache,
    count: number,
    private readonly most: number,
  ) {
    const { matches } = cache;
    const short = (from: Int32Array, rows: number, width: number) => {
      const out = new Int32Array(rows * width);
      for (let row = 0; row < rows; row++)
        out.set(
          from.subarray((row * from.length) / rows, (row * from.length) / rows + matches.length + width - most),
          row * width,
        );
      return out;
    };
    const rows = matches.orders.length;
    this.text = repeated(short(matches.text, 1, 1 + most), count);
    this.codes = repeated(short(matches.codes, rows, 2 + most), count);
    this.places = repeated(short(matches.places, rows, 2 + most), count);
    [this.buckets, this.slots] = [matches.buckets.slice(), matches.slots];
    this.hashes = new Int32Array(rows);
    this.lengths = new Array<number>(count).fill(matches.length);
  }

  /** Column t + 1 is byte t. */
  textOf(b: number): Int32Array {
    return this.text.subarray(b * (1 + this.most), (b + 1) * (1 + this.most));
  }

  append(b: number, bytes: Int32Array): void {
    const { matches } = this.cache;
    const text = this.textOf(b).subarray(1);
    for (const byte of bytes) {
      const t = this.lengths[b]++;
      text[t] = byte;
      ngramCodes(text, t, matches.orders, this.hashes);
      this.hashes.forEach((hash, j) => {
        const row = (b * matches.orders.length + j) * (2 + this.most);
        let place = t + 1;
        while (place > matches.length + 1 && this.codes[row + place] !== hash) place--;
        this.places[row + t + 2] = place > matches.length + 1 ? place : matches.latest(j, hash);
        this.codes[row + t + 2] = hash;
        this.insert(j, hash, t + 2);
      });
    }
  }

  private insert(j: number, hash: number, column: number): void {
    for (;;) {
      const first = (j * BUCKETS + (hash % BUCKETS)) * this.slots;
      const slots = this.buckets.subarray(first, first + this.slots);
      const at = slots.findIndex((held) => held === column || held === 0);
      if (at >= 0) return void (slots[at] = column);
      this.buckets = widened(this.buckets, this.slots);
      this.slots *= 2;
    }
  }
}

function repeated<T extends Float32Array | Int32Array>(from: T, times: number): T {
  const out = new (from.constructor as new (n: number) => T)(from.length * times);
  for (let i = 0; i < times; i++) out.set(from, i * from.length);
  return out;
}
