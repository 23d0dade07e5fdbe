/** Where words end, in bytes of UTF-8. */

/** Scripts that put no blanks between words: a text may end behind any of their characters. */
const SPACELESS = /[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Thai}\p{sc=Lao}\p{sc=Khmer}\p{sc=Myanmar}]/u;
const LETTER = /[\p{L}\p{M}\p{N}_$]/u;

/** Blank bytes: those that `isBlank` of prompt/sequence.ts names. */
const blank = (byte: number) => byte === 0x20 || (byte >= 0x09 && byte <= 0x0d);
const continues = (byte: number) => byte >= 0x80 && byte < 0xc0;

/**
 * The last place, at most `most` bytes from the start of `text`, where a word ends and text stands before it; 0 where
 * there is none. The byte at the place is looked at and none after it; where `text` ends there, a word may go on.
 */
export function wordEnd(text: Uint8Array, most: number): number {
  let at = Math.min(most, text.length);
  while (at > 0 && !endsAt(text, at)) at--;
  return at;
}

function endsAt(text: Uint8Array, at: number): boolean {
  const next = at < text.length ? text[at] : undefined;
  if (blank(text[at - 1]) || (next !== undefined && continues(next))) return false;
  const letter = letterBefore(text, at);
  if (!letter) return next !== undefined || whole(text, at);
  return next !== undefined && next < 0x80 && !LETTER.test(String.fromCharCode(next));
}

/** Whether a word's character stands before a place; one of a script without blanks is none. */
function letterBefore(text: Uint8Array, at: number): boolean {
  const character = Buffer.from(text.subarray(startOf(text, at), at)).toString('utf8');
  return LETTER.test(character) && !SPACELESS.test(character);
}

/** Whether the character before a place is complete. */
function whole(text: Uint8Array, at: number): boolean {
  return !Buffer.from(text.subarray(startOf(text, at), at))
    .toString('utf8')
    .includes('\ufffd');
}

function startOf(text: Uint8Array, at: number): number {
  let start = at - 1;
  while (start > 0 && start > at - 4 && continues(text[start])) start--;
  return start;
}
