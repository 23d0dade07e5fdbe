/**
 * Several completions of one place. Greedy bytes are not the best line: of a line the candidates are those that are
 * worth most (`line.ts`) among the ones that a best-first search finds (A*, Hart et al. 1968: none is worth more than
 * a text of all bytes that is as probable as its beginning). Of a block, and of an offer that comes by itself, the
 * first one is greedy, and others leave it where the model was least sure of a byte.
 */
import type { Cache } from '../engine/cache.ts';
import type { Engine } from '../engine/engine.ts';
import { LF } from '../prompt/sequence.ts';
import { type CompleteOptions, type Completion, complete, judgeOf, type None } from './complete.ts';
import { type Fork, Line, logWorth } from './line.ts';

/** Texts that are decoded side by side, and so many times at most: a third time changed one line in eighty. */
const [LANES, ROUNDS] = [4, 2];
/** No less probable line is looked for, nats. */
const LEAST = Math.log(0.02);

/**
 * At most `count` completions that differ, the best first. One alone is greedy, as `complete` makes it. Throws as
 * complete() does.
 */
export async function candidates(
  engine: Engine,
  cache: Cache,
  prompt: Uint8Array,
  count: number,
  o: CompleteOptions,
): Promise<{ first: Completion | None; others: Completion[] }> {
  if (count < 2) return { first: await complete(engine, cache, prompt, o), others: [] };
  const { greedy, lines } = await linesAt(engine, cache, prompt, count, o);
  const texts: Completion[] = [];
  for (const { result } of lines)
    if (result?.kind === 'text' && !texts.some(({ text }) => text.trim() === result.text.trim())) texts.push(result);
  return texts.length ? { first: texts[0], others: texts.slice(1, count) } : { first: greedy, others: [] };
}

/** What was decoded at a place: the greedy completion, and all texts, the best first. */
export interface Decoded {
  greedy: Completion | None;
  lines: Pick<Line, 'result' | 'logprob' | 'worth'>[];
}

/** What candidates() chooses from; where the greedy completion stays the first one, it is the first. */
export async function linesAt(
  engine: Engine,
  cache: Cache,
  prompt: Uint8Array,
  count: number,
  o: CompleteOptions,
): Promise<Decoded> {
  const search = !o.gate && !o.multiline;
  const floor = search ? LEAST : Infinity;
  const judge = () => judgeOf(engine, prompt, { ...o, gate: false, onText: undefined });
  const line = new Line(prompt, judge());
  let forks: Fork[] = [];
  const greedy = await complete(engine, cache, prompt, {
    ...o,
    onText: search ? undefined : o.onText,
    onPatch: (patch, at) => forks.push(...line.take(patch, line.text.length - at, floor)),
  });
  if (greedy.kind === 'none' && !(search && line.result)) return { greedy, lines: [] };
  const most = logWorth(o.maxBytes);
  if (!search) forks = forks.filter(({ at }) => greedy.kind === 'text' && at < prompt.length + greedy.bytes);
  else if (greedy.kind === 'text' && forks.every(({ logprob }) => logprob + most <= line.worth))
    o.onText?.(greedy.text);
  const made: Line[] = [];
  let best = line.worth;
  for (let round = 0; round < (search ? ROUNDS : 1); round++) {
    // others than a first one are wanted in any case
    const least = round === 0 && greedy.kind === 'text' ? -Infinity : Math.max(best - most, LEAST);
    const lanes = round > 0 ? LANES : search ? Math.max(LANES, count - 1) : count - 1;
    forks = forks.filter(({ logprob }) => logprob > least).sort((a, b) => b.logprob - a.logprob);
    if (!forks.length || o.signal?.aborted) break;
    const lines = forks.splice(0, lanes).map((fork) => new Line(prompt, judge(), fork));
    forks.push(...(await decodeAll(engine, cache, prompt, lines, { ...o, least, floor })));
    made.push(...lines);
    best = Math.max(best, ...lines.map(({ worth }) => worth));
  }
  if (search) return { greedy, lines: [line, ...made].sort((a, b) => b.worth - a.worth) };
  return { greedy, lines: [{ result: greedy, logprob: line.logprob, worth: line.worth }, ...made] };
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
