/** From a document and a cursor to a prompt that fits the model. */
import { BytelineError } from '../errors.ts';
import { clean, header, type Prompt } from './sequence.ts';
import { characterStart } from './utf8.ts';

/** Windows slide in blocks, never by a byte, so typing does not move the patches before the cursor. */
const BLOCK = 1024;
const PATH = 96;
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

/**
 * The prompt's bytes for a cursor at UTF-16 `offset` of `text`; line ends may be LF or CRLF. A cursor inside a surrogate
 * pair stands before the pair; a lone surrogate becomes U+FFFD. Throws for an offset outside the text.
 */
export function promptAt(text: string, offset: number, path: string, limits: Limits): Uint8Array {
  if (offset < 0 || offset > text.length) throw new BytelineError('argument', `offset ${offset} is outside the text (0 to ${text.length})`);
  if (isLow(text, offset) && isHigh(text, offset - 1)) offset--;
  const lineEnd = endOfLine(text, offset);
  const suffixStart = text.startsWith('\r\n', lineEnd) ? lineEnd + 2 : lineEnd + 1;
  const suffixLimit = Math.floor(limits.context / 4);
  const p: Prompt = {
    path: encode(path).subarray(-PATH),
    rest: cut(encode(text.slice(offset, Math.min(lineEnd, offset + REST))), REST),
    suffix: cut(encode(text.slice(suffixStart, suffixStart + suffixLimit)), suffixLimit),
    prefix: new Uint8Array(),
    files: [],
  };
  const head = header(p, limits.patch);
  p.prefix = lastBlocks(text.slice(0, offset), limits.context - head.length - limits.completion);
  return Buffer.concat([head, p.prefix]);
}

/** The end of a text in UTF-8: at most `limit` bytes, from a multiple of a block on (the next character's start there). */
function lastBlocks(text: string, limit: number): Uint8Array {
  // three bytes a UTF-16 unit at most: a long file is measured, but only its end is encoded
  const far = Math.max(0, text.length - limit - BLOCK);
  const from = far > 0 && isLow(text, far) ? far + 1 : far;
  const before = normalisedLength(text, from);
  const bytes = encode(text.slice(from));
  const start = Math.ceil(Math.max(0, before + bytes.length - limit) / BLOCK) * BLOCK - before;
  let i = Math.max(0, start);
  while (i < bytes.length && (bytes[i] & 0xc0) === 0x80) i++;
  return bytes.subarray(i);
}

/** UTF-8 with line feeds only, and no sentinels. */
export function encode(text: string): Uint8Array {
  return clean(Buffer.from(text.includes('\r') ? text.replaceAll('\r\n', '\n') : text, 'utf8'));
}

/** UTF-8 length of the first `to` units, line feeds only. */
function normalisedLength(text: string, to: number): number {
  let returns = 0;
  for (let i = text.indexOf('\r\n'); i >= 0 && i < to; i = text.indexOf('\r\n', i + 2)) returns++;
  return Buffer.byteLength(text.slice(0, to), 'utf8') - returns;
}

function cut(bytes: Uint8Array, limit: number): Uint8Array {
  return bytes.length <= limit ? bytes : bytes.subarray(0, characterStart(bytes, limit));
}

function endOfLine(text: string, offset: number): number {
  const lf = text.indexOf('\n', offset);
  const end = lf < 0 ? text.length : lf;
  return lf > offset && text[lf - 1] === '\r' ? lf - 1 : end;
}

const isLow = (text: string, i: number) => (text.charCodeAt(i) & 0xfc00) === 0xdc00;
const isHigh = (text: string, i: number) => (text.charCodeAt(i) & 0xfc00) === 0xd800;

