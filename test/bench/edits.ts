/**
 * Next edits on commits that were made, by repository and kind of edit:
 *
 *     npx tsx test/bench/edits.ts REPOSITORY... [--language typescript] [--most 150] [--precision 0.8]
 *
 * The latest commits of each repository (a git folder) that change source files of the language are made again
 * (replay.ts), their edits in the order of the diff and shuffled: the parent's files are open, and after each edit the
 * next one is asked for, as often as one is proposed. Who makes the commit takes a proposal that is in it and refuses
 * another one. Beside it the bare rule: the tokens that an edit replaced, with one token on each side, at the next
 * place below, once it was seen twice; nothing of it is taken. With `--features FILE`, what was known of each place is
 * written for `python -m byteline_model.next_edit`; `--least P` in place of a precision is
 * the least probability, `--examples` prints proposals that were wrong.
 */
import { createWriteStream } from 'node:fs';
import { basename, dirname } from 'node:path';
import { parseArgs } from 'node:util';
import type { Document } from '../../server/documents/document.ts';
import { type Candidate, candidatesIn, rulesIn, type Searched } from '../../server/edits/candidates.ts';
import { hunksOf } from '../../server/edits/diff.ts';
import { NAMES } from '../../server/edits/features.ts';
import { EditHistory } from '../../server/edits/history.ts';
import { type NextEditHost, NextEdits } from '../../server/edits/nextEdit.ts';
import type { Rule } from '../../server/edits/rule.ts';
import { TokenisedText, tokensOf } from '../../server/edits/tokens.ts';
import { leastProbability, PRECISION } from '../../server/edits/weights.ts';
import { commitsOf, GROUPS, type LineEdit } from './commits.ts';
import { randomFrom } from './cursors.ts';
import { type Counts, kindOf, kindOfRule, report, type Tally, tally } from './editTallies.ts';
import { type Proposed, Replay } from './replay.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    most: { type: 'string', default: '150' },
    language: { type: 'string', default: 'typescript' },
    precision: { type: 'string', default: `${PRECISION}` },
    least: { type: 'string' },
    features: { type: 'string' },
    examples: { type: 'boolean', default: false },
  },
});
if (!positionals.length || !GROUPS[values.language])
  throw new Error(`usage: edits.ts REPOSITORY... [--language ${Object.keys(GROUPS).join('|')}] [--most N]`);

const precision = values.least ? precisionOf(Number(values.least)) : Number(values.precision);
/** Places of one rule that go into the features of a step, the next ones. */
const MOST_PLACES = 6;
/** Other documents whose places do. */
const MOST_OTHERS = 3;

const out = values.features ? createWriteStream(values.features) : undefined;
out?.write(`${JSON.stringify(NAMES)}\n`);
const tallies = new Map<string, { diff: Tally; shuffled: Tally }>();

/** The precision that stands for a least probability. */
function precisionOf(least: number): number {
  let [low, high] = [0, 1];
  for (let i = 0; i < 40; i++) {
    const middle = (low + high) / 2;
    if (leastProbability(middle) < least) low = middle;
    else high = middle;
  }
  return low;
}

/** Makes a commit. */
async function follow(replay: Replay, t: Tally, isQuiet: boolean, at: string): Promise<void> {
  const history = new EditHistory();
  const documents = [...replay.documents.values()];
  const host: NextEditHost = {
    others: async (but) => documents.filter((document) => document !== but),
    async *files() {},
    busy: () => false,
  };
  const edits = new NextEdits(history, host);
  for (const document of documents) history.opened(document);
  const written = new Set<string>();
  for (let [step, made] = [0, replay.next()]; made; made = replay.next(), step++) {
    let { document, offset } = made;
    history.changed(document);
    bare(replay, history, document, offset, t.bare);
    for (let asked = 0; ; asked++) {
      if (out) write(replay, history, edits, document, offset, `${at} ${step}.${asked}`, written);
      const began = performance.now();
      const found = await edits.propose(document, document.positionAt(offset), { precision });
      t.ms.push(performance.now() - began);
      if (typeof found === 'string') break;
      const { place } = found.found[0];
      const proposed = proposedAt(place);
      const counted = t.kinds[kindOfRule(found.known.rule)];
      counted.proposals++;
      const edit = replay.rightOf(proposed);
      const there = replay.documents.get(proposed.uri)!;
      if (!edit) {
        if (isQuiet) t.wrongThere++;
        if (values.examples) console.error(example(found.known.rule, found.known.uses.length, proposed, there));
        edits.refuse(found.rule, there, proposed.from);
        continue;
      }
      document = there;
      counted.right++;
      t.keys += proposed.newText.length + proposed.to - proposed.from - 2;
      replay.take(proposed, edit);
      offset = proposed.from + proposed.newText.length;
      history.changed(document);
    }
  }
}

