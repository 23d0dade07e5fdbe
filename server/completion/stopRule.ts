/**
 * What a rule is that says where a completion ends. It looks at the bytes so far and says how many of them stay, and
 * why. Once it has said so, it says the same of all that the bytes may go on with: it judges finished lines, and of an
 * unfinished one only what nothing can change any more. So it does not matter at which bytes it looks (`firstStop`).
 */

export type StopReason =
  | 'line'
  | 'block'
  | 'below'
  | 'unbalanced'
  | 'end'
  | 'repetition'
  | 'length'
  | 'rest'
  | 'name'
  | 'confidence';
/** `keep`: so many bytes stay. */
export interface Stop {
  keep: number;
  reason: StopReason;
}
export type StopRule = (bytes: Uint8Array) => Stop | undefined;

/**
 * What stops first as `bytes` grow from `seen` to all of them, and at how many bytes: of the rules that do at the same
 * byte, the one that keeps least.
 */
export function firstStop(rules: StopRule[], bytes: Uint8Array, seen = 0): (Stop & { at: number }) | undefined {
  if (!leastOf(rules, bytes)) return undefined;
  for (let at = seen; ; at++) {
    const stop = leastOf(rules, bytes.subarray(0, at));
    if (stop) return { ...stop, at };
  }
}

const leastOf = (rules: StopRule[], bytes: Uint8Array): Stop | undefined =>
  rules
    .map((rule) => rule(bytes))
    .filter((stop) => stop !== undefined)
    .sort((a, b) => a.keep - b.keep)[0];
