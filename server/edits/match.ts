/** Where a rule can be followed in a text. Pure. */
import type { Part, Rule, Use } from './rule.ts';
import { depthOf, isWord, joined, type Token, type TokenisedText } from './tokens.ts';

/** An edit that a rule would make: UTF-16 units [from, to) of a text. */
export interface Place {
  from: number;
  to: number;
  newText: string;
  /** The number of its line, from 0 on. */
  at: number;
  /** Tokens around it that are those around an earlier use, in a row from the place on: of the use that has most. */
  left: number;
  right: number;
  /** As around all uses as they are alike. */
  fits: boolean;
  /** Its line is that of an earlier use. */
  sameLine: boolean;
  /** So much of its line and that of this use is the same: tokens of both among those of either, 0 to 1. */
  likeness: number;
  /** Its line looks like one of a comment, or of an import. */
  isComment: boolean;
  isImport: boolean;
  /** Quotes stand open before it in its line. */
  isQuoted: boolean;
  /** Its line begins with the blanks of the rule's first use. */
  sameIndent: boolean;
  /** The token before it. */
  before: string;
}

/** Places that are looked at in a text. */
const MOST = 400;
/** A place is compared with so many of the latest uses. */
const LATEST = 8;
/** Tokens that a hole stands for. */
const HOLE = 40;
/** An insertion needs so many tokens around it like those of an earlier one, one of them a word. */
const LEAST_AROUND = 3;
/** Tokens on each side that say enough of what uses share: beyond, what stands there varies. */
const ENOUGH = 3;
/** Words among so many tokens on each side of an insertion may lead to it. */
const NEAR = 4;

/** The places of a rule in a text, in order. `uses`: where it was followed, at least one. */
export function placesOf(rule: Rule, uses: Use[], text: TokenisedText): Place[] {
  const found = new Map<number, Place>();
  const common = commonOf(uses);
  const latest = uses.slice(-LATEST).map((use) => ({ ...use, kinds: new Set(use.line.split(' ')) }));
  for (const { word, at } of anchorsOf(rule, latest)) {
    for (const index of text.placesOf(word)) {
      if (found.size >= MOST) break;
      const place = at(text.tokens, index, (from, to, bindings) =>
        placed(rule, latest, common, text, [from, to], bindings),
      );
      if (place && !found.has(place.from)) found.set(place.from, place);
    }
  }
  return [...found.values()].sort((a, b) => a.from - b.from);
}

/** A use, and which tokens its line had. */
type Compared = Use & { kinds: ReadonlySet<string> };
type Bindings = Token[][];
type Placing = (from: number, to: number, bindings: Bindings) => Place | undefined;
interface Anchor {
  word: string;
  at: (tokens: Token[], index: number, placing: Placing) => Place | undefined;
}

/** Words that lead to a rule's places: a text without any of them has none. */
export const leadsTo = (rule: Rule, uses: Use[]): string[] => [
  ...new Set(anchorsOf(rule, uses).map(({ word }) => word)),
];

/** Words, and what is around them: the longest of what is replaced, or those next to an insertion. */
function anchorsOf({ old }: Rule, uses: Use[]): Anchor[] {
  const words = old.flatMap((part, i) => (typeof part === 'string' && isWord(part) ? [i] : []));
  if (words.length > 0) {
    const best = words.reduce((a, b) => ((old[b] as string).length > (old[a] as string).length ? b : a));
    const [ahead, behind] = [old.slice(0, best).reverse(), old.slice(best + 1)];
    const at: Anchor['at'] = (tokens, index, placing) => {
      const bindings: Bindings = [];
      const from = matched(ahead, tokens, index - 1, -1, bindings);
      const to = from === undefined ? undefined : matched(behind, tokens, index + 1, 1, bindings);
      return from === undefined || to === undefined ? undefined : placing(from + 1, to, bindings);
    };
    return [{ word: old[best] as string, at }];
  }
  const anchors = new Map<string, Anchor>();
  for (const { left, right } of uses) {
    for (const [side, tokens] of [
      ['left', left],
      ['right', right],
    ] as const) {
      for (const [near, word] of tokens.slice(0, NEAR).entries()) {
        if (!isWord(word)) continue;
        const at: Anchor['at'] = (all, index, placing) => {
          const from = side === 'left' ? index + near + 1 : index - near - old.length;
          const to = matched(old, all, from, 1, []);
          return to === undefined ? undefined : placing(from, to, []);
        };
        anchors.set(`${side} ${near} ${word}`, { word, at });
      }
    }
  }
  return [...anchors.values()];
}

