/**
 * Units of indentation, and one text read in another's: a level of the one is a level of the other, and blanks beyond
 * the last level (an alignment, the one before `*` in a comment) stay as they are.
 */
import type { Position } from 'vscode-languageserver-types';
import type { Document } from '../documents/document.ts';
import { encode } from '../prompt/around.ts';
import { SENTINELS } from '../prompt/sequence.ts';

/** So many spaces a level, TAB for a tab, or UNKNOWN: such a text is left as it is. */
export type Unit = number;
export const UNKNOWN: Unit = 0;
const MOST_SPACES = 8;
export const TAB: Unit = MOST_SPACES + 1;

const [SPACE, HT, LF, CR] = [0x20, 0x09, 0x0a, 0x0d];
const NONE = new Uint8Array();
/** So much of a text says what its unit is, bytes. */
const TOLD = 32_768;

/**
 * The unit of a text by its own lines: tabs where most indented lines begin with one, else the usual step to the
 * right.
 */
export function unitOf(text: Uint8Array): Unit {
  const steps = new Uint32Array(MOST_SPACES + 1);
  let [tabs, spaces, last, common] = [0, 0, Infinity, 0];
  const end = Math.min(text.length, TOLD);
  for (let at = 0; at < end; ) {
    let from = at;
    while (from < end && text[from] === SPACE) from++;
    const width = from - at;
    const next = text.indexOf(LF, from);
    if (text[at] === HT) tabs++;
    else if (from < end && text[from] !== LF && text[from] !== HT && text[from] !== CR) {
      if (width > 1) {
        spaces++;
        common = divisor(common, width);
        if (width > last && width - last > 1 && width - last <= MOST_SPACES) steps[width - last]++;
      }
      if (width !== 1) last = width; // one space aligns
    }
    at = next < 0 ? end : next + 1;
  }
  if (tabs > 0 && tabs >= spaces) return TAB;
  if (spaces === 0) return UNKNOWN;
  const most = Math.max(...steps);
  return most > 0 ? steps.indexOf(most) : common > 1 && common <= MOST_SPACES ? common : UNKNOWN;
}

/** The unit of a document. The cursor's line counts once its indentation is finished, or has a tab. */
export function unitIn(document: Pick<Document, 'slice' | 'offsetAt' | 'line'>, cursor?: Position): Unit {
  if (!cursor) return unitOf(encode(document.slice(0, TOLD)));
  const { line, character } = cursor;
  const before = document.line(line).slice(0, character);
  const [from, to] = [line, line + 1].map((number) => document.offsetAt({ line: number, character: 0 }));
  const own = before.trim() !== '' || before.startsWith('\t') ? `${before}\n` : '';
  return unitOf(encode(document.slice(0, Math.min(from, TOLD)) + own + document.slice(to, Math.max(to, TOLD))));
}

const divisor = (a: number, b: number): number => (b === 0 ? a : divisor(b, a % b));

/** How deep the blanks of `text` from `at` on are in a unit: whole levels, then spaces, and where they end. */
function depthAt(text: Uint8Array, at: number, end: number, unit: Unit): { levels: number; rest: number; to: number } {
  let [levels, rest, to] = [0, 0, at];
  for (; to < end && (text[to] === SPACE || text[to] === HT); to++) {
    if (text[to] === HT) [levels, rest] = [levels + 1, 0];
    else if (++rest === unit) [levels, rest] = [levels + 1, 0];
  }
  return { levels, rest, to };
}

/** Levels and spaces in a unit. */
function blanks(levels: number, rest: number, unit: Unit): number[] {
  const out: number[] = [];
  for (let i = unit === TAB ? levels : levels * unit; i > 0; i--) out.push(unit === TAB ? HT : SPACE);
  for (let i = rest; i > 0; i--) out.push(SPACE);
  return out;
}

/** `text` with the indentation of its lines in another unit; its first byte begins a line where `begins`. */
export function inUnit(text: Uint8Array, from: Unit, to: Unit, begins = true): Uint8Array {
  if (from === to || from === UNKNOWN || to === UNKNOWN) return text;
  const out: number[] = [];
  for (let at = 0; at < text.length; ) {
    if (begins || at > 0) {
      const depth = depthAt(text, at, text.length, from);
      out.push(...blanks(depth.levels, depth.rest, to));
      at = depth.to;
    }
    const next = text.indexOf(LF, at);
    const end = next < 0 ? text.length : next + 1;
    for (; at < end; at++) out.push(text[at]);
  }
  return Uint8Array.from(out);
}

