/**
 * The places of a text in the order of what stands before them: a suffix array (Manber and Myers 1993) of the text read
 * backwards. Made in two stages (Itoh and Tanaka 1999; the improved one, Mori's): only the stars among the places are
 * sorted, to a depth of 64 bytes; the order of all others follows from theirs, as of places behind the same byte that
 * one comes first whose place before does.
 *
 * A place falls where the byte before it is larger than the one before that, or is the same and the place before falls;
 * else it rises. It is a star where it rises and the place before falls. Of the places behind the same byte those that
 * fall come first; of those behind the same two the stars come before others that rise.
 */
import { NOTHING } from './contexts.ts';

/** Bytes before a place that its order goes by, at least. */
export const DEPTH = 64;
/** Zeros in front of a text: what is read before its first byte. */
export const PADDING = DEPTH + 8;
/** Bytes of a key: with a place of 24 bits they fill 64 bits. */
const KEY = 5;
const PLACE = 0xffffff;
/** Fewer places than this are sorted by insertion. */
const FEW = 10;
/** Places that are looked at between two turns of other work. */
const STEP = 1 << 14;
/** A shorter text is sorted in one stage: the second one costs as much for any text. */
const SMALL = 1 << 14;

/**
 * Sorts the places of a text behind PADDING and a first NOTHING, in steps: three bytes each. Places that `gone` has a
 * bit of and those of no text are left out. The text has less than 16 MB.
 */
export function* sortContexts(
  text: Uint8Array,
  gone: Uint8Array | undefined,
): Generator<void, Uint8Array<ArrayBuffer>> {
  const sort = new Sort(text, gone);
  if (text.length < SMALL) return yield* sort.sortAll();
  yield* sort.distribute();
  yield* sort.sortStars();
  yield* sort.rise();
  return yield* sort.fall();
}

class Sort {
  private readonly order: Uint32Array;
  private readonly view: DataView;
  /** The result, of which `size` bytes are written. */
  private readonly out: Uint8Array<ArrayBuffer>;
  private size = 0;
  /** By last byte, where its places begin, and where those of them that rise. */
  private readonly begins = new Uint32Array(257);
  private readonly rises = new Uint32Array(256);
  /** By last two bytes, the last one counting 256 times: where the stars begin and end, and where all that rise end. */
  private readonly stars = new Uint32Array(1 << 16);
  private readonly starEnds = new Uint32Array(1 << 16);
  private readonly ends = new Uint32Array(1 << 16);
  /** What is being sorted: the bytes of a key, then the place; and the same in halves, the second one counting more. */
  private readonly keys: BigUint64Array;
  private readonly halves: Uint32Array;
  /** The place in `order` of the first of `keys`. */
  private base = 0;
  /** Places that were sorted since the last turn of other work. */
  private done = 0;

  constructor(
    private readonly text: Uint8Array,
    private readonly gone: Uint8Array | undefined,
  ) {
    this.out = new Uint8Array(3 * (text.length - PADDING - 1));
    this.view = new DataView(text.buffer, text.byteOffset, text.byteLength);
    this.order = new Uint32Array(text.length - PADDING - 1);
    this.keys = new BigUint64Array(Math.min(STEP, this.order.length));
    this.halves = new Uint32Array(this.keys.buffer);
  }

  *sortAll(): Generator<void, Uint8Array<ArrayBuffer>> {
    const { order } = this;
    for (let i = 0; i < order.length; i++) order[i] = PADDING + 1 + i;
    yield* this.sortMany(0, order.length, 0);
    this.addNext(0, order.length);
    this.write(0, order.length);
    return this.out.subarray(0, this.size);
  }

  /** Puts the stars behind the same two bytes together. */
  *distribute(): Generator<void> {
    const { text, begins, rises, stars, starEnds, ends } = this;
    const falls = new Uint32Array(256);
    let isFalling = true;
    for (let at = PADDING + 1; at < text.length; at += STEP, yield)
      isFalling = this.count(at, Math.min(at + STEP, text.length), isFalling, falls);
    let sum = 0;
    for (let last = 0; last < 256; last++) {
      begins[last] = sum;
      sum = rises[last] = sum + falls[last];
      for (let two = last << 8; two < (last + 1) << 8; two++) {
        stars[two] = starEnds[two] = sum;
        sum = ends[two] = sum + ends[two];
      }
    }
    begins[256] = sum;
    isFalling = true;
    for (let at = PADDING + 1; at < text.length; at += STEP, yield)
      isFalling = this.placeStars(at, Math.min(at + STEP, text.length), isFalling);
  }

