/** Reads a source file as the editor would: text or one clear error. */
import { readFile, stat } from 'node:fs/promises';
import { BytelineError } from '../errors.ts';

const LARGEST = 50_000_000;

/** The text of `file` (- reads standard input), without a byte order mark. Invalid UTF-8 becomes U+FFFD. */
export async function readSource(file: string): Promise<string> {
  const raw = file === '-' ? await readAll() : await readFileOrThrow(file);
  if (raw.subarray(0, 8192).includes(0)) throw new BytelineError('file', `${file}: a binary file`);
  return raw.toString('utf8').replace(/^\uFEFF/, '');
}

async function readFileOrThrow(file: string): Promise<Buffer> {
  const found = await stat(file).catch(() => undefined);
  if (!found) throw new BytelineError('file', `${file}: no such file`);
  if (!found.isFile()) throw new BytelineError('file', `${file}: not a file`);
  if (found.size > LARGEST)
    throw new BytelineError('file', `${file}: ${found.size} bytes; at most ${LARGEST} are read`);
  return readFile(file);
}

async function readAll(): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of process.stdin) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

/** UTF-16 offset of a 1-based line and column. Throws when the file has no such place. */
export function offsetAt(text: string, line: number, column: number, file: string): number {
  let start = 0;
  for (let i = 1; i < line; i++) {
    const end = text.indexOf('\n', start);
    if (end < 0) throw new BytelineError('argument', `--line ${line}: ${file} has ${i} lines`);
    start = end + 1;
  }
  const lf = text.indexOf('\n', start);
  let length = (lf < 0 ? text.length : lf) - start;
  if (lf > start && text[lf - 1] === '\r') length--;
  if (column > length + 1)
    throw new BytelineError('argument', `--column ${column}: line ${line} of ${file} has ${length} characters`);
  return start + column - 1;
}
