/** What a model thinks of an edit: bits of what stands at a place, less those of what would stand there. */
import { Cache } from '../engine/cache.ts';
import type { Engine } from '../engine/engine.ts';
import type { Mix } from '../engine/verification.ts';
import { encode, limitsOf, promptAt } from '../prompt/around.ts';
import { SENTINELS } from '../prompt/sequence.ts';

/** An edit of a text: UTF-16 units [from, to) become `newText`. */
export interface Replacement {
  from: number;
  to: number;
  newText: string;
}

/** Text before and behind a place that the model sees, UTF-16 units: a patch costs a millisecond and more. */
const [BEFORE, BEHIND] = [96, 48];
/** Bytes of an old or a new text that are scored. */
const MOST = 96;

/**
 * So many bits the new text costs less than the old one, both given what stands around and with their end; undefined
 * where one of them is too long. One cache serves both: they differ in the middle alone. Throws what the engine throws.
 */
export async function gainOf(
  engine: Engine,
  text: string,
  { from, to, newText }: Replacement,
  path: string,
  mix?: Mix,
): Promise<number | undefined> {
  const [before, behind] = [text.slice(Math.max(0, from - BEFORE), from), text.slice(to, to + BEHIND)];
  const prompt = promptAt(before + behind, before.length, path, limitsOf(engine.architecture, MOST));
  const cache = new Cache(engine.architecture);
  const bits: number[] = [];
  for (const middle of [text.slice(from, to), newText]) {
    const bytes = encode(middle);
    if (bytes.length > MOST) return undefined;
    const all = Buffer.concat([prompt, bytes, Uint8Array.of(SENTINELS.EOM)]);
    const logps = await engine.score(all, prompt.length, cache, mix);
    bits.push(-logps.reduce((a, b) => a + b, 0) / Math.LN2);
  }
  return bits[0] - bits[1];
}
