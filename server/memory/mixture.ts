/**
 * The model's distribution and the index's, mixed: p = (1 - w) p_model + w p_index, with a weight for each kind of match, learned by expectation
 * maximisation from text that neither has seen. Every distribution is over the 256 bytes, so the mixture is one, too.
 */
import { LONGEST, type Followers } from './textIndex.ts';

/** Lower ends of the classes of match lengths. */
const LENGTHS = [0, 6, 8, 10, 12, 16, 20, 28, LONGEST];
const SHARES = 6;
const COUNTS = 4;
export const KINDS = LENGTHS.length * SHARES * COUNTS;

/** Which kind of match it is: how long, how much of it goes to the first choice, how often it was seen. */
export function kindOf({ bytes, longest, count }: Followers): number {
  const length = LENGTHS.findLastIndex((low) => longest >= low);
  const share = Math.min(SHARES - 1, Math.floor((bytes[0]?.share ?? 0) * (SHARES - 0.001)));
  return (length * SHARES + share) * COUNTS + Math.min(COUNTS - 1, Math.floor(Math.log2(1 + count)));
}

/** The probability of one byte under the model and under the index, and the kind of match. */
export interface Case { model: number; index: number; kind: number }

/** The weight of the index for each kind, 0 to 1. */
export function learn(cases: Case[], rounds = 12): Float64Array {
  const weights = new Float64Array(KINDS).fill(0.5);
  for (let round = 0; round < rounds; round++) {
    const [ours, all] = [new Float64Array(KINDS), new Float64Array(KINDS)];
    for (const { model, index, kind } of cases) {
      const w = weights[kind];
      ours[kind] += (w * index) / Math.max(1e-12, w * index + (1 - w) * model);
      all[kind]++;
    }
    weights.forEach((_, kind) => (weights[kind] = (ours[kind] + 0.1) / (all[kind] + 1)));
  }
  return weights;
}

export const mixed = ({ model, index, kind }: Case, weights: Float64Array) => (1 - weights[kind]) * model + weights[kind] * index;
