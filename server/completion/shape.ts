/**
 * Whether a completion is the rest of a line or a block, and why: a pure decision about what stands around the cursor.
 */
import type { Position } from 'vscode-languageserver-types';
import type { Document } from '../documents/document.ts';
import { LONGEST, openIn } from './balance.ts';

export interface Around {
  /** The cursor's line before and after the cursor. */
  before: string;
  rest: string;
  /** The lines nearby that are not blank, above and below, nearest first. */
  above: string[];
  below: string[];
  /** Brackets that stand open at the cursor; undefined where that cannot be said. */
  open?: string[];
  /** The cursor stands where the user took a completion. */
  accepted?: boolean;
}

/**
 * So many lines above and below the cursor's are looked at for those that are not blank, and so many of these are
 * taken.
 */
const [NEARBY, TAKEN] = [20, 8];

/** What stands around a cursor; `position` is LSP's, and lines have no line ends. */
export function aroundOf(document: Document, position: Position): Around {
  const { line, character } = position;
  const own = document.line(line);
  const visible = (step: number): string[] => {
    const out: string[] = [];
    for (
      let n = line + step;
      n >= 0 && n < document.lines && Math.abs(n - line) <= NEARBY && out.length < TAKEN;
      n += step
    ) {
      const text = document.line(n);
      if (text.trim() !== '') out.push(text);
    }
    return out;
  };
  const offset = document.offsetAt(position);
  const open = offset > LONGEST ? undefined : openIn(document.slice(0, offset));
  return { before: own.slice(0, character), rest: own.slice(character), above: visible(-1), below: visible(1), open };
}

export interface Shape {
  multiline: boolean;
  /** Said in the log. */
  reason:
    | 'opening line'
    | 'blank line in a body'
    | 'after accept'
    | 'inside a line'
    | 'the body is there'
    | 'at the top level'
    | 'plain line';
}

const [line, block] = [
  (reason: Shape['reason']): Shape => ({ multiline: false, reason }),
  (reason: Shape['reason']): Shape => ({ multiline: true, reason }),
];

/** The shape of a completion at a cursor. */
export function shapeAt({ before, rest, above: [above], below: [below], accepted }: Around): Shape {
  if (!/^[\s)\]}>'"`;,]*$/.test(rest)) return line('inside a line');
  const indent = indentOf(before);
  const goesOn = below !== undefined && indentOf(below) > indent;
  if (opens(before)) return goesOn ? line('the body is there') : block('opening line');
  if (before.trim() === '') {
    const column = before.length;
    const inside = above !== undefined && (indentOf(above) > 0 || opens(above));
    if (!inside || (column === 0 && !opens(above))) return line('at the top level');
    const scope = opens(above) ? indentOf(above) + 1 : Math.min(Math.max(column, 1), indentOf(above));
    return below !== undefined && indentOf(below) >= scope ? line('the body is there') : block('blank line in a body');
  }
  if (accepted) return goesOn ? line('the body is there') : block('after accept');
  return line('plain line');
}

/** Whether a line begins a body that stands further right: an open bracket, a colon, an arrow, or a word that does. */
export function opens(text: string): boolean {
  return /(?:[{[(]|=>|->|\b(?:then|do|else|try|begin))\s*$|:$/.test(text);
}

/** Blanks at the start of a line. */
export const indentOf = (text: string): number => text.length - text.trimStart().length;

/** Whether a cursor stands in the middle of a word: between two characters of one. */
export function inWord(before: string, after: string): boolean {
  return /[\p{L}\p{M}\p{N}_$]$/u.test(before) && /^[\p{L}\p{M}\p{N}_$]/u.test(after);
}
