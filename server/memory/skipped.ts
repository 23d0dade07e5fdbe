/**
 * Which files are not to be read: by their names, by what stands at the path and by their text; and the bytes of one
 * that may be read.
 */
import { type BigIntStats, constants, type Stats } from 'node:fs';
import { lstat, open } from 'node:fs/promises';

/** Names of files that programs write for programs. */
export const GENERATED = [
  'package-lock.json',
  'npm-shrinkwrap.json',
  'yarn.lock',
  'pnpm-lock.yaml',
  'go.sum',
  '*.lock',
  '*.lockb',
  '*.min.*',
  '*.map',
];

/** Nobody writes by hand lines that are longer than this, in the mean and at most; bytes. */
const [MEAN_LINE, LONGEST_LINE] = [300, 5000];
/** A 0 byte so early makes a file binary. */
const HEAD = 8192;
/**
 * No waiting for the other end of a FIFO, and no following of a link that took a file's place (Windows knows neither).
 */
const FLAGS = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0) | (constants.O_NOFOLLOW ?? 0);

/**
 * Why a file was skipped, or with 'unreadable folder' all of a folder. What is excluded or ignored is not counted: it
 * was asked for.
 */
export type SkipReason =
  | 'binary'
  | 'changed'
  | 'empty'
  | 'generated'
  | 'gone'
  | 'link'
  | 'not a file'
  | 'secret'
  | 'too large'
  | 'unreadable'
  | 'unreadable folder';

/** Why what stands at a path is not to be read, `most` bytes at most; undefined where it may be. */
export function reasonToSkipFile(stat: Stats | BigIntStats, most: number): SkipReason | undefined {
  if (stat.isSymbolicLink()) return 'link';
  if (!stat.isFile()) return 'not a file';
  return stat.size > most ? 'too large' : stat.size > 0 ? undefined : 'empty';
}

/** Why this text is none that somebody wrote; undefined where it may be. */
export function reasonToSkipText(bytes: Uint8Array): SkipReason | undefined {
  if (bytes.length === 0) return 'empty';
  if (bytes.subarray(0, HEAD).includes(0)) return 'binary';
  let [lines, start, longest] = [0, 0, 0];
  // A call of indexOf() for each line takes ten times as long where lines are empty
  for (let at = 0; at <= bytes.length; at++) {
    if (at < bytes.length ? bytes[at] !== 10 : at === start) continue;
    longest = Math.max(longest, at - start);
    start = at + 1;
    lines++;
  }
  return longest > LONGEST_LINE || bytes.length / lines > MEAN_LINE ? 'generated' : undefined;
}

/** A file's bytes as they were at one time, or why there are none to be had. */
export async function bytesOf(path: string, most: number): Promise<Uint8Array | SkipReason> {
  try {
    const reason = reasonToSkipFile(await lstat(path), most);
    if (reason) return reason; // before open(): a device may act on being opened
    const handle = await open(path, FLAGS);
    try {
      const before = await handle.stat({ bigint: true });
      const now = reasonToSkipFile(before, most);
      if (now) return now;
      const bytes = new Uint8Array(Number(before.size));
      let length = 0;
      for (let n = 1; n > 0 && length < bytes.length; length += n)
        ({ bytesRead: n } = await handle.read(bytes, length, bytes.length - length, length));
      const after = await handle.stat({ bigint: true });
      return length < bytes.length || after.size !== before.size || after.mtimeNs !== before.mtimeNs
        ? 'changed'
        : bytes;
    } finally {
      await handle.close();
    }
  } catch (error) {
    return skipReasonOf(error);
  }
}

/** What stands at a path, links not followed; undefined where nothing does. */
export async function present(path: string): Promise<Stats | undefined> {
  return lstat(path).catch((error) => {
    if (skipReasonOf(error) === 'gone') return undefined;
    throw error;
  });
}

/** What an error of the file system says of a path. */
export function skipReasonOf(error: unknown): SkipReason {
  const { code } = error as NodeJS.ErrnoException;
  return code === 'ENOENT' || code === 'ENOTDIR' ? 'gone' : code === 'ELOOP' ? 'link' : 'unreadable';
}
