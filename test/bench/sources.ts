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

/** A file, which is read when it is asked for. */
export class File {
  private read?: Buffer;
  private known?: Set<string>;

  constructor(
    readonly path: string,
    private readonly full: string,
    readonly size: number,
  ) {}

  /** U+FFFD in place of what is no UTF-8. */
  get text(): Buffer {
    return (this.read ??= Buffer.from(clean(Buffer.from(readFileSync(this.full).toString().replaceAll('\r\n', '\n')))));
  }

  /** Its lines of more than 20 characters. */
  get lines(): Set<string> {
    return (this.known ??= new Set(
      this.text
        .toString('latin1')
        .split('\n')
        .map((line) => line.trim())
        .filter((line) => line.length > 20),
    ));
  }
}

/** At most `count` of a list, evenly spread over it. */
export function spread<T>(all: readonly T[], count: number): Set<T> {
  return new Set(Array.from({ length: count }, (_, i) => all[Math.floor(((i + 0.5) * all.length) / count)]));
}

/** The source files of a repository's folder, by path; with `any` those of every ending. */
export function filesOf(folder: string, any = false): File[] {
  return (readdirSync(folder, { recursive: true }) as string[])
    .map((path) => path.replaceAll('\\', '/'))
    .filter((path) => any || (TYPES.has(extname(path)) && !LEFT_OUT.test(path)))
    .sort()
    .map((path) => [path, join(folder, path), statSync(join(folder, path))] as const)
    .filter(([, , stat]) => stat.isFile() && stat.size <= LARGEST)
    .map(([path, full, { size }]) => new File(path, full, size));
}

/** Whether `other` holds half of a file's lines. */
export function copies(file: File, other: File): boolean {
  let same = 0;
  for (const line of file.lines) if (other.lines.has(line)) same++;
  return same >= file.lines.size / 2;
}
