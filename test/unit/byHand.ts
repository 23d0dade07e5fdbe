/** What the memory finds, searched for by hand. */
import { isText, isWord } from '../../server/memory/contexts.ts';
import { Evidence, LONGEST } from '../../server/memory/evidence.ts';

/** Evidence that keeps what it is told. */
export class Heard extends Evidence {
  readonly matches: { byte: number; length: number; side: number; place: number; source: number }[] = [];
  readonly words: { byte: number; side: number; times: number }[] = [];

  /** About what follows a text. */
  constructor(text: Uint8Array = new Uint8Array()) {
    super();
    this.begin(text, text.length);
  }

  override add(byte: number, length: number, side: number, place: number, source: number): void {
    this.matches.push({ byte, length, side, place, source });
    super.add(byte, length, side, place, source);
  }
  override addWord(byte: number, side: number, times = 1): void {
    this.words.push({ byte, side, times });
    super.addWord(byte, side, times);
  }
}

/** Bytes of text before place `a` of `one` that are those before place `b` of `other`. */
export function shared(one: Uint8Array, a: number, other: Uint8Array, b: number): number {
  for (let n = 0; ; n++)
    if (n === LONGEST || n === a || n === b || one[a - 1 - n] !== other[b - 1 - n] || !isText(one[a - 1 - n])) return n;
}

/** The letters before a place; '' where there are none, or more than 32. */
export function wordBefore(text: Uint8Array, end: number): string {
  let n = 0;
  while (n < end && isWord(text[end - 1 - n])) n++;
  return n > 32 ? '' : Buffer.from(text.subarray(end - n, end)).toString('latin1');
}

/** Texts of pieces that recur, with line ends, characters beyond ASCII, zeros and a sentinel among them. */
export const PIECES = [
  'get',
  'value',
  'getValue',
  '.',
  '(',
  ' ',
  '  ',
  '\n',
  '\r\n',
  '\r',
  'é',
  '\0',
  '_x',
  '9',
  'a'.repeat(33),
]
  .map((piece) => Buffer.from(piece))
  .concat(Buffer.from([0xff]));
