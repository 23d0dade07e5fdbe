/** Which files of the open folders may be read, as the user, git and the editor would have it; and reading one without harm. */
import { constants, type BigIntStats, type Stats } from 'node:fs';
import { lstat, open, opendir } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve, sep } from 'node:path';
import ignore, { type Ignore } from 'ignore';
import picomatch from 'picomatch';

/** Names of files and folders that hold keys and passwords; a template such as `.env.example` goes with them. */
export const SECRETS = [
  '.env', '.env.*', '*.env', '.envrc', '*.pem', '*.key', '*.p8', '*.p12', '*.pfx', '*.ppk', '*.gpg', '*.jks', '*.keystore', '*.kdb', '*.kdbx',
  'id_rsa*', 'id_dsa*', 'id_ecdsa*', 'id_ed25519*', '.ssh', '.gnupg', '.aws', '.kube', '.dockercfg', '.dockerconfigjson',
  '.npmrc', '.yarnrc*', '.pypirc', '.netrc', '_netrc', '.pgpass', '.my.cnf', '.htpasswd', '.git-credentials', '.terraformrc', '.vault-token',
  'credentials', 'credentials.*', '*.credentials', 'secret.*', 'secrets.*', '*.secret', '*.secrets', '*.tfvars', '*.tfvars.json', '*.tfstate', '*.tfstate.*',
  'service-account*.json', 'service_account*.json', 'serviceaccount*.json', 'local.settings.json',
];

/** Never entered and never read, whatever the settings say. */
const NEVER = new Set(['.git', 'node_modules']);
/** Names of files that programs write for programs. */
const GENERATED = ['package-lock.json', 'npm-shrinkwrap.json', 'yarn.lock', 'pnpm-lock.yaml', 'go.sum', '*.lock', '*.lockb', '*.min.*', '*.map'];
/** Nobody writes by hand lines that are longer than this, in the mean and at most; bytes. */
const [MEAN_LINE, LONGEST_LINE] = [300, 5000];
/** A 0 byte so early makes a file binary. */
const HEAD = 8192;
/** Entries of a folder that are looked at before other work gets its turn: about a millisecond. */
const BATCH = 64;
/** A file of ignore patterns that is larger makes its folder unreadable: better to read too little. */
const MOST_PATTERNS = 1e6;
/** No waiting for the other end of a FIFO, and no following of a link that took a file's place (Windows knows neither). */
const FLAGS = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0) | (constants.O_NOFOLLOW ?? 0);
/** As git's core.ignorecase. */
const ANY_CASE = process.platform === 'win32' || process.platform === 'darwin';

/** Why a file was skipped, or with 'unreadable folder' all of a folder. What is excluded or ignored is not counted: it was asked for. */
export type Reason =
  | 'binary' | 'changed' | 'empty' | 'generated' | 'gone' | 'link' | 'not a file' | 'secret' | 'too large' | 'unreadable' | 'unreadable folder';

export interface WorkspaceOptions {
  /** Absolute paths of the open folders. */
  roots: string[];
  /** Globs of the editor, relative to a root; what lies below a folder that matches is excluded too. */
  exclude: string[];
  /** Globs of names, of files and of folders, in upper or lower case. */
  secrets: string[];
  /** Default 1,000,000. */
  maxFileBytes?: number;
}

/** A file to read: its size and the time of its last change, in milliseconds since 1970. */
export interface Found { path: string; bytes: number; modified: number }

/** Patterns from a repository's top down to a folder, in one list: as in git, the last that matches decides. */
interface Rules { base: string; ignore: Ignore }
/** A folder that may be entered. */
interface Place { root: string; path: string; rules: Rules }
/** Folders that were looked at: undefined where one may not be entered. */
export type Known = Map<string, Promise<Place | undefined>>;

export class Workspace {
  private readonly roots: string[];
  private readonly most: number;
  private readonly excluded: (path: string) => boolean;
  private readonly secret: (name: string) => boolean;
  private readonly generated: (name: string) => boolean;
  private readonly counts = new Map<Reason, number>();

