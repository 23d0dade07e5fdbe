/** What the user has done of late, as rules with their uses, and what is known of a place for one of them. Pure. */
import { type Place, placesOf } from './match.ts';
import { type Edit, nameOf, type Rule, rulesOf, type Use } from './rule.ts';
import { isWord } from './tokens.ts';

/** A rule that the user followed. */
export interface KnownRule {
  rule: Rule;
  /** Where, the latest last. */
  uses: Use[];
  /** So many edits ago. */
  age: number;
}

/** Rules of so many of the latest edits are proposed. */
const LATEST = 6;

const rulesByEdit = new WeakMap<Edit, { rule: Rule; use: Use }[]>();

/** The rules of the latest edits, the latest first, each with all of its uses among `edits`. */
export function rulesIn(edits: Edit[]): KnownRule[] {
  const rules = new Map<string, KnownRule>();
  for (const [i, edit] of edits.entries()) {
    const made = rulesByEdit.get(edit) ?? rulesOf(edit);
    rulesByEdit.set(edit, made);
    for (const { rule, use } of made) {
      const known = rules.get(rule.key) ?? { rule, uses: [], age: 0 };
      known.uses.push(use);
      known.age = edits.length - 1 - i;
      rules.set(rule.key, known);
    }
  }
  return [...rules.values()].filter(({ age }) => age < LATEST).sort((a, b) => a.age - b.age);
}

/** A place for a rule in a document, and what speaks for it. */
export interface Candidate extends Place {
  known: KnownRule;
  uri: string;
  features: number[];
}

/** What of a document is looked at. */
export interface Searched {
  uri: string;
  text: string;
  /** The cursor's offset; undefined in other documents than its own. */
  offset?: number;
}

export function candidatesIn(known: KnownRule, { uri, text, offset }: Searched): Candidate[] {
  const places = placesOf(known.rule, known.uses, text);
  return places.map((place, i) => ({
    ...place,
    known,
    uri,
    features: featuresOf(known, place, { uri, offset, count: places.length, above: i, text }),
  }));
}

export const FEATURES = [
  'bias',
  'twice',
  'three times',
  'five times',
  'left 1',
  'left 2',
  'left 4',
  'right 1',
  'right 2',
  'right 4',
  'fits',
  'twice and fits',
  'same line',
  'one word',
  'two words',
  'long',
  'holes',
  'insertion',
  'deletion',
  'lines',
  'name',
  'name twice',
  'this document',
  'below',
  'near',
  'far',
  'only place',
  'few places',
  'many places',
  'passed',
  'latest',
  'old',
  'twice insertion',
  'made long',
  'same document uses',
  'number',
];

interface Around {
  uri: string;
  offset?: number;
  /** Places of the rule in the document, and how many of them stand above. */
  count: number;
  above: number;
  text: string;
}

function featuresOf({ rule, uses, age }: KnownRule, place: Place, around: Around): number[] {
  const { left, right, fits, sameLine } = place;
  const n = uses.length;
  const words = rule.old.filter((part) => typeof part === 'string' && isWord(part)).length;
  const holes = [...rule.old].filter((part) => typeof part === 'number').length;
  const { offset, count, uri } = around;
  const isBelow = offset !== undefined && place.from >= offset;
  const distance = offset === undefined ? Infinity : Math.abs(place.from - offset);
  const isName = nameOf(rule) !== undefined;
  const insertion = rule.old.length === 0;
  const only = rule.old.length === 1 && /^\p{N}/u.test(`${rule.old[0]}`);
  const is = (yes: boolean) => Number(yes);
  return [
    1,
    is(n >= 2),
    is(n >= 3),
    is(n >= 5),
    is(left >= 1),
    is(left >= 2),
    is(left >= 4),
    is(right >= 1),
    is(right >= 2),
    is(right >= 4),
    is(fits),
    is(n >= 2 && fits),
    is(sameLine),
    is(words === 1),
    is(words >= 2),
    is(rule.old.length >= 6),
    is(holes > 0),
    is(insertion),
    is(rule.made.length === 0),
    is(rule.lines),
    is(isName),
    is(isName && n >= 2),
    is(offset !== undefined),
    is(isBelow),
    is(distance < 500),
    is(distance > 5000),
    is(count === 1),
    is(count <= 4),
    is(count > 12),
    is(isBelow && around.above > 0),
    is(age === 0),
    is(age >= 3),
    is(insertion && n >= 2),
    is(rule.made.join('').length > 24),
    is(uses.some((use) => use.uri === uri)),
    is(only),
  ];
}

/** A place's probability by weights, before any model has looked: a logistic regression. */
export function probabilityOf(features: number[], weights: number[]): number {
  const sum = features.reduce((n, x, i) => n + x * weights[i], 0);
  return 1 / (1 + Math.exp(-sum));
}
