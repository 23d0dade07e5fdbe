/** The texts that a model is scored on, and what is kept of what it said. */
import type { Engine } from '../../server/engine/engine.ts';
import { limitsOf, promptAt } from '../../server/prompt/around.ts';
import { plain } from '../../server/prompt/sequence.ts';
import { characterStart } from '../../server/prompt/utf8.ts';
import type { File } from './sources.ts';

/** Bytes of a file's beginning. */
const BEGINNING = 3400;
/** Steps of a nat; the last value stands for all that is less probable, or forbidden. */
export const [STEPS, LEAST] = [2048, 0xffff];
/** The shares of a file's bytes between which its middle lies. */
export const MIDDLE = [0.4, 0.6];
const FORBIDDEN = -1e9;

/** A text, base64, and from where on its bytes are scored; row `row` of the distributions is that of its first one. */
export interface Scored {
  path: string;
  kind: 'beginning' | 'middle';
  text: string;
  from: number;
  row: number;
}

/** The first bytes of a file, at most `most`, after its path, in whole patches; and where they begin. */
export function beginning({ path, text }: File, { patch }: Engine['architecture'], most = BEGINNING): [Buffer, number] {
  const head = plain(Buffer.from(path), patch);
  const start = Buffer.concat([head, text.subarray(0, most)]);
  return [start.subarray(0, start.length - (start.length % patch)), head.length];
}

/** A part of a file given what stands before and after it, and where it begins. */
export function middle({ path, text }: File, a: Engine['architecture']): [Buffer, number] {
  const [from, to] = MIDDLE.map((share) => characterStart(text, Math.floor(share * text.length)));
  const part = text.subarray(from, Math.min(to, from + a.context / 4));
  const before = text.subarray(0, from).toString();
  const prompt = promptAt(
    before + text.subarray(from + part.length).toString(),
    before.length,
    path,
    limitsOf(a, a.context / 4),
  );
  return [Buffer.concat([prompt, part]), prompt.length];
}

/** Row `row` of distributions, [256], nats. */
export function distributionAt(rows: Buffer, row: number): Float32Array {
  const found = new Float32Array(256);
  for (let b = 0; b < 256; b++) {
    const steps = rows.readUInt16LE(2 * (256 * row + b));
    found[b] = steps === LEAST ? FORBIDDEN : -steps / STEPS;
  }
  return found;
}
