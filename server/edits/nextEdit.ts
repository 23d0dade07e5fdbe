/**
 * The next edit: where what the user has just done can be done again. Rules are made of his last edits, their places
 * looked for in this document, then in other open ones, then in the workspace, and weighed by what replayed commits
 * taught. (A model's bits were tried on top and said nothing more: server/NEXT_EDITS.md.)
 */
import type { Position } from 'vscode-languageserver';
import type { Document } from '../documents/document.ts';
import { type Candidate, candidatesIn, rulesIn, type Searched } from './candidates.ts';
import { type KnownRule, probabilityOf } from './features.ts';
import type { EditHistory } from './history.ts';
import { leadsTo } from './match.ts';
import { Refusals } from './refusals.ts';
import { nameOf, type Rule, type Use } from './rule.ts';
import { joined, TokenisedText, tokensOf } from './tokens.ts';
import { leastProbability, NETWORK, PRECISION } from './weights.ts';

export type NoEditReason = 'no-rule' | 'no-place' | 'unsure' | 'refused' | 'secret' | 'busy' | 'too-large';

/** A document of more UTF-16 units is not looked through. */
const LARGEST = 500_000;
/** Other documents are, so many units of them together. */
const MOST_UNITS = 2_000_000;
/** Edits that one answer holds. */
const MOST = 100;

export interface NextEditHost {
  /** The open documents whose text may be shown beside others, but not `but`. */
  others(but: Document): Promise<Document[]>;
  /** Files of the workspace that hold a word and are not open; ends early when something else wants to run. */
  files(word: string): AsyncIterable<{ uri: string; text: string }>;
  /** Something else wants to run. */
  busy(): boolean;
}

/** A place, and what it is worth. */
export interface Rated {
  place: Candidate;
  probability: number;
}

export interface Proposal {
  known: KnownRule;
  /** Names the rule, for refusals. */
  rule: number;
  name?: { from: string; to: string };
  /** The next one first. */
  found: Rated[];
}

export class NextEdits {
  /** From a number of its own: what a client knows of an earlier worker's rules names none of this one's. */
  private readonly refusals = new Refusals(Math.floor(Math.random() * 2 ** 30));
  /** Of open documents, as they were looked at last. */
  private readonly tokenised = new WeakMap<Document, { version: number; tokenised: TokenisedText }>();

  constructor(
    private readonly history: EditHistory,
    private readonly host: NextEditHost,
  ) {}

  /** The user does not want an edit at a place, an offset of a document, that was proposed. */
  refuse(rule: number, document: Document, offset: number): void {
    this.refusals.refuse(rule, document.uri, lineAt(this.searched(document).tokenised, offset));
  }

  /**
   * The next edits for a cursor. `precision`: the share that is right of what is proposed by itself; with `always`, the
   * best one, however unsure.
   */
  async propose(
    document: Document,
    position: Position,
    { precision = PRECISION, always = false }: { precision?: number; always?: boolean } = {},
  ): Promise<Proposal | NoEditReason> {
    if (document.length > LARGEST) return 'too-large';
    const rules = rulesIn(this.history.edits);
    if (rules.length === 0) return 'no-rule';
    const least = always ? 0 : leastProbability(precision);
    let reason: NoEditReason = 'no-place';
    const look = (searched: Searched[]): Proposal | undefined => {
      const all = searched.flatMap((one) => rules.flatMap((known) => this.candidatesIn(known, one)));
      const allowed = all.filter((place) => this.isAllowed(place));
      if (allowed.length > 0) reason = 'unsure';
      else if (all.length > 0 && reason === 'no-place') reason = 'refused';
      return this.choose(allowed, least);
    };
    const own = look([{ ...this.searched(document), offset: document.offsetAt(position) }]);
    if (own || this.host.busy()) return own ?? 'busy';
    const opened = look(this.within(await this.host.others(document), rules));
    if (opened || this.host.busy()) return opened ?? 'busy';
    return (await this.inWorkspace(rules, look)) ?? reason;
  }

  /** The places for a rule in a document, and what speaks for them. */
  candidatesIn(known: KnownRule, searched: Searched): Candidate[] {
    return candidatesIn(known, searched, this.refusals.refusedOf(known.rule.key));
  }

  /** Whether a place may be proposed after what was refused. */
  isAllowed({ known, document, from }: Candidate): boolean {
    const { rule, uses } = known;
    return this.refusals.allows(rule.key, uses.length, document.uri, lineAt(document.tokenised, from));
  }

  /** Those of some documents that may hold places, as many as there is time for. */
  private within(documents: Document[], rules: KnownRule[]): Searched[] {
    const words = [...new Set(rules.flatMap(({ rule, uses }) => leadsTo(rule, uses)))];
    let units = 0;
    return documents
      .filter(({ length }) => length <= LARGEST && (units += length) <= MOST_UNITS)
      .filter((document) => this.holds(document, words))
      .map((document) => this.searched(document));
  }

  private holds(document: Document, words: string[]): boolean {
    const known = this.tokenised.get(document);
    if (known?.version === document.version) return words.some((word) => known.tokenised.placesOf(word).length > 0);
    const text = document.slice();
    return words.some((word) => text.includes(word));
  }

  private searched(document: Document): Searched {
    const { uri, version } = document;
    const known = this.tokenised.get(document);
    if (known?.version === version) return { uri, tokenised: known.tokenised };
    const tokenised = new TokenisedText(document.slice());
    this.tokenised.set(document, { version, tokenised });
    return { uri, tokenised };
  }

  /** In files that nobody has open: for rules that were followed twice, for others are seldom meant so far away. */
  private async inWorkspace(
    rules: KnownRule[],
    look: (searched: Searched[]) => Proposal | undefined,
  ): Promise<Proposal | undefined> {
    for (const { rule, uses } of rules) {
      const word = uses.length < 2 ? undefined : sharedLead(rule, uses);
      if (word === undefined) continue;
      for await (const { uri, text } of this.host.files(word)) {
        const found = look([{ uri, tokenised: new TokenisedText(text) }]);
        if (found) return found;
      }
    }
    return undefined;
  }

  /** The best place, and those of its rule in its document that are no worse than `least`, from there on. */
  private choose(places: Candidate[], least: number): Proposal | undefined {
    const rated = places
      .map((place) => ({ place, probability: probabilityOf(place.features, NETWORK) }))
      .filter(({ probability }) => probability >= least);
    if (rated.length === 0) return undefined;
    const best = rated.reduce((a, b) => (b.probability > a.probability ? b : a));
    const { known, document } = best.place;
    const same = rated
      .filter(({ place }) => place.known === known && place.document === document)
      .sort((a, b) => a.place.from - b.place.from);
    const at = same.indexOf(best);
    const name = nameOf(known.rule);
    return {
      known,
      rule: this.refusals.propose(known.rule.key, known.uses.length),
      ...(name && { name }),
      found: [...same.slice(at), ...same.slice(0, at)].slice(0, MOST),
    };
  }
}

/** The longest word that leads to a rule's places by all of its uses. */
function sharedLead(rule: Rule, uses: Use[]): string | undefined {
  const [first, ...others] = uses.map((use) => leadsTo(rule, [use]));
  const shared = first.filter((word) => others.every((words) => words.includes(word)));
  return shared.sort((a, b) => b.length - a.length)[0];
}

/** The tokens of the line that holds an offset: what it is, wherever it stands. */
function lineAt(tokenised: TokenisedText, offset: number): string {
  const { text } = tokenised;
  const end = text.indexOf('\n', offset);
  return joined(tokensOf(text.slice(tokenised.lineStart(offset), end < 0 ? text.length : end)));
}
