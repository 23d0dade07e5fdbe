/**
 * Text that was seen, for one question: which bytes followed where the text ended like this before? Files lie in a ring: new ones take the
 * place of the oldest. For a few orders n a hash table keeps the latest places of the n bytes that lead there; a match is what the bytes
 * themselves say, so places that were overwritten need no clearing up.
 */

/** Bytes of context that a look-up starts from, longest first. */
const ORDERS = [20, 12, 8, 5];
/** Places kept for each hash. */
const SLOTS = 8;
/** A match counts no more bytes than these. */
export const LONGEST = 40;
/** A follower weighs this much more for each byte of its match. */
const GROWTH = 1.5;
/** In place of text that is gone: no text has it. */
const NOTHING = 0;

export interface Followers {
  /** Bytes that followed, and the share of each; the largest first. */
  bytes: { byte: number; share: number }[];
  /** Bytes of context that the longest match shares, at most LONGEST; 0 where nothing matched. */
  longest: number;
  /** Places that matched. */
  count: number;
  /** Where the byte stands that followed the longest match. */
  place: number;
}

export class TextIndex {
  private readonly text: Uint8Array;
  private readonly tables: Uint32Array[];
  private readonly mask: number;
  /** Bytes put so far: where the next one goes, before it is wrapped. */
  private end = 0;
  /** Where each file lies, unwrapped: the oldest first. */
  private readonly files = new Map<string, { start: number; length: number }>();

  /** Room for `most` bytes of text, a power of two; the tables take sixteen times as much memory. */
  constructor(private readonly most: number) {
    if (most < 2 ** 12 || (most & (most - 1)) !== 0) throw new Error(`most: ${most} is not a power of two of at least 4,096`);
    this.text = new Uint8Array(most);
    const buckets = most / SLOTS;
    this.mask = buckets - 1;
    this.tables = ORDERS.map(() => new Uint32Array(buckets * SLOTS));
  }

  /** Takes a file's text in; what the file held before is forgotten. Of a text that has no room only the end stays. */
  put(path: string, bytes: Uint8Array): void {
    this.remove(path);
    this.append(NOTHING); // no match goes from one file into the next
    const kept = bytes.subarray(Math.max(0, bytes.length - this.most / 2));
    this.files.set(path, { start: this.end, length: kept.length });
    for (const byte of kept) this.append(byte);
    for (const [other, { start }] of this.files) {
      if (start + this.most > this.end) break;
      this.files.delete(other);
    }
  }

  remove(path: string): void {
    const file = this.files.get(path);
    if (!file) return;
    for (let at = Math.max(file.start, this.end - this.most); at < file.start + file.length; at++) this.text[at & (this.most - 1)] = NOTHING;
    this.files.delete(path);
  }

  /** One byte behind what was put last: the text that is being written. */
  append(byte: number): void {
    this.text[this.end++ & (this.most - 1)] = byte;
    for (const [k, order] of ORDERS.entries()) {
      if (this.end < order) continue;
      const first = this.bucket(order, (i) => this.text[(this.end - 1 - i) & (this.most - 1)]);
      const table = this.tables[k];
      table.copyWithin(first + 1, first, first + SLOTS - 1);
      table[first] = this.end;
    }
  }

  /** What followed where the text ended like `context`; the places that share most with it weigh most. */
  followers(context: Uint8Array): Followers {
    const [seen, shares] = [new Set<number>(), new Map<number, number>()];
    let [longest, place, total, count] = [0, 0, 0, 0];
    for (const [k, order] of ORDERS.entries()) {
      if (context.length < order) continue;
      const first = this.bucket(order, (i) => context[context.length - 1 - i]);
      for (let s = first; s < first + SLOTS; s++) {
        const at = this.tables[k][s];
        if (at === 0 || at >= this.end || at + this.most <= this.end + LONGEST || seen.has(at)) continue;
        seen.add(at);
        const length = this.shared(at, context);
        const byte = this.text[at & (this.most - 1)];
        if (length < order || byte === NOTHING) continue;
        const weight = GROWTH ** length;
        shares.set(byte, (shares.get(byte) ?? 0) + weight);
        total += weight;
        count++;
        if (length > longest) [longest, place] = [length, at];
      }
      if (count >= SLOTS) break;
    }
    const bytes = [...shares].map(([byte, weight]) => ({ byte, share: weight / total })).sort((a, b) => b.share - a.share);
    return { bytes, longest, count, place };
  }

  /** The file that holds a place, and the bytes before it there. */
  fileAt(place: number): { path: string; offset: number } | undefined {
    for (const [path, { start, length }] of this.files) if (place >= start && place < start + length) return { path, offset: place - start };
    return undefined;
  }

  /** Bytes before `at` that are the last ones of `context`. */
  private shared(at: number, context: Uint8Array): number {
    const most = Math.min(LONGEST, context.length);
    let n = 0;
    while (n < most && this.text[(at - 1 - n) & (this.most - 1)] === context[context.length - 1 - n]) n++;
    return n;
  }

  /** Where the places of `order` bytes begin; `back(i)` is the byte i places before the last. */
  private bucket(order: number, back: (i: number) => number): number {
    let hash = order;
    for (let i = 0; i < order; i++) hash = Math.imul(hash ^ back(i), 0x01000193); // FNV-1a
    return ((hash ^ (hash >>> 15)) & this.mask) * SLOTS;
  }
}
