/**
 * What an edit did, so that it can be done elsewhere: the tokens that it replaced, and those around them. Where several
 * places of a line changed, what stayed between them becomes holes, which stand for whatever stands there elsewhere.
 * (Rules by example: Miltner et al. 2019, "On the Fly Synthesis of Edit Suggestions".) Pure.
 */
import { type Hunk, hunksOf } from './diff.ts';
import { depthOf, isName, isWord, joined, type Token, tokensOf } from './tokens.ts';

/** An edit as its document shows it: whole lines, each with its end. */
export interface Edit {
  uri: string;
  /** The number of its first line when it was made, from 0 on. */
  at: number;
  /** The lines that changed, and what became of them. */
  before: string;
  after: string;
  /** Lines that stand before and behind them. */
  above: string;
  below: string;
}

/** A token, or a hole by its number. */
export type Part = string | number;

export interface Rule {
  /** Equal for rules that do the same. */
  key: string;
  /** What is replaced; empty for an insertion. */
  old: Part[];
  /** What takes its place: text and holes; empty for a deletion. */
  made: Part[];
  /** Its tokens, where it has no holes. */
  wanted: string[];
  /** Blanks before and behind what is inserted, or that are left where something is deleted. */
  gap: [left: string, right: string];
  /** Blanks behind what is replaced, before and after. */
  tail?: [old: string, made: string];
  /** Whole lines come or go. */
  lines: boolean;
  /** Of the line that the edit begins in. */
  indent: string;
}

/** Where a rule was followed: the tokens around, the nearest first. */
export interface Use {
  uri: string;
  /** As of the edit. */
  at: number;
  left: string[];
  right: string[];
  /** The tokens of the lines before the edit. */
  line: string;
  /** The edit did nothing else. */
  isWhole: boolean;
}

/** So many tokens around an edit are kept. */
const AROUND = 8;
/** A rule replaces no more tokens, and puts no more in. */
const LONGEST = 60;
/** An edit of more hunks is no edit that is made again. */
const MOST_HUNKS = 6;
/** Of a rule with holes, tokens from its first to its last one. */
const LONGEST_WITH_HOLES = 40;

/** The rules that an edit may follow, the narrowest first; none where it changed blanks alone. */
export function rulesOf(edit: Edit): { rule: Rule; use: Use }[] {
  const texts = { old: edit.above + edit.before + edit.below, made: edit.above + edit.after + edit.below };
  const [old, made] = [tokensOf(texts.old), tokensOf(texts.made)];
  const hunks = hunksOf(old, made).map((hunk) => slid(hunk, old, made));
  const line = joined(tokensOf(edit.before));
  const found: { rule: Rule; use: Use }[] = [];
  if (hunks.length > MOST_HUNKS) return []; // written anew
  const spans = hunks.map((hunk) => [hunk]);
  if (hunks.length > 1) spans.push(hunks);
  for (const span of spans) {
    const [first, last] = [span[0], span[span.length - 1]];
    const whole = { from: first.from, to: last.to, newFrom: first.newFrom, newTo: last.newTo };
    const longest = span.length > 1 ? LONGEST_WITH_HOLES : LONGEST;
    if (Math.max(whole.to - whole.from, whole.newTo - whole.newFrom) > longest) continue;
    if (span.length === 1 && hunks.length > 1 && !saysMuch(whole, old, made)) continue;
    const rule = ruleOf(span, whole, old, made, texts);
    if (!rule || found.some((other) => other.rule.key === rule.key && span.length > 1)) continue;
    const left = old.slice(Math.max(0, whole.from - AROUND), whole.from).reverse();
    const right = old.slice(whole.to, whole.to + AROUND);
    found.push({
      rule,
      use: {
        uri: edit.uri,
        at: edit.at,
        left: left.map(({ text }) => text),
        right: right.map(({ text }) => text),
        line,
        isWhole: span.length === hunks.length,
      },
    });
  }
  return found;
}

/** Whether one hunk among others is an edit of its own: it has a word. */
function saysMuch({ from, to, newFrom, newTo }: Hunk, old: Token[], made: Token[]): boolean {
  return [...old.slice(from, to), ...made.slice(newFrom, newTo)].some(({ text }) => isWord(text));
}

/** An insertion or deletion may stand in several places; that of whole lines is taken where there is one. */
function slid(hunk: Hunk, old: Token[], made: Token[]): Hunk {
  let { from, to, newFrom, newTo } = hunk;
  if (from !== to && newFrom !== newTo) return hunk;
  const [run, start, end] = from === to ? [made, newFrom, newTo] : [old, from, to];
  const isLine = (at: number) => at === 0 || run[at - 1].text === '\n';
  for (let by = 0; start - by >= 0 && by < end - start; by++) {
    if (isLine(start - by) && run[end - by - 1]?.text === '\n') {
      [from, to, newFrom, newTo] = [from - by, to - by, newFrom - by, newTo - by];
      return { from, to, newFrom, newTo };
    }
    if (start - by === 0 || run[start - by - 1].text !== run[end - by - 1].text) break;
  }
  return hunk;
}

