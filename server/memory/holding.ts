/** Which files of an index hold some bytes. */
import type { Piece } from './pieces.ts';

/** Paths of the files that hold `bytes`, one after another; nothing in place of a file that does not: in steps. */
export function* filesHolding(
  files: ReadonlyMap<string, { pieces: Piece[] }>,
  bytes: Uint8Array,
): Generator<string | undefined> {
  const wanted = Buffer.from(bytes);
  for (const [path, { pieces }] of files) {
    const holds = pieces.some(({ source, start, length }) =>
      Buffer.from(source.text.buffer, source.text.byteOffset + start, length).includes(wanted),
    );
    yield holds ? path : undefined;
  }
}
