/**
 * Other completions than the most probable one: where the model was least sure of a byte, it takes its second choice,
 * and goes on greedily from there. The candidates are decoded side by side, on the cached prompt.
 */
import type { Cache } from '../engine/cache.ts';
import type { Engine } from '../engine/engine.ts';
import { SENTINELS } from '../prompt/sequence.ts';
import { type CompleteOptions, type Completion, complete, type Growing, judgeOf, type None } from './complete.ts';

/** Log-probability of a byte that the UTF-8 mask forbids, or above. */
const IMPOSSIBLE = -1e8;

/** A text that leaves the first completion with its last byte. */
interface Fork extends Growing {
  /** The sum of its log-probabilities. */
  logprob: number;
}

/**
 * The completion of `complete`, and at most `count - 1` others that differ from it and from each other, the most
 * probable beginnings first. Throws as complete() does.
 */
export async function candidates(
  engine: Engine,
  cache: Cache,
  prompt: Uint8Array,
  count: number,
  o: CompleteOptions,
): Promise<{ first: Completion | None; others: Completion[] }> {
  if (count < 2) return { first: await complete(engine, cache, prompt, o), others: [] };
  const forks: Fork[] = [];
  const sofar: Growing = { text: prompt, logps: [] };
  const first = await complete(engine, cache, prompt, {
    ...o,
    onPatch: (patch, at) => {
      const known = sofar.text.length - at;
      const unsaid = patch.bytes.length - patch.dist.length / 256; // known bytes
      for (let i = known; i < patch.bytes.length; i++) {
        if (i >= unsaid)
          forks.push(...forkAt(sofar, patch.dist.subarray((i - unsaid) * 256, (i - unsaid + 1) * 256), patch.bytes[i]));
        sofar.text = Buffer.concat([sofar.text, patch.bytes.subarray(i, i + 1)]);
        sofar.logps.push(patch.logp[i]);
      }
    },
  });
  if (first.kind === 'none') return { first, others: [] };
  const best = forks
    .filter((fork) => fork.text.length <= prompt.length + first.bytes)
    .sort((a, b) => b.logprob - a.logprob)
    .slice(0, count - 1);
  const all = best.length ? await decodeAll(engine, cache, prompt, best, o) : [];
  const others: Completion[] = [];
  for (const made of all) {
    if (made?.kind === 'text' && ![first, ...others].some(({ text }) => text.trim() === made.text.trim()))
      others.push(made);
  }
  return { first, others };
}

/** The second choice after `sofar`, by the log-probabilities of all bytes there. */
function forkAt({ text, logps }: Growing, dist: Float32Array, chosen: number): Fork[] {
  let second = -1;
  for (let byte = 0; byte < 256; byte++)
    if (byte !== chosen && byte !== SENTINELS.EOM && (second < 0 || dist[byte] > dist[second])) second = byte;
  if (dist[second] < IMPOSSIBLE) return [];
  const all = [...logps, dist[second]];
  return [{ text: Buffer.concat([text, Uint8Array.of(second)]), logps: all, logprob: all.reduce((a, b) => a + b, 0) }];
}

/** Goes on from every fork until each has its result. */
async function decodeAll(
  engine: Engine,
  cache: Cache,
  prompt: Uint8Array,
  forks: Fork[],
  o: CompleteOptions,
): Promise<(Completion | None | undefined)[]> {
  const { patch, context } = engine.architecture;
  const from = Math.min(...forks.map(({ text }) => text.length - 1));
  let at = from - (from % patch);
  const patches = Math.min(
    Math.ceil((prompt.length + o.maxBytes + 1 - at) / patch),
    Math.floor((context - at) / patch),
  );
  const decode = await engine.batch(cache, forks[0].text.subarray(0, at), forks.length, patches, o.memory?.mix);
  const judges = forks.map(() => judgeOf(engine, prompt, { ...o, gate: false, onText: undefined }));
  const results: (Completion | None | undefined)[] = forks.map(() => undefined);
  for (let step = 0; step < patches && results.includes(undefined); step++, at += patch) {
    if (o.signal?.aborted) return [];
    const made = await decode(forks.map(({ text }) => text.subarray(at, at + patch)));
    for (const [i, fork] of forks.entries()) {
      const known = Math.min(patch, fork.text.length - at);
      fork.text = Buffer.concat([fork.text, made[i].bytes.subarray(known)]);
      fork.logps.push(...made[i].logp.subarray(known));
      if (fork.text.length <= at + patch) results[i] ??= judges[i](fork, at + patch);
    }
    await new Promise(setImmediate); // let a cancellation in
  }
  return results;
}