/** Where parts end that begin at a token, in a direction; undefined where they do not stand there. */
function matched(parts: Part[], tokens: Token[], at: number, step: 1 | -1, bindings: Bindings): number | undefined {
  if (at < -1 || at > tokens.length) return undefined;
  const [part, ...rest] = parts;
  if (part === undefined) return at;
  if (typeof part === 'string')
    return tokens[at]?.text === part ? matched(rest, tokens, at + step, step, bindings) : undefined;
  const known = bindings[part];
  for (let [n, depth] = [0, 0]; n < HOLE; n++) {
    const token = tokens[at + step * n];
    if (!token) return undefined;
    depth += step * depthOf(token.text);
    if (depth < 0 || token.text === '\n' || (depth === 0 && (token.text === ',' || token.text === ';')))
      return undefined;
    if (depth > 0) continue;
    const run = step > 0 ? tokens.slice(at, at + n + 1) : tokens.slice(at - n, at + 1);
    if (known && joined(known) !== joined(run)) continue;
    bindings[part] = run;
    const end = matched(rest, tokens, at + step * (n + 1), step, bindings);
    if (end !== undefined) return end;
    if (!known) delete bindings[part];
  }
  return undefined;
}

/** The edit that replaces tokens [from, to), if what stands around is enough like what stood around a use. */
function placed(
  rule: Rule,
  uses: Compared[],
  common: { left: number; right: number },
  text: TokenisedText,
  [from, to]: [number, number],
  bindings: Bindings,
): Place | undefined {
  const { tokens } = text;
  if (from < 0 || to > tokens.length) return undefined;
  let best: { left: number; right: number; use: Compared } | undefined;
  for (const use of uses) {
    const left = run(use.left, (i) => tokens[from - 1 - i]?.text);
    const right = run(use.right, (i) => tokens[to + i]?.text);
    if (!best || left + right > best.left + best.right) best = { left, right, use };
  }
  if (!best) return undefined;
  const { left, right, use } = best;
  if (!rule.old.some((part) => typeof part === 'string' && isWord(part))) {
    const same = (side: string[], at: (i: number) => number) =>
      side.some((token, i) => isWord(token) && tokens[at(i)]?.text === token);
    const hasWord = same(use.left, (i) => from - 1 - i) || same(use.right, (i) => to + i);
    if (left + right < LEAST_AROUND || !hasWord) return undefined;
  }
  if (isMade(rule, tokens, from)) return undefined;
  const edit = rule.lines ? ofLines(rule, text, from, to) : within(rule, text, from, to, bindings);
  if (!edit || text.text.slice(edit.from, edit.to) === edit.newText) return undefined;
  const at = text.lineNumber(from);
  const line = text.line(at);
  return {
    from: edit.from,
    to: edit.to,
    newText: edit.newText,
    at,
    left,
    right,
    fits: left >= common.left && right >= common.right,
    sameLine: uses.some((one) => one.line === line.joined),
    likeness: likeness(line.kinds, use.kinds),
    isComment: isComment(line.tokens),
    isImport: IMPORTING.has(line.tokens[0]?.text),
    isQuoted: isQuoted(text.text.slice(text.lineStart(edit.from), edit.from)),
    sameIndent: text.indentAt(tokens[Math.min(from, tokens.length - 1)].from) === rule.indent,
    before: tokens[from - 1]?.text ?? '',
  };
}

