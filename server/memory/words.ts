/**
 * How often which byte follows the letters of a word so far, over all words of the index: a trie whose nodes are the
 * beginnings of words, the byte that ends each word among them.
 */
import { isText, isWord } from './contexts.ts';

/** Longer words are not counted, bytes. */
const LONGEST_WORD = 32;
const ROOT = 0;

export class Words {
  private size = 1;
  private bytes = new Uint8Array(1 << 10);
  private counts = new Uint32Array(1 << 10);
  private children = new Uint32Array(1 << 10);
  private siblings = new Uint32Array(1 << 10);
  /** The letters that were asked about last, as many as have nodes, and those: the next look-up has one more. */
  private readonly asked = new Uint8Array(LONGEST_WORD);
  private readonly path = new Uint32Array(LONGEST_WORD);
  private depth = 0;

  /** Counts the bytes [from, to) of a text behind the beginnings of their words, once, or takes them back: -1. */
  count(text: Uint8Array, from: number, to: number, by: 1 | -1): void {
    let length = lettersBefore(text, from);
    let node = length === 0 ? ROOT : this.nodeOf(text, from, length);
    for (let i = from; i < to; i++) {
      const byte = text[i];
      const isLetter = isWord(byte);
      if (isText(byte) && length <= LONGEST_WORD && (isLetter || length > 0)) {
        const next = this.childOf(node, byte) ?? this.grow(node, byte);
        if (length > 0) this.counts[next] += by;
        node = next;
      }
      length = isLetter ? length + 1 : 0;
      if (!isLetter) node = ROOT;
    }
  }

  /** Calls `visit` with each byte that followed the letters that `text` ends in at `end`, and how often. */
  next(text: Uint8Array, end: number, visit: (byte: number, times: number) => void): void {
    const node = this.nodeOf(text, end, lettersBefore(text, end));
    if (node === undefined) return;
    for (let child = this.children[node]; child !== 0; child = this.siblings[child])
      if (this.counts[child] > 0) visit(this.bytes[child], this.counts[child]);
  }

  /** How often `byte` followed the letters that `text` ends in at `end`. */
  times(text: Uint8Array, end: number, byte: number): number {
    let found = 0;
    this.next(text, end, (other, times) => {
      if (other === byte) found = times;
    });
    return found;
  }

  /** Whether a word of letters, at most 32 bytes of UTF-8, stands in a text. */
  has(word: string): boolean {
    const bytes = Buffer.from(word);
    let found = false;
    this.next(bytes, bytes.length, (byte) => (found ||= !isWord(byte)));
    return found;
  }

  /** The node of `length` letters before `end`; undefined where none is, or none can be. */
  private nodeOf(text: Uint8Array, end: number, length: number): number | undefined {
    if (length === 0 || length > LONGEST_WORD) return undefined;
    const { asked, path } = this;
    const start = end - length;
    let shared = 0;
    while (shared < Math.min(this.depth, length) && asked[shared] === text[start + shared]) shared++;
    for (this.depth = shared; this.depth < length; this.depth++) {
      const letter = text[start + this.depth];
      const child = this.childOf(this.depth === 0 ? ROOT : path[this.depth - 1], letter);
      if (child === undefined) return undefined;
      [asked[this.depth], path[this.depth]] = [letter, child];
    }
    return path[length - 1];
  }

  private childOf(node: number | undefined, byte: number): number | undefined {
    if (node === undefined) return undefined;
    let child = this.children[node];
    while (child !== 0 && this.bytes[child] !== byte) child = this.siblings[child];
    return child === 0 ? undefined : child;
  }

  private grow(node: number | undefined, byte: number): number {
    if (node === undefined) throw new Error('a word whose beginning was not counted');
    if (this.size === this.bytes.length) this.widen();
    const child = this.size++;
    this.bytes[child] = byte;
    this.siblings[child] = this.children[node];
    this.children[node] = child;
    return child;
  }

  private widen(): void {
    const wider = <T extends Uint8Array | Uint32Array>(from: T): T => {
      const to = new (from.constructor as new (n: number) => T)(2 * from.length);
      to.set(from);
      return to;
    };
    [this.bytes, this.counts] = [wider(this.bytes), wider(this.counts)];
    [this.children, this.siblings] = [wider(this.children), wider(this.siblings)];
  }
}

/** How many letters of a word stand before `end`; one more than are counted, at most. */
function lettersBefore(text: Uint8Array, end: number): number {
  let length = 0;
  while (length <= LONGEST_WORD && length < end && isWord(text[end - 1 - length])) length++;
  return length;
}
