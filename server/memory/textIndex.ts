/**
 * The text of many files, for one question: which bytes followed where a text ended like this before? Texts lie one
 * behind the other in one buffer; a hash table for each context keeps the latest places of each hash. What the texts
 * say decides whether a place matches, so places of text that is gone need no clearing up.
 */
import { CONTEXTS, hashContexts, isText, NOTHING, ORDERS, sameWord, sharedBefore } from './contexts.ts';
import { ELSEWHERE, type Evidence, HERE, LONGEST } from './evidence.ts';
import { inUnit, nextIn, TAB, UNKNOWN, type Unit, unitOf, type View, viewOf } from './indentation.ts';
import { type Change, changeTo, offsetIn, type Piece, textOf } from './pieces.ts';
import { BegunWord, MOST_TEXT, StructureTable } from './structureTable.ts';

/** A bucket counts what was put into it, and keeps the latest places. */
const SLOTS = 16;
/** Memory of text and tables, but for the tables of very much text; bytes. */
const [MOST_MEMORY, LEAST_TABLES] = [200e6, 120e6];
const LEAST_PLACES = 2 ** 16;
const [CR, LF] = [0x0d, 0x0a];
/** Bytes of a text that are put between two turns of other work. */
const STEP = 256;

/** Bytes of a text that are read in another unit for a look-up. */
const VIEWED = LONGEST + 1;

/** Part of a file: bytes [from, to). */
export interface Part {
  path: string;
  from: number;
  to: number;
}

export class TextIndex {
  private readonly text: Uint8Array;
  private readonly tables: Uint32Array[];
  private readonly buckets: number;
  private readonly hashes = new Uint32Array(CONTEXTS);
  private readonly seen = new Uint32Array(CONTEXTS * SLOTS);
  private end = 1;
  private readonly files = new Map<string, { pieces: Piece[]; unit: Unit }>();
  /** Where each piece that was ever put begins, with its context, and the unit of indentation there. */
  private readonly starts: number[] = [];
  private readonly units: Unit[] = [];
  /** How many files there are of each unit. */
  private readonly living = new Uint32Array(TAB + 1);
  /** Of the text before they were made, MOST_TEXT bytes each. */
  private structures: StructureTable[] = [];
  private readonly begun = new BegunWord();

  /**
   * Room for `most` bytes of text, `usual` of them at a time. A table has two places of four bytes for each of the
   * latter, or as many as the memory has room for.
   */
  constructor(most: number, usual = most) {
    this.text = new Uint8Array(most + most / 64 + 4096); // a byte between two files
    const room = Math.max(LEAST_TABLES, MOST_MEMORY - this.text.length) / (4 * CONTEXTS);
    const places = Math.min(Math.max(LEAST_PLACES, 2 * usual), room);
    this.buckets = Math.max(1, Math.floor(places / SLOTS));
    this.tables = Array.from({ length: CONTEXTS }, () => new Uint32Array(this.buckets * SLOTS));
  }

  /** Whether there is room to put a text: all of it, or only what has changed in it. */
  fits(path: string, bytes: Uint8Array): boolean {
    return this.hasRoom(bytes, this.changeOf(path, bytes));
  }

  /**
   * Takes a file's text in, in steps, all of them before those of another; what the file held before is forgotten, and
   * what has not changed stays where it is. Throws where there is no room.
   */
  *put(path: string, bytes: Uint8Array): Generator<void> {
    const change = this.changeOf(path, bytes);
    if (!this.hasRoom(bytes, change)) {
      this.remove(path);
      throw new Error(`no room for ${bytes.length} bytes`);
    }
    const text = change ? withLineFeeds(bytes).subarray(0, change.to) : bytes;
    const [from, unit] = [change?.from ?? 0, unitOf(bytes)];
    if (change) for (const gone of change.gone) this.text.fill(NOTHING, ...gone);
    else {
      this.remove(path);
      this.living[unit]++;
    }
    this.text[this.end++] = NOTHING;
    this.starts.push(this.end);
    this.units.push(unit);
    // It is there for what follows, and is no place itself
    const context = text.subarray(Math.max(0, from - LONGEST), from);
    this.text.set(context, this.end);
    this.end += context.length;
    const piece: Piece = { start: this.end, length: 0, context: context.length };
    this.files.set(path, { pieces: change ? change.pieces.toSpliced(change.at, 0, piece) : [piece], unit });
    if (context.length > 0) this.note();
    for (let at = from; at < text.length; at += STEP) {
      for (let i = at; i < Math.min(text.length, at + STEP); i++) {
        if (text[i] !== CR || text[i + 1] !== LF) this.append(text[i]); // line ends are line feeds to the model
      }
      piece.length = this.end - piece.start;
      yield;
    }
  }

