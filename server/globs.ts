/**
 * What a list of globs leaves out: one meaning for every setting that has globs. One without a slash is for a name at
 * every depth, of a file or a folder; one with a slash is for a path from the workspace's folder on. Whatever lies
 * below a folder is left out with it. `!` before a glob makes an exception: of all that match, the last one decides.
 * `*`, `?`, `**`, `{a,b}`, `[a-z]` and `[!a]` are the editor's; hidden files are like others.
 */
import picomatch from 'picomatch';

/** Names differ by more than upper and lower case: not on Windows and macOS, as git has it there. */
export const ANY_CASE = process.platform === 'win32' || process.platform === 'darwin';

interface Glob {
  /** As the user wrote it. */
  glob: string;
  except: boolean;
  /** For a name: a path's parts are looked at one by one. */
  named: boolean;
  matches(text: string): boolean;
}

export class Globs {
  private readonly globs: Glob[];

  constructor(globs: string[], nocase = ANY_CASE) {
    this.globs = globs.flatMap((glob) => read(glob, nocase) ?? []);
  }

  /** Whether something may stay that lies in a folder which is left out. */
  get hasExceptions(): boolean {
    return this.globs.some(({ except }) => except);
  }

  /**
   * The glob that leaves a path out, or one of the folders above it; undefined where it stays. The path is relative,
   * with forward slashes.
   */
  leavesOut(path: string): string | undefined {
    if (this.globs.length === 0) return undefined;
    const names = path.split('/');
    return this.last(
      names,
      names.map((_, i) => names.slice(0, i + 1).join('/')),
    );
  }

  /** The same of a path in a folder that stays: nothing above it is looked at. */
  leavesOutOf(path: string): string | undefined {
    return this.globs.length === 0 ? undefined : this.last([path.slice(path.lastIndexOf('/') + 1)], [path]);
  }

  private last(names: string[], paths: string[]): string | undefined {
    const found = this.globs.findLast(({ named, matches }) => (named ? names : paths).some((text) => matches(text)));
    return found?.except ? undefined : found?.glob;
  }
}

/** Undefined where a glob says nothing. */
function read(glob: string, nocase: boolean): Glob | undefined {
  const except = glob.startsWith('!');
  const whole = glob.slice(except ? 1 : 0).replace(/(.)\/+$/, '$1');
  const text = whole.replace(/^\.?\/+/, '');
  if (text === '') return undefined;
  const match = picomatch(text, { dot: true, nonegate: true, posix: true, nocase });
  return { glob, except, named: !whole.includes('/'), matches: (part) => match(part) };
}
