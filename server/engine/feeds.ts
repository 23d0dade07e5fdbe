/** The tensors that calls of the graph share; model/byteline_model/graph.py says what each input is. */
import { Tensor } from 'onnxruntime-node';
import type { Architecture } from './manifest.ts';
import type { Matches } from './matches.ts';

export type Tensors = Record<string, Tensor>;

/** Added to an attention's logit where a row is not to be seen. */
export const MASKED = -1e9;
export const floats = (data: Float32Array, dims: number[]) => new Tensor('float32', data, dims);
export const ints = (values: ArrayLike<number>, dims: number[]) =>
  new Tensor('int32', values instanceof Int32Array ? values : Int32Array.from(values), dims);
const longs = (values: number[]) => new Tensor('int64', BigInt64Array.from(values, BigInt), [values.length]);

/** Names of the keys and values of all layers: gk0 gv0 gk1 .. */
export const rowsOf = (kind: 'g' | 'l', layers: number) =>
  Array.from({ length: 2 * layers }, (_, i) => `${kind}${i % 2 ? 'v' : 'k'}${i >> 1}`);

/**
 * Where the bytes of a call stand: `at` before the N fresh ones, `end` before the open patch; `pos` numbers the new
 * global rows of the whole batch.
 */
export function placeFeeds(
  { patch: P, window: W }: Architecture,
  at: number,
  N: number,
  end: number,
  pos: number[],
): Tensors {
  return {
    at: longs([at]),
    end: longs([end]),
    pos: longs(pos),
    block: floats(band(N, W, at), [1, N, W + N]),
    steps: floats(band(P, W, end), [P, W + P]),
  };
}

/** Known bytes of the open patch of each text of a batch. */
export function forcedFeed(patch: number, forced: Uint8Array[]): Tensor {
  return ints(
    forced.flatMap((known) => Array.from({ length: patch }, (_, i) => (i < known.length ? known[i] : -1))),
    [forced.length, patch],
  );
}

/** The last `reach - 1` bytes of `text` (column t + 1 is byte t) before byte `end`; zeros where nothing stands. */
export function recentBytes(text: Int32Array, end: number, reach: number): number[] {
  return Array.from({ length: reach - 1 }, (_, i) => (end - reach + 1 + i < 0 ? 0 : text[end - reach + 2 + i]));
}

/** What n-grams of the open patch are looked up in. */
export function matchFeeds(
  m: { text: Int32Array; codes: Int32Array; places: Int32Array },
  table: Pick<Matches, 'buckets' | 'slots'>,
  count: number,
  orders: number,
): Tensors {
  const wide = m.text.length / count;
  return {
    text: ints(m.text, [count, wide]),
    codes: ints(m.codes, [count, orders, wide + 1]),
    places: ints(m.places, [count, orders, wide + 1]),
    buckets: ints(table.buckets, [table.buckets.length / table.slots, table.slots]),
  };
}

/** The last few bands: nearly every call wants that of a full chunk or of one patch, with enough bytes before. */
const bands = new Map<string, Float32Array>();

/**
 * Which of the W rows before and n own rows each of n bytes sees, when only `present` bytes stand before: [n, W + n].
 */
function band(n: number, W: number, present: number): Float32Array {
  const key = `${n} ${W} ${Math.min(present, W)}`;
  const known = bands.get(key);
  if (known) return known;
  const out = new Float32Array(n * (W + n)).fill(MASKED);
  for (let i = 0; i < n; i++) out.fill(0, i * (W + n) + Math.max(i + 1, W - present), i * (W + n) + i + W + 1);
  if (bands.size >= 8) bands.clear();
  bands.set(key, out);
  return out;
}
