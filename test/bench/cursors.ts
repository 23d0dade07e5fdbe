/** Cursors of test/bench/names.ts, spread by a fixed seed over a repository's files. */
import { type File, SMALLEST } from './sources.ts';

const NAME = /[\p{L}_$][\p{L}\p{M}\p{N}_$]*/gu;
const ACCESS = /(?:[\p{L}_$][\p{L}\p{M}\p{N}_$]*|[)\]}'"`])\s*[?!]?\.$|(?:->|::)$/u;
/** So far back an access is looked for. */
const REACH = 64;
/** Where a language server says little: comments, and strings of one line. */
const COMMENT = /^\s*(?:\/\/|\/?\*|#|""")/;
const IN_STRING = /^(?:[^'"`]|'[^']*'|"[^"]*"|`[^`]*`)*['"`][^'"`]*$/;

export interface Cursor {
  file: File;
  /** UTF-16 unit of the file's text. */
  at: number;
  /** Behind the operator of a member access, or inside the member's name. */
  isMember: boolean;
}

/** Numbers below n, always the same. */
export function randomFrom(start: number): (n: number) => number {
  let seed = start;
  return (n) => (seed = (seed * 48271) % 2147483647) % n;
}

/**
 * Cursors without end: half of them at members, a quarter at or inside other identifiers, a quarter anywhere in a line
 * but behind its last character.
 */
export function* cursorsIn(files: File[], random: (n: number) => number): Generator<Cursor> {
  const long = files.filter(({ text }) => text.length >= SMALLEST);
  for (let n = 0; long.length > 0; n++) {
    const file = long[random(long.length)];
    const text = file.text.toString();
    const names = [...text.matchAll(NAME)].map(({ 0: name, index }) => ({ name, index }));
    const wanted = n % 2 === 0 ? 'member' : n % 4 === 1 ? 'other' : 'anywhere';
    const fitting = names.filter(({ index }) => followsAccess(text, index) === (wanted === 'member'));
    if (fitting.length === 0) continue;
    const { name, index } = fitting[random(fitting.length)];
    const inside = index + (random(2) === 0 ? 0 : random(name.length));
    const at = wanted === 'anywhere' ? random(text.length) : inside;
    const line = text.slice(text.lastIndexOf('\n', at - 1) + 1, at);
    if (COMMENT.test(line) || IN_STRING.test(line) || text.slice(at, endOfLine(text, at)).trim() === '') continue;
    const isMember = wanted === 'member' || isAtMember(text, at);
    yield { file, at, isMember };
  }
}

/** Where the line ends that `at` is in. */
export function endOfLine(text: string, at: number): number {
  const end = text.indexOf('\n', at);
  return end < 0 ? text.length : end;
}

/** Where the name at the end of `text` begins. */
export function nameStart(text: string): number {
  return text.length - /[\p{L}\p{M}\p{N}_$]*$/u.exec(text)![0].length;
}

/** Whether a name at UTF-16 unit `start` is a member. */
export const followsAccess = (text: string, start: number) =>
  ACCESS.test(text.slice(Math.max(0, start - REACH), start));

const isAtMember = (text: string, at: number) => followsAccess(text, nameStart(text.slice(0, at)));
