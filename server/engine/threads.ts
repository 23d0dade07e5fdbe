/** How many threads a call takes: measured once for a machine and a model, then remembered by the client. */
import { availableParallelism, cpus } from 'node:os';
import { Cache } from './cache.ts';
import type { Engine } from './engine.ts';
import type { ModelFile } from './manifest.ts';

/** More threads must be faster by so much: they take cores from the editor. */
export const GAIN = 0.9;
const RUNS = 5;

/** Names this machine and a model's file. */
export function machineKey(file: ModelFile): string {
  return `${cpus()[0]?.model.trim()} x ${availableParallelism()}, ${file.sha256.slice(0, 16)}`;
}

/** Powers of two up to half of the machine's logical cores, from one on. */
export function candidates(cores = availableParallelism()): number[] {
  return [1, 2, 4, 8].filter((n) => n === 1 || n <= cores / 2);
}

/** Milliseconds (the best of a few runs) of what a completion costs: a chunk of the prompt and four patches. */
export async function cost(engine: Engine): Promise<number> {
  const { patch, context } = engine.architecture;
  const text = Uint8Array.from({ length: Math.min(context / 2, 1024) }, (_, i) => 32 + ((i * 7919) % 90));
  const cache = new Cache(engine.architecture);
  await engine.open(cache, text);
  const times: number[] = [];
  for (let i = 0; i < RUNS; i++) {
    cache.truncate(text.length / patch - 32);
    const began = performance.now();
    await engine.open(cache, text);
    for (let j = 0; j < 3; j++) await engine.open(cache, text);
    times.push(performance.now() - began);
  }
  return Math.min(...times);
}

/**
 * The number of threads to use. `measure` tells what a call costs with so many, ms (`cost` of an engine loaded for it);
 * it is asked for more threads as long as they pay. Undefined as soon as it says undefined: nobody wants to know any
 * more.
 */
export async function probe(
  measure: (threads: number) => Promise<number | undefined>,
  among = candidates(),
): Promise<number | undefined> {
  let [best, least] = [among[0], Infinity];
  for (const threads of among) {
    const ms = await measure(threads);
    if (ms === undefined) return undefined;
    if (ms > least * GAIN) break;
    [best, least] = [threads, ms];
  }
  return best;
}
