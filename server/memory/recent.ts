/**
 * The text that is being completed, for the same question as TextIndex. It grows by bytes and is cut back to any
 * length, and what it answers depends on its bytes alone: a completion that goes on from a typed byte finds what the
 * one before found.
 */
import { CONTEXTS, hashContexts, isText, isWord, ORDERS, sameWord, sharedBefore } from './contexts.ts';
import { type Evidence, HERE, LONGEST, TEXT } from './evidence.ts';
import { type BegunWord, hashStructures, STRUCTURES } from './structure.ts';

/** Places that are looked at for each context, the latest first. */
const PLACES = 16;
const BUCKETS = 4096;

export class Recent {
  private text = new Uint8Array(4096);
  private length = 0;
  /** The latest place of each hash, by context; 0 for none. */
  private readonly heads = new Int32Array(CONTEXTS * BUCKETS);
  /** For each place and context the one before with the same hash, modulo BUCKETS, and the hash. */
  private before = new Int32Array(CONTEXTS * this.text.length);
  private hashes = new Uint32Array(CONTEXTS * this.text.length);
  private readonly seen: number[] = [];
  /** Where each word begins, and the hashes of its structural contexts: [words, STRUCTURES]. */
  private starts = new Int32Array(1024);
  private structures = new Uint32Array(STRUCTURES.length * this.starts.length);
  private words = 0;
  /** Of those before a word that is begun, the ones that share a context with it, and which word that is. */
  private alike: number[] = [];
  private alikeOf: { word: BegunWord; number: number; start: number } | undefined;

  /** Becomes `text`; what they share from the start is kept. */
  set(text: Uint8Array): void {
    let shared = Math.min(this.length, text.length);
    if (Buffer.compare(text.subarray(0, shared), this.text.subarray(0, shared)) !== 0) {
      shared = 0;
      while (text[shared] === this.text[shared]) shared++;
    }
    while (this.length > shared) this.pop();
    for (let i = shared; i < text.length; i++) this.push(text[i]);
  }

  /** Adds what followed where the text ended as it ends now. */
  find(evidence: Evidence): void {
    const { text, length: end, seen } = this;
    seen.length = 0;
    for (let k = 0; k < CONTEXTS && end > 0; k++) {
      const hash = this.hashes[end * CONTEXTS + k];
      if (hash === 0) continue;
      let found = 0;
      for (
        let place = this.before[end * CONTEXTS + k];
        place > 0 && found < PLACES;
        place = this.before[place * CONTEXTS + k]
      ) {
        if (this.hashes[place * CONTEXTS + k] !== hash) continue;
        const length = sharedBefore(text, place, text, end, LONGEST);
        if (k === ORDERS.length ? !sameWord(text, place, text, end) : length < ORDERS[k]) continue;
        found++;
        if (!isText(text[place])) continue;
        if (k === ORDERS.length) evidence.addWord(text[place], HERE);
        else if (!seen.includes(place)) {
          seen.push(place);
          evidence.add(text[place], length, HERE, place, TEXT);
        }
      }
    }
    this.findWords(evidence);
  }

  /** Adds what followed the letters of the word in the words of its contexts. */
  private findWords(evidence: Evidence): void {
    const { text, length: end } = this;
    const { word } = evidence;
    const { hashes, letters } = word;
    const known = this.alikeOf;
    if (known?.word !== word || known.number !== word.number || known.start !== word.start) this.findAlike(word);
    for (const other of this.alike) {
      const place = this.starts[other] + letters.length;
      if (place >= end || !isText(text[place]) || sharedLetters(text, place, letters) < letters.length) continue;
      for (let c = 0, at = other * STRUCTURES.length; c < STRUCTURES.length; c++, at++)
        if (hashes[c] !== 0 && this.structures[at] === hashes[c]) evidence.addStructure(text[place], c, HERE);
    }
  }

  private findAlike(word: BegunWord): void {
    this.alike = [];
    this.alikeOf = { word, number: word.number, start: word.start };
    for (let other = 0; other < this.words && this.starts[other] < word.start; other++)
      for (let c = 0, at = other * STRUCTURES.length; c < STRUCTURES.length; c++, at++)
        if (word.hashes[c] !== 0 && this.structures[at] === word.hashes[c]) {
          this.alike.push(other);
          break;
        }
  }

  /** What follows a place, at most `most` bytes. */
  after(place: number, most: number): Uint8Array {
    const next = this.text.subarray(place, Math.min(this.length, place + most));
    const stop = next.findIndex((byte) => !isText(byte));
    return stop < 0 ? next : next.subarray(0, stop);
  }

  /** The contexts of place n are those that end before byte n: the byte there follows them. */
  private push(byte: number): void {
    if (this.length + 2 > this.text.length) this.grow();
    this.text[this.length++] = byte;
    if (isWord(byte) && (this.length === 1 || !isWord(this.text[this.length - 2]))) {
      if (this.words === this.starts.length) this.growWords();
      const at = this.words * STRUCTURES.length;
      hashStructures(this.text, this.length - 1, this.structures.subarray(at, at + STRUCTURES.length));
      this.starts[this.words++] = this.length - 1;
    }
    const place = this.length * CONTEXTS;
    hashContexts(this.text, this.length, this.hashes.subarray(place, place + CONTEXTS));
    for (let k = 0; k < CONTEXTS; k++) {
      const head = k * BUCKETS + (this.hashes[place + k] % BUCKETS);
      this.before[place + k] = this.heads[head];
      this.heads[head] = this.length;
    }
  }

  private pop(): void {
    const place = this.length * CONTEXTS;
    for (let k = 0; k < CONTEXTS; k++)
      this.heads[k * BUCKETS + (this.hashes[place + k] % BUCKETS)] = this.before[place + k];
    this.length--;
    if (this.words > 0 && this.starts[this.words - 1] === this.length) this.words--;
    if (this.alikeOf && this.alikeOf.start > this.length) this.alikeOf = undefined;
  }

  private growWords(): void {
    const [starts, structures] = [this.starts, this.structures];
    this.starts = new Int32Array(2 * starts.length);
    this.structures = new Uint32Array(2 * structures.length);
    this.starts.set(starts);
    this.structures.set(structures);
  }

  private grow(): void {
    const [text, before, hashes] = [this.text, this.before, this.hashes];
    this.text = new Uint8Array(2 * text.length);
    this.before = new Int32Array(2 * before.length);
    this.hashes = new Uint32Array(2 * hashes.length);
    this.text.set(text);
    this.before.set(before);
    this.hashes.set(hashes);
  }
}

/** How many letters before a place are those, from the last one on. */
function sharedLetters(text: Uint8Array, place: number, letters: Uint8Array): number {
  const { length } = letters;
  let n = 0;
  while (n < length && text[place - 1 - n] === letters[length - 1 - n]) n++;
  return n;
}
