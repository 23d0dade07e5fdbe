/** Text of files, one behind the other, and once it is settled the order of its places by what stands before them. */

import { DEPTH, PADDING, sortContexts } from './contextOrder.ts';
import { isText, NOTHING } from './contexts.ts';
import { LONGEST } from './evidence.ts';
import type { Unit } from './indentation.ts';
import type { BegunWord } from './structure.ts';
import { type Found, StructureTable } from './structureTable.ts';

/** The end of a text, for comparison with the places of segments. */
export class Query {
  /** How many bytes it has, LONGEST at most. */
  length = 0;
  /** Its last DEPTH bytes, zeros in place of what is no text and of what stands before that. */
  private readonly bytes = new Uint8Array(DEPTH);
  private readonly view = new DataView(this.bytes.buffer);

  /** Becomes the first `end` bytes of a text. */
  set(text: Uint8Array, end: number): this {
    let n = 0;
    for (; n < DEPTH && n < end && isText(text[end - 1 - n]); n++) this.bytes[DEPTH - 1 - n] = text[end - 1 - n];
    this.bytes.fill(0, 0, DEPTH - n);
    this.length = Math.min(LONGEST, n);
    return this;
  }

  /** The last bytes, those nearest to the end first: [n, n + 4). */
  word(n: number): number {
    return this.view.getUint32(DEPTH - n - 4, true);
  }

  /** Whether the context of a place stands before that of the text. */
  isBehind(view: DataView, place: number): boolean {
    for (let n = 0; n < DEPTH; n += 4) {
      const own = this.word(n);
      const other = view.getUint32(place - n - 4, true);
      if (own !== other) return other < own;
    }
    return false;
  }

  /** How many bytes before a place are those at the end of the text, at most `most`. */
  sharedWith(view: DataView, place: number, most: number): number {
    const end = Math.min(most, this.length);
    for (let n = 0; n < end; n += 4) {
      const differ = this.word(n) ^ view.getUint32(place - n - 4, true);
      if (differ !== 0) return Math.min(end, n + (Math.clz32(differ) >> 3));
    }
    return end;
  }
}

/** One of so many places has its last eight bytes where a search finds them without a look into the text. */
const SAMPLE = 64;
/** Of these so many are taken between two turns of other work. */
const STEP = 1 << 12;

export class Segment {
  /** PADDING zeros, then NOTHING before each piece of text and before what it repeats of its file. */
  text: Uint8Array;
  end = PADDING;
  /** The number of its first place among those of the whole index. */
  base = 0;
  /** Bytes that are places. */
  live = 0;
  private view: DataView;
  /** The places that can be found, sorted: three bytes each. */
  private order = new Uint8Array();
  private structures: StructureTable | undefined;
  /** The eight bytes before every 64th place of the order, the nearest four first: [places / SAMPLE, 2]. */
  private samples = new Uint32Array();
  /** A bit for each byte that is no place: its text is gone, or is there for what follows it alone. */
  private gone: Uint8Array | undefined;

  constructor(
    readonly unit: Unit,
    room: number,
  ) {
    this.text = new Uint8Array(PADDING + room);
    this.view = new DataView(this.text.buffer);
  }

  /** Begins a piece behind `context`, at most LONGEST bytes, whose places are not its own. Returns where it begins. */
  begin(context: Uint8Array): number {
    this.append(NOTHING);
    for (const byte of context) this.append(byte);
    if (context.length > 0) this.mark(this.end - context.length, this.end);
    return this.end;
  }

  append(byte: number): void {
    if (this.end === this.text.length) this.resize(2 * this.text.length);
    this.text[this.end++] = byte;
  }

  /** The places [from, to) hold what was there no more. */
  forget(from: number, to: number): void {
    this.mark(from, to);
    this.live -= to - from;
  }

  isGone(place: number): boolean {
    return this.gone !== undefined && (this.gone[place >> 3] & (1 << (place & 7))) !== 0;
  }

