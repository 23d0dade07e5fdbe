/**
 * Verification of drafted bytes (speculative decoding, Leviathan et al. 2023, with greedy choices: a drafted byte is
 * accepted where it is the most probable one).
 */
import type { Patch } from './patch.ts';

/**
 * Log-probabilities (nats) of all bytes behind `text`, [256], from the model's: what else knows about that byte has its
 * say. Every byte's choice goes through it.
 */
export type Mix = (text: Uint8Array, dist: Float32Array) => Float32Array;

/**
 * The most probable bytes from place `from` of `text` on, as far as `text` goes on with them, and the first that
 * differs. `distAt`: the model's log-probabilities (nats) at a place, [256], given that all of `text` before it stands.
 * `right`: how many bytes of `text`, from its start, stand.
 */
export function verify(
  text: Uint8Array,
  from: number,
  distAt: (i: number) => Float32Array,
  mix: Mix = (_, dist) => dist,
): Patch & { right: number } {
  const [bytes, dist] = [text.slice(from), new Float32Array((text.length - from) * 256)];
  const logp = new Float32Array(bytes.length);
  for (let i = 0; i < bytes.length; i++) {
    const here = mix(text.subarray(0, from + i), distAt(from + i));
    let byte = 0; // the first of equals; a loop, for this is done for every byte
    for (let b = 1; b < 256; b++) if (here[b] > here[byte]) byte = b;
    dist.set(here, i * 256);
    logp[i] = here[byte];
    if (byte === bytes[i]) continue;
    bytes[i] = byte;
    return {
      bytes: bytes.subarray(0, i + 1),
      logp: logp.subarray(0, i + 1),
      dist: dist.subarray(0, (i + 1) * 256),
      right: from + i,
    };
  }
  return { bytes, logp, dist, right: text.length };
}

/** Row i of distributions [n, 256]. */
export const distOf = (dist: Float32Array, i: number) => dist.subarray(i * 256, (i + 1) * 256);
