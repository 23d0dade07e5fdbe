/**
 * Sorts numbers, each with another one that goes with it, in steps: by one group of bits after the other, the lowest
 * first.
 */

/** Bits of a group. */
const GROUP = 10;
/** Numbers that are looked at between two turns of other work. */
const STEP = 1 << 14;

export interface Pairs {
  keys: Uint32Array;
  values: Uint32Array;
}

/** Sorted by the lowest `bits` of the keys; pairs with the same ones stay in their order. What was given is used up. */
export function* radixSort(from: Pairs, bits: number): Generator<void, Pairs> {
  let to: Pairs = { keys: new Uint32Array(from.keys.length), values: new Uint32Array(from.keys.length) };
  for (let shift = 0; shift < bits; shift += GROUP) {
    const next = new Uint32Array((1 << GROUP) + 1);
    for (let at = 0; at < from.keys.length; at += STEP, yield) count(from.keys.subarray(at, at + STEP), shift, next);
    for (let i = 0; i < 1 << GROUP; i++) next[i + 1] += next[i];
    for (let at = 0; at < from.keys.length; at += STEP, yield)
      distribute(from, at, Math.min(at + STEP, from.keys.length), shift, next, to);
    [from, to] = [to, from];
  }
  return from;
}

function count(keys: Uint32Array, shift: number, counts: Uint32Array): void {
  for (let i = 0; i < keys.length; i++) counts[((keys[i] >>> shift) & ((1 << GROUP) - 1)) + 1]++;
}

function distribute(from: Pairs, start: number, end: number, shift: number, next: Uint32Array, to: Pairs): void {
  for (let i = start; i < end; i++) {
    const at = next[(from.keys[i] >>> shift) & ((1 << GROUP) - 1)]++;
    to.keys[at] = from.keys[i];
    to.values[at] = from.values[i];
  }
}
