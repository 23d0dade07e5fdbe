/**
 * Where each n-gram of a text was seen before, and which bytes followed: the twin of match_rows in
 * model/byteline_model/network.py. The text grows by bytes and is truncated to any length; it is no longer than `most` bytes.
 * The arrays are the graph's inputs as they stand: column t + 1 is byte t, and column 0 means none (see graph.py).
 */

/** In place of a byte: the n-gram was not seen so often before. */
export const NO_MATCH = 256;
/** Of each order's hash table: graph.py has the same. */
const BUCKETS = 4093;

/** Multipliers of the hash, as hash_codes in network.py: position i of an n-gram, counted back, weighs code i. */
function hashCodes(n: number): number[] {
  return Array.from({ length: n }, (_, i) => (Math.floor((0x9e3779b1 * (2 * i + 1)) / 256) % 65536) | 1);
}

export class Matches {
  length = 0;
  /** NO_MATCH, then every byte: [1 + most]. */
  readonly text: Int32Array;
  /** -1, then the hash of the n bytes up to each byte, for each order: [orders, 1 + most]. */
  readonly codes: Int32Array;
  /** 0, then for every byte where in `text` the byte stands that followed its n-gram before, or 0: [orders, 1 + most]. */
  readonly places: Int32Array;
  /** The latest column of each hash, by its remainder: [orders, BUCKETS, slots]; 0 in an empty slot. */
  buckets: Int32Array;
  private slots = 8;
  private readonly weights: number[];

  constructor(private readonly orders: number[], private readonly depth: number, private readonly most: number) {
    this.weights = hashCodes(Math.max(0, ...orders));
    this.text = new Int32Array(1 + most);
    this.text[0] = NO_MATCH;
    this.codes = new Int32Array(orders.length * (1 + most));
    this.places = new Int32Array(orders.length * (1 + most));
    this.buckets = new Int32Array(orders.length * BUCKETS * this.slots);
    orders.forEach((_, j) => (this.codes[j * (1 + most)] = -1));
  }

  append(bytes: Uint8Array): void {
    for (const byte of bytes) {
      const column = ++this.length;
      this.text[column] = byte;
      let [hash, i] = [0, 0];
      this.orders.forEach((order, j) => {
        for (; i < order && i < column; i++) hash += this.weights[i] * this.text[column - i];
        this.codes[j * (1 + this.most) + column] = hash;
        const slot = this.slotOf(j, hash);
        const last = this.buckets[slot];
        this.places[j * (1 + this.most) + column] = last && last + 1;
        this.buckets[slot] = column;
      });
    }
  }

  truncate(length: number): void {
    for (; this.length > length; this.length--) {
      this.orders.forEach((_, j) => {
        const at = j * (1 + this.most) + this.length;
        const place = this.places[at];
        this.buckets[this.slotOf(j, this.codes[at])] = place && place - 1;
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

  /** For each order and each byte from `from` on, what followed the last times its n-gram was seen: [orders * depth, length - from]. */
  followers(from: number): Int32Array {
    const n = this.length - from;
    const out = new Int32Array(this.orders.length * this.depth * n);
    this.orders.forEach((_, j) => {
      const row = j * (1 + this.most);
      for (let t = 0; t < n; t++) {
        for (let [d, place] = [0, this.places[row + from + t + 1]]; d < this.depth; d++) {
          out[(j * this.depth + d) * n + t] = this.text[place];
          place = place && this.places[row + place - 1];
        }
      }
    });
    return out;
  }

  /** Where in `buckets` the hash of order number `j` stands, or else an empty slot for it. */
  private slotOf(j: number, hash: number): number {
    const first = (j * BUCKETS + (hash % BUCKETS)) * this.slots;
    let empty = -1;
    for (let s = first; s < first + this.slots; s++) {
      const column = this.buckets[s];
      if (column === 0) empty = s;
      else if (this.codes[j * (1 + this.most) + column] === hash) return s;
    }
    if (empty >= 0) return empty;
    this.widen();
    return this.slotOf(j, hash);
  }

  /** Twice the slots for each bucket. */
  private widen(): void {
    const [old, slots] = [this.buckets, this.slots];
    this.slots = 2 * slots;
    this.buckets = new Int32Array(2 * old.length);
    for (let b = 0; b < old.length / slots; b++) this.buckets.set(old.subarray(b * slots, (b + 1) * slots), b * this.slots);
  }
}
