/** What is counted of next edits on commits, and the tables of it. */
import { cpus } from 'node:os';
import { hunksOf } from '../../server/edits/diff.ts';
import { nameOf, type Rule } from '../../server/edits/rule.ts';
import { isName, tokensOf } from '../../server/edits/tokens.ts';
import type { LineEdit } from './commits.ts';
import { randomFrom } from './cursors.ts';

/** Of an edit: lines that come or go, one line for another, lines for another number of lines. */
const KINDS = ['replacement', 'rename', 'insertion', 'deletion', 'block', 'formatting'] as const;
type Kind = (typeof KINDS)[number];
/** One line for another: what the bare rule was published for. */
const LINES: readonly Kind[] = ['replacement', 'rename', 'formatting'];

export interface Counts {
  edits: number;
  proposals: number;
  right: number;
}

export interface Tally {
  kinds: Record<Kind, Counts>;
  /** Characters that right proposals wrote or took away, less two keys each. */
  keys: number;
  bare: Counts;
  /** Commits without repeats, and proposals there that were wrong. */
  quiet: number;
  wrongThere: number;
  ms: number[];
}

const counts = (): Counts => ({ edits: 0, proposals: 0, right: 0 });
export const tally = (): Tally => ({
  kinds: Object.fromEntries(KINDS.map((kind) => [kind, counts()])) as Tally['kinds'],
  keys: 0,
  bare: counts(),
  quiet: 0,
  wrongThere: 0,
  ms: [],
});

export function kindOf({ old, made }: LineEdit): Kind {
  if (old.length === 0) return 'insertion';
  if (made.length === 0) return 'deletion';
  const [a, b] = [tokensOf(old.join('\n')), tokensOf(made.join('\n'))];
  const hunks = hunksOf(a, b);
  if (hunks.length === 0) return 'formatting';
  if (old.length > 1 || made.length > 1) return 'block';
  const isRename = hunks.every(
    ({ from, to, newFrom, newTo }) =>
      to - from === 1 && newTo - newFrom === 1 && isName(a[from].text) && isName(b[newFrom].text),
  );
  return isRename ? 'rename' : 'replacement';
}

export function kindOfRule(rule: Rule): Kind {
  if (nameOf(rule)) return 'rename';
  if (!rule.lines) return 'replacement';
  return rule.old.length === 0 ? 'insertion' : 'deletion';
}

/** Prints the tables: sums over repositories, with intervals by drawing repositories again (Efron 1979). */
export function report(tallies: Map<string, { diff: Tally; shuffled: Tally }>, what: string): void {
  console.log(`${cpus()[0].model}, ${new Date().toISOString().slice(0, 10)}, ${what}`);
  for (const order of ['diff', 'shuffled'] as const) {
    const all = [...tallies].map(([name, both]) => ({ name, t: both[order] }));
    const sums = all.map(({ t }) => t);
    console.log(`\n${order === 'diff' ? 'in the order of the diff' : 'shuffled'}:\n`);
    console.log('| | edits | proposals | right | share of edits | bare rule right | its share |');
    console.log('|---|---:|---:|---:|---:|---:|---:|');
    for (const { name, t } of [...all, { name: 'all', t: undefined }]) console.log(row(name, t ? [t] : sums));
    console.log('\n| kind | edits | proposals | right | share |\n|---|---:|---:|---:|---:|');
    for (const kind of KINDS) console.log(kindRow(kind, sums, [kind]));
    console.log(kindRow('one line for another', sums, LINES));
    const [edits, proposals] = [total(sums, 'edits'), total(sums, 'proposals')];
    const intervals = [
      `right ${interval(sums, (ts) => total(ts, 'right') / total(ts, 'proposals'))}`,
      `share of edits ${interval(sums, (ts) => total(ts, 'proposals') / total(ts, 'edits'))}`,
      `of one line for another ${interval(sums, (ts) => total(ts, 'proposals', LINES) / total(ts, 'edits', LINES))}`,
    ];
    console.log(`\n${proposals} proposals after ${edits} edits: ${intervals.join(', ')}`);
    const ms = sums.flatMap((t) => t.ms).sort((a, b) => a - b);
    const at = (p: number) => `${ms[Math.floor(ms.length * p)].toFixed(1)} ms`;
    const quiet = sum(sums.map((t) => t.quiet));
    const wrong = (sum(sums.map((t) => t.wrongThere)) / quiet).toFixed(3);
    console.log(`wrong in a commit without repeats: ${wrong} (${quiet} commits)`);
    const keys = (sum(sums.map((t) => t.keys)) / edits).toFixed(1);
    console.log(`keys saved: ${keys} for each edit; asked: p50 ${at(0.5)}, p95 ${at(0.95)}, p99 ${at(0.99)}`);
  }
}

function row(name: string, ts: Tally[]): string {
  const [made, proposed, right] = (['edits', 'proposals', 'right'] as const).map((what) =>
    sum(ts.map((t) => t.bare[what])),
  );
  const [edits, proposals] = [total(ts, 'edits'), total(ts, 'proposals')];
  const shares = [percent(total(ts, 'right'), proposals), percent(proposals, edits)];
  const bare = [percent(right, proposed), percent(proposed, made)];
  return `| ${[name, edits, proposals, ...shares, ...bare].join(' | ')} |`;
}

function kindRow(name: string, ts: Tally[], kinds: readonly Kind[]): string {
  const [edits, proposals] = [total(ts, 'edits', kinds), total(ts, 'proposals', kinds)];
  const right = percent(total(ts, 'right', kinds), proposals);
  return `| ${[name, edits, proposals, right, percent(proposals, edits)].join(' | ')} |`;
}

const sum = (numbers: number[]) => numbers.reduce((a, b) => a + b, 0);
const total = (ts: Tally[], what: keyof Counts, kinds: readonly Kind[] = KINDS) =>
  sum(ts.flatMap((t) => kinds.map((kind) => t.kinds[kind][what])));
const percent = (a: number, b: number) => (b ? `${((100 * a) / b).toFixed(1)}%` : '–');

/** 95% of 2,000 draws of as many repositories. */
function interval(ts: Tally[], share: (ts: Tally[]) => number): string {
  const draw = randomFrom(7);
  const drawn = Array.from({ length: 2000 }, () => share(ts.map(() => ts[draw(ts.length)])) || 0);
  drawn.sort((a, b) => a - b);
  const [all, low, high] = [share(ts), drawn[50], drawn[1949]].map((x) => `${(100 * x).toFixed(1)}%`);
  return `${all} (${low} to ${high})`;
}
