/**
 * Names that a language server gave for places of a document, kept by what they are members of: at each byte they say
 * which bytes a name can go on with.
 */
import { isWord } from './contexts.ts';
import { ELSEWHERE, type Evidence, HERE } from './evidence.ts';
import { wordStart } from './structure.ts';

/** So many lists are kept of a document, those that were given last. */
const LISTS = 64;
/** A longer receiver has no list of its own, bytes; it is looked for so far back. */
const [LONGEST, REACH] = [128, 512];
const [DOT, COLON, GREATER, DASH, QUESTION, BANG] = [0x2e, 0x3a, 0x3e, 0x2d, 0x3f, 0x21];

/** Both sorted; `first` are those that the server ranks first. UTF-8 in latin1 strings. */
interface List {
  first: string[];
  others: string[];
}

export class KnownNames {
  /** By receiver, the latest last. */
  private readonly lists: Map<string, List>;

  /** Begins with what another one knows. */
  constructor(other?: KnownNames) {
    this.lists = new Map(other?.lists);
  }

  /**
   * Takes the names that can stand at a word's start: those that the server ranks first, and the others. They hold
   * behind the same receiver, or, where there is none, wherever a name stands alone.
   */
  set(text: Uint8Array, start: number, first: string[], others: string[]): void {
    const receiver = receiverBefore(text, start);
    if (receiver === undefined) return;
    this.lists.delete(receiver);
    this.lists.set(receiver, { first: sorted(first), others: sorted(others) });
    for (const oldest of this.lists.keys()) if (this.lists.size > LISTS) this.lists.delete(oldest);
  }

  /** Adds what names go on with. */
  find(evidence: Evidence): void {
    if (this.lists.size === 0) return;
    const { text, end } = evidence;
    const { start } = evidence.word;
    const receiver = receiverBefore(text, start);
    const list = receiver === undefined ? undefined : this.lists.get(receiver);
    if (!list || (start === end && receiver === '')) return; // where no letter stands a name need not follow
    const letters = Buffer.from(text.subarray(start, end)).toString('latin1');
    for (const [names, side] of [
      [list.first, HERE],
      [list.others, ELSEWHERE],
    ] as const)
      for (let i = lowerBound(names, letters); i < names.length && names[i].startsWith(letters); i++)
        evidence.addName(names[i].length > letters.length ? names[i].charCodeAt(letters.length) : undefined, side);
  }

  /** Whether [start, end) names a member that is none of those given for what stands before it. */
  lacks(text: Uint8Array, start: number, end: number): boolean {
    const receiver = receiverBefore(text, start);
    const list = receiver ? this.lists.get(receiver) : undefined;
    if (!list || list.first.length + list.others.length === 0) return false;
    const name = Buffer.from(text.subarray(start, end)).toString('latin1');
    return ![list.first, list.others].some((names) => names[lowerBound(names, name)] === name);
  }
}

/**
 * What a name at `start` is a member of: the expression before `.`, `?.`, `->` or `::` without white space and without
 * what stands in its brackets, UTF-8 in a latin1 string. Empty where a name stands alone; undefined where it is too
 * long to say.
 */
export function receiverBefore(text: Uint8Array, start: number): string | undefined {
  const least = Math.max(0, start - REACH);
  let [at, key] = [accessBefore(text, start), ''];
  if (at === start) return '';
  while (true) {
    const operand = operandBefore(text, blanksBefore(text, at, least), least);
    if (operand === undefined || key.length > LONGEST) return undefined;
    key = operand.text + (key && `.${key}`);
    at = accessBefore(text, operand.start);
    if (at === operand.start) return key;
  }
}

/** Where the operator of a member access that ends at `end` begins; `end` where there is none. */
function accessBefore(text: Uint8Array, end: number): number {
  const [last, before] = [text[end - 1], text[end - 2]];
  if (last === DOT && before !== DOT) return before === QUESTION || before === BANG ? end - 2 : end - 1;
  return (last === COLON && before === COLON) || (last === GREATER && before === DASH) ? end - 2 : end;
}

/** A name with the brackets behind it, or a literal's closing quote; undefined where there is none. */
function operandBefore(text: Uint8Array, end: number, least: number): { text: string; start: number } | undefined {
  let [at, brackets] = [end, ''];
  for (let open = openOf(text, at, least); open < at; open = openOf(text, at, least)) {
    brackets = String.fromCharCode(text[open], text[at - 1]) + brackets;
    at = open;
  }
  const start = Math.max(least, wordStart(text, at));
  if (start === least && least > 0) return undefined;
  const isQuote = start === end && (text[end - 1] === 0x22 || text[end - 1] === 0x27 || text[end - 1] === 0x60);
  const name = isQuote ? String.fromCharCode(text[end - 1]) : Buffer.from(text.subarray(start, at)).toString('latin1');
  return name + brackets === '' ? undefined : { text: name + brackets, start };
}

/** Where the bracket opens that closes before `end`; `end` where none does. */
function openOf(text: Uint8Array, end: number, least: number): number {
  let [at, depth] = [end, 0];
  do {
    const c = at > least ? String.fromCharCode(text[--at]) : '';
    if (c === '') return end;
    depth += ')]'.includes(c) ? 1 : '(['.includes(c) ? -1 : 0;
  } while (depth > 0);
  return depth === 0 && at < end - 1 ? at : end;
}

function blanksBefore(text: Uint8Array, end: number, least: number): number {
  let at = end;
  while (at > least && (text[at - 1] === 0x20 || text[at - 1] === 0x0a || text[at - 1] === 0x09)) at--;
  return at;
}

/** The first of sorted `names` that is not before `prefix`. */
function lowerBound(names: string[], prefix: string): number {
  let [low, high] = [0, names.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (names[middle] < prefix) low = middle + 1;
    else high = middle;
  }
  return low;
}

const isName = (name: string) => name !== '' && [...name].every((c) => isWord(c.charCodeAt(0)));
const sorted = (names: string[]) =>
  [...new Set(names.map((name) => Buffer.from(name).toString('latin1')))].filter(isName).sort();
