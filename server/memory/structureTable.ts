/**
 * The words of a text by where they stand in the code (structure.ts). For each context the places where words begin,
 * sorted by its hash and then by the word: those that begin with the letters typed so far are one range, and its length
 * is their count. The words are numbered in their order, so that it is numbers that are searched, not words. About 5
 * bytes for each word and context.
 */
import { isText } from './contexts.ts';
import { type Keys, MultikeySort } from './multikeySort.ts';
import { radixSort } from './radixSort.ts';
import { type BegunWord, hashStructures, OpenBrackets, STRUCTURES, WORD } from './structure.ts';

/** A place is 24 bits of an entry: more text does not fit in one table. */
export const MOST_TEXT = 1 << 24;
/** Words of a bucket in the mean. */
const BUCKET = 4;
/** Of a range no more places than these are looked at, evenly spread; each stands for its share of them. */
const SAMPLED = 16;
/** Words to be hashed, words to be moved, and bytes of text, that are looked at between two turns of other work. */
const [STEP, PART, TEXT_STEP] = [1 << 12, 1 << 16, 1 << 15];
/** Words are sorted by so many letters. */
const LETTERS = 48;
/** Of an entry, the number of its word; above it is the tag. */
const NUMBER = 0xffffff;

/** What a look-up is told: `byte` follows `place` in context `context`, which stands for `count` such places. */
export type Found = (byte: number, context: number, place: number, count: number) => void;

/**
 * What a table found for the beginnings of the word that it was asked about last, for the next look-up asks about one
 * letter more. Number `d` of each list is for its first d letters: the words that begin with them, and by context the
 * entries of those.
 */
class Beginnings {
  readonly hashes = new Uint32Array(STRUCTURES.length);
  readonly letters = new Uint8Array(LETTERS);
  readonly low = new Uint32Array(LETTERS + 1);
  readonly high = new Uint32Array(LETTERS + 1);
  /** [LETTERS + 1, contexts] */
  readonly first = new Uint32Array((LETTERS + 1) * STRUCTURES.length);
  readonly last = new Uint32Array((LETTERS + 1) * STRUCTURES.length);
  /** So many letters are known, -1 for none. */
  depth = -1;

  /** Keeps what holds for another word. */
  keep(word: BegunWord): void {
    let shared = 0;
    for (const { length } = word.letters; shared < Math.min(this.depth, length); shared++)
      if (this.letters[shared] !== word.letters[shared]) break;
    this.depth = Math.min(this.depth, shared);
    for (let c = 0; c < STRUCTURES.length; c++) if (this.hashes[c] !== word.hashes[c]) this.depth = -1;
  }

  /** Whether no context has a word that begins so. */
  get isEmpty(): boolean {
    for (let i = this.depth * STRUCTURES.length; i < (this.depth + 1) * STRUCTURES.length; i++)
      if (this.first[i] < this.last[i]) return false;
    return true;
  }
}

export class StructureTable {
  /** By context, the first entry of each bucket, and the end of the last one. */
  private readonly starts: Uint32Array[] = [];
  /** By context: 8 bits of the hash, and the number of the word. */
  private readonly entries: Uint32Array[] = [];
  private readonly bits: number;
  private readonly beginnings = new Beginnings();

  /** `places`: where each word begins. */
  private constructor(
    private readonly text: Uint8Array,
    private readonly places: Uint32Array,
  ) {
    this.bits = Math.max(0, Math.round(Math.log2(places.length / BUCKET + 1)));
  }