  remove(path: string): void {
    const file = this.files.get(path);
    if (!file) return;
    for (const { start, length, context } of file.pieces) this.text.fill(NOTHING, start - context, start + length);
    this.living[file.unit]--;
    this.files.delete(path);
  }

  private hasRoom(bytes: Uint8Array, change: Change | undefined): boolean {
    return this.end + (change ? change.to - change.from + LONGEST : bytes.length) + 1 <= this.text.length;
  }

  /** What has changed in a file; undefined where all of it has, its unit of indentation among it. */
  private changeOf(path: string, bytes: Uint8Array): Change | undefined {
    const file = this.files.get(path);
    return file && file.unit === unitOf(bytes) ? changeTo(withLineFeeds(bytes), this.text, file.pieces) : undefined;
  }

  /**
   * Adds what followed where a text ended like the first `end` bytes of `text`; `own` is not looked at, and the rest
   * of its file is here. With the unit of the text's indentation, files of others are read in it: what followed them is
   * what would follow if they had the same.
   */
  find(text: Uint8Array, end: number, evidence: Evidence, own?: Part, unit: Unit = UNKNOWN): void {
    let mixed = false;
    for (let other = UNKNOWN + 1; unit !== UNKNOWN && other <= TAB; other++) {
      if (other === unit || this.living[other] === 0) continue;
      mixed = true;
      const view = viewOf(text, end, unit, other, VIEWED);
      this.search(view.text, view.text.length, evidence, own, (found) => found === other, { ...view, unit, other });
    }
    this.search(text, end, evidence, own, mixed ? (found) => found === unit || found === UNKNOWN : undefined);
    this.findWords(text, end, evidence, own);
  }

  /** Makes tables of the words so far by their structural contexts, in steps; what is put later is not in them. */
  *settle(): Generator<void> {
    const made: StructureTable[] = [];
    for (let from = 0; from < this.end; from += MOST_TEXT)
      made.push(yield* StructureTable.build(this.text.slice(from, Math.min(this.end, from + MOST_TEXT))));
    this.structures = made;
  }

  private findWords(text: Uint8Array, end: number, evidence: Evidence, own?: Part): void {
    if (this.structures.length === 0) return;
    const pieces = (own && this.files.get(own.path)?.pieces) ?? [];
    this.begun.set(text, end);
    for (const [i, table] of this.structures.entries())
      table.find(this.begun, (byte, context, from, count) => {
        const place = i * MOST_TEXT + from;
        if (this.text[place] === NOTHING) return; // it is gone
        const at = offsetIn(pieces, place);
        if (own && at !== undefined && at >= own.from && at < own.to) return;
        evidence.addStructure(byte, context, at === undefined ? ELSEWHERE : HERE, count);
      });
  }