/** The blanks that a text ends in, where a line has no more; nothing where it has. */
export function indentBefore(text: Uint8Array): Uint8Array {
  let from = text.length;
  while (from > 0 && (text[from - 1] === SPACE || text[from - 1] === HT)) from--;
  return from === 0 || text[from - 1] === LF || text[from - 1] >= SENTINELS.TAIL
    ? text.subarray(from)
    : new Uint8Array();
}

/** The end of a document's text as it would stand in a file of another unit. */
export class View {
  /**
   * Bytes of the other unit; they end where the cursor stands, or at the start of its line if it stands in the
   * indentation.
   */
  text = new Uint8Array();
  /**
   * The indentation before the cursor, in the document's unit, where the cursor stands in it or at the start of a
   * line; else undefined.
   */
  indent: Uint8Array | undefined;
  /** The document's unit. */
  own: Unit = UNKNOWN;
  private bytes = new Uint8Array(64);
  /** Where in the document each byte ends, and where the first one begins. */
  private ends = new Uint32Array(64);
  private size = 0;
  private from = 0;

  /** Becomes the view of the bytes of `text` before `end`, about the last `most` of them. */
  set(text: Uint8Array, end: number, own: Unit, other: Unit, most: number): this {
    let from = end;
    while (from > 0 && end - from < most && text[from - 1] < SENTINELS.TAIL) from--;
    let begins = from === 0 || text[from - 1] >= SENTINELS.TAIL || text[from - 1] === LF;
    // no one knows whether blanks there are an indentation
    if (!begins) while (from < end && (text[from] === SPACE || text[from] === HT)) from++;
    [this.from, this.size, this.own, this.indent] = [from, 0, own, undefined];
    for (let at = from; ; begins = true) {
      if (begins) {
        const to = this.addIndent(text, at, end, own, other);
        if (this.indent) break;
        at = to;
      }
      while (at < end && text[at] !== LF) this.add(text[at], ++at);
      if (at === end) break;
      this.add(LF, ++at);
      if (at < end) continue;
      this.indent = NONE;
      break;
    }
    this.text = this.bytes.subarray(0, this.size);
    return this;
  }

  /** For so many last bytes of `text`, how many bytes of the document they stand for. */
  width(bytes: number): number {
    const behind = this.indent ? this.indent.length : 0;
    if (bytes === 0) return behind;
    const start = bytes === this.size ? this.from : this.ends[this.size - bytes - 1];
    return behind + this.ends[this.size - 1] - start;
  }

  /** Adds the blanks at `at`, or has them as `indent` where the text ends in them; returns where they end. */
  private addIndent(text: Uint8Array, at: number, end: number, own: Unit, other: Unit): number {
    const { levels, rest, to } = depthAt(text, at, end, own);
    if (to === end) {
      this.indent = text.subarray(at, end);
      return to;
    }
    const [wide, narrow] = [other === TAB ? levels : levels * other, own === TAB ? 1 : own];
    for (let i = 1; i <= wide; i++)
      this.add(other === TAB ? HT : SPACE, Math.min(to, at + Math.ceil((i * levels) / wide) * narrow));
    for (let i = to - rest + 1; i <= to; i++) this.add(SPACE, i);
    return to;
  }

  private add(byte: number, end: number): void {
    if (this.size === this.bytes.length) {
      const [bytes, ends] = [this.bytes, this.ends];
      [this.bytes, this.ends] = [new Uint8Array(2 * bytes.length), new Uint32Array(2 * ends.length)];
      this.bytes.set(bytes);
      this.ends.set(ends);
    }
    this.bytes[this.size] = byte;
    this.ends[this.size++] = end;
  }
}

/**
 * What a line that begins at `place` of a file goes on with behind `indent`, which is of the document's unit: the byte
 * in the document's unit, or undefined where the line stands elsewhere.
 */
export function nextIn(
  text: Uint8Array,
  place: number,
  end: number,
  unit: Unit,
  own: Unit,
  indent: Uint8Array,
): number | undefined {
  const { levels, rest, to } = depthAt(text, place, end, unit);
  const wide = own === TAB ? levels : levels * own;
  for (let i = 0; i < indent.length; i++) if (blankAt(i, wide, rest, own) !== indent[i]) return undefined;
  return blankAt(indent.length, wide, rest, own) ?? (to < end ? text[to] : undefined);
}

/** Number `i` of the blanks of an indentation: `wide` for its levels, then spaces. */
function blankAt(i: number, wide: number, rest: number, unit: Unit): number | undefined {
  if (i < wide) return unit === TAB ? HT : SPACE;
  return i < wide + rest ? SPACE : undefined;
}