  /** Of a text of at most MOST_TEXT bytes that does not change; in steps of some milliseconds at most. */
  static *build(text: Uint8Array): Generator<void, StructureTable> {
    const places = yield* placesOf(text);
    const order = new Uint32Array(places.length);
    for (const part of parts(order.length)) {
      for (let i = part.from; i < part.to; i++) order[i] = i;
      yield;
    }
    yield* new MultikeySort(order, new Letters(text, places), LETTERS).sort(0, order.length, 0);
    const hashes = yield* hashesOf(text, places);
    const sorted = new Uint32Array(places.length);
    for (const part of parts(order.length)) {
      for (let i = part.from; i < part.to; i++) sorted[i] = places[order[i]];
      yield;
    }
    const table = new StructureTable(text, sorted);
    for (const hashed of hashes) yield* table.add(hashed, order);
    return table;
  }

  /** Tells what follows the letters of a word where words in its contexts begin with them. */
  find(word: BegunWord, found: Found): void {
    const { beginnings: known, text, places } = this;
    const { length } = word.letters;
    if (length > LETTERS) return;
    known.keep(word);
    if (known.depth < 0) this.begin(word.hashes);
    while (known.depth < length && !known.isEmpty) this.narrow(word.letters[known.depth]);
    if (known.depth < length) return;
    for (let c = 0, at = length * STRUCTURES.length; c < STRUCTURES.length; c++, at++) {
      const first = known.first[at];
      const count = known.last[at] - first;
      const most = Math.min(count, SAMPLED);
      for (let i = 0; i < most; i++) {
        const place = places[this.entries[c][first + Math.floor(((i + 0.5) * count) / most)] & NUMBER] + length;
        if (isText(text[place])) found(text[place], c, place, count / most);
      }
    }
  }

  /** Finds the entries of each context. */
  private begin(hashes: Uint32Array): void {
    const { beginnings: known, bits } = this;
    known.hashes.set(hashes);
    [known.low[0], known.high[0], known.depth] = [0, this.places.length, 0];
    for (let c = 0; c < STRUCTURES.length; c++) {
      const [starts, entries, hash] = [this.starts[c], this.entries[c], hashes[c]];
      const bucket = hash & ((1 << bits) - 1);
      const [from, to] = hash === 0 ? [0, 0] : [starts[bucket], starts[bucket + 1]];
      const tag = (hash & ~NUMBER) >>> 0;
      known.first[c] = lowerBound(entries, from, to, tag);
      known.last[c] = lowerBound(entries, known.first[c], to, tag + NUMBER + 1);
    }
  }

  /** Finds what begins with one letter more. */
  private narrow(letter: number): void {
    const { beginnings: known } = this;
    const { depth, first, last } = known;
    const low = this.bound(known.low[depth], known.high[depth], depth, letter);
    const high = this.bound(low, known.high[depth], depth, letter + 1);
    known.letters[depth] = letter;
    [known.low[depth + 1], known.high[depth + 1], known.depth] = [low, high, depth + 1];
    for (let c = 0, at = depth * STRUCTURES.length; c < STRUCTURES.length; c++, at++) {
      const tag = (known.hashes[c] & ~NUMBER) >>> 0;
      const next = at + STRUCTURES.length;
      first[next] = lowerBound(this.entries[c], first[at], last[at], tag + low);
      last[next] = lowerBound(this.entries[c], first[next], last[at], tag + high);
    }
  }

