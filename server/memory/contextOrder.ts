/**
 * The places of a text in the order of what stands before them: a suffix array (Manber and Myers 1993) of the text read
 * backwards, to a depth of 32 bytes. Made by a radix sort on two bytes, then by multikey quicksort (Bentley and
 * Sedgewick 1997) on six bytes at a time.
 */

/** Bytes before a place that its order goes by; places that share all of them are in the order of the text. */
export const DEPTH = 32;
/** Zeros in front of a text: what is read before its first byte. */
export const PADDING = DEPTH + 8;
/** Bytes of a key: a double holds them exactly. */
const KEY = 6;
const LOW = 2 ** 16;
/** Fewer places than this are sorted by insertion, with keys or without. */
const [FEW_KEYS, FEW] = [16, 8];
/** Places that are looked at between two turns of other work. */
const STEP = 1 << 15;

export interface ContextOrder {
  /** The places, sorted. */
  order: Uint32Array;
  /** How many bytes before each place are those before the one in front of it, DEPTH at most; [order.length + 1]. */
  shared: Uint8Array;
}

/** The order of the places [from, to) of `ranges`, which stand behind PADDING; in steps. */
export function* sortContexts(text: Uint8Array, ranges: [from: number, to: number][]): Generator<void, ContextOrder> {
  const sort = new Sort(text, ranges);
  yield* sort.distribute();
  yield* sort.finish();
  return { order: sort.order, shared: sort.shared };
}

class Sort {
  readonly order: Uint32Array;
  readonly shared: Uint8Array;
  /** Where the places behind each two bytes begin (the last byte counts 256 times). */
  private readonly heads = new Uint32Array(LOW + 1);
  private readonly view: DataView;
  private keys = new Float64Array(0);
  /** The place in `order` of the first of `keys`. */
  private base = 0;

  constructor(
    private readonly text: Uint8Array,
    private readonly ranges: [from: number, to: number][],
  ) {
    const count = ranges.reduce((n, [from, to]) => n + to - from, 0);
    this.view = new DataView(text.buffer, text.byteOffset, text.byteLength);
    this.order = new Uint32Array(count);
    this.shared = new Uint8Array(count + 1);
  }

  /** Puts the places behind the same two bytes together. */
  *distribute(): Generator<void> {
    const { text, heads, order } = this;
    for (const [from, to] of this.ranges) {
      for (let at = from; at < to; at += STEP, yield)
        for (let i = at; i < Math.min(to, at + STEP); i++) heads[((text[i - 1] << 8) | text[i - 2]) + 1]++;
    }
    let most = 0;
    for (let i = 0; i < LOW; i++) {
      most = Math.max(most, heads[i + 1]);
      heads[i + 1] += heads[i];
    }
    const next = heads.slice();
    for (const [from, to] of this.ranges) {
      for (let at = from; at < to; at += STEP, yield)
        for (let i = at; i < Math.min(to, at + STEP); i++) order[next[(text[i - 1] << 8) | text[i - 2]]++] = i;
    }
    this.keys = new Float64Array(most);
  }

  *finish(): Generator<void> {
    let done = 0;
    for (let bucket = 0; bucket < LOW; bucket++) {
      const [from, to] = [this.heads[bucket], this.heads[bucket + 1]];
      if (from > 0 && from < to) this.shared[from] = this.sharedBy(this.order[from - 1], this.order[from], 0);
      if (to - from < 2) continue;
      this.base = from;
      if (to - from < STEP) this.sort(from, to, 2);
      else yield* this.sortMany(from, to, 2);
      done += to - from;
      if (done < STEP) continue;
      done = 0;
      yield;
    }
    this.keys = new Float64Array(0);
  }

  /** Sorts many places, which share `depth` bytes, by one byte more at a time, in steps. */
  private *sortMany(from: number, to: number, depth: number): Generator<void> {
    if (depth >= DEPTH) return void this.shared.fill(DEPTH, from + 1, to);
    if (to - from < STEP) return this.sort(from, to, depth);
    const { order, text } = this;
    const ends = new Uint32Array(257);
    for (let i = from; i < to; i++) ends[text[order[i] - 1 - depth] + 1]++;
    yield;
    for (let b = 0; b < 256; b++) ends[b + 1] += ends[b];
    const [next, sorted] = [ends.slice(), new Uint32Array(to - from)];
    for (let i = from; i < to; i++) sorted[next[text[order[i] - 1 - depth]]++] = order[i];
    order.set(sorted, from);
    yield;
    for (let b = 0; b < 256; b++) {
      const [first, end] = [from + ends[b], from + ends[b + 1]];
      if (first === end) continue;
      if (first > from) this.shared[first] = depth;
      yield* this.sortMany(first, end, depth + 1);
      if (end - first > STEP / 8) yield;
    }
  }

