/** Bits per byte of a raw file: windows as in model/byteline_model/bits.py, each byte scored once. */
import type { Engine } from '../engine/engine.ts';
import type { Mix } from '../engine/verification.ts';
import { clean, plain } from '../prompt/sequence.ts';

/**
 * Total bits (base 2) of the bytes of a file, `raw`; `path` is its name for the model. With `mix`, by the distributions
 * that decoding would choose by. Throws what the engine does.
 */
export async function scoreBytes(engine: Engine, raw: Uint8Array, path: string, mix?: Mix): Promise<number> {
  const { patch, context } = engine.architecture;
  const head = plain(clean(Buffer.from(path)).subarray(-256), patch);
  const room = Math.floor((context - head.length) / (2 * patch)) * 2 * patch;
  const text = clean(raw);
  let bits = 0;
  for (let start = 0, scored = 0; scored < text.length; start += room / 2) {
    const piece = text.subarray(start, start + room);
    for (const logp of await engine.score(Buffer.concat([head, piece]), head.length + scored - start, undefined, mix))
      bits -= logp / Math.LN2;
    scored = start + piece.length;
  }
  return bits;
}
