/**
 * Frees what onnxruntime's outputs leave behind: their memory is outside V8's heap, which sees no reason to collect
 * until 64 MB lie there. In a process without --expose-gc (protocol.ts: FLAGS) that is how it is.
 */

/** So many bytes of outputs are left at most. */
const MOST = 8e6;

let left = 0;

/** Frees all that nothing needs; 40 ms beside an index of 32 MB. */
export function collectGarbage(): void {
  left = 0;
  globalThis.gc?.();
}

/** Counts outputs that are about to be garbage. */
export function countGarbage(bytes: number): void {
  left += bytes;
  if (left < MOST) return;
  left = 0;
  globalThis.gc?.({ type: 'minor', execution: 'sync' });
}