  constructor({ roots, exclude, secrets, maxFileBytes = 1_000_000 }: WorkspaceOptions) {
    this.roots = [...new Set(roots.map((root) => resolve(root)))];
    this.most = maxFileBytes;
    this.excluded = matcher(exclude, ANY_CASE);
    this.secret = matcher(secrets, true);
    this.generated = matcher(GENERATED, true);
  }

  /** What files() and read() skipped since files() last began. */
  get skipped(): ReadonlyMap<Reason, number> {
    return this.counts;
  }

  /** The files of all roots, or of the folder `below` (the counts then go on), in no order; ends early without a word when aborted. */
  async *files(signal?: AbortSignal, below?: string, known: Known = new Map()): AsyncGenerator<Found> {
    if (!below) this.counts.clear();
    const folders = below ? [resolve(below)] : [...this.roots];
    for (let folder; !signal?.aborted && (folder = folders.pop()) !== undefined;) {
      try {
        const place = await this.enter(folder, known);
        if (place) yield* this.list(place, folders, signal);
      } catch {
        this.count('unreadable folder'); // gone since its name was read, or closed to us
      }
    }
  }

  /** The files right in a folder; the folders in it join `folders`. */
  private async *list(place: Place, folders: string[], signal?: AbortSignal): AsyncGenerator<Found> {
    let paths: string[] = [];
    // Read in small pieces: all names of a huge folder at once would block
    for await (const entry of await opendir(place.path, { bufferSize: BATCH })) {
      if (signal?.aborted) return;
      const path = join(place.path, entry.name);
      if (entry.isDirectory()) {
        if (!this.roots.includes(path)) folders.push(path); // a root within a root has its own turn
        continue;
      }
      const refusal = this.refusal(place, entry.name, false);
      if (refusal || !entry.isFile()) {
        if (refusal !== 'ruled out') this.count(refusal ?? (entry.isSymbolicLink() ? 'link' : 'not a file'));
        continue;
      }
      paths.push(path);
      if (paths.length < BATCH) continue;
      yield* await this.measured(paths);
      paths = [];
    }
    yield* await this.measured(paths);
  }

  private async measured(paths: string[]): Promise<Found[]> {
    const stats = await Promise.all(paths.map((path) => lstat(path).catch(reasonOf)));
    return paths.flatMap((path, i) => {
      const stat = stats[i];
      const reason = typeof stat === 'string' ? stat : this.unfit(stat);
      if (reason) this.count(reason);
      return typeof stat === 'string' || reason ? [] : [{ path, bytes: stat.size, modified: stat.mtimeMs }];
    });
  }

  /**
   * Whether files() would list this path, its size aside; a file that does not exist is judged by its name. Nothing is counted.
   * Calls that follow at once on each other may share what they find out on folders in `known`.
   */
  async mayRead(path: string, known: Known = new Map()): Promise<boolean> {
    try {
      path = resolve(path);
      const place = await this.enter(dirname(path), known);
      if (!place || this.roots.includes(path) || this.refusal(place, basename(path), false)) return false;
      return (await present(path))?.isFile() ?? true;
    } catch {
      return false;
    }
  }

  /** Whether files() would look into this folder; one that does not exist is judged by its name. */
  async mayEnter(folder: string): Promise<boolean> {
    return (await this.enter(resolve(folder), new Map()).catch(() => undefined)) !== undefined;
  }

  /** Whether a path is in no open folder, or in one that is never entered: its events say nothing. */
  outside(path: string): boolean {
    const root = this.rootOf(path);
    return root === undefined || below(root, path).split('/').some((name) => NEVER.has(name));
  }

  /** A file's bytes; undefined, and counted, where there is a reason not to have them. Whether it is ignored is for mayRead() to say. */
  async read(path: string): Promise<Uint8Array | undefined> {
    let got = await this.attempt(path);
    if (got === 'changed') got = await this.attempt(path);
    if (typeof got !== 'string') return got;
    this.count(got);
    return undefined;
  }