function ruleOf(
  span: Hunk[],
  whole: Hunk,
  old: Token[],
  made: Token[],
  texts: { old: string; made: string },
): Rule | undefined {
  const [oldRun, madeRun] = [old.slice(whole.from, whole.to), made.slice(whole.newFrom, whole.newTo)];
  const before = made[whole.newFrom - 1];
  const after = made[whole.newTo];
  const isStart = !before || before.text === '\n';
  const ends = (run: Token[]) => run.length > 0 && run[run.length - 1].text === '\n';
  const lines = isStart && (oldRun.length === 0 ? ends(madeRun) : madeRun.length === 0 && ends(oldRun));
  const first = madeRun[0] ?? after;
  const lineStart = first ? texts.made.lastIndexOf('\n', first.from - 1) + 1 : 0;
  const indent = /^[ \t]*/.exec(texts.made.slice(lineStart))![0];
  const holes = span.length > 1 ? holesOf(span, old) : new Map<number, Hole>();
  const oldParts: Part[] = [];
  const madeParts: Part[] = [];
  const numbers = new Map<number, number>();
  for (let i = whole.from; i < whole.to; ) {
    const hole = holes.get(i);
    if (!hole) oldParts.push(old[i++].text);
    else {
      numbers.set(hole.newFrom, numbers.size);
      oldParts.push(numbers.size - 1);
      i = hole.to;
    }
  }
  const byNew = new Map([...holes.values()].map((hole) => [hole.newFrom, hole]));
  let at = madeRun[0]?.from ?? 0;
  for (let i = whole.newFrom; i < whole.newTo; ) {
    const hole = byNew.get(i);
    if (!hole) {
      i++;
      continue;
    }
    if (made[i].from > at) madeParts.push(texts.made.slice(at, made[i].from));
    madeParts.push(numbers.get(i)!);
    i += hole.to - hole.from;
    at = made[i - 1].to;
  }
  const end = madeRun[madeRun.length - 1]?.to ?? at;
  if (end > at) madeParts.push(texts.made.slice(at, end));
  if (span.length > 1 && !oldParts.some((part) => typeof part === 'string' && isWord(part))) return undefined;
  const isReplacement = oldRun.length > 0 && madeRun.length > 0;
  const gap: Rule['gap'] = isReplacement
    ? ['', '']
    : madeRun.length > 0
      ? [before ? texts.made.slice(before.to, first.from) : '', after ? texts.made.slice(end, after.from) : '']
      : [before && after ? texts.made.slice(before.to, after.from) : '', ''];
  const behind = old[whole.to];
  const tail: Rule['tail'] =
    isReplacement && behind && after
      ? [texts.old.slice(oldRun[oldRun.length - 1].to, behind.from), texts.made.slice(end, after.from)]
      : undefined;
  const key = JSON.stringify([oldParts, madeParts.map((p) => (typeof p === 'string' ? squeezed(p) : p)), lines]);
  const wanted = madeRun.map(({ text }) => text);
  return { key, old: oldParts, made: madeParts, wanted, gap, tail, lines, indent };
}

/** A text whose blanks are all alike. */
const squeezed = (text: string) => joined(tokensOf(text));

/** Tokens [from, to) of the old run, which stand from newFrom on in the new one. */
interface Hole {
  from: number;
  to: number;
  newFrom: number;
}

/** What stays between hunks, by where it begins: whole expressions; separators and open brackets stay literal. */
function holesOf(span: Hunk[], old: Token[]): Map<number, Hole> {
  const holes = new Map<number, Hole>();
  for (let k = 0; k + 1 < span.length; k++) {
    const [from, to] = [span[k].to, span[k + 1].from];
    const shift = span[k].newTo - from;
    let start = from;
    const flush = (end: number) => {
      if (old.slice(start, end).some(({ text }) => isWord(text)))
        holes.set(start, { from: start, to: end, newFrom: start + shift });
    };
    for (let i = from; i < to; ) {
      const { text } = old[i];
      const depth = depthOf(text);
      const close = depth === 1 ? closing(old, i, to) : undefined;
      if (close !== undefined) i = close + 1;
      else if (depth !== 0 || text === ',' || text === ';' || text === '\n') {
        flush(i);
        start = ++i;
      } else i++;
    }
    flush(to);
  }
  return holes;
}

/** The bracket that closes the one at token `at`, before `end`. */
function closing(tokens: Token[], at: number, end: number): number | undefined {
  for (let [i, depth] = [at, 0]; i < end; i++) {
    depth += depthOf(tokens[i].text);
    if (depth === 0) return i;
  }
  return undefined;
}

/** The names that a rule exchanges, if it does no more than that. */
export function nameOf({ old, made }: Rule): { from: string; to: string } | undefined {
  const [[from], [to]] = [old, made];
  if (old.length !== 1 || made.length !== 1 || typeof from !== 'string' || typeof to !== 'string') return undefined;
  return isName(from) && isName(to) ? { from, to } : undefined;
}
