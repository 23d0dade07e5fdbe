/**
 * Whether a place is in code, a comment or a string, from the text before it and the language alone. Pure; no language
 * service.
 */
import { literal, type Rule, SYNTAXES } from './syntaxes.ts';

export type Scope = 'code' | 'comment' | 'string';

/** So much text before a place is looked at, UTF-16 units: what began earlier is not seen. */
export const WINDOW = 50_000;

/** A string that code stands in, and how deep in brackets that is. */
interface Hole {
  rule: Rule;
  begin: string;
  /** The bracket that opened it, and the one that closes it. */
  brackets: [string, string];
  depth: number;
  /** A string of one line ends here, whatever stands in it. */
  limit: number;
}

const CLOSING: Record<string, string> = { '{': '}', '(': ')' };

/** Where the end of `before` is; `before` begins in code, at the start of a line. */
export function scopeAt(before: string, language: string): Scope {
  const rules = SYNTAXES[language];
  if (!rules) return 'code';
  const [token, orBracket] = tokensOf(rules);
  const holes: Hole[] = [];
  for (let at = 0; ; ) {
    const next = holes.length ? orBracket : token; // brackets matter where code stands in a string
    next.lastIndex = at;
    const found = next.exec(before);
    if (!found) return 'code';
    const begin = found[0];
    at = found.index + (begin.length || 1);
    while (holes.length && holes.at(-1)!.limit < found.index) holes.pop();
    const hole = holes.at(-1);
    let rule: Rule | undefined = rules[found.indexOf(begin, 1) - 1];
    let inside: { begin: string; limit: number } = {
      begin,
      limit: rule?.hole && !rule.lines ? lineEnd(before, at) : Infinity,
    };
    if (!rule) {
      // a bracket
      if (!hole?.brackets.includes(begin)) continue;
      hole.depth += begin === hole.brackets[0] ? 1 : -1;
      if (hole.depth > 0) continue;
      holes.pop();
      rule = hole.rule;
      inside = hole;
    }
    if (rule.kind === 'code') continue;
    const ended = endOf(before, at, rule, inside.begin);
    if (!ended) return rule.kind;
    at = ended.at;
    if (ended.hole) holes.push({ rule, ...inside, brackets: [ended.hole, CLOSING[ended.hole]], depth: 1 });
  }
}

/** Where a comment or string ends, or code begins in it; undefined where it goes on up to the end of `text`. */
function endOf(text: string, from: number, rule: Rule, begin: string): { at: number; hole?: string } | undefined {
  const ends = ending.get(rule) ?? new Map<string, RegExp>();
  ending.set(rule, ends);
  let parts = ends.get(begin);
  if (!parts) {
    if (ends.size > 100) ends.clear(); // what begins a raw string may be anything
    parts = oneOf([
      rule.escape ?? NEVER,
      rule.hole ?? NEVER,
      rule.nested ? literal(begin) : NEVER,
      rule.end?.(begin) ?? NEVER,
      rule.lines ? NEVER : '\\n',
    ]);
    ends.set(begin, parts);
  }
  parts.lastIndex = from;
  for (let depth = 1, found: RegExpExecArray | null; (found = parts.exec(text)); ) {
    if (found[1] !== undefined) continue;
    if (found[2] !== undefined) return { at: parts.lastIndex, hole: found[0].at(-1) };
    if (found[3] !== undefined) depth++;
    else if (found[5] !== undefined || --depth === 0) return { at: parts.lastIndex };
  }
  return undefined;
}

const NEVER = '(?!)';
/** What ends a rule that began so. */
const ending = new Map<Rule, Map<string, RegExp>>();
/** What begins a rule of a language; with brackets, too. */
const beginning = new Map<Rule[], [token: RegExp, orBracket: RegExp]>();

function tokensOf(rules: Rule[]): [token: RegExp, orBracket: RegExp] {
  const begins = rules.map(({ begin }) => begin);
  const tokens = beginning.get(rules) ?? [oneOf(begins), oneOf([...begins, '[{}()]'])];
  beginning.set(rules, tokens);
  return tokens;
}

/** One expression of all of them, a group each. */
const oneOf = (sources: string[]) => new RegExp(sources.map((s) => `(${s})`).join('|'), 'gm');

function lineEnd(text: string, from: number): number {
  const at = text.indexOf('\n', from);
  return at < 0 ? Infinity : at;
}