  private async attempt(path: string): Promise<Uint8Array | Reason> {
    const names = relative(this.rootOf(path) ?? dirname(path), path).split(sep);
    if (names.some(this.secret)) return 'secret';
    if (this.generated(basename(path))) return 'generated';
    try {
      const reason = this.unfit(await lstat(path));
      if (reason) return reason; // before open(): a device may act on being opened
      const handle = await open(path, FLAGS);
      try {
        const before = await handle.stat({ bigint: true });
        const unfit = this.unfit(before);
        if (unfit) return unfit;
        const bytes = new Uint8Array(Number(before.size));
        let length = 0;
        for (let n = 1; n > 0 && length < bytes.length; length += n) ({ bytesRead: n } = await handle.read(bytes, length, bytes.length - length, length));
        const after = await handle.stat({ bigint: true });
        if (length < bytes.length || after.size !== before.size || after.mtimeNs !== before.mtimeNs) return 'changed';
        return this.unlikeCode(bytes) ?? bytes;
      } finally {
        await handle.close();
      }
    } catch (error) {
      return reasonOf(error);
    }
  }

  /** Why this text is none that somebody wrote; undefined where it may be. */
  unlikeCode(bytes: Uint8Array): Reason | undefined {
    if (bytes.length === 0) return 'empty';
    if (bytes.length > this.most) return 'too large';
    if (bytes.subarray(0, HEAD).includes(0)) return 'binary';
    let [lines, longest] = [0, 0];
    for (let start = 0; start < bytes.length; lines++) {
      const end = bytes.indexOf(10, start);
      const next = end < 0 ? bytes.length : end;
      longest = Math.max(longest, next - start);
      start = next + 1;
    }
    return longest > LONGEST_LINE || bytes.length / lines > MEAN_LINE ? 'generated' : undefined;
  }

  private unfit(stat: Stats | BigIntStats): Reason | undefined {
    if (stat.isSymbolicLink()) return 'link';
    if (!stat.isFile()) return 'not a file';
    return stat.size > this.most ? 'too large' : stat.size > 0 ? undefined : 'empty';
  }

  /** Why not to read a file, or enter a folder, of this name in `place`. */
  private refusal({ root, path, rules }: Place, name: string, folder: boolean): Reason | 'ruled out' | undefined {
    const full = join(path, name);
    if (NEVER.has(name) || this.excluded(below(root, full)) || ignores(rules, full, folder)) return 'ruled out';
    if (this.secret(name)) return 'secret';
    return !folder && this.generated(name) ? 'generated' : undefined;
  }

  /** The folder with its rules, or undefined where it may not be entered; throws where rules cannot be read. */
  private enter(folder: string, known: Known): Promise<Place | undefined> {
    const place = known.get(folder) ?? this.look(folder, known);
    known.set(folder, place);
    return place;
  }

  private async look(folder: string, known: Known): Promise<Place | undefined> {
    const root = this.rootOf(folder);
    if (!root) return undefined;
    if (folder === root) return { root, path: root, rules: await rulesOfRoot(root) };
    const above = await this.enter(dirname(folder), known);
    if (!above || this.refusal(above, basename(folder), true)) return undefined;
    if (!((await present(folder))?.isDirectory() ?? true)) return undefined; // a link to one too: no loops
    return { root, path: folder, rules: await rulesIn(folder, above.rules) };
  }

  /** The innermost open folder that holds this path. */
  private rootOf(path: string): string | undefined {
    return this.roots.filter((root) => path === root || path.startsWith(root.endsWith(sep) ? root : root + sep)).sort((a, b) => b.length - a.length)[0];
  }

  private count(reason: Reason): void {
    this.counts.set(reason, (this.counts.get(reason) ?? 0) + 1);
  }
}

/** Globs as the editor has them: no negation, `[!a]` for all but a, and hidden files are like others. */
function matcher(globs: string[], nocase: boolean): (path: string) => boolean {
  const whole = globs.map((glob) => glob.replace(/\/+$/, '')).filter((glob) => glob !== '');
  if (whole.length === 0) return () => false;
  const matches = picomatch(whole, { dot: true, nonegate: true, posix: true, nocase });
  return (path) => matches(path); // its second argument means something else than that of some()
}

