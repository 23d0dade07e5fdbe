/**
 * The next edit: where what the user has just done can be done again. Rules are made of his last edits, their places
 * looked for in this document, then in other open ones, then in the workspace, and weighed by what replayed commits
 * taught; where a model is there it has the last word.
 */
import type { Position } from 'vscode-languageserver';
import type { Document } from '../documents/document.ts';
import { type Candidate, candidatesIn, type KnownRule, probabilityOf, rulesIn, type Searched } from './candidates.ts';
import type { EditHistory } from './history.ts';
import { Refusals } from './refusals.ts';
import { nameOf } from './rule.ts';
import { isWord } from './tokens.ts';
import { PRECISION, WEIGHTS } from './weights.ts';

export type NoEditReason = 'no-rule' | 'no-place' | 'unsure' | 'refused' | 'secret' | 'busy' | 'too-large';

/** Places that the model looks at, the best ones. */
export const MOST_SCORED = 20;
/** A document of more UTF-16 units is not looked through. */
const LARGEST = 2_000_000;
/** Edits that one answer holds. */
const MOST = 100;

export interface NextEditHost {
  /** The open documents whose text may be shown beside others, but not `but`. */
  others(but: Document): Promise<Document[]>;
  /** Files of the workspace that hold a word and are not open; ends early when something else wants to run. */
  files(word: string): AsyncIterable<{ uri: string; text: string }>;
  /**
   * How many bits the new text of each place costs less than the old one; undefined where no model is at hand or
   * something else wants to run.
   */
  gains(places: { document: Searched; place: Candidate }[]): Promise<(number | undefined)[]>;
  /** Something else wants to run. */
  busy(): boolean;
}

/** A place in a document, with the text that it was found in. */
export interface Found {
  place: Candidate;
  document: Searched;
  probability: number;
}

export interface Proposal {
  known: KnownRule;
  /** A name of the rule, for refusals. */
  rule: number;
  name?: { from: string; to: string };
  /** The next one first. */
  found: Found[];
}

export class NextEdits {
  private readonly refusals = new Refusals();

  constructor(
    private readonly history: EditHistory,
    private readonly host: NextEditHost,
  ) {}

  /** The user does not want an edit that was proposed. */
  refuse(rule: number, uri: string, line: string): void {
    this.refusals.add(rule, uri, line);
  }

  /**
   * The next edits for a cursor. `precision`: the least probability of one that is proposed by itself; without it,
   * however unsure.
   */
  async propose(
    document: Document,
    position: Position,
    precision: number | undefined = PRECISION,
    always = false,
  ): Promise<Proposal | NoEditReason> {
    if (document.length > LARGEST) return 'too-large';
    const rules = rulesIn(this.history.edits).filter(({ uses }) => always || uses.length > 0);
    if (rules.length === 0) return 'no-rule';
    const least = always ? 0 : precision;
    let reason: NoEditReason = 'no-place';
    const here = { uri: document.uri, text: document.slice(), offset: document.offsetAt(position) };
    const look = async (searched: Searched[]): Promise<Proposal | undefined> => {
      const all = searched.flatMap((one) =>
        rules.flatMap((known) => candidatesIn(known, one).map((place) => ({ document: one, place }))),
      );
      const open = all.filter(({ place, document: { text, uri } }) => {
        const { rule, uses } = place.known;
        return this.refusals.allows(rule.key, uses.length, uri, lineAt(text, place.from));
      });
      if (all.length > open.length && open.length === 0) reason = 'refused';
      if (open.length > 0) reason = 'unsure';
      return this.choose(open, least, here);
    };
    const own = await look([here]);
    if (own || this.host.busy()) return own ?? 'busy';
    const others = (await this.host.others(document)).filter(({ length }) => length <= LARGEST);
    const opened = await look(others.map(({ uri, ...one }) => ({ uri, text: textOf(one as Document) })));
    if (opened) return opened;
    return (await this.inWorkspace(rules, look)) ?? reason;
  }

  private async inWorkspace(
    rules: KnownRule[],
    look: (searched: Searched[]) => Promise<Proposal | undefined>,
  ): Promise<Proposal | undefined> {
    for (const { rule, uses } of rules) {
      const words = rule.old.filter((part): part is string => typeof part === 'string' && isWord(part));
      if (words.length === 0 || uses.length < 2) continue;
      const word = words.reduce((a, b) => (b.length > a.length ? b : a));
      for await (const file of this.host.files(word)) {
        const found = await look([file]);
        if (found) return found;
      }
    }
    return undefined;
  }

  private async choose(
    places: { document: Searched; place: Candidate }[],
    least: number,
    here: Searched,
  ): Promise<Proposal | undefined> {
    const rated = places
      .map((one) => ({ ...one, probability: probabilityOf(one.place.features, WEIGHTS) }))
      .sort((a, b) => b.probability - a.probability);
    const best = rated[0];
    if (!best || best.probability < least) return undefined;
    const { known } = best.place;
    const offset = best.document === here ? (here.offset ?? 0) : 0;
    const order = ({ place: { from } }: Found) => (from >= offset ? from : from + here.text.length);
    const found = rated
      .filter(
        ({ place, document, probability }) =>
          place.known === known && document === best.document && probability >= least,
      )
      .slice(0, MOST)
      .sort((a, b) => order(a) - order(b));
    const at = found.indexOf(best);
    const { name } = { name: nameOf(known.rule) };
    return {
      known,
      rule: this.refusals.number(known.rule.key),
      ...(name && { name }),
      found: [best, ...found.slice(at + 1), ...found.slice(0, at)],
    };
  }
}

const textOf = (document: Document) => document.slice();

/** The line that holds an offset. */
export function lineAt(text: string, offset: number): string {
  const end = text.indexOf('\n', offset);
  return text.slice(text.lastIndexOf('\n', offset - 1) + 1, end < 0 ? text.length : end);
}
