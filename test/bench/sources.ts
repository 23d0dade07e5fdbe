/** The files of repositories that the benches read. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { extname, join } from 'node:path';
import { clean } from '../../server/prompt/sequence.ts';

const TYPES = new Set([
  '.ts',
  '.tsx',
  '.js',
  '.jsx',
  '.mjs',
  '.vue',
  '.py',
  '.cc',
  '.cpp',
  '.h',
  '.java',
  '.kt',
  '.rs',
  '.go',
  '.cs',
  '.ex',
  '.exs',
  '.adb',
  '.ads',
]);
const LEFT_OUT = /(^|\/)(node_modules|dist|build|vendor|\.\w+)\/|\.min\.|\.d\.ts$/;
/** Bytes of a file that is completed, and of one that is read. */
export const [SMALLEST, LARGEST] = [1500, 100_000];

export interface File {
  path: string;
  text: Buffer;
  lines: Set<string>;
}

/** The source files of a repository's folder, by path. */
export function filesOf(folder: string): File[] {
  return (readdirSync(folder, { recursive: true }) as string[])
    .map((path) => path.replaceAll('\\', '/'))
    .filter(
      (path) =>
        TYPES.has(extname(path)) &&
        !LEFT_OUT.test(path) &&
        statSync(join(folder, path)).isFile() &&
        statSync(join(folder, path)).size <= LARGEST,
    )
    .sort()
    .map((path) => {
      const text = Buffer.from(
        clean(Buffer.from(readFileSync(join(folder, path)).toString().replaceAll('\r\n', '\n'))),
      ); // U+FFFD in place of what is no UTF-8
      return {
        path,
        text,
        lines: new Set(
          text
            .toString('latin1')
            .split('\n')
            .map((line) => line.trim())
            .filter((line) => line.length > 20),
        ),
      };
    });
}

/** Whether `other` holds half of a file's lines. */
export function copies(file: File, other: File): boolean {
  let same = 0;
  for (const line of file.lines) if (other.lines.has(line)) same++;
  return same >= file.lines.size / 2;
}