  /** Sorts the places, in steps; then they can be found. */
  *settle(): Generator<void> {
    this.resize(this.end);
    const structures = yield* StructureTable.build(this.text);
    const order = yield* sortContexts(this.text, this.gone);
    const samples = new Uint32Array(2 * Math.ceil(order.length / 3 / SAMPLE));
    for (let i = 0; i < samples.length / 2; i++) {
      const place = placeAt(order, SAMPLE * i);
      samples[2 * i] = this.view.getUint32(place - 4, true);
      samples[2 * i + 1] = this.view.getUint32(place - 8, true);
      if (i % STEP === STEP - 1) yield;
    }
    [this.order, this.structures, this.samples] = [order, structures, samples];
  }

  /** Tells what follows the letters of a word in the words that stand where it stands (structure.ts). */
  words(begun: BegunWord, found: Found): void {
    this.structures?.find(begun, (byte, context, place, count) => {
      if (!this.isGone(place)) found(byte, context, place, count);
    });
  }

  /** What stands before a place that a piece begins at: at most LONGEST bytes. */
  contextOf(place: number): Uint8Array {
    const from = Math.max(0, place - LONGEST);
    return this.text.subarray(Math.max(from, this.text.lastIndexOf(NOTHING, place - 1) + 1), place);
  }

  /**
   * Calls `visit` with the places whose contexts share most with the query, those that share most first, and how many
   * bytes they share: at least `least`, until it has taken `most`.
   */
  near(query: Query, least: number, most: number, visit: (place: number, length: number) => boolean): void {
    const { order } = this;
    const size = order.length / 3;
    let right = this.placeOf(query);
    let left = right - 1;
    let leftShared = left < 0 ? 0 : query.sharedWith(this.view, placeAt(order, left), LONGEST);
    let rightShared = right >= size ? 0 : query.sharedWith(this.view, placeAt(order, right), LONGEST);
    for (let [taken, looked] = [0, 0]; taken < most && looked < 4 * most; looked++) {
      const length = Math.max(leftShared, rightShared);
      if (length < least) return;
      if (leftShared >= rightShared) {
        if (visit(placeAt(order, left), length)) taken++;
        left--;
        leftShared = left < 0 ? 0 : query.sharedWith(this.view, placeAt(order, left), leftShared);
      } else {
        if (visit(placeAt(order, right), length)) taken++;
        right++;
        rightShared = right >= size ? 0 : query.sharedWith(this.view, placeAt(order, right), rightShared);
      }
    }
  }

  /** Where in the order the query belongs. */
  private placeOf(query: Query): number {
    const { order, samples } = this;
    const [first, second] = [query.word(0), query.word(4)];
    let [low, high] = [0, samples.length / 2];
    while (low < high) {
      const middle = (low + high) >>> 1;
      const near = samples[2 * middle];
      // those with the same eight bytes are looked at in the text
      const own = near === first ? second : first;
      const other = near === first ? samples[2 * middle + 1] : near;
      if (other < own || (other === own && query.isBehind(this.view, placeAt(order, SAMPLE * middle))))
        low = middle + 1;
      else high = middle;
    }
    let [from, to] = [Math.max(0, SAMPLE * (low - 1)), Math.min(order.length / 3, SAMPLE * low)];
    while (from < to) {
      const middle = (from + to) >>> 1;
      if (query.isBehind(this.view, placeAt(order, middle))) from = middle + 1;
      else to = middle;
    }
    return from;
  }

  private mark(from: number, to: number): void {
    const bytes = (this.text.length >> 3) + 1;
    if (!this.gone || this.gone.length < bytes) {
      const gone = new Uint8Array(bytes);
      if (this.gone) gone.set(this.gone);
      this.gone = gone;
    }
    for (let i = from; i < to; i++) this.gone[i >> 3] |= 1 << (i & 7);
  }

  private resize(length: number): void {
    const text = new Uint8Array(length);
    text.set(this.text.subarray(0, Math.min(length, this.end)));
    [this.text, this.view] = [text, new DataView(text.buffer)];
  }
}

/** Number `i` of places of three bytes. */
function placeAt(order: Uint8Array, i: number): number {
  return order[3 * i] | (order[3 * i + 1] << 8) | (order[3 * i + 2] << 16);
}
