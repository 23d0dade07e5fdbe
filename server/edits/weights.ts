/** What replayed commits taught (`npx tsx test/bench/edits.ts --fit`). */

/** What is proposed by itself is right with this probability at least, unless a setting says otherwise. */
export const PRECISION = 0.8;

/** By feature, as candidates.ts lists them. */
export const WEIGHTS: number[] = [
  -2, 2, 0.5, 0.5, 0, 0.2, 0.2, 0, 0.2, 0.2, 0.3, 0.5, 1, 0, 0.2, 0.2, 0.2, -0.5, 0, 0, 0, 0.3, 0.5, 0.2, 0.2, 0, 0, 0,
  -0.3, -0.2, 0.3, -0.3, 0, 0.1, 0, -0.5,
];
