/**
 * Whether a model's bits say more of a next edit than its probability does:
 *
 *     npx tsx test/bench/editGains.ts MODEL_FOLDER REPOSITORY... [--most 120]
 *
 * Commits in TypeScript and JavaScript are made again in the order of the diff (replay.ts), nothing is taken; the first
 * place of each proposal from a precision of a half on is scored: bits of what stands there less those of what would
 * stand there, each with its end, given 96 characters before and 48 behind. Prints how often a right proposal is above
 * a wrong one by the probability, by the bits and by the bits a byte (0.5: they say nothing), and what a place costs.
 */
import { parseArgs } from 'node:util';
import { EditHistory } from '../../server/edits/history.ts';
import { NextEdits } from '../../server/edits/nextEdit.ts';
import { Cache } from '../../server/engine/cache.ts';
import { Engine } from '../../server/engine/engine.ts';
import { encode, limitsOf, promptAt } from '../../server/prompt/around.ts';
import { SENTINELS } from '../../server/prompt/sequence.ts';
import { commitsOf, GROUPS } from './commits.ts';
import { type Proposed, Replay } from './replay.ts';

/** Text before and behind a place that the model sees, UTF-16 units; bytes of an old or new text that are scored. */
const [BEFORE, BEHIND, MOST] = [96, 48, 96];
/** The least precision of proposals that are scored. */
const PRECISION = 0.5;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { most: { type: 'string', default: '120' } },
});
const [folder, ...repositories] = positionals;
if (!repositories.length) throw new Error('usage: editGains.ts MODEL_FOLDER REPOSITORY... [--most N]');
const engine = await Engine.load(folder);

interface Scored {
  right: boolean;
  probability: number;
  gain: number;
  bytes: number;
}

/** Bits that the new text costs less than the old one; undefined where one is too long. One cache serves both. */
async function gainOf(text: string, { from, to, newText }: Proposed, path: string): Promise<number | undefined> {
  const [before, behind] = [text.slice(Math.max(0, from - BEFORE), from), text.slice(to, to + BEHIND)];
  const prompt = promptAt(before + behind, before.length, path, limitsOf(engine.architecture, MOST));
  const cache = new Cache(engine.architecture);
  const bits: number[] = [];
  for (const middle of [text.slice(from, to), newText]) {
    const bytes = encode(middle);
    if (bytes.length > MOST) return undefined;
    const all = Buffer.concat([prompt, bytes, Uint8Array.of(SENTINELS.EOM)]);
    const logps = await engine.score(all, prompt.length, cache);
    bits.push(-logps.reduce((a, b) => a + b, 0) / Math.LN2);
  }
  return bits[0] - bits[1];
}

const scored: Scored[] = [];
const ms: number[] = [];
for (const repository of repositories)
  for (const commit of commitsOf(repository, GROUPS.typescript, Number(values.most))) {
    const replay = new Replay(commit, 'diff', () => 0);
    const documents = [...replay.documents.values()];
    const history = new EditHistory();
    const edits = new NextEdits(history, {
      others: async (but) => documents.filter((document) => document !== but),
      async *files() {},
      busy: () => false,
    });
    for (const document of documents) history.opened(document);
    for (let made = replay.next(); made; made = replay.next()) {
      history.changed(made.document);
      const position = made.document.positionAt(made.offset);
      const found = await edits.propose(made.document, position, { precision: PRECISION });
      if (typeof found === 'string') continue;
      const [{ place, probability }] = found.found;
      const { uri, tokenised } = place.document;
      const proposed = { ...place, uri };
      const began = performance.now();
      const gain = await gainOf(tokenised.text, proposed, uri.replace('file:///replay/', ''));
      if (gain === undefined) continue;
      ms.push(performance.now() - began);
      const right = replay.rightOf(proposed) !== undefined;
      scored.push({ right, probability, gain, bytes: Math.max(1, place.newText.length + place.to - place.from) });
    }
  }

/** How often a right one is above a wrong one (the area under the curve of Hanley and McNeil 1982). */
function above(by: (one: Scored) => number): string {
  const [right, wrong] = [true, false].map((is) => scored.filter((one) => one.right === is).map(by));
  let wins = 0;
  for (const a of right) for (const b of wrong) wins += a > b ? 1 : a === b ? 0.5 : 0;
  return (wins / (right.length * wrong.length)).toFixed(3);
}

ms.sort((a, b) => a - b);
console.log(`${scored.length} proposals, ${scored.filter(({ right }) => right).length} right; a right one is above by`);
console.log(`probability ${above(({ probability }) => probability)}`);
console.log(`bits ${above(({ gain }) => gain)}, bits a byte ${above(({ gain, bytes }) => gain / bytes)}`);
console.log(
  `a place: median ${ms[ms.length >> 1].toFixed(1)} ms, p95 ${ms[Math.floor(ms.length * 0.95)].toFixed(1)} ms`,
);
await engine.release();
