/** What the user has done of late, as rules with their uses, and the places for one of them. Pure. */
import { featuresOf, type KnownRule } from './features.ts';
import { type Place, placesOf } from './match.ts';
import { type Edit, type Rule, rulesOf, type Use } from './rule.ts';
import type { TokenisedText } from './tokens.ts';

/** Rules of so many of the latest edits are proposed. */
const LATEST = 6;

const rulesByEdit = new WeakMap<Edit, { rule: Rule; use: Use }[]>();

/** The rules of the latest edits, the latest first, each with all of its uses among `edits`. */
export function rulesIn(edits: Edit[]): KnownRule[] {
  const rules = new Map<string, KnownRule>();
  for (const [i, edit] of edits.entries()) {
    const made = rulesByEdit.get(edit) ?? rulesOf(edit);
    rulesByEdit.set(edit, made);
    const age = edits.length - 1 - i;
    for (const { rule, use } of made) {
      const known = rules.get(rule.key) ?? { rule, uses: [], age: Infinity, row: 0 };
      if (known.age !== age) known.row = known.age === age + 1 ? known.row + 1 : 1;
      known.uses.push(use);
      known.age = age;
      rules.set(rule.key, known);
    }
  }
  return [...rules.values()].filter(({ age }) => age < LATEST).sort((a, b) => a.age - b.age);
}

/** A document that is looked through. */
export interface Searched {
  uri: string;
  tokenised: TokenisedText;
  /** The cursor's offset; undefined in other documents than its own. */
  offset?: number;
}

/** A place for a rule in a document, and what speaks for it. */
export interface Candidate extends Place {
  known: KnownRule;
  document: Searched;
  /** Places of the rule that the user had refused. */
  refused: number;
  features: boolean[];
}

/** What is put in says something of a document that holds it from so many characters on. */
const TELLING = 4;

/** The places for a rule in a document. `refused`: places of the rule that the user has refused. */
export function candidatesIn(known: KnownRule, document: Searched, refused: number): Candidate[] {
  const places = placesOf(known.rule, known.uses, document.tokenised);
  const { uri, tokenised, offset } = document;
  const { text } = tokenised;
  const lineFrom = offset === undefined ? Infinity : tokenised.lineStart(offset);
  const end = offset === undefined ? -1 : text.indexOf('\n', offset);
  const lineTo = end < 0 ? text.length : end;
  const lines = places.map(({ at }) => at);
  const standing = new Map<string, boolean>();
  const isStanding = (wanted: string) => {
    const known = standing.get(wanted) ?? (wanted.length >= TELLING && text.includes(wanted));
    standing.set(wanted, known);
    return known;
  };
  const { wanted } = known.rule;
  const here = known.uses.filter((use) => use.uri === uri);
  const isKnownWord = wanted.length === 1 && tokenised.placesOf(wanted[0]).length > here.length;
  return places.map((place, above) => {
    const isHere = place.from >= lineFrom && place.from <= lineTo;
    const stands = known.rule.old.length === 0 && isStanding(place.newText.trim());
    const features = featuresOf({ known, place, here, offset, isHere, stands, lines, above, refused, isKnownWord });
    return Object.assign(place, { known, document, refused, features }); // quicker than a copy, for hundreds
  });
}
