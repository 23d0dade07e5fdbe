/**
 * The words of a text by where they stand in the code (structure.ts). For each context the places where words begin,
 * sorted by its hash and then by the word: those that begin with the letters typed so far are one range, and its length
 * is their count. About 5 bytes for each word and context.
 */
import { isText, isWord } from './contexts.ts';
import { hashStructures, OpenBrackets, STRUCTURES, wordStart } from './structure.ts';

/** A place is 24 bits of an entry: more text does not fit in one table. */
export const MOST_TEXT = 1 << 24;
/** Words of a bucket in the mean. */
const BUCKET = 4;
/** Of a range no more places than these are looked at, evenly spread; each stands for its share of them. */
const SAMPLED = 16;
/** Words that are taken in between two turns of other work. */
const STEP = 256;
/** Words are sorted by so many letters. */
const LETTERS = 48;

/** What a look-up is told: `byte` follows `place` in context `context`, which stands for `count` such places. */
export type Found = (byte: number, context: number, place: number, count: number) => void;

/** A word that is begun: its contexts and its letters so far. */
export class BegunWord {
  readonly hashes = new Uint32Array(STRUCTURES.length);
  letters: Uint8Array = new Uint8Array();

  /** Of the word at the end of the first `end` bytes of `text`. */
  set(text: Uint8Array, end: number): void {
    const start = wordStart(text, end);
    this.letters = text.subarray(start, end);
    hashStructures(text, start, this.hashes);
  }
}

export class StructureTable {
  /** By context, the first entry of each bucket, and the end of the last one. */
  private readonly starts: Uint32Array[] = [];
  /** By context: 8 bits of the hash, and the place in the text. */
  private readonly entries: Uint32Array[] = [];
  private readonly buckets: number;

  private constructor(
    private readonly text: Uint8Array,
    words: number,
  ) {
    this.buckets = 2 ** Math.max(0, Math.round(Math.log2(words / BUCKET + 1)));
  }

  /** Of a text of at most MOST_TEXT bytes that does not change; in steps of some milliseconds at most. */
  static *build(text: Uint8Array): Generator<void, StructureTable> {
    const places = placesOf(text);
    yield;
    const order = yield* sortedByWord(text, places);
    const table = new StructureTable(text, places.length);
    const hashes = STRUCTURES.map(() => new Uint32Array(order.length));
    const of = new Uint32Array(STRUCTURES.length);
    const rank = new Uint32Array(order.length);
    for (let i = 0; i < order.length; i++) rank[order[i]] = i;
    const brackets = new OpenBrackets(text);
    for (let i = 0; i < places.length; i++) {
      // by place, not by word: the text before it is at hand
      hashStructures(text, places[i], of, brackets.callAt(places[i]));
      for (let c = 0; c < of.length; c++) hashes[c][rank[i]] = of[c];
      if (i % STEP === 0) yield;
    }
    const sorted = order.map((i) => places[i]);
    for (const hashed of hashes) {
      yield;
      table.sort(hashed, sorted);
    }
    return table;
  }

  /** Tells what follows the letters of a word where words in its contexts begin with them. */
  find({ hashes, letters }: BegunWord, found: Found): void {
    if (letters.length > LETTERS) return;
    for (let c = 0; c < STRUCTURES.length; c++) {
      if (hashes[c] === 0 || this.entries[c].length === 0) continue;
      const bucket = hashes[c] & (this.buckets - 1);
      const [from, to] = [this.starts[c][bucket], this.starts[c][bucket + 1]];
      const first = this.bound(c, from, to, hashes[c] >>> 24, letters, false);
      if (first === to) continue;
      const count = this.bound(c, first, to, hashes[c] >>> 24, letters, true) - first;
      const most = Math.min(count, SAMPLED);
      for (let i = 0; i < most; i++) {
        const place = (this.entries[c][first + Math.floor(((i + 0.5) * count) / most)] & 0xffffff) + letters.length;
        if (isText(this.text[place])) found(this.text[place], c, place, count / most);
      }
    }
  }

  /** The first entry in [from, to) that is not before those of the tag and the letters, or that is behind them. */
  private bound(c: number, from: number, to: number, tag: number, letters: Uint8Array, behind: boolean): number {
    const entries = this.entries[c];
    let [low, high] = [from, to];
    while (low < high) {
      const middle = (low + high) >>> 1;
      const entry = entries[middle];
      const order = (entry >>> 24) - tag || this.compare(entry & 0xffffff, letters);
      if (order < 0 || (behind && order === 0)) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Whether the word at a place is before letters (< 0), begins with them (0) or is behind them. */
  private compare(place: number, letters: Uint8Array): number {
    for (let i = 0; i < letters.length; i++) {
      const byte = this.text[place + i];
      if (byte !== letters[i]) return isWord(byte) ? byte - letters[i] : -1;
    }
    return 0;
  }

  /** Sorts places, which are in the order of their words, by their hashes: stable, by tag and then by bucket. */
  private sort(hashes: Uint32Array, places: Uint32Array): void {
    const tags = new Uint32Array(257);
    for (const hash of hashes) if (hash !== 0) tags[(hash >>> 24) + 1]++;
    for (let t = 0; t < 256; t++) tags[t + 1] += tags[t];
    const byTag = new Uint32Array(tags[256]);
    for (let i = 0; i < hashes.length; i++) if (hashes[i] !== 0) byTag[tags[hashes[i] >>> 24]++] = i;
    const starts = new Uint32Array(this.buckets + 1);
    const mask = this.buckets - 1;
    for (const i of byTag) starts[(hashes[i] & mask) + 1]++;
    for (let b = 0; b < this.buckets; b++) starts[b + 1] += starts[b];
    const next = starts.slice();
    const entries = new Uint32Array(byTag.length);
    for (const i of byTag) entries[next[hashes[i] & mask]++] = (hashes[i] & 0xff000000) | places[i];
    this.starts.push(starts);
    this.entries.push(entries);
  }
}

/** Where words begin. */
function placesOf(text: Uint8Array): Uint32Array {
  let n = 0;
  const begins = (i: number) => isWord(text[i]) && (i === 0 || !isWord(text[i - 1]));
  for (let i = 0; i < text.length; i++) n += Number(begins(i));
  const places = new Uint32Array(n);
  n = 0;
  for (let i = 0; i < text.length; i++) if (begins(i)) places[n++] = i;
  return places;
}

/** The numbers of places in the order of the words there; equal words in the order of places. */
function* sortedByWord(text: Uint8Array, places: Uint32Array): Generator<void, Uint32Array> {
  const words = new Map<string, number>();
  const of = new Uint32Array(places.length);
  const latin = Buffer.from(text.buffer, text.byteOffset, text.length);
  for (let i = 0; i < places.length; i++) {
    let end = places[i];
    while (end < text.length && end - places[i] < LETTERS && isWord(text[end])) end++;
    const word = latin.toString('latin1', places[i], end);
    let id = words.get(word);
    if (id === undefined) words.set(word, (id = words.size));
    of[i] = id;
    if (i % STEP === 0) yield;
  }
  const rank = new Uint32Array(words.size + 1);
  [...words].sort(([a], [b]) => (a < b ? -1 : 1)).forEach(([, id], r) => (rank[id] = r));
  const starts = new Uint32Array(words.size + 1);
  for (const id of of) starts[rank[id] + 1]++;
  for (let r = 0; r < words.size; r++) starts[r + 1] += starts[r];
  const order = new Uint32Array(places.length);
  for (let i = 0; i < places.length; i++) order[starts[rank[of[i]]]++] = i;
  return order;
}
