/**
 * Where each n-gram of a text was seen before, and which bytes followed: the twin of match_rows in
 * model/byteline_model/network.py. The text grows by bytes and is truncated to any length; it is no longer than `most` bytes.
 */

/** In place of a byte: the n-gram was not seen so often before. */
export const NO_MATCH = 256;

/** Multipliers of the hash, as hash_codes in network.py: position i of an n-gram, counted back, weighs code i. */
function hashCodes(n: number): number[] {
  return Array.from({ length: n }, (_, i) => (Math.floor((0x9e3779b1 * (2 * i + 1)) / 256) % 65536) | 1);
}

export class Matches {
  length = 0;
  private readonly weights: number[];
  private readonly text: Uint8Array;
  /** By order: the hash of the n bytes up to each byte, and the place before where it was last seen, or -1. */
  private readonly codes: Int32Array[];
  private readonly before: Int32Array[];
  private readonly last: Map<number, number>[];

  constructor(private readonly orders: number[], private readonly depth: number, most: number) {
    this.weights = hashCodes(Math.max(0, ...orders));
    this.text = new Uint8Array(most);
    this.codes = orders.map(() => new Int32Array(most));
    this.before = orders.map(() => new Int32Array(most));
    this.last = orders.map(() => new Map());
  }

  append(bytes: Uint8Array): void {
    this.text.set(bytes, this.length);
    for (const end = this.length + bytes.length; this.length < end; this.length++) {
      let [hash, i] = [0, 0];
      this.orders.forEach((order, j) => {
        for (; i < order && i <= this.length; i++) hash += this.weights[i] * this.text[this.length - i];
        this.codes[j][this.length] = hash;
        this.before[j][this.length] = this.last[j].get(hash) ?? -1;
        this.last[j].set(hash, this.length);
      });
    }
  }

  truncate(length: number): void {
    while (this.length > length) {
      const t = --this.length;
      this.orders.forEach((_, j) => {
        const before = this.before[j][t];
        if (before < 0) this.last[j].delete(this.codes[j][t]);
        else this.last[j].set(this.codes[j][t], before);
      });
    }
  }

  /** For each order and each byte from `from` on, what followed the last times its n-gram was seen: [orders * depth, length - from]. */
  followers(from: number): Int32Array {
    const n = this.length - from;
    const out = new Int32Array(this.orders.length * this.depth * n);
    this.before.forEach((before, j) => {
      for (let t = from; t < this.length; t++) {
        for (let [d, seen] = [0, before[t]]; d < this.depth; d++) {
          out[(j * this.depth + d) * n + t - from] = seen < 0 ? NO_MATCH : this.text[seen + 1];
          if (seen >= 0) seen = before[seen];
        }
      }
    });
    return out;
  }

  /** 0, then for every byte where in `bytes` the byte stands that followed its n-gram before, or 0: [orders, 1 + length]. */
  places(): Int32Array {
    const n = this.length + 1;
    const out = new Int32Array(this.orders.length * n);
    this.before.forEach((before, j) => {
      for (let t = 0; t < this.length; t++) out[j * n + 1 + t] = before[t] < 0 ? 0 : before[t] + 2;
    });
    return out;
  }

  /** -1, then the hash at every byte, for each order: [orders, 1 + length]. */
  hashes(): Int32Array {
    const n = this.length + 1;
    const out = new Int32Array(this.orders.length * n);
    this.codes.forEach((codes, j) => {
      out[j * n] = -1;
      out.set(codes.subarray(0, this.length), j * n + 1);
    });
    return out;
  }

  /** NO_MATCH, then every byte: [1 + length]. */
  bytes(): Int32Array {
    const out = new Int32Array(this.length + 1);
    out[0] = NO_MATCH;
    out.set(this.text.subarray(0, this.length), 1);
    return out;
  }
}
