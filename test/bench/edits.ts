/**
 * Next edits on commits that were made, by repository and kind of edit:
 *
 *     npx tsx test/bench/edits.ts REPOSITORY... [--language typescript] [--most 150] [--precision 0.8]
 *
 * The latest commits of each repository (a git folder) that change source files of the language are made again
 * (replay.ts), their edits in the order of the diff and shuffled: the parent's files are open, and after each edit the
 * next one is asked for, as often as one is proposed. Who makes the commit takes a proposal that is in it and refuses
 * another one. Beside it the bare rule: the tokens that an edit replaced, with one token on each side, at the next place
 * below, once it was seen twice; nothing is taken. With `--features FILE`, what was known of each place is
 * written for `python -m byteline_model.next_edit`; `--examples` prints proposals that were wrong.
 */
import { createWriteStream } from 'node:fs';
import { cpus } from 'node:os';
import { basename, dirname } from 'node:path';
import { parseArgs } from 'node:util';
import type { Document } from '../../server/documents/document.ts';
import { type Candidate, candidatesIn, rulesIn, type Searched } from '../../server/edits/candidates.ts';
import { hunksOf } from '../../server/edits/diff.ts';
import { NAMES } from '../../server/edits/features.ts';
import { EditHistory } from '../../server/edits/history.ts';
import { type NextEditHost, NextEdits } from '../../server/edits/nextEdit.ts';
import { nameOf, type Rule } from '../../server/edits/rule.ts';
import { isName, TokenisedText, tokensOf } from '../../server/edits/tokens.ts';
import { PRECISION } from '../../server/edits/weights.ts';
import { commitsOf, GROUPS, type LineEdit } from './commits.ts';
import { randomFrom } from './cursors.ts';
import { type Proposed, Replay } from './replay.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    most: { type: 'string', default: '150' },
    language: { type: 'string', default: 'typescript' },
    precision: { type: 'string', default: `${PRECISION}` },
    features: { type: 'string' },
    examples: { type: 'boolean', default: false },
  },
});
if (!positionals.length || !GROUPS[values.language])
  throw new Error(`usage: edits.ts REPOSITORY... [--language ${Object.keys(GROUPS).join('|')}] [--most N]`);

const precision = Number(values.precision);
/** Places of one rule that go into the features of a step, the next ones. */
const MOST_PLACES = 6;
/** Other documents whose places do. */
const MOST_OTHERS = 3;

const KINDS = ['replacement', 'insertion', 'deletion', 'rename', 'formatting'] as const;
type Kind = (typeof KINDS)[number];

interface Counts {
  edits: number;
  proposals: number;
  right: number;
}
interface Tally {
  kinds: Record<Kind, Counts>;
  /** Edits that a proposal finished. */
  done: number;
  keys: number;
  bare: Counts;
  /** Commits without repeats, and proposals there that were wrong. */
  quiet: number;
  wrongThere: number;
  ms: number[];
}
const counts = (): Counts => ({ edits: 0, proposals: 0, right: 0 });
const tally = (): Tally => ({
  kinds: Object.fromEntries(KINDS.map((kind) => [kind, counts()])) as Tally['kinds'],
  done: 0,
  keys: 0,
  bare: counts(),
  quiet: 0,
  wrongThere: 0,
  ms: [],
});

const out = values.features ? createWriteStream(values.features) : undefined;
out?.write(`${JSON.stringify(NAMES)}\n`);
const tallies = new Map<string, { diff: Tally; shuffled: Tally }>();

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
      if (out) write(replay, history, document, offset, `${at} ${step}.${asked}`, written);
      const began = performance.now();
      const found = await edits.propose(document, document.positionAt(offset), { precision });
      t.ms.push(performance.now() - began);
      if (typeof found === 'string') break;
      const { place } = found.found[0];
      const proposed = proposedAt(place);
      const counted = t.kinds[kindOfRule(found.known.rule)];
      counted.proposals++;
      const edit = replay.rightOf(proposed);
      document = replay.documents.get(proposed.uri)!;
      if (!edit) {
        if (isQuiet) t.wrongThere++;
        if (values.examples) console.error(example(found.known.rule, found.known.uses.length, proposed, document));
        edits.refuse(found.rule, document, proposed.from);
        [document, offset] = [made.document, made.offset];
        continue;
      }
      counted.right++;
      t.keys += proposed.newText.length + proposed.to - proposed.from - 2;
      if (replay.take(proposed, edit)) t.done++;
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
    const next = candidatesIn({ ...known, uses: same }, here).find(
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
  document: Document,
  offset: number,
  step: string,
  written: Set<string>,
): void {
  const others = [...replay.documents.values()].filter((one) => one !== document).slice(0, MOST_OTHERS);
  const searched = [{ ...searchedOf(document), offset }, ...others.map(searchedOf)];
  for (const known of rulesIn(history.edits))
    for (const one of searched)
      for (const place of fromCursor(candidatesIn(known, one), one).slice(0, MOST_PLACES)) {
        // who refuses a place is asked again when its rule was followed once more
        const key = JSON.stringify([known.rule.key, known.uses.length, one.uri, lineOf(one, place)]);
        if (written.has(key)) continue;
        written.add(key);
        const right = replay.rightOf(proposedAt(place)) ? 1 : 0;
        out!.write(`${JSON.stringify([step, right, place.features.map(Number).join('')])}\n`);
      }
}