  /** The first of the words [low, high), which share `depth` letters, whose next one is not before `letter`. */
  private bound(low: number, high: number, depth: number, letter: number): number {
    while (low < high) {
      const middle = (low + high) >>> 1;
      const byte = this.text[this.places[middle] + depth];
      if ((WORD[byte] ? byte : 0) < letter) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /**
   * Adds a context: its words by bucket, then by tag, then by their number. `hashes` are in the order of the text; word
   * number i is number `order[i]` there.
   */
  private *add(hashes: Uint32Array, order: Uint32Array): Generator<void> {
    const { bits } = this;
    let count = 0;
    for (const part of parts(hashes.length)) {
      for (let i = part.from; i < part.to; i++) if (hashes[i] !== 0) count++;
      yield;
    }
    const words = { keys: new Uint32Array(count), values: new Uint32Array(count) };
    let at = 0;
    for (const part of parts(order.length)) {
      for (let i = part.from; i < part.to; i++) {
        const hash = hashes[order[i]];
        if (hash === 0) continue;
        words.keys[at] = ((hash & ((1 << bits) - 1)) << 8) | (hash >>> 24);
        words.values[at++] = i;
      }
      yield;
    }
    const { keys, values } = yield* radixSort(words, bits + 8);
    const starts = new Uint32Array((1 << bits) + 1);
    for (const part of parts(count)) {
      for (let i = part.from; i < part.to; i++) {
        starts[(keys[i] >>> 8) + 1]++;
        values[i] |= keys[i] << 24;
      }
      yield;
    }
    for (let b = 0; b < 1 << bits; b++) starts[b + 1] += starts[b];
    this.starts.push(starts);
    this.entries.push(values);
    yield;
  }
}

/** The letters of words, which begin at `places`. */
class Letters implements Keys {
  constructor(
    private readonly text: Uint8Array,
    private readonly places: Uint32Array,
  ) {}

  high(word: number, depth: number): number {
    const { text } = this;
    const at = this.places[word] + depth;
    if (!WORD[text[at]]) return 0;
    if (!WORD[text[at + 1]]) return (text[at] << 24) >>> 0;
    if (!WORD[text[at + 2]]) return ((text[at] << 24) | (text[at + 1] << 16)) >>> 0;
    const last = WORD[text[at + 3]] ? text[at + 3] : 0;
    return ((text[at] << 24) | (text[at + 1] << 16) | (text[at + 2] << 8) | last) >>> 0;
  }

  low(word: number, depth: number): number {
    const last = this.text[this.places[word] + depth + 4];
    return WORD[last] && (this.high(word, depth) & 0xff) !== 0 ? last : 0;
  }
}

/** The first of the sorted numbers at [from, to) that is `least` or more; `to` where there is none. */
function lowerBound(numbers: Uint32Array, from: number, to: number, least: number): number {
  while (from < to) {
    const middle = (from + to) >>> 1;
    if (numbers[middle] < least) from = middle + 1;
    else to = middle;
  }
  return from;
}

/** The numbers below `n` in parts, for what is looked at between two turns of other work. */
function* parts(n: number): Generator<{ from: number; to: number }> {
  for (let from = 0; from < n; from += PART) yield { from, to: Math.min(from + PART, n) };
}

/** Where words begin. */
function* placesOf(text: Uint8Array): Generator<void, Uint32Array> {
  let places = new Uint32Array(1 + (text.length >> 3));
  let size = 0;
  for (let from = 0; from < text.length; from += TEXT_STEP, yield) {
    const to = Math.min(from + TEXT_STEP, text.length);
    if (size + TEXT_STEP > places.length) {
      const wider = new Uint32Array(2 * places.length + TEXT_STEP);
      wider.set(places);
      places = wider;
    }
    size = addPlaces(text, from, to, places, size);
  }
  return places.subarray(0, size);
}

function addPlaces(text: Uint8Array, from: number, to: number, places: Uint32Array, size: number): number {
  let before = from === 0 ? 0 : WORD[text[from - 1]];
  for (let i = from; i < to; i++) {
    const own = WORD[text[i]];
    if (own > before) places[size++] = i;
    before = own;
  }
  return size;
}

/** The hashes of each context, by word in the order of the text. */
function* hashesOf(text: Uint8Array, places: Uint32Array): Generator<void, Uint32Array[]> {
  const hashes = STRUCTURES.map(() => new Uint32Array(places.length));
  const of = new Uint32Array(STRUCTURES.length);
  const brackets = new OpenBrackets(text);
  for (let from = 0; from < places.length; from += STEP, yield)
    for (let i = from; i < Math.min(from + STEP, places.length); i++) {
      hashStructures(text, places[i], of, brackets.callAt(places[i]));
      for (let c = 0; c < of.length; c++) hashes[c][i] = of[c];
    }
  return hashes;
}
