/**
 * A notebook's cell goes on from the cells above it: their text in front of its own, what is of another language as
 * comments.
 */
import { commentOf } from '../languages.ts';
import type { Source } from './around.ts';

/** A cell of a notebook: its language, as the editor names it, and its text. */
export interface Cell {
  language: string;
  text: string;
}

/**
 * So much of the cells above, UTF-16 units, is more than the window takes; it is cut in blocks, so that an edit there
 * seldom moves what follows.
 */
const [MOST, BLOCK] = [4096, 1024];

/**
 * What stands in front of a cell of `language`: the cells above, the nearest last, each with a blank line behind it. It
 * depends on nothing in the cell itself.
 */
export function aboveOf(cells: Cell[], language: string): string {
  const all = cells
    .flatMap((cell) => (cell.text.trim() === '' ? [] : written(cell, language)))
    .map((text) => `${text}\n\n`)
    .join('');
  if (all.length <= MOST) return all;
  const from = Math.ceil((all.length - MOST) / BLOCK) * BLOCK;
  return all.slice(all.indexOf('\n', from - 1) + 1);
}

/** A cell's text in a document of `language`; nothing where that has no comments that end with the line. */
function written(cell: Cell, language: string): string[] {
  const text = cell.text.replaceAll('\r\n', '\n').trimEnd();
  if (cell.language === language) return [text];
  if (language === 'markdown') return [`\`\`\`${cell.language}\n${text}\n\`\`\``];
  const comment = commentOf(language);
  return comment
    ? [
        text
          .split('\n')
          .map((line) => (comment + line).trimEnd())
          .join('\n'),
      ]
    : [];
}

/** Two texts as one, not put together for it. */
export function joined(first: string, second: Source): Source {
  const at = first.length;
  return {
    length: at + second.length,
    slice: (from = 0, to = at + second.length) =>
      first.slice(from, Math.min(to, at)) + (to > at ? second.slice(Math.max(0, from - at), to - at) : ''),
  };
}
