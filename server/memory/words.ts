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

  /** Counts the bytes [from, to) of a text behind the beginnings of their words, once, or takes them back: -1. */
  count(text: Uint8Array, from: number, to: number, by: 1 | -1): void {
    let [node, length] = this.walk(text, from);
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
    const [node, length] = this.walk(text, end);
    if (length === 0 || length > LONGEST_WORD || node === undefined) return;
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

  /** The node of the letters before `end`, undefined where none is, and how many they are (more than counted, too). */
  private walk(text: Uint8Array, end: number): [node: number | undefined, length: number] {
    let length = 0;
    while (length <= LONGEST_WORD && length < end && isWord(text[end - 1 - length])) length++;
    let node: number | undefined = ROOT;
    for (let i = end - length; i < end && node !== undefined; i++) node = this.childOf(node, text[i]);
    return [node, length];
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
