/** The patch that a call decodes, as its outputs `bytes` and `dist` have it (model/byteline_model/graph.py). */
import type { Tensors } from './feeds.ts';

/**
 * The open patch: its bytes, and the log-probability (nats) of each under the UTF-8 mask. After a draft, any number of
 * bytes.
 */
export interface Patch {
  bytes: Uint8Array;
  logp: Float32Array;
  /** Log-probabilities of all bytes in the places of the last few, those that were decoded at least: [places, 256]. */
  dist: Float32Array;
}

/** The open patch of each text of a call: bytes [B, P] and dist [B, P, 256]. */
export function patchesOf({ bytes, dist }: Tensors): Patch[] {
  const [B, P] = bytes.dims;
  return Array.from({ length: B }, (_, b) => {
    const made = Uint8Array.from((bytes.data as Int32Array).subarray(b * P, (b + 1) * P));
    const all = (dist.data as Float32Array).subarray(b * P * 256, (b + 1) * P * 256);
    return { bytes: made, logp: Float32Array.from(made, (byte, i) => all[i * 256 + byte]), dist: all };
  });
}
