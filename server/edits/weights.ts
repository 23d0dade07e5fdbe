/** What replayed commits taught: `python -m byteline_model.next_edit` writes it. */
import { NAMES, type Network } from './features.ts';
import trained from './weights.json' with { type: 'json' };

/** So much of what is proposed by itself is right, unless a setting says otherwise. */
export const PRECISION = 0.8;

export const NETWORK: Network = {
  ...trained,
  hidden: NAMES.map((name) => (trained.hidden as Record<string, number[]>)[name]),
};

/**
 * By the least probability of what is proposed: the share of it that is right, by `test/bench/edits.ts --least` on five
 * training repositories that the weights had not seen for it, in the mean of the two orders.
 */
const SHARES = Object.entries(trained.precision)
  .map(([least, right]): [least: number, right: number] => [Number(least), right])
  .sort(([a], [b]) => a - b);

/** The least probability of a place with which the share `precision` of what is proposed is right. */
export function leastProbability(precision: number): number {
  const at = SHARES.findIndex(([, right]) => right >= precision);
  if (at < 0) return 1;
  const [least, right] = SHARES[at];
  const [before, wrong] = SHARES[at - 1] ?? [0, 0];
  return before + ((least - before) * (precision - wrong)) / (right - wrong);
}
