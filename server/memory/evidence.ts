/**
 * What was found for one place: which bytes followed the same contexts, in how many places, in this file or elsewhere,
 * after how long a match.
 */

/** Classes of matches: those of at least so many bytes, then those of the same word. */
const LENGTHS = [3, 5, 8, 12, 20, 32];
export const CLASSES = LENGTHS.length + 1;
const WORD = LENGTHS.length;
/** No match is followed further back, bytes. */
export const LONGEST = 63;
/** The sides of the evidence. */
export const [ELSEWHERE, HERE] = [0, 1];
const BOTH = 2 * CLASSES;
/** A byte that only its word speaks for ranks as one with a match of so many bytes. */
const WORD_RANK = 2;

export class Evidence {
  /** Distinct bytes that followed. */
  size = 0;
  readonly bytes = new Uint8Array(256);
  /** Places by byte, side and class: [size, 2, CLASSES]. */
  readonly counts = new Float32Array(256 * BOTH);
  /** The same over all bytes. */
  readonly totals = new Float32Array(BOTH);
  /** The longest match of each byte on each side: [size, 2]. */
  readonly longest = new Uint8Array(256 * 2);
  /** Where each byte stands after its longest match, and whether that is in the text itself, not in the index. */
  readonly places = new Uint32Array(256);
  readonly inText = new Uint8Array(256);
  /** The longest match on each side. */
  readonly reach = new Uint8Array(2);
  private readonly slots = new Int16Array(256).fill(-1);

  clear(): void {
    for (let i = 0; i < this.size; i++) this.slots[this.bytes[i]] = -1;
    this.size = 0;
    this.totals.fill(0);
    this.reach.fill(0);
  }

  /** `byte` followed a match of `length` bytes at `place`, of the text itself or of the index. */
  add(byte: number, length: number, side: number, place: number, inText = false): void {
    const slot = this.slotOf(byte);
    for (let c = 0; c < WORD && length >= LENGTHS[c]; c++) this.increment(slot, side, c);
    if (length > this.lengthOf(slot)) [this.places[slot], this.inText[slot]] = [place, Number(inText)];
    if (length > this.longest[2 * slot + side]) this.longest[2 * slot + side] = length;
    if (length > this.reach[side]) this.reach[side] = length;
  }

  /** `byte` followed the same letters at the start of a word, so many times. */
  addWord(byte: number, side: number, times = 1): void {
    this.increment(this.slotOf(byte), side, WORD, times);
  }

  /**
   * The longest match of all, or that of one byte: its length, how many places share at least eight bytes of it, and
   * where it is.
   */
  best(byte?: number): { length: number; times: number; place: number; inText: boolean } | undefined {
    let slot = byte === undefined ? 0 : this.slots[byte];
    if (byte === undefined)
      for (let other = 1; other < this.size; other++) if (this.lengthOf(other) > this.lengthOf(slot)) slot = other;
    if (slot < 0 || this.size === 0 || this.lengthOf(slot) === 0) return undefined;
    const eight = (side: number) => this.counts[slot * BOTH + side * CLASSES + LENGTHS.indexOf(8)];
    return {
      length: this.lengthOf(slot),
      times: Math.max(1, eight(ELSEWHERE) + eight(HERE)),
      place: this.places[slot],
      inText: this.inText[slot] === 1,
    };
  }

  /** The slots of at most `most` bytes, those with the longest matches first. */
  ranked(most: number): number[] {
    const rank = (slot: number) => Math.max(WORD_RANK, this.lengthOf(slot));
    return Array.from({ length: this.size }, (_, slot) => slot)
      .sort((a, b) => rank(b) - rank(a))
      .slice(0, most);
  }

  private lengthOf(slot: number): number {
    return Math.max(this.longest[2 * slot], this.longest[2 * slot + 1]);
  }

  private increment(slot: number, side: number, c: number, by = 1): void {
    this.counts[slot * BOTH + side * CLASSES + c] += by;
    this.totals[side * CLASSES + c] += by;
  }

  private slotOf(byte: number): number {
    let slot = this.slots[byte];
    if (slot >= 0) return slot;
    slot = this.slots[byte] = this.size;
    this.bytes[this.size++] = byte;
    this.counts.fill(0, slot * BOTH, (slot + 1) * BOTH);
    this.longest.fill(0, 2 * slot, 2 * slot + 2);
    return slot;
  }
}
