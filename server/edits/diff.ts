/** What two runs of tokens share. Pure. */
import type { Token } from './tokens.ts';

/** Tokens [from, to) of the old run gave way to tokens [newFrom, newTo) of the new one. */
export interface Hunk {
  from: number;
  to: number;
  newFrom: number;
  newTo: number;
}

/** Longer runs, in tokens, are compared from their ends alone: one hunk. */
const LONGEST = 400;

/**
 * The hunks between two runs of tokens, in order, by a longest common subsequence (Wagner and Fischer 1974); none where
 * they are the same.
 */
export function hunksOf(old: Token[], made: Token[]): Hunk[] {
  let start = 0;
  const shorter = Math.min(old.length, made.length);
  while (start < shorter && old[start].text === made[start].text) start++;
  let end = 0;
  while (end < shorter - start && old[old.length - 1 - end].text === made[made.length - 1 - end].text) end++;
  const whole = { from: start, to: old.length - end, newFrom: start, newTo: made.length - end };
  if (whole.from === whole.to && whole.newFrom === whole.newTo) return [];
  if (whole.from === whole.to || whole.newFrom === whole.newTo) return [whole];
  if (whole.to - whole.from > LONGEST || whole.newTo - whole.newFrom > LONGEST) return [whole];
  return within(old, made, whole);
}

function within(old: Token[], made: Token[], { from, to, newFrom, newTo }: Hunk): Hunk[] {
  const [rows, columns] = [to - from, newTo - newFrom];
  const width = columns + 1;
  /** Of the rests from row i and column j on: [rows + 1, columns + 1]. */
  const shared = new Uint16Array((rows + 1) * width);
  for (let i = rows - 1; i >= 0; i--)
    for (let j = columns - 1; j >= 0; j--)
      shared[i * width + j] =
        old[from + i].text === made[newFrom + j].text
          ? shared[(i + 1) * width + j + 1] + 1
          : Math.max(shared[(i + 1) * width + j], shared[i * width + j + 1]);
  const hunks: Hunk[] = [];
  let [i, j] = [0, 0];
  let open: Hunk | undefined;
  while (i < rows || j < columns) {
    if (i < rows && j < columns && old[from + i].text === made[newFrom + j].text) {
      [open, i, j] = [undefined, i + 1, j + 1];
      continue;
    }
    if (!open) hunks.push((open = { from: from + i, to: from + i, newFrom: newFrom + j, newTo: newFrom + j }));
    const goesOld = j === columns || (i < rows && shared[(i + 1) * width + j] >= shared[i * width + j + 1]);
    if (goesOld) open.to = from + ++i;
    else open.newTo = newFrom + ++j;
  }
  return hunks;
}

/** How many tokens must go or come to make one run of the other. */
export const distance = (old: Token[], made: Token[]): number =>
  hunksOf(old, made).reduce((n, { from, to, newFrom, newTo }) => n + to - from + newTo - newFrom, 0);