/** By how a line begins, in most languages. */
const COMMENT = /^(?:\/ \/|\/ \*|\*|#|- -)(?: |$)/;
const isComment = (line: Token[]) => COMMENT.test(joined(line.slice(0, 2)));
const IMPORTING = new Set(['import', 'from', 'use', 'require', 'export']);

function isQuoted(before: string): boolean {
  return ['"', "'", '`'].some((quote) => before.split(quote).length % 2 === 0);
}

/** Of two lines: tokens that both have among those that either has (Jaccard), 0 to 1. */
function likeness(one: ReadonlySet<string>, other: ReadonlySet<string>): number {
  const [few, many] = one.size < other.size ? [one, other] : [other, one];
  let both = 0;
  for (const token of few) if (many.has(token)) both++;
  return both / (one.size + other.size - both);
}

/** Whether what the rule would put in stands there already: right beside an insertion, or around what it replaces. */
function isMade({ made, wanted, old }: Rule, tokens: Token[], from: number): boolean {
  if (made.length === 0 || made.some((part) => typeof part === 'number')) return false;
  const stands = (at: number) => at >= 0 && wanted.every((token, i) => tokens[at + i]?.text === token);
  if (old.length === 0) return stands(from) || stands(from - wanted.length);
  if (wanted.length <= old.length) return false;
  const first = wanted.findIndex((_, i) => old.every((part, j) => wanted[i + j] === part)); // `foo` to `foo.bar`
  return first >= 0 && stands(from - first);
}

/** Lines that come or go. */
function ofLines({ old, made, indent }: Rule, text: TokenisedText, from: number, to: number) {
  const { tokens } = text;
  if (from > 0 && tokens[from - 1].text !== '\n') return undefined;
  const start = from < tokens.length ? text.lineStart(tokens[from].from) : text.text.length;
  if (old.length > 0) return { from: start, to: tokens[to - 1].to, newText: '' };
  const own = from < tokens.length ? text.indentAt(tokens[from].from) : '';
  return { from: start, to: start, newText: reindented(indent + (made[0] as string), indent, own, true) };
}

/** What changes within lines. */
function within(
  { old, made, gap, tail, indent }: Rule,
  text: TokenisedText,
  from: number,
  to: number,
  bindings: Bindings,
) {
  const { tokens } = text;
  const [before, after] = [tokens[from - 1] as Token | undefined, tokens[to] as Token | undefined];
  const anchor = tokens[from] ?? before;
  if (!anchor) return undefined;
  const own = text.indentAt(anchor.from);
  const textOf = (part: Part) =>
    typeof part === 'string'
      ? reindented(part, indent, own, false)
      : text.text.slice(bindings[part][0].from, bindings[part][bindings[part].length - 1].to);
  const newText = made.map(textOf).join('');
  const atStart = !before || before.text === '\n';
  const atEnd = !after || after.text === '\n';
  if (old.length > 0 && made.length > 0) {
    const end = tokens[to - 1].to;
    const isTail = tail && after && tail[0] !== tail[1] && text.text.slice(end, after.from) === tail[0];
    return { from: tokens[from].from, to: isTail ? after.from : end, newText: isTail ? newText + tail[1] : newText };
  }
  if (old.length > 0) {
    if (atStart) return { from: tokens[from].from, to: after?.from ?? tokens[to - 1].to, newText: '' };
    return atEnd
      ? { from: before.to, to: tokens[to - 1].to, newText: '' }
      : { from: before.to, to: after.from, newText: gap[0] };
  }
  if (atStart) return after && { from: after.from, to: after.from, newText: newText + gap[1] };
  if (atEnd) return { from: before.to, to: before.to, newText: gap[0] + newText };
  return narrowed(text.text, { from: before.to, to: after.from, newText: gap[0] + newText + gap[1] });
}

/** An insertion between tokens without the blanks that stand there already. */
function narrowed(text: string, { from, to, newText }: { from: number; to: number; newText: string }) {
  const there = text.slice(from, to);
  if (there === '') return { from, to, newText };
  if (newText.endsWith(there)) return { from, to: from, newText: newText.slice(0, -there.length) };
  if (newText.startsWith(there)) return { from: to, to, newText: newText.slice(there.length) };
  return { from, to, newText };
}

/** Lines with another indentation: those behind the first one, or all. */
function reindented(text: string, indent: string, own: string, all: boolean): string {
  const [first, ...rest] = text.split('\n');
  const moved = (line: string) => (line.startsWith(indent) && line.trim() ? own + line.slice(indent.length) : line);
  return [all ? moved(first) : first, ...rest.map(moved)].join('\n');
}

/** So many words may be others between tokens that are the same. */
const OTHER_WORDS = 2;

/** How many tokens are the same, from the first on; words between them may vary. */
function run(tokens: string[], at: (i: number) => string | undefined): number {
  let [same, others] = [0, 0];
  for (const [i, token] of tokens.entries()) {
    const other = at(i);
    if (token === other) same++;
    else if (other === undefined || !isWord(token) || !isWord(other) || ++others > OTHER_WORDS) break;
  }
  return same;
}

/** How many tokens around them all uses share, as far as that matters. */
export function commonOf(uses: Use[]): { left: number; right: number } {
  if (uses.length < 2) return { left: 1, right: 1 };
  const least = (side: 'left' | 'right') =>
    Math.min(ENOUGH, ...uses.slice(1).map((use) => run(use[side], (i) => uses[0][side][i])));
  return { left: least('left'), right: least('right') };
}
