/** The line that was left in half a word: shown to others, its end would be taken for what follows that half. */
import type { Document } from './document.ts';

const WORD = /[\p{L}\p{M}\p{N}_$]+/gu;
/** At the end of a line; a number is never half a word. */
const LAST_WORD = /(?<![\p{L}\p{M}\p{N}_$])[\p{L}_$][\p{L}\p{M}\p{N}_$]*$/u;

/**
 * UTF-16 units [from, to) of the line, with its line feed, where the last change ended, if it ends there in a word that
 * stands nowhere else in `reach` units around it. A whole line seldom ends so: its last word is a known one, or a sign
 * follows it. Undefined where there is none.
 */
export function halfWordLine(document: Document, reach: number): { from: number; to: number } | undefined {
  if (document.edited === undefined) return undefined;
  const edited = Math.min(document.edited, document.length);
  const { line, character } = document.positionAt(edited);
  const text = document.line(line);
  const word = LAST_WORD.exec(text.slice(0, character))?.[0];
  if (word === undefined || text.slice(character).trim() !== '') return undefined;
  const around = document.slice(Math.max(0, edited - reach), edited + reach);
  const times = [...around.matchAll(WORD)].filter(([other]) => other === word).length;
  if (times > 1) return undefined;
  return { from: edited - character, to: document.offsetAt({ line: line + 1, character: 0 }) };
}
