/**
 * Several completions of one place. Greedy bytes are not the most probable line: of a line the candidates are the most
 * probable ones that a best-first search finds (A*, Hart et al. 1968; with nothing for what is to come, no line is more
 * probable than its beginning). Of a block, and of an offer that comes by itself, the first one is greedy, and others
 * leave it where the model was least sure of a byte.
 */
import type { Cache } from '../engine/cache.ts';
import type { Engine } from '../engine/engine.ts';
import { LF } from '../prompt/sequence.ts';
import { type CompleteOptions, type Completion, complete, judgeOf, type None } from './complete.ts';
import { type Fork, Line } from './line.ts';

/** Texts that are decoded side by side, and so many times: enough for nineteen places in twenty. */
const [LANES, ROUNDS] = [4, 3];
/** No less probable line is looked for, nats. */
const LEAST = Math.log(0.02);

/**
 * At most `count` completions that differ, the most probable first. What a line loses to its first byte all lines that
 * begin with it lose: once that byte is typed, the same line is the first. One alone is greedy, as `complete` makes it.
 * Throws as complete() does.
 */
export async function candidates(
  engine: Engine,
  cache: Cache,
  prompt: Uint8Array,
  count: number,
  o: CompleteOptions,
): Promise<{ first: Completion | None; others: Completion[] }> {
  if (count < 2) return { first: await complete(engine, cache, prompt, o), others: [] };
  const search = !o.gate && !o.multiline;
  const floor = search ? LEAST : Infinity;
  const judge = () => judgeOf(engine, prompt, { ...o, gate: false, onText: undefined });
  const greedy = new Line(prompt, judge());
  let forks: Fork[] = [];
  const first = await complete(engine, cache, prompt, {
    ...o,
    onText: search ? undefined : o.onText,
    onPatch: (patch, at) => forks.push(...greedy.take(patch, greedy.text.length - at, floor)),
  });
  if (first.kind === 'none' && !(search && greedy.result)) return { first, others: [] };
  if (first.kind === 'text') {
    if (!search) forks = forks.filter(({ at }) => at < prompt.length + first.bytes);
    else if (forks.every(({ logprob }) => logprob <= greedy.logprob)) o.onText?.(first.text); // it stays the first
  }
  const made: Line[] = [];
  let best = greedy.logprob;
  for (let round = 0; round < (search ? ROUNDS : 1); round++) {
    // others than a first one are wanted in any case
    const least = round === 0 && first.kind === 'text' ? -Infinity : Math.max(best, LEAST);
    const most = round > 0 ? LANES : search ? Math.max(LANES, count - 1) : count - 1;
    forks = forks.filter(({ logprob }) => logprob > least).sort((a, b) => b.logprob - a.logprob);
    if (!forks.length || o.signal?.aborted) break;
    const lines = forks.splice(0, most).map((fork) => new Line(prompt, judge(), fork));
    const found = await decodeAll(engine, cache, prompt, lines, { ...o, least, floor });
    forks.push(...found);
    made.push(...lines);
    best = Math.max(best, ...lines.map(({ result, logprob }) => (result?.kind === 'text' ? logprob : -Infinity)));
  }
  const all = search ? [greedy, ...made].sort((a, b) => b.logprob - a.logprob) : made;
  if (first.kind === 'none' && best === greedy.logprob) return { first, others: [] };
  const texts: Completion[] = first.kind === 'text' && !search ? [first] : [];
  for (const { result } of all)
    if (result?.kind === 'text' && !texts.some(({ text }) => text.trim() === result.text.trim())) texts.push(result);
  return { first: texts[0], others: texts.slice(1, count) };
}

interface DecodeOptions extends CompleteOptions {
  /** What is no more probable than this is left, and forks are wanted that are more probable than that; nats. */
  least: number;
  floor: number;
}

/** Goes on from every line until each has its result, or is left. Returns the forks on the way. */
async function decodeAll(
  engine: Engine,
  cache: Cache,
  prompt: Uint8Array,
  lines: Line[],
  { least, floor, maxBytes, memory, signal }: DecodeOptions,
): Promise<Fork[]> {
  const goesOn = ({ result, logprob }: Line) => !result && logprob > least;
  const open = lines.filter(goesOn);
  if (!open.length) return [];
  const { patch, context } = engine.architecture;
  const from = Math.min(...open.map(({ text }) => text.length - 1));
  let at = from - (from % patch);
  const patches = Math.min(Math.ceil((prompt.length + maxBytes + 1 - at) / patch), Math.floor((context - at) / patch));
  const decode = await engine.batch(cache, open[0].text.subarray(0, at), open.length, patches, memory?.mix);
  const forks: Fork[] = [];
  const known = new Uint8Array(patch).fill(LF); // all is known of what stands still: nothing is decoded
  for (let step = 0; step < patches && open.some(goesOn) && !signal?.aborted; step++, at += patch) {
    const made = await decode(open.map((line) => (goesOn(line) ? line.text.subarray(at, at + patch) : known)));
    for (const [i, line] of open.entries())
      if (goesOn(line)) forks.push(...line.take(made[i], Math.min(patch, line.text.length - at), floor));
    await new Promise(setImmediate); // let a cancellation in
  }
  return forks;
}
