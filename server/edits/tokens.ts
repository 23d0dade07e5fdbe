/** Tokens of source text in any language: words, numbers, other characters one by one, and line ends. Pure. */

export interface Token {
  text: string;
  /** UTF-16 units of the text: [from, to). */
  from: number;
  to: number;
}

/** A line end, a word (a number is one), or a character that is neither blank nor part of one. */
const TOKEN = /\r?\n|[\p{L}\p{N}_$]+|[^\s]/gu;
const WORD = /^[\p{L}\p{N}_$]/u;
const NAME = /^[\p{L}_$][\p{L}\p{N}_$]*$/u;
const NUMBER = /^\p{N}/u;

/** The tokens of a text. Blanks are none; a line end is `\n`. */
export function tokensOf(text: string): Token[] {
  const tokens: Token[] = [];
  for (const { 0: found, index } of text.matchAll(TOKEN))
    tokens.push({ text: found === '\r\n' ? '\n' : found, from: index, to: index + found.length });
  return tokens;
}

export const isWord = (text: string): boolean => WORD.test(text);
/** Whether a text is one identifier, or a word that looks like one. */
export const isName = (text: string): boolean => NAME.test(text);
export const isNumber = (text: string): boolean => NUMBER.test(text);

/** The texts of tokens in one string: equal for equal tokens alone. */
export const joined = (tokens: readonly { text: string }[]): string => tokens.map(({ text }) => text).join(' ');

const [OPENING, CLOSING] = ['([{', ')]}'];

/** How brackets change the depth: 1 for one that opens, -1 for one that closes. */
export const depthOf = (text: string): number => Number(OPENING.includes(text)) - Number(CLOSING.includes(text));

/** The tokens of a line, with its end, the same `joined`, and which tokens there are. */
export interface Line {
  tokens: Token[];
  joined: string;
  kinds: ReadonlySet<string>;
}

/** A text in tokens, with what a search in it needs. */
export class TokenisedText {
  readonly tokens: Token[];
  /** Where each word stands among the tokens. */
  private readonly words = new Map<string, number[]>();
  /** Where lines end among the tokens. */
  private readonly ends: number[] = [];
  private readonly lines = new Map<number, Line>();

  constructor(readonly text: string) {
    this.tokens = tokensOf(text);
    for (const [i, token] of this.tokens.entries()) {
      if (token.text === '\n') this.ends.push(i);
      if (!isWord(token.text)) continue;
      const known = this.words.get(token.text);
      if (known) known.push(i);
      else this.words.set(token.text, [i]);
    }
  }

  /** The number of the line that token `at` stands in, from 0 on. */
  lineNumber(at: number): number {
    let [low, high] = [0, this.ends.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.ends[middle] < at) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  placesOf(word: string): readonly number[] {
    return this.words.get(word) ?? [];
  }

  line(number: number): Line {
    const known = this.lines.get(number);
    if (known) return known;
    const from = number === 0 ? 0 : this.ends[number - 1] + 1;
    const tokens = this.tokens.slice(from, (this.ends[number] ?? this.tokens.length) + 1);
    const text = joined(tokens);
    const line = { tokens, joined: text, kinds: new Set(text.split(' ')) };
    this.lines.set(number, line);
    return line;
  }

  /** The blanks that begin the line of an offset. */
  indentAt(offset: number): string {
    return /^[ \t]*/.exec(this.text.slice(this.lineStart(offset), offset))![0];
  }

  lineStart(offset: number): number {
    return offset === 0 ? 0 : this.text.lastIndexOf('\n', offset - 1) + 1;
  }
}