  private search(
    text: Uint8Array,
    end: number,
    evidence: Evidence,
    own?: Part,
    isOf?: (unit: Unit) => boolean,
    view?: View & { unit: Unit; other: Unit },
  ): void {
    const pieces = (own && this.files.get(own.path)?.pieces) ?? [];
    hashContexts(text, end, this.hashes);
    let known = 0;
    for (let k = 0; k < CONTEXTS; k++) {
      if (this.hashes[k] === 0) continue;
      const table = this.tables[k];
      const bucket = (this.hashes[k] % this.buckets) * SLOTS;
      for (let s = bucket + 1; s < bucket + SLOTS; s++) {
        const place = table[s];
        if (place === 0) continue;
        const at = offsetIn(pieces, place); // other files are no part of it
        if (own && at !== undefined && at >= own.from && at < own.to) continue;
        if (this.text[place] === NOTHING || place >= this.end || (isOf && !isOf(this.unitAt(place)))) continue;
        const byte = !view?.indent
          ? this.text[place]
          : nextIn(this.text, place, this.end, view.other, view.unit, view.indent);
        if (byte === undefined || byte === NOTHING) continue;
        const side = at === undefined ? ELSEWHERE : HERE;
        if (k === ORDERS.length) {
          if (sameWord(this.text, place, text, end)) evidence.addWord(byte, side);
          continue;
        }
        if (this.isSeen(place, known)) continue;
        const length = sharedBefore(this.text, place, text, end, view ? end : LONGEST);
        if (length < ORDERS[k]) continue;
        this.seen[known++] = place;
        evidence.add(byte, view ? Math.min(LONGEST, view.width(length)) : length, side, place);
      }
    }
  }

  /**
   * What follows a place in its file in a unit of indentation, at most `most` bytes; behind `indent` where the place
   * begins a line.
   */
  read(place: number, most: number, unit: Unit, indent: Uint8Array): Uint8Array {
    const own = this.unitAt(place);
    if (own === unit || own === UNKNOWN || unit === UNKNOWN) return this.after(place, most);
    const begins = this.text[place - 1] === LF || this.text[place - 1] === NOTHING;
    const next = inUnit(this.after(place, TAB * (most + indent.length)), own, unit, begins);
    return begins ? next.subarray(indent.length, indent.length + most) : next.subarray(0, most);
  }

  /** What follows a place in its file, at most `most` bytes. */
  after(place: number, most: number): Uint8Array {
    const next = this.text.subarray(place, Math.min(this.end, place + most));
    const stop = next.indexOf(NOTHING);
    return stop < 0 ? next : next.subarray(0, stop);
  }

  /** The file that holds a place, and the line there, from 1 on. */
  fileAt(place: number): { path: string; line: number } | undefined {
    for (const [path, { pieces }] of this.files) {
      const at = offsetIn(pieces, place);
      if (at === undefined) continue;
      const before = textOf(this.text, pieces).subarray(0, at);
      return { path, line: 1 + before.reduce((lines, byte) => lines + Number(byte === LF), 0) };
    }
    return undefined;
  }

  /** The unit of the file that a place is in. */
  private unitAt(place: number): Unit {
    let [low, high] = [0, this.starts.length];
    while (high - low > 1) {
      const middle = (low + high) >>> 1;
      if (this.starts[middle] <= place) low = middle;
      else high = middle;
    }
    return this.units[low];
  }

  private isSeen(place: number, known: number): boolean {
    for (let i = 0; i < known; i++) if (this.seen[i] === place) return true;
    return false;
  }

  private append(byte: number): void {
    this.text[this.end++] = isText(byte) || byte === NOTHING ? byte : 0x3f; // nothing: a token was taken out
    this.note();
  }

  /** The next byte follows the contexts that end here. */
  private note(): void {
    hashContexts(this.text, this.end, this.hashes);
    for (let k = 0; k < CONTEXTS; k++) {
      if (this.hashes[k] === 0) continue;
      const table = this.tables[k];
      const bucket = (this.hashes[k] % this.buckets) * SLOTS;
      table[bucket + 1 + (table[bucket]++ % (SLOTS - 1))] = this.end;
    }
  }
}

/** Line ends as the index has them. */
function withLineFeeds(bytes: Uint8Array): Uint8Array {
  if (!bytes.includes(CR)) return bytes;
  return Buffer.from(Buffer.from(bytes).toString('latin1').replaceAll('\r\n', '\n'), 'latin1');
}
