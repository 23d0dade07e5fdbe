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

/** The tokens of a text whose first unit has the number `offset`. Blanks are none; a line end is `\n`. */
export function tokensOf(text: string, offset = 0): Token[] {
  return Array.from(text.matchAll(TOKEN), ({ 0: found, index }) => ({
    text: found === '\r\n' ? '\n' : found,
    from: offset + index,
    to: offset + index + found.length,
  }));
}

export const isWord = (text: string): boolean => WORD.test(text);
/** Whether a text is one identifier, or a word that looks like one. */
export const isName = (text: string): boolean => NAME.test(text);

/** The texts of tokens in one string: equal for equal tokens alone. */
export const joined = (tokens: readonly { text: string }[]): string => tokens.map(({ text }) => text).join('\0');

const [OPENING, CLOSING] = ['([{', ')]}'];

/** How brackets change the depth: 1 for one that opens, -1 for one that closes. */
export const depthOf = (text: string): number => Number(OPENING.includes(text)) - Number(CLOSING.includes(text));
