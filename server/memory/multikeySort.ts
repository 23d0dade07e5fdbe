/**
 * Sorts many things by strings of bytes, in steps: multikey sorting (Bentley and Sedgewick 1997) by five bytes at a
 * time, with the native sort for numbers of 64 bits. Those with the same string stay in the order of their numbers.
 */

/** The strings. */
export interface Keys {
  /** Bytes [depth, depth + 4) of a string, the first one counting most, zeros behind its end. */
  high(thing: number, depth: number): number;
  /** The byte behind those. */
  low(thing: number, depth: number): number;
}

/** Bytes of a key: with a number of 24 bits they fill 64 bits. */
const KEY = 5;
const NUMBER = 0xffffff;
/** Fewer than this are sorted by insertion. */
const FEW = 10;
/** Things that are looked at between two turns of other work. */
const STEP = 1 << 14;

export class MultikeySort {
  /** A key and the number of its thing; and the same in halves, the second one counting more. */
  private readonly keys: BigUint64Array;
  private readonly halves: Uint32Array;
  /** The place in `order` of the first of `keys`. */
  private base = 0;
  /** Things that were sorted since the last turn of other work. */
  private done = 0;

  /** Of the things in `order`, numbers of 24 bits, by the first `most` bytes of their strings. */
  constructor(
    private readonly order: Uint32Array,
    private readonly strings: Keys,
    private readonly most: number,
  ) {
    this.keys = new BigUint64Array(Math.min(STEP, order.length));
    this.halves = new Uint32Array(this.keys.buffer);
  }

  /** Sorts those at [from, to), which share `depth` bytes; where they are many, by one byte more at a time. */
  *sort(from: number, to: number, depth: number): Generator<void> {
    if (to - from < 2 || depth >= this.most) return;
    if (to - from <= STEP) {
      this.base = from;
      this.sortFew(from, to, depth);
      if (this.isDue(to - from)) yield;
      return;
    }
    const ends = new Uint32Array(257);
    for (let at = from; at < to; at += STEP, yield) this.count(at, Math.min(at + STEP, to), depth, ends);
    for (let b = 0; b < 256; b++) ends[b + 1] += ends[b];
    const [next, sorted] = [ends.slice(), new Uint32Array(to - from)];
    for (let at = from; at < to; at += STEP, yield) this.distribute(at, Math.min(at + STEP, to), depth, next, sorted);
    this.order.set(sorted, from);
    // those with a zero have ended
    for (let b = 1; b < 256; b++) yield* this.sort(from + ends[b], from + ends[b + 1], depth + 1);
  }

  /** Whether it is time for a turn of other work, `n` things later. */
  isDue(n: number): boolean {
    this.done += n;
    if (this.done < STEP) return false;
    this.done = 0;
    return true;
  }

  private count(from: number, to: number, depth: number, ends: Uint32Array): void {
    const { order, strings } = this;
    for (let i = from; i < to; i++) ends[(strings.high(order[i], depth) >>> 24) + 1]++;
  }

  private distribute(from: number, to: number, depth: number, next: Uint32Array, sorted: Uint32Array): void {
    const { order, strings } = this;
    for (let i = from; i < to; i++) sorted[next[strings.high(order[i], depth) >>> 24]++] = order[i];
  }

  private sortFew(from: number, to: number, depth: number): void {
    if (to - from < FEW) {
      this.insert(from, to, depth);
      return;
    }
    const { order, strings, halves, base } = this;
    for (let i = from, half = 2 * (from - base); i < to; i++, half += 2) {
      halves[half] = (strings.low(order[i], depth) << 24) | order[i];
      halves[half + 1] = strings.high(order[i], depth);
    }
    this.keys.subarray(from - base, to - base).sort();
    for (let i = from, half = 2 * (from - base); i < to; i++, half += 2) order[i] = halves[half] & NUMBER;
    if (depth + KEY < this.most) this.sortEqual(from, to, depth + KEY);
  }

  /** Sorts those whose keys are the same, each run by itself; they share `depth` bytes. */
  private sortEqual(from: number, to: number, depth: number): void {
    const { halves, base } = this;
    let first = from;
    for (let i = from + 1; i <= to; i++) {
      const half = 2 * (i - base);
      const low = halves[half - 2] >>> 24;
      if (i < to && halves[half + 1] === halves[half - 1] && halves[half] >>> 24 === low) continue;
      if (i - first > 1 && low !== 0) this.sortFew(first, i, depth); // overwrites the keys of these alone
      first = i;
    }
  }

  /** By comparison. */
  private insert(from: number, to: number, depth: number): void {
    const { order } = this;
    for (let i = from + 1; i < to; i++) {
      const one = order[i];
      let at = i;
      for (; at > from && this.isBehind(order[at - 1], one, depth); at--) order[at] = order[at - 1];
      order[at] = one;
    }
  }

  /** Whether one string comes after another with which it shares `depth` bytes. */
  private isBehind(one: number, other: number, depth: number): boolean {
    for (let n = depth; n < this.most; n += 4) {
      const [a, b] = [this.strings.high(one, n), this.strings.high(other, n)];
      if (a !== b) return a > b;
      if ((a & 0xff) === 0) return false;
    }
    return false;
  }
}