/** The place of a proposal. */
function proposedAt({ document, from, to, newText }: Candidate): Proposed {
  return { uri: document.uri, from, to, newText };
}

/** The bare rule's proposal after an edit. */
function bare(replay: Replay, history: EditHistory, document: Document, offset: number, t: Counts): void {
  t.edits++;
  const here = { ...searchedOf(document), offset };
  for (const known of rulesIn(history.edits)) {
    const { age, uses } = known;
    const [last] = uses.slice(-1);
    const same = uses.filter(({ left, right }) => left[0] === last.left[0] && right[0] === last.right[0]);
    if (age > 0 || same.length < 2) continue;
    const next = candidatesIn({ ...known, uses: same }, here, 0).find(
      ({ from, left, right }) => from >= offset && left >= 1 && right >= 1,
    );
    if (!next) continue;
    t.proposals++;
    if (replay.rightOf(proposedAt(next))) t.right++;
    return;
  }
}

const searchedAs = new WeakMap<Document, { version: number; searched: Searched }>();
function searchedOf(document: Document): Searched {
  const { uri, version } = document;
  const known = searchedAs.get(document);
  if (known?.version === version) return known.searched;
  const searched = { uri, tokenised: new TokenisedText(document.slice()) };
  searchedAs.set(document, { version, searched });
  return searched;
}

/** The line that holds a place. */
const lineOf = ({ tokenised: { text } }: Searched, { from }: Candidate) =>
  text.slice(text.lastIndexOf('\n', from - 1), text.indexOf('\n', from));

/** Places in the order of a search: from the cursor on, then from the document's start. */
function fromCursor(places: Candidate[], { offset = 0 }: Searched): Candidate[] {
  const first = places.findIndex(({ from }) => from >= offset);
  return first < 0 ? places : [...places.slice(first), ...places.slice(0, first)];
}

/** What is known of the places after an edit, and whether they are right. */
function write(
  replay: Replay,
  history: EditHistory,
  edits: NextEdits,
  document: Document,
  offset: number,
  step: string,
  written: Set<string>,
): void {
  const others = [...replay.documents.values()].filter((one) => one !== document).slice(0, MOST_OTHERS);
  const searched = [{ ...searchedOf(document), offset }, ...others.map(searchedOf)];
  for (const known of rulesIn(history.edits))
    for (const one of searched)
      for (const place of fromCursor(edits.candidatesIn(known, one), one).slice(0, MOST_PLACES)) {
        if (!edits.isAllowed(place)) continue;
        // a place is looked at again when its rule was followed once more, or refused elsewhere
        const key = JSON.stringify([known.rule.key, known.uses.length, place.refused, one.uri, lineOf(one, place)]);
        if (written.has(key)) continue;
        written.add(key);
        const right = replay.rightOf(proposedAt(place)) ? 1 : 0;
        out!.write(`${JSON.stringify([step, right, place.features.map(Number).join('')])}\n`);
      }
}

/** Whether two edits of a commit replace the same tokens by the same. */
function hasRepeats(edits: LineEdit[]): boolean {
  const seen = new Set<string>();
  for (const { old, made } of edits) {
    const [a, b] = [tokensOf(old.join('\n')), tokensOf(made.join('\n'))];
    const hunks = hunksOf(a, b);
    if (hunks.length === 0) continue;
    const [first, last] = [hunks[0], hunks[hunks.length - 1]];
    const key = JSON.stringify([
      a.slice(first.from, last.to).map(({ text }) => text),
      b.slice(first.newFrom, last.newTo).map(({ text }) => text),
    ]);
    if (seen.has(key)) return true;
    seen.add(key);
  }
  return false;
}

function example(rule: Rule, uses: number, { from, to, newText }: Proposed, document: Document): string {
  const around = [document.slice(Math.max(0, from - 40), from), document.slice(from, to), document.slice(to, to + 40)];
  return JSON.stringify([uses, rule.old, rule.made, ...around, newText]);
}

for (const repository of positionals) {
  const name = basename(dirname(repository)).split('+').at(-1)!;
  const both = { diff: tally(), shuffled: tally() };
  tallies.set(name, both);
  const commits = [...commitsOf(repository, GROUPS[values.language], Number(values.most))];
  for (const order of ['diff', 'shuffled'] as const) {
    const draw = randomFrom(1);
    for (const [number, commit] of commits.entries()) {
      const isQuiet = !hasRepeats(commit.edits);
      if (isQuiet) both[order].quiet++;
      for (const edit of commit.edits) both[order].kinds[kindOf(edit)].edits++;
      await follow(
        new Replay(commit, order, () => draw(1e6) / 1e6),
        both[order],
        isQuiet,
        `${name} ${order} ${number}`,
      );
    }
  }
}
out?.end();
report(tallies, `${values.language}, precision ${precision.toFixed(2)}`);