/** The path from `folder` on, with slashes. */
function below(folder: string, path: string): string {
  return relative(folder, path).split(sep).join('/');
}

function ignores({ base, ignore: patterns }: Rules, path: string, folder: boolean): boolean {
  return patterns.ignores(below(base, path) + (folder ? '/' : ''));
}

/**
 * A repository may begin above the open folder: its rules hold down here. But who opens a folder that git ignores wants it, so that then
 * only the rules from there on count.
 */
async function rulesOfRoot(root: string): Promise<Rules> {
  const above: string[] = [];
  for (let folder = root; !(await present(join(folder, '.git')));) {
    if (folder === dirname(folder)) return rulesIn(root); // no repository
    above.unshift(folder = dirname(folder));
  }
  let rules: Rules | undefined;
  for (const folder of above) rules = await rulesIn(folder, rules);
  return rulesIn(root, rules && !ignores(rules, root, true) ? rules : undefined);
}

/** The rules above a folder and its own; a folder that is a repository's top begins anew. */
async function rulesIn(folder: string, above?: Rules): Promise<Rules> {
  const top = await present(join(folder, '.git'));
  const rules = above && !top ? above : { base: folder, ignore: ignore({ ignorecase: ANY_CASE }).add(top ? await repositoryPatterns(folder) : '') };
  const text = await patternsOf(join(folder, '.gitignore'));
  if (text === '') return rules;
  const patterns = text.split(/\r?\n/).flatMap((line) => fromBase(line, below(rules.base, folder)));
  return { base: rules.base, ignore: ignore({ ignorecase: ANY_CASE }).add(rules.ignore).add(patterns.map((pattern) => ({ pattern }))) };
}

/** A line of the .gitignore in `folder` as a pattern for the folder at the top; none where it says nothing. */
function fromBase(line: string, folder: string): string[] {
  const [, not, pattern] = /^(!?)(.*?)$/.exec(line.replace(/(?<!\\) +$/, ''))!;
  if (pattern === '' || pattern === '/' || line.startsWith('#')) return [];
  if (folder === '') return [not + pattern];
  const anchored = /\/./.test(pattern); // a slash that is not the last character ties a pattern to its folder
  return [`${not}/${folder.replace(/[\\*?[\]]/g, '\\$&')}/${anchored ? pattern.replace(/^\//, '') : `**/${pattern}`}`];
}

/** The text of info/exclude; in a worktree or submodule `.git` is a file that says where to look. */
async function repositoryPatterns(folder: string): Promise<string> {
  let git = join(folder, '.git');
  const elsewhere = /^gitdir: (.+)$/m.exec(await patternsOf(git));
  if (elsewhere) {
    git = resolve(folder, elsewhere[1].trim());
    git = resolve(git, (await patternsOf(join(git, 'commondir'))).trim());
  }
  return patternsOf(join(git, 'info', 'exclude'));
}

/** A small text, '' where there is none or, as in git, only a link; throws where there is one that cannot be had. */
async function patternsOf(path: string): Promise<string> {
  if (!(await present(path))?.isFile()) return '';
  const handle = await open(path, FLAGS);
  try {
    const { size } = await handle.stat();
    if (size > MOST_PATTERNS) throw new Error(`${path}: too large`);
    return new TextDecoder().decode(await handle.readFile()); // without a byte order mark
  } finally {
    await handle.close();
  }
}

/** What stands at a path, links not followed; undefined where nothing does. */
async function present(path: string): Promise<Stats | undefined> {
  return lstat(path).catch((error) => { if (reasonOf(error) === 'gone') return undefined; throw error; });
}

function reasonOf(error: unknown): Reason {
  const { code } = error as NodeJS.ErrnoException;
  return code === 'ENOENT' || code === 'ENOTDIR' ? 'gone' : code === 'ELOOP' ? 'link' : 'unreadable';
}