function kindOf({ old, made }: LineEdit): Kind {
  if (old.length === 0) return 'insertion';
  if (made.length === 0) return 'deletion';
  const [a, b] = [tokensOf(old.join('\n')), tokensOf(made.join('\n'))];
  const hunks = hunksOf(a, b);
  if (hunks.length === 0) return 'formatting';
  const isRename = hunks.every(
    ({ from, to, newFrom, newTo }) =>
      to - from === 1 && newTo - newFrom === 1 && isName(a[from].text) && isName(b[newFrom].text),
  );
  return isRename ? 'rename' : 'replacement';
}

function kindOfRule(rule: Rule): Kind {
  if (nameOf(rule)) return 'rename';
  return rule.old.length === 0 ? 'insertion' : rule.made.length === 0 ? 'deletion' : 'replacement';
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

/** Prints the tables: sums over repositories, with intervals by drawing repositories again (Efron 1979). */
function report(): void {
  console.log(
    `${cpus()[0].model}, ${new Date().toISOString().slice(0, 10)}, ${values.language}, precision ${precision}`,
  );
  for (const order of ['diff', 'shuffled'] as const) {
    const all = [...tallies].map(([name, both]) => ({ name, t: both[order] }));
    console.log(`\n${order === 'diff' ? 'in the order of the diff' : 'shuffled'}:`);
    console.log('| repository | edits | proposals | right | share of edits | bare rule right | its share |');
    console.log('|---|---:|---:|---:|---:|---:|---:|');
    for (const { name, t } of all) console.log(row(name, [t]));
    const sums = all.map(({ t }) => t);
    console.log(row('all', sums));
    const [low, high] = [interval(sums, rightShare), interval(sums, proposedShare)];
    console.log(`right ${low}, share of edits ${high}`);
    for (const kind of KINDS) {
      const [edits, proposals, right] = (['edits', 'proposals', 'right'] as const).map((of) =>
        sum(sums.map(({ kinds }) => kinds[kind][of])),
      );
      console.log(`${kind}: ${edits} edits, ${proposals} proposals, ${percent(right, proposals)} right`);
    }
    const ms = sums.flatMap((t) => t.ms).sort((a, b) => a - b);
    const [quiet, wrong] = [sum(sums.map((t) => t.quiet)), sum(sums.map((t) => t.wrongThere))];
    console.log(`wrong in a commit without repeats: ${(wrong / quiet).toFixed(3)} (${quiet} commits)`);
    const [keys, edits] = [sum(sums.map((t) => t.keys)), sum(sums.map(editsOf))];
    const at = (p: number) => `${ms[Math.floor(ms.length * p)].toFixed(1)} ms`;
    console.log(`keys saved: ${(keys / edits).toFixed(1)} for each edit; asked: p50 ${at(0.5)}, p95 ${at(0.95)}`);
  }
}

function row(name: string, ts: Tally[]): string {
  const b = { proposals: sum(ts.map((t) => t.bare.proposals)), right: sum(ts.map((t) => t.bare.right)) };
  const made = sum(ts.map((t) => t.bare.edits));
  const [edits, proposals] = [sum(ts.map(editsOf)), sum(ts.map((t) => of(t, 'proposals')))];
  return `| ${name} | ${edits} | ${proposals} | ${rightShare(ts)} | ${proposedShare(ts)} | ${percent(b.right, b.proposals)} | ${percent(b.proposals, made)} |`;
}

const sum = (numbers: number[]) => numbers.reduce((a, b) => a + b, 0);
const of = (t: Tally, what: keyof Counts) => sum(KINDS.map((kind) => t.kinds[kind][what]));
const editsOf = (t: Tally) => of(t, 'edits');
const percent = (a: number, b: number) => (b ? `${((100 * a) / b).toFixed(1)}%` : '–');
const rightShare = (ts: Tally[]) => percent(sum(ts.map((t) => of(t, 'right'))), sum(ts.map((t) => of(t, 'proposals'))));
const proposedShare = (ts: Tally[]) => percent(sum(ts.map((t) => of(t, 'proposals'))), sum(ts.map(editsOf)));

/** 95% of 2,000 draws of as many repositories. */
function interval(ts: Tally[], share: (ts: Tally[]) => string): string {
  const draw = randomFrom(7);
  const drawn = Array.from({ length: 2000 }, () => parseFloat(share(ts.map(() => ts[draw(ts.length)])))).sort(
    (a, b) => a - b,
  );
  return `${share(ts)} (${drawn[50]} to ${drawn[1949]})`;
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
report();
