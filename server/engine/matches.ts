/**
 * Where each n-gram of a text was seen before, and which bytes followed: the twin of match_rows in
 * model/byteline_model/ngrams.py. The text grows by bytes and is truncated to any length; it is no longer than `most`
 * bytes. The arrays are the graph's inputs as they stand: an n-gram that ends with byte t has column t + 2, which is
 * also where the byte that follows it stands in `text`, and column 0 means none (see graph.py).
 */

/** In place of a byte: the n-gram was not seen so often before. */
export const NO_MATCH = 256;
/** Of each order's hash table: patch_decoder.py has the same. */
export const BUCKETS = 4093;

/** Multipliers of the hash, as hash_codes in ngrams.py: position i of an n-gram, counted back, weighs WEIGHTS[i]. */
const WEIGHTS = Array.from({ length: 64 }, (_, i) => (Math.floor((0x9e3779b1 * (2 * i + 1)) / 256) % 65536) | 1);

/**
 * Puts the hash of the n bytes of `text` up to byte t, for each of the ascending orders n, at out[first] and on; bytes
 * before the start count as zero.
 */
export function ngramCodes(text: Int32Array, t: number, orders: readonly number[], out: Int32Array, first = 0): void {
  let [hash, i] = [0, 0];
  for (let j = 0; j < orders.length; j++) {
    for (; i < orders[j] && i <= t; i++) hash += WEIGHTS[i] * text[t - i];
    out[first + j] = hash;
  }
}

export class Matches {
  length = 0;
  /** NO_MATCH, then every byte: [1 + most]. */
  readonly text: Int32Array;
  /** Hashes by order and column: [orders, 2 + most]; -1 in columns 0 and 1. */
  readonly codes: Int32Array;
  /** The column of the last n-gram that was the same, by order and column, or 0: [orders, 2 + most]. */
  readonly places: Int32Array;
  /** The latest columns of each hash, by its remainder: [orders, BUCKETS, slots]; 0 in an empty slot. */
  buckets: Int32Array;
  slots = 8;
  private readonly hashes: Int32Array;

  constructor(
    readonly orders: readonly number[],
    readonly depth: number,
    readonly most: number,
  ) {
    this.text = new Int32Array(1 + most);
    this.text[0] = NO_MATCH;
    this.codes = new Int32Array(orders.length * (2 + most));
    this.places = new Int32Array(orders.length * (2 + most));
    this.buckets = new Int32Array(orders.length * BUCKETS * this.slots);
    this.hashes = new Int32Array(orders.length);
    orders.forEach((_, j) => this.codes.fill(-1, this.at(j, 0), this.at(j, 2)));
  }

  append(bytes: Uint8Array): void {
    const [text, hashes] = [this.text.subarray(1), this.hashes];
    for (const byte of bytes) {
      text[this.length] = byte;
      const column = this.length + 2;
      ngramCodes(text, this.length++, this.orders, hashes);
      for (let j = 0; j < hashes.length; j++) {
        this.codes[this.at(j, column)] = hashes[j];
        const slot = this.slotOf(j, hashes[j]);
        this.places[this.at(j, column)] = this.buckets[slot];
        this.buckets[slot] = column;
      }
    }
  }

  truncate(length: number): void {
    for (; this.length > length; this.length--) {
      this.orders.forEach((_, j) => {
        const at = this.at(j, this.length + 1);
        this.buckets[this.slotOf(j, this.codes[at])] = this.places[at];
      });
    }
  }

  /** Becomes a copy of the first `length` bytes of `other`, which has the same orders. */
  copy(other: Matches, length: number): void {
    this.text.set(other.text);
    this.codes.set(other.codes);
    this.places.set(other.places);
    this.buckets = other.buckets.slice();
    this.slots = other.slots;
    this.length = other.length;
    this.truncate(length);
  }

  /**
   * For each byte from `from` on and each order, what followed the last times its n-gram was seen:
   * [length - from, orders * depth].
   */
  followers(from: number): Int32Array {
    const [n, width] = [this.length - from, this.orders.length * this.depth];
    const out = new Int32Array(n * width);
    for (let t = 0; t < n; t++) {
      for (let j = 0; j < this.orders.length; j++) {
        let place = this.places[this.at(j, from + t + 2)];
        for (let d = 0; d < this.depth; d++) {
          out[t * width + j * this.depth + d] = this.text[place];
          place = this.places[this.at(j, place)];
        }
      }
    }
    return out;
  }

  /** The latest column whose n-gram of order number `j` has this hash, or 0. */
  latest(j: number, hash: number): number {
    return this.buckets[this.slotOf(j, hash)];
  }

  /** Where column `column` of order number `j` stands in `codes` and `places`. */
  private at(j: number, column: number): number {
    return j * (2 + this.most) + column;
  }

  /** Where in `buckets` the hash of order number `j` stands, or else an empty slot for it. */
  private slotOf(j: number, hash: number): number {
    const first = (j * BUCKETS + (hash % BUCKETS)) * this.slots;
    let empty = -1;
    for (let s = first; s < first + this.slots; s++) {
      const column = this.buckets[s];
      if (column === 0) empty = s;
      else if (this.codes[this.at(j, column)] === hash) return s;
    }
    if (empty >= 0) return empty;
    this.buckets = widened(this.buckets, this.slots);
    this.slots *= 2;
    return this.slotOf(j, hash);
  }
}

/** The same table with twice the slots for each bucket. */
export function widened(buckets: Int32Array, slots: number): Int32Array {
  const wide = new Int32Array(2 * buckets.length);
  for (let b = 0; b < buckets.length / slots; b++)
    wide.set(buckets.subarray(b * slots, (b + 1) * slots), 2 * b * slots);
  return wide;
}
