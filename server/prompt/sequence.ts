/**
 * The byte sequence that the model reads (Bavarian et al. 2022, arXiv 2207.14255, suffix first): the same table and
 * layout as model/byteline_model/sequence.py, held together by test/fixtures/sequence.json.
 *
 *     BOS [FILE path LF text]*  SUF suffix  PAD..  PRE path LF [TAIL rest-of-line LF] prefix | middle EOM
 */
export const SENTINELS = { BOS: 0xff, PAD: 0xfe, PRE: 0xfd, SUF: 0xfc, EOM: 0xfb, FILE: 0xfa, TAIL: 0xf9 } as const;
export const LF = 0x0a;
const { BOS, PAD, PRE, SUF, FILE, TAIL } = SENTINELS;

/** What stands around a cursor, as UTF-8 bytes without sentinels (see `clean`). */
export interface Prompt {
  path: Uint8Array;
  prefix: Uint8Array;
  /** The rest of the cursor's line, without its line feed. */
  rest: Uint8Array;
  /** From the next line on. */
  suffix: Uint8Array;
  files: { path: Uint8Array; text: Uint8Array }[];
}

/** Replaces bytes that stand for sentinels by `?`; valid UTF-8 has none, so it passes unchanged. */
export function clean(text: Uint8Array): Uint8Array {
  return text.some((b) => b >= TAIL) ? text.map((b) => (b >= TAIL ? 0x3f : b)) : text;
}

/** Everything before the prefix: its length is a multiple of `patch`, so the prefix starts at a patch boundary. */
export function header(p: Prompt, patch: number): Uint8Array {
  const before: Uint8Array[] = [Uint8Array.of(BOS)];
  for (const file of p.files) before.push(Uint8Array.of(FILE), file.path, Uint8Array.of(LF), file.text);
  before.push(Uint8Array.of(SUF), p.suffix);
  const after: Uint8Array[] = [Uint8Array.of(PRE), p.path, Uint8Array.of(LF)];
  if (!isBlank(p.rest)) after.push(Uint8Array.of(TAIL), p.rest, Uint8Array.of(LF));
  return pad(before, after, patch);
}

/** Header of a text that is read from its start, with nothing after it: BOS PAD.. PRE path LF. */
export function plain(path: Uint8Array, patch: number): Uint8Array {
  return pad([Uint8Array.of(BOS)], [Uint8Array.of(PRE), path, Uint8Array.of(LF)], patch);
}

/** Whether a text has nothing but ASCII's blanks. */
export function isBlank(text: Uint8Array): boolean {
  return text.every((b) => b === 0x20 || (b >= 0x09 && b <= 0x0d));
}

function pad(before: Uint8Array[], after: Uint8Array[], patch: number): Uint8Array {
  const length = [...before, ...after].reduce((n, part) => n + part.length, 0);
  const fill = new Uint8Array((patch - (length % patch)) % patch).fill(PAD);
  return Buffer.concat([...before, fill, ...after]);
}