  /** Sorts places that share `depth` bytes. */
  private sort(from: number, to: number, depth: number): void {
    if (to - from <= FEW) {
      this.insert(from, to, depth);
      return;
    }
    const { keys, base, order, shared, view } = this;
    for (let i = from; i < to; i++) {
      const at = order[i] - depth;
      keys[i - base] = view.getUint32(at - 4, true) * LOW + view.getUint16(at - KEY, true);
    }
    this.byKeys(from - base, to - base);
    let [first, key] = [from, keys[from - base]];
    for (let i = from + 1; i <= to; i++) {
      const next = i < to ? keys[i - base] : -1; // read before the keys of those before it are overwritten
      if (next === key) continue;
      if (i < to) shared[i] = Math.min(DEPTH, depth + sharedOf(key, next));
      if (i - first > 1) {
        if (depth + KEY < DEPTH) this.sort(first, i, depth + KEY);
        else shared.fill(DEPTH, first + 1, i);
      }
      [first, key] = [i, next];
    }
  }

  /** By comparison of the texts. */
  private insert(from: number, to: number, depth: number): void {
    const { order, shared } = this;
    for (let i = from + 1; i < to; i++) {
      const place = order[i];
      let [at, before, behind] = [i, 0, 0]; // shared with those on both sides of where it goes
      for (; at > from; at--) {
        const length = this.sharedBy(order[at - 1], place, depth);
        before = length;
        if (length === DEPTH || this.text[order[at - 1] - 1 - length] < this.text[place - 1 - length]) break;
        order[at] = order[at - 1];
        if (at < i) shared[at + 1] = shared[at];
        behind = length;
      }
      order[at] = place;
      if (at > from) shared[at] = before;
      if (at < i) shared[at + 1] = behind;
    }
  }

  /** How many bytes before two places are the same, if `depth` are; DEPTH at most. */
  private sharedBy(one: number, other: number, depth: number): number {
    for (let n = depth; n < DEPTH; n += 4) {
      const differ = this.view.getUint32(one - n - 4, true) ^ this.view.getUint32(other - n - 4, true);
      if (differ !== 0) return Math.min(DEPTH, n + (Math.clz32(differ) >> 3));
    }
    return DEPTH;
  }

  /** Quicksort of keys, and of places with them; stable it is not. */
  private byKeys(from: number, to: number): void {
    const { keys, order, base } = this;
    while (to - from > FEW_KEYS) {
      const pivot = median(keys[from], keys[(from + to) >>> 1], keys[to - 1]);
      let [below, above] = [from, to];
      for (let i = from; i < above; ) {
        const key = keys[i];
        if (key === pivot) {
          i++;
          continue;
        }
        const place = order[base + i];
        const other = key < pivot ? below++ : --above;
        keys[i] = keys[other];
        order[base + i] = order[base + other];
        keys[other] = key;
        order[base + other] = place;
        if (key < pivot) i++;
      }
      // the smaller part by a call, the larger one by the loop
      const isLeftSmaller = below - from < to - above;
      if (isLeftSmaller) this.byKeys(from, below);
      else this.byKeys(above, to);
      if (isLeftSmaller) from = above;
      else to = below;
    }
    for (let i = from + 1; i < to; i++) {
      const key = keys[i];
      const place = order[base + i];
      let at = i;
      for (; at > from && keys[at - 1] > key; at--) {
        keys[at] = keys[at - 1];
        order[base + at] = order[base + at - 1];
      }
      keys[at] = key;
      order[base + at] = place;
    }
  }
}

const median = (a: number, b: number, c: number) => Math.max(Math.min(a, b), Math.min(Math.max(a, b), c));

/** How many leading bytes two keys share. */
function sharedOf(one: number, other: number): number {
  const [a, b] = [Math.floor(one / LOW), Math.floor(other / LOW)];
  if (a !== b) return Math.clz32(a ^ b) >> 3;
  return 4 + ((Math.clz32((one - a * LOW) ^ (other - b * LOW)) - 16) >> 3);
}
