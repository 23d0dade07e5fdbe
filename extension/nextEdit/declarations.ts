/**
 * Whether a name on a line is being declared there, by the line alone: what cannot be told counts as none. Pure; no
 * language service.
 */
import { DECLARING, type Declaring, KEYWORDS } from './declaringWords.ts';

/** A name of a line, by UTF-16 columns. */
export interface Name {
  text: string;
  start: number;
  end: number;
}

const WORD = /[\p{L}\p{M}\p{N}_$]+/gu;
const IDENTIFIER = /^[\p{L}_$][\p{L}\p{M}\p{N}_$]*$/u;
/** A type and what a pointer or reference writes behind it: `a * b` and `a && b` are none. */
const TYPE = /(?:^|[\s(,])((?:[\w$]+(?:::|\.))*[\w$]+)(?:<[^=;()]*>)?(?:\[\])*(?:\s+|[*&]{1,2}\s+|\s+[*&]{1,2})$/;
/** All that stands in front of a declaration by its type: words, and no sign of an expression. */
const TYPES_ONLY = /^\s*(?:@[\w.]+\s+)*[\w$:.<>,[\]*&\s?]+$/;
const BEHIND_TYPED = /^\s*(?:=(?!=)|[;({,)[]|:(?!:)|$)/;
/** These begin a statement that declares nothing. */
const STATEMENTS = new Set(
  'return new throw else delete goto case using import package await yield in is as do typeof sizeof'.split(' '),
);
/** Names in front of a bracket that are no methods. */
const CONTROL = new Set(
  'if for while switch catch with return function constructor super elif until unless'.split(' '),
);
/** What brings in names of others. */
const IMPORTS = /^\s*(?:import|from|use|using|include|require|#\s*include|export\s*\{)/;

/** Whether a text may be a name: no number, nothing half, and no word of a language. */
export const isName = (text: string): boolean => IDENTIFIER.test(text) && !KEYWORDS.has(text);

/** The name at a column, be it at the name's end; undefined where there is none. */
export function nameAt(line: string, column: number): Name | undefined {
  for (const { 0: text, index } of line.matchAll(WORD))
    if (index <= column && column <= index + text.length)
      return isName(text) ? { text, start: index, end: index + text.length } : undefined;
  return undefined;
}

/** The name at a column, if it is declared there. */
export function declarationAt(line: string, column: number, language: string): Name | undefined {
  const declaring = DECLARING[language];
  const name = declaring && nameAt(line, column);
  return name && isDeclared(declaring, line, name) ? name : undefined;
}

/** Whether a text seems to declare or import a name anywhere but at one place (a line from 0, and a column there). */
export function isDeclaredElsewhere(
  text: string,
  name: string,
  language: string,
  except: { line: number; character: number },
): boolean {
  const own = new RegExp(`(?<![\\p{L}\\p{M}\\p{N}_$])${name.replaceAll('$', '\\$')}(?![\\p{L}\\p{M}\\p{N}_$])`, 'gu');
  return text.split(/\r?\n/).some((line, i) => {
    if (!line.includes(name)) return false;
    const places = [...line.matchAll(own)].filter(({ index }) => i !== except.line || index !== except.character);
    return places.some(({ index }) => IMPORTS.test(line) || declarationAt(line, index, language) !== undefined);
  });
}

function isDeclared(declaring: Declaring, line: string, name: Name): boolean {
  const [before, behind] = [line.slice(0, name.start), line.slice(name.end)];
  if (isBehindWord(declaring, line, name)) return true;
  for (const [front, back] of declaring.lines ?? [])
    if (!CONTROL.has(name.text) && front.test(before) && back.test(behind)) return true;
  if (declaring.byType && isTyped(before, behind) && TYPES_ONLY.test(before)) return true;
  return isParameter(declaring, line, name);
}

/** A word that declares stands in front, and is no member or part of a name. */
function isBehindWord({ words }: Declaring, line: string, { start }: Name): boolean {
  const pattern = new RegExp(`(?<![\\p{L}\\p{N}_$.@-])(?:${words})(?:\\s+|(?<=[.*]))`, 'gu');
  return [...line.matchAll(pattern)].some(({ 0: word, index }) => index + word.length === start);
}

function isTyped(before: string, behind: string): boolean {
  const type = TYPE.exec(before);
  const [first = ''] = /[\w$]+/.exec(before) ?? [];
  return type !== null && !STATEMENTS.has(type[1]) && !STATEMENTS.has(first) && BEHIND_TYPED.test(behind);
}

/** One of a function that is declared on the line: its brackets stand behind a declared name, or before `=>`. */
function isParameter(declaring: Declaring, line: string, { start, end }: Name): boolean {
  const open = opening(line, start);
  if (open < 0) return false;
  const piece = line.slice(pieceStart(line, open, start), start);
  const behind = line.slice(end);
  const shape = declaring.byType
    ? isTyped(piece.replace(/^\s*/, ' '), behind)
    : ((declaring.parameter?.[0].test(piece) && declaring.parameter[1].test(behind)) ?? false);
  if (!shape) return false;
  const front = line
    .slice(0, open)
    .replace(/<[^<>()]*>\s*$/, '')
    .trimEnd();
  if (/(?<![\p{L}\p{N}_$.])(?:function\*?|fn|func|def|constructor|init)$/u.test(front)) return true;
  if (declaring.arrows && /^[^()]*(?:\([^()]*\)[^()]*)*\)\s*(?::[^=]*)?=>/.test(behind)) return true;
  const owner = nameAt(front, front.length);
  return owner?.end === front.length && isDeclared(declaring, line, owner);
}

/** Where the bracket stands that a column is inside of; -1 where there is none. */
function opening(line: string, column: number): number {
  for (let at = column - 1, depth = 0; at >= 0; at--) {
    if (line[at] === ')') depth++;
    else if (line[at] === '(' && depth-- === 0) return at;
  }
  return -1;
}

/** Behind the last comma or bracket before a column, commas in brackets left out. */
function pieceStart(line: string, open: number, column: number): number {
  for (let at = column - 1, depth = 0; at > open; at--) {
    if (')]}>'.includes(line[at]) && line[at - 1] !== '=') depth++;
    else if ('([{<'.includes(line[at])) depth--;
    else if (line[at] === ',' && depth === 0) return at + 1;
  }
  return open + 1;
}