  /** Counts the places [from, to) that fall and those that rise. `isFalling`: the one before does; of the last one. */
  private count(from: number, to: number, isFalling: boolean, falls: Uint32Array): boolean {
    const { text, ends } = this;
    let other = text[from - 2];
    for (let at = from; at < to; at++) {
      const last = text[at - 1];
      if (last !== other) isFalling = last > other;
      if (isFalling) falls[last]++;
      else ends[(last << 8) | other]++;
      other = last;
    }
    return isFalling;
  }

  /** Puts the stars of [from, to) where their two bytes are, as count() does. */
  private placeStars(from: number, to: number, isFalling: boolean): boolean {
    const { text, order, starEnds } = this;
    let other = text[from - 2];
    for (let at = from; at < to; at++) {
      const last = text[at - 1];
      if (last < other && isFalling) order[starEnds[(last << 8) | other]++] = at;
      if (last !== other) isFalling = last > other;
      other = last;
    }
    return isFalling;
  }

  *sortStars(): Generator<void> {
    for (let two = 0; two < 1 << 16; two++) {
      const [from, to] = [this.stars[two], this.starEnds[two]];
      if (to === from) continue;
      yield* this.sortMany(from, to, 2);
      for (let at = from; at < to; at += STEP) {
        this.addNext(at, Math.min(at + STEP, to));
        if (this.isDue(Math.min(STEP, to - at))) yield;
      }
    }
  }

  /** Puts the byte that follows each place with it, for what comes is to look into the text less often. */
  private addNext(from: number, to: number): void {
    const { text, order } = this;
    for (let i = from; i < to; i++) order[i] |= text[order[i]] << 24;
  }

  /** Puts the other places that rise where they belong, from the last one on: each behind a place that rises. */
  *rise(): Generator<void> {
    const { begins, rises } = this;
    for (let last = 255; last >= 0; last--)
      for (let to = begins[last + 1]; to > rises[last]; to -= STEP, yield)
        this.riseBehind(last, Math.max(rises[last], to - STEP), to);
  }

  private riseBehind(last: number, from: number, to: number): void {
    const { text, order, ends } = this;
    for (let i = to - 1; i >= from; i--) {
      const next = order[i] >>> 24;
      const place = (order[i] & PLACE) + 1;
      if (next <= last && place < text.length) order[--ends[(next << 8) | last]] = place | (text[place] << 24);
    }
  }

  /** Puts the places that fall where they belong, from the first one on, and gives the whole order. */
  *fall(): Generator<void, Uint8Array<ArrayBuffer>> {
    const { text, order, begins, rises } = this;
    const falls = begins.slice();
    order[falls[NOTHING]++] = (PADDING + 1) | (text[PADDING + 1] << 24);
    for (let last = 0; last < 256; last++)
      for (let from = begins[last]; from < begins[last + 1]; from += STEP, yield) {
        const to = Math.min(from + STEP, begins[last + 1]);
        this.fallBehind(from, Math.min(to, rises[last]), last, falls);
        this.fallBehind(Math.max(from, rises[last]), to, last + 1, falls);
        this.write(from, to);
      }
    return this.out.subarray(0, this.size);
  }

  /** `least`: the next byte is that or more where a place behind one of [from, to) falls. */
  private fallBehind(from: number, to: number, least: number, falls: Uint32Array): void {
    const { text, order } = this;
    for (let i = from; i < to; i++) {
      const next = order[i] >>> 24;
      const place = (order[i] & PLACE) + 1;
      if (next >= least && place < text.length) order[falls[next]++] = place | (text[place] << 24);
    }
  }

