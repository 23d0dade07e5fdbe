/**
 * What was found for one place: which bytes followed the same contexts, in how many places, on which side (this file,
 * elsewhere, what comes with Byteline), after how long a match.
 */
import { BegunWord, STRUCTURES } from './structure.ts';

/**
 * Classes: matches of at least so many bytes, then those of the word, then words of each structural context, then names
 * that a language server gave.
 */
const LENGTHS = [3, 5, 8, 12, 20, 32];
const WORD = LENGTHS.length;
const NAMES = WORD + 1 + STRUCTURES.length;
export const CLASSES = NAMES + 1;
/** No match is followed further back, bytes. */
export const LONGEST = 63;
/** The sides of the evidence: the workspace's other files, the document, and what comes with Byteline (starter.ts). */
export const [ELSEWHERE, HERE, STARTER] = [0, 1, 2];
export const SIDES = 3;
/** Numbers of one byte: those of each side. */
const ALL = SIDES * CLASSES;
/** Kinds of the byte before a place: a word's, a line feed, another blank, an opening bracket, a dot, others. */
export const KINDS = 6;
/** The letters of a word that is begun, at most. */
const LETTERS = 16;

/** What holds a place: the workspace's index, the text itself, or the index of what comes with Byteline. */
export const [INDEX, TEXT, STARTER_INDEX] = [0, 1, 2];

/** A match of `length` bytes at `place` of `source`, one of so many `times`. */
export interface Match {
  length: number;
  times: number;
  place: number;
  source: number;
}

export class Evidence {
  /** Distinct bytes that followed. */
  size = 0;
  readonly bytes = new Uint8Array(256);
  /** Places by byte, side and class: [size, SIDES, CLASSES]. */
  readonly counts = new Float32Array(256 * ALL);
  /** The same over all bytes. */
  readonly totals = new Float32Array(ALL);
  /** The longest match of each byte on each side: [size, SIDES]. */
  readonly longest = new Uint8Array(256 * SIDES);
  /** Where each byte stands after its longest match, and in what (INDEX and the others). */
  readonly places = new Uint32Array(256);
  readonly sources = new Uint8Array(256);
  /** The longest match on each side. */
  readonly reach = new Uint8Array(SIDES);
  /** The kind of the byte before the place, and the letters of its word so far. */
  kind = 0;
  letters = 0;
  /** What it is about: what follows the first `end` bytes of `text`, and the word that is begun there. */
  text: Uint8Array = new Uint8Array();
  end = 0;
  readonly word = new BegunWord();
  private readonly slots = new Int16Array(256).fill(-1);

  /** Forgets what was found, and is about what follows the first `end` bytes of `text`. */
  begin(text: Uint8Array, end: number): void {
    [this.text, this.end] = [text, end];
    this.word.set(text, end);
    this.letters = Math.min(LETTERS, this.word.letters.length);
    this.kind = this.letters > 0 || end === 0 ? 0 : kindOf(text[end - 1]);
    for (let i = 0; i < this.size; i++) this.slots[this.bytes[i]] = -1;
    this.size = 0;
    this.totals.fill(0);
    this.reach.fill(0);
  }

  /** `byte` followed a match of `length` bytes at `place` of `source`. */
  add(byte: number, length: number, side: number, place: number, source: number): void {
    const slot = this.slotOf(byte);
    for (let c = 0; c < WORD && length >= LENGTHS[c]; c++) this.increment(slot, side, c, 1);
    if (length > this.lengthOf(slot)) [this.places[slot], this.sources[slot]] = [place, source];
    if (length > this.longest[SIDES * slot + side]) this.longest[SIDES * slot + side] = length;
    if (length > this.reach[side]) this.reach[side] = length;
  }

  /** `byte` followed the same letters at the start of a word. */
  addWord(byte: number, side: number, times = 1): void {
    this.increment(this.slotOf(byte), side, WORD, times);
  }

  /** `byte` followed these letters in `count` words of the same structural context. */
  addStructure(byte: number, context: number, side: number, count = 1): void {
    this.increment(this.slotOf(byte), side, WORD + 1 + context, count);
  }

  /**
   * A name that a language server gave goes on with `byte`, or ends where there is none. HERE: it is one of those that
   * the server ranks first.
   */
  addName(byte: number | undefined, side: number): void {
    if (byte === undefined) this.totals[side * CLASSES + NAMES]++;
    else this.increment(this.slotOf(byte), side, NAMES, 1);
  }

  /**
   * The longest match of all, or that of one byte: its length, how many places share at least eight bytes of it, and
   * where it is.
   */
  best(byte?: number): Match | undefined {
    let slot = byte === undefined ? 0 : this.slots[byte];
    if (byte === undefined)
      for (let other = 1; other < this.size; other++) if (this.lengthOf(other) > this.lengthOf(slot)) slot = other;
    if (slot < 0 || this.size === 0 || this.lengthOf(slot) === 0) return undefined;
    let times = 0;
    for (let side = 0; side < SIDES; side++) times += this.counts[slot * ALL + side * CLASSES + LENGTHS.indexOf(8)];
    return {
      length: this.lengthOf(slot),
      times: Math.max(1, times),
      place: this.places[slot],
      source: this.sources[slot],
    };
  }

  /** The slots of at most `most` bytes: those with the longest matches first, or of which most contexts speak. */
  ranked(most: number): number[] {
    const all = Array.from({ length: this.size }, (_, slot) => slot);
    const ranks = all.map((slot) => this.rank(slot));
    return all.sort((a, b) => ranks[b] - ranks[a]).slice(0, most);
  }

  /** A share of the words that began alike, or of the names, counts as a byte of the match. */
  private rank(slot: number): number {
    let rank = this.lengthOf(slot);
    for (let side = 0; side < SIDES; side++)
      for (let c = side * CLASSES + WORD; c < (side + 1) * CLASSES; c++)
        rank += this.counts[slot * ALL + c] / Math.max(1, this.totals[c]);
    return rank;
  }

  private lengthOf(slot: number): number {
    let longest = 0;
    for (let at = SIDES * slot; at < SIDES * (slot + 1); at++) longest = Math.max(longest, this.longest[at]);
    return longest;
  }

  private increment(slot: number, side: number, c: number, count: number): void {
    this.counts[slot * ALL + side * CLASSES + c] += count;
    this.totals[side * CLASSES + c] += count;
  }

  private slotOf(byte: number): number {
    let slot = this.slots[byte];
    if (slot >= 0) return slot;
    slot = this.slots[byte] = this.size;
    this.bytes[this.size++] = byte;
    this.counts.fill(0, slot * ALL, (slot + 1) * ALL);
    this.longest.fill(0, SIDES * slot, SIDES * (slot + 1));
    return slot;
  }
}

function kindOf(byte: number): number {
  if (byte === 0x0a) return 1;
  if (byte === 0x20 || byte === 0x09) return 2;
  if (byte === 0x28 || byte === 0x5b || byte === 0x7b) return 3;
  return byte === 0x2e ? 4 : 5;
}
