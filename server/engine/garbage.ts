/** Frees what onnxruntime's outputs leave behind: their memory is outside V8's heap, which sees no reason to collect until 64 MB lie there. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** So many bytes of outputs are left at most. */
const MOST = 8e6;

setFlagsFromString('--expose-gc');
const gc = runInNewContext('gc') as (options: { type: 'minor' }) => void;
let left = 0;

/** Counts outputs that are about to be garbage. */
export function leave(bytes: number): void {
  left += bytes;
  if (left < MOST) return;
  left = 0;
  gc({ type: 'minor' });
}
