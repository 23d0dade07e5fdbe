/** Members that do not exist, as a language server says: an offer ends in front of them. Pure. */
import { isWord } from '../memory/contexts.ts';
import type { IsUnknownMember } from '../memory/retrieval.ts';
import { wordStart } from '../memory/structure.ts';

const [EQUALS, GREATER, SPACE] = [0x3d, 0x3e, 0x20];

/**
 * Where the first name that is unknown begins, among those that end behind byte `from` of `text`; undefined where there
 * is none. One that is assigned to may be new. Where the text ends behind a name, that counts as its end.
 */
export function unknownMember(text: Uint8Array, from: number, isUnknown: IsUnknownMember): number | undefined {
  for (let end = from + 1; end <= text.length; end++) {
    if (!isWord(text[end - 1]) || (end < text.length && isWord(text[end]))) continue;
    const start = wordStart(text, end);
    if (!isAssigned(text, end) && isUnknown(text, start, end)) return start;
  }
  return undefined;
}

/** Whether `=` follows a name that ends at `end`, and no `==` or `=>`: what follows `=` must be there to say. */
function isAssigned(text: Uint8Array, end: number): boolean {
  let at = end;
  while (text[at] === SPACE) at++;
  return text[at] === EQUALS && at + 1 < text.length && text[at + 1] !== EQUALS && text[at + 1] !== GREATER;
}
