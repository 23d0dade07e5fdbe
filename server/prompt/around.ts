/** From a document and a cursor to a prompt that fits the model. */
import { BytelineError } from '../errors.ts';
import { clean, header, type Prompt } from './sequence.ts';
import { characterStart } from './utf8.ts';

/** Windows slide in blocks, never by a byte, so typing does not move the patches before the cursor. */
const BLOCK = 1024;
/** A path's last bytes. */
export const PATH = 96;
const REST = 192;

export interface Limits {
  /** Bytes that fit the model, header and completion included. */
  context: number;
  patch: number;
  /** Bytes kept free for the completion. */
  completion: number;
}

/** The limits of a model for completions of at most `maxBytes`: the last patch may go over. */
export function limitsOf({ context, patch }: { context: number; patch: number }, maxBytes: number): Limits {
  return { context, patch, completion: maxBytes + 2 * patch };
}

/** Bytes of a context that are no document's: the header, the rest of the line, the completion. */
const RESERVE = 512;

/**
 * Bytes that other files may take of a context with `before` and `after` UTF-16 units of the document around the
 * cursor: what these leave free, a quarter at most. The document's own text is worth more. In whole blocks, so that
 * typing seldom changes it.
 */
export function filesLimit(context: number, before: number, after: number): number {
  const quarter = Math.floor(context / 4);
  const blocks = (length: number) => BLOCK * Math.ceil(length / BLOCK);
  return Math.max(0, Math.min(quarter, context - RESERVE - blocks(before) - Math.min(quarter, blocks(after))));
}

/** A string, or a document that is not put together for it. */
export type Source = Pick<string, 'length' | 'slice'>;

/**
 * The prompt's bytes for a cursor at UTF-16 `offset` of `text`; line ends may be LF or CRLF. A cursor inside a
 * surrogate pair stands before the pair; a lone surrogate becomes U+FFFD. `files`: of at most `filesLimit` bytes.
 * Throws for an offset outside the text.
 */
export function promptAt(
  text: Source,
  offset: number,
  path: string,
  limits: Limits,
  files: Prompt['files'] = [],
): Uint8Array {
  if (offset < 0 || offset > text.length)
    throw new BytelineError('argument', `offset ${offset} is outside the text (0 to ${text.length})`);
  if (isLow(text, offset) && isHigh(text, offset - 1)) offset--;
  const lineEnd = endOfLine(text, offset);
  const suffixStart = lineEnd + (text.slice(lineEnd, lineEnd + 1) === '\r' ? 2 : 1);
  const suffixLimit = Math.floor(limits.context / 4);
  const p: Prompt = {
    path: encode(path).subarray(-PATH),
    rest: cut(encode(text.slice(offset, Math.min(lineEnd, offset + REST))), REST),
    suffix: cut(encode(text.slice(suffixStart, suffixStart + suffixLimit)), suffixLimit),
    prefix: new Uint8Array(),
    files,
  };
  const head = header(p, limits.patch);
  p.prefix = lastBlocks(text, offset, limits.context - head.length - limits.completion, Math.min(BLOCK, suffixLimit));
  return Buffer.concat([head, p.prefix]);
}

/**
 * What stands before `offset` in UTF-8: at most `limit` bytes, from a multiple of `block` UTF-16 units on (the next
 * character's start there). Nothing before is looked at: in a long file it costs the same.
 */
function lastBlocks(text: Source, offset: number, limit: number, block: number): Uint8Array {
  for (let from = Math.ceil(Math.max(0, offset - limit) / block) * block; ; from += block) {
    const inside =
      (isLow(text, from) && isHigh(text, from - 1)) || text.slice(Math.max(0, from - 1), from + 1) === '\r\n';
    const bytes = encode(text.slice(inside ? from + 1 : from, offset));
    if (bytes.length <= limit || bytes.length === 0) return bytes; // a limit below zero: the header alone is too long
  }
}

/** UTF-8 with line feeds only, and no sentinels. */
export function encode(text: string): Uint8Array {
  return clean(Buffer.from(text.includes('\r') ? text.replaceAll('\r\n', '\n') : text, 'utf8'));
}

function cut(bytes: Uint8Array, limit: number): Uint8Array {
  return bytes.length <= limit ? bytes : bytes.subarray(0, characterStart(bytes, limit));
}

/** Where the line feed, or the CR before it, ends the line that `offset` is in. */
function endOfLine(text: Source, offset: number): number {
  for (let from = offset; from < text.length; from += BLOCK) {
    const lf = text.slice(from, from + BLOCK).indexOf('\n') + from;
    if (lf >= from) return lf > offset && text.slice(lf - 1, lf) === '\r' ? lf - 1 : lf;
  }
  return text.length;
}

const isLow = (text: Source, i: number) => (text.slice(i, i + 1).charCodeAt(0) & 0xfc00) === 0xdc00;
const isHigh = (text: Source, i: number) => i >= 0 && (text.slice(i, i + 1).charCodeAt(0) & 0xfc00) === 0xd800;
