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
import { type Keys, MultikeySort } from './multikeySort.ts';

/** Bytes before a place that its order goes by, at least. */
export const DEPTH = 64;
/** Zeros in front of a text: what is read before its first byte. */
export const PADDING = DEPTH + 8;
/** A place has 24 bits; the byte that follows it is above them. */
const PLACE = 0xffffff;
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

/** What stands before each place, read backwards. */
class Contexts implements Keys {
  private readonly view: DataView;

  constructor(private readonly text: Uint8Array) {
    this.view = new DataView(text.buffer, text.byteOffset, text.byteLength);
  }

  high(place: number, depth: number): number {
    return this.view.getUint32(place - depth - 4, true);
  }

  low(place: number, depth: number): number {
    return this.text[place - depth - 5];
  }
}

class Sort {
  private readonly order: Uint32Array;
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
  private readonly stage: MultikeySort;

  constructor(
    private readonly text: Uint8Array,
    private readonly gone: Uint8Array | undefined,
  ) {
    this.out = new Uint8Array(3 * (text.length - PADDING - 1));
    this.order = new Uint32Array(text.length - PADDING - 1);
    this.stage = new MultikeySort(this.order, new Contexts(this.text), DEPTH);
  }

  *sortAll(): Generator<void, Uint8Array<ArrayBuffer>> {
    const { order } = this;
    for (let i = 0; i < order.length; i++) order[i] = PADDING + 1 + i;
    yield* this.stage.sort(0, order.length, 0);
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
      yield* this.stage.sort(from, to, 2);
      for (let at = from; at < to; at += STEP) {
        this.addNext(at, Math.min(at + STEP, to));
        if (this.stage.isDue(Math.min(STEP, to - at))) yield;
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
}