  /** Writes the places [from, to) of the order that can be found. */
  private write(from: number, to: number): void {
    const { order, gone, out } = this;
    let { size } = this;
    for (let i = from; i < to; i++) {
      const place = order[i] & PLACE;
      if (order[i] >>> 24 === NOTHING || (gone !== undefined && (gone[place >> 3] & (1 << (place & 7))) !== 0))
        continue;
      out[size] = place;
      out[size + 1] = place >> 8;
      out[size + 2] = place >> 16;
      size += 3;
    }
    this.size = size;
  }

  /** Sorts places that share `depth` bytes in steps; where they are many, by one byte more at a time. */
  private *sortMany(from: number, to: number, depth: number): Generator<void> {
    if (to - from < 2 || depth >= DEPTH) return;
    if (to - from <= STEP) {
      this.base = from;
      this.sort(from, to, depth);
      if (this.isDue(to - from)) yield;
      return;
    }
    const ends = new Uint32Array(257);
    for (let at = from; at < to; at += STEP, yield) this.countBytes(at, Math.min(at + STEP, to), depth, ends);
    for (let b = 0; b < 256; b++) ends[b + 1] += ends[b];
    const [next, sorted] = [ends.slice(), new Uint32Array(to - from)];
    for (let at = from; at < to; at += STEP, yield) this.byBytes(at, Math.min(at + STEP, to), depth, next, sorted);
    this.order.set(sorted, from);
    for (let b = 0; b < 256; b++) yield* this.sortMany(from + ends[b], from + ends[b + 1], depth + 1);
  }

  private countBytes(from: number, to: number, depth: number, ends: Uint32Array): void {
    const { text, order } = this;
    for (let i = from; i < to; i++) ends[text[order[i] - 1 - depth] + 1]++;
  }

  private byBytes(from: number, to: number, depth: number, next: Uint32Array, sorted: Uint32Array): void {
    const { text, order } = this;
    for (let i = from; i < to; i++) sorted[next[text[order[i] - 1 - depth]]++] = order[i];
  }

  /** Whether it is time for a turn of other work, `n` places later. */
  private isDue(n: number): boolean {
    this.done += n;
    if (this.done < STEP) return false;
    this.done = 0;
    return true;
  }

  /** Sorts places that share `depth` bytes, and are in the order of the text; those that share DEPTH stay in it. */
  private sort(from: number, to: number, depth: number): void {
    if (to - from < FEW) return this.insert(from, to, depth);
    const { text, order, view, halves, base } = this;
    for (let i = from, half = 2 * (from - base); i < to; i++, half += 2) {
      const place = order[i];
      halves[half] = (text[place - depth - KEY] << 24) | place;
      halves[half + 1] = view.getUint32(place - depth - 4, true);
    }
    this.keys.subarray(from - base, to - base).sort();
    for (let i = from, half = 2 * (from - base); i < to; i++, half += 2) order[i] = halves[half] & PLACE;
    if (depth + KEY < DEPTH) this.sortEqual(from, to, depth + KEY);
  }

  /** Sorts each run of places whose keys are the same: they share `depth` bytes. */
  private sortEqual(from: number, to: number, depth: number): void {
    const { halves, base } = this;
    let first = from;
    for (let i = from + 1; i <= to; i++) {
      const half = 2 * (i - base);
      const isEqual =
        i < to && halves[half + 1] === halves[half - 1] && halves[half] >>> 24 === halves[half - 2] >>> 24;
      if (isEqual) continue;
      if (i - first > 1) this.sort(first, i, depth); // overwrites the keys of these alone
      first = i;
    }
  }

  /** By comparison of the texts. */
  private insert(from: number, to: number, depth: number): void {
    const { order } = this;
    for (let i = from + 1; i < to; i++) {
      const place = order[i];
      let at = i;
      for (; at > from && this.isBehind(order[at - 1], place, depth); at--) order[at] = order[at - 1];
      order[at] = place;
    }
  }

  /** Whether one place comes after another with which it shares `depth` bytes. */
  private isBehind(one: number, other: number, depth: number): boolean {
    for (let n = depth + 4; n < DEPTH + 4; n += 4) {
      const [a, b] = [this.view.getUint32(one - n, true), this.view.getUint32(other - n, true)];
      if (a !== b) return a > b;
    }
    return false;
  }
}
