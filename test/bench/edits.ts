/**
 * Next edits on commits that were made:
 *
 *     npx tsx test/bench/edits.ts REPOSITORY... [--most 150] [--language typescript] [--precision 0.8] [--fit]
 */
import { writeFileSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { parseArgs } from 'node:util';
import { type Candidate, candidatesIn, FEATURES, probabilityOf, rulesIn } from '../../server/edits/candidates.ts';
import { distance } from '../../server/edits/diff.ts';
import { EditHistory } from '../../server/edits/history.ts';
import { nameOf, type Rule } from '../../server/edits/rule.ts';
import { tokensOf } from '../../server/edits/tokens.ts';
import { WEIGHTS } from '../../server/edits/weights.ts';
import { commitsOf, GROUPS, type LineEdit } from './commits.ts';
import { randomFrom } from './cursors.ts';
import { Replay } from './replay.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    most: { type: 'string', default: '150' },
    language: { type: 'string', default: 'typescript' },
    precision: { type: 'string', default: '0.8' },
    dump: { type: 'string' },
    examples: { type: 'boolean', default: false },
  },
});

const least = Number(values.precision);
type Row = { repository: string; commit: string; step: number; order: string; x: number[]; y: number };
const rows: Row[] = [];
interface Tally {
  edits: number;
  proposals: number;
  right: number;
  ms: number[];
  bareProposals: number;
  bareRight: number;
  repeats: number;
  quiet: number;
  falseQuiet: number;
}
const none = (): Tally => ({
  edits: 0,
  proposals: 0,
  right: 0,
  ms: [],
  bareProposals: 0,
  bareRight: 0,
  repeats: 0,
  quiet: 0,
  falseQuiet: 0,
});

for (const repository of positionals) {
  const name = basename(dirname(repository));
  for (const order of ['diff', 'shuffled'] as const) {
    const draw = randomFrom(1);
    const random = () => draw(1e6) / 1e6;
    const t = none();
    for (const commit of commitsOf(repository, GROUPS[values.language], Number(values.most))) {
      const replay = new Replay(commit, order, random);
      const history = new EditHistory();
      for (const document of replay.documents.values()) history.opened(document);
      const hasRepeats = repeatsIn(commit.edits);
      if (!hasRepeats) t.quiet++;
      for (let step = 0, next = replay.next(); next; next = replay.next(), step++) {
        const { document, edit, offset } = next;
        t.edits++;
        history.changed(document);
        const began = performance.now();
        const rules = rulesIn(history.edits);
        const here = { uri: document.uri, text: document.slice(), offset };
        const others = [...replay.documents.values()]
          .filter((d) => d !== document)
          .slice(0, 8)
          .map((d) => ({ uri: d.uri, text: d.slice() }));
        let found = rules.flatMap((known) => candidatesIn(known, here));
        const rate = (c: Candidate) => ({ c, p: probabilityOf(c.features, WEIGHTS) });
        let rated = found.map(rate).sort((a, b) => b.p - a.p);
        if (!rated.some(({ p }) => p >= least)) {
          const far = others.flatMap((one) => rules.flatMap((known) => candidatesIn(known, one)));
          found = [...found, ...far];
          rated = found.map(rate).sort((a, b) => b.p - a.p);
        }
        t.ms.push(performance.now() - began);
        if (values.dump) {
          const per = new Map<string, number>();
          for (const { c } of rated) {
            const n = per.get(c.known.rule.key) ?? 0;
            per.set(c.known.rule.key, n + 1);
            if (n >= 6) continue;
            rows.push({
              repository: name,
              commit: commit.id,
              step,
              order,
              x: c.features,
              y: replay.rightOf(c) ? 1 : 0,
            });
          }
        }
        const best = rated[0];
        if (best && best.p >= least) {
          t.proposals++;
          const right = replay.rightOf(best.c);
          if (right) t.right++;
          else {
            if (!hasRepeats) t.falseQuiet++;
            if (values.examples) {
              const text = replay.documents.get(best.c.uri)!.slice(best.c.from - 30, best.c.to + 30);
              console.error(
                `${best.p.toFixed(2)} ${best.c.known.uses.length} ${best.c.known.rule.key} :: ${JSON.stringify(text)} -> ${JSON.stringify(best.c.newText)} | after ${JSON.stringify(edit.old)} ${JSON.stringify(edit.made)}`,
              );
            }
          }
        }
        // the bare rule
        const bare = rules
          .filter(({ age, uses }) => age === 0 && uses.length >= 2)
          .flatMap((known) => candidatesIn(known, here))
          .find((c) => c.from >= offset && c.left >= 1 && c.right >= 1);
        if (bare) {
          t.bareProposals++;
          if (replay.rightOf(bare)) t.bareRight++;
        }
      }
    }
    t.ms.sort((a, b) => a - b);
    const pc = (a: number, b: number) => (b ? `${((100 * a) / b).toFixed(1)}%` : '–');
    console.log(
      `${name} ${order}: edits ${t.edits}, proposals ${t.proposals} (${pc(t.proposals, t.edits)}), right ${pc(t.right, t.proposals)}; bare ${pc(t.bareProposals, t.edits)} ${pc(t.bareRight, t.bareProposals)}; false per commit without repeats ${(t.falseQuiet / Math.max(1, t.quiet)).toFixed(3)} (${t.quiet}); p50 ${t.ms[t.ms.length >> 1]?.toFixed(1)} p95 ${t.ms[Math.floor(t.ms.length * 0.95)]?.toFixed(1)} ms`,
    );
  }
}
if (values.dump) writeFileSync(values.dump, rows.map((r) => JSON.stringify(r)).join('\n'));

/** Whether two edits of a commit do the same. */
function repeatsIn(edits: LineEdit[]): boolean {
  const seen = new Set<string>();
  for (const { old, made } of edits) {
    const [a, b] = [tokensOf(old.join('\n')), tokensOf(made.join('\n'))];
    let i = 0;
    while (i < Math.min(a.length, b.length) && a[i].text === b[i].text) i++;
    let j = 0;
    while (j < Math.min(a.length, b.length) - i && a[a.length - 1 - j].text === b[b.length - 1 - j].text) j++;
    const key = JSON.stringify([
      a.slice(i, a.length - j).map((t) => t.text),
      b.slice(i, b.length - j).map((t) => t.text),
    ]);
    if (seen.has(key)) return true;
    seen.add(key);
  }
  return false;
}
void distance;
void nameOf;
void FEATURES;
void ({} as Rule);
