/** Which files of the open folders may be read, as the user, git and the editor would have it. */
import { lstat, opendir } from 'node:fs/promises';
import { basename, dirname, join, resolve, sep } from 'node:path';
import { Globs } from '../globs.ts';
import { Secrets } from '../secrets.ts';
import { below, ignores, type Rules, rulesIn, rulesOfRoot } from './gitRules.ts';
import {
  bytesOf,
  GENERATED,
  present,
  reasonToSkipFile,
  reasonToSkipText,
  type SkipReason,
  skipReasonOf,
} from './skipped.ts';

/** In a path: never entered and never read, whatever the settings say. */
const NEVER = /(?:^|[\\/])(?:\.git|node_modules)(?:[\\/]|$)/;
/** Entries of a folder that are looked at before other work gets its turn: about a millisecond. */
const BATCH = 64;

export interface WorkspaceOptions {
  /** Absolute paths of the open folders. */
  roots: string[];
  /** Globs of files and folders, relative to a root; see globs.ts. */
  exclude: string[];
  /** Globs of what holds secrets, in upper or lower case, beside what is known to. */
  secrets: string[];
  /** Default 1,000,000. */
  maxFileBytes?: number;
}

/** A file to read: its size and the time of its last change, in milliseconds since 1970. */
export interface Found {
  path: string;
  bytes: number;
  modified: number;
}

/** A folder that may be entered. */
interface ReadableFolder {
  root: string;
  path: string;
  rules: Rules;
}
/** Folders that were looked at: undefined where one may not be entered. */
export type Known = Map<string, Promise<ReadableFolder | undefined>>;

/** A larger file is not read unless it is said otherwise, bytes. */
export const MOST_BYTES = 1_000_000;

export class Workspace {
  /** The innermost first. */
  private readonly roots: string[];
  private readonly most: number;
  private readonly excluded: Globs;
  private readonly secrets: Secrets;
  private readonly counts = new Map<SkipReason, number>();

  constructor({ roots, exclude, secrets, maxFileBytes = MOST_BYTES }: WorkspaceOptions) {
    this.roots = [...new Set(roots.map((root) => resolve(root)))].sort((a, b) => b.length - a.length);
    this.most = maxFileBytes;
    this.excluded = new Globs(exclude);
    this.secrets = new Secrets(secrets);
  }

  /** What files() and read() skipped since files() last began. */
  get skipped(): ReadonlyMap<SkipReason, number> {
    return this.counts;
  }

  /**
   * The files of all roots, or of one folder (the counts then go on), in no order; ends early without a word when
   * aborted.
   */
  async *files(signal?: AbortSignal, folder?: string, known: Known = new Map()): AsyncGenerator<Found> {
    if (!folder) this.counts.clear();
    const folders = folder ? [resolve(folder)] : [...this.roots];
    for (let next: string | undefined; !signal?.aborted && (next = folders.pop()) !== undefined; ) {
      try {
        const place = await this.enter(next, known);
        if (place) yield* this.list(place, folders, signal);
      } catch {
        this.count('unreadable folder'); // gone since its name was read, or closed to us
      }
    }
  }

  /** The files right in a folder; the folders in it join `folders`. */
  private async *list(place: ReadableFolder, folders: string[], signal?: AbortSignal): AsyncGenerator<Found> {
    let paths: string[] = [];
    // Read in small pieces: all names of a huge folder at once would block
    for await (const entry of await opendir(place.path, { bufferSize: BATCH })) {
      if (signal?.aborted) return;
      const path = join(place.path, entry.name);
      const refusal = this.refusal(place, entry.name, entry.isDirectory());
      if (entry.isDirectory()) {
        if (!refusal && !this.roots.includes(path)) folders.push(path); // a root within a root has its own turn
        continue;
      }
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
    const stats = await Promise.all(paths.map((path) => lstat(path).catch(skipReasonOf)));
    return paths.flatMap((path, i) => {
      const stat = stats[i];
      const reason = typeof stat === 'string' ? stat : reasonToSkipFile(stat, this.most);
      if (reason) this.count(reason);
      return typeof stat === 'string' || reason ? [] : [{ path, bytes: stat.size, modified: stat.mtimeMs }];
    });
  }

  /**
   * Whether files() would list this path, its size aside; a file that does not exist is judged by its name. Nothing is
   * counted. Calls that follow at once on each other may share what they find out on folders in `known`.
   */
  async mayRead(path: string, known: Known = new Map()): Promise<boolean> {
    try {
      path = resolve(path);
      const place = await this.enter(dirname(path), known);
      if (!place || this.refusal(place, basename(path), false)) return false;
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
    return root === undefined || NEVER.test(path.slice(root.length));
  }

  /**
   * A file's bytes; undefined, and counted, where there is a reason not to have them. Whether it is ignored is for
   * mayRead() to say.
   */
  async read(path: string): Promise<Uint8Array | undefined> {
    let got = await this.attempt(path);
    if (got === 'changed') got = await this.attempt(path);
    if (typeof got !== 'string') return got;
    this.count(got);
    return undefined;
  }

  private async attempt(path: string): Promise<Uint8Array | SkipReason> {
    if (this.secrets.in(below(this.rootOf(path) ?? dirname(path), path))) return 'secret';
    if (generated(basename(path))) return 'generated';
    const got = await bytesOf(path, this.most);
    return typeof got === 'string' ? got : (reasonToSkipText(got) ?? got);
  }

  /** Why read() would not give out this text, if it were a file's; undefined where it would. */
  reasonToSkip(text: Uint8Array): SkipReason | undefined {
    return text.length > this.most ? 'too large' : reasonToSkipText(text);
  }

  /** Why not to read a file, or enter a folder, of this name in `place`. */
  private refusal(
    { root, path, rules }: ReadableFolder,
    name: string,
    folder: boolean,
  ): SkipReason | 'ruled out' | undefined {
    const full = join(path, name);
    const inside = below(root, full);
    if (NEVER.test(name) || this.leavesOut(inside, folder) || ignores(rules, full, folder)) return 'ruled out';
    if (this.secrets.in(inside, folder)) return 'secret';
    return !folder && generated(name) ? 'generated' : undefined;
  }

  /** A folder that is left out is not entered, unless there are exceptions: one may be in it. */
  private leavesOut(path: string, folder: boolean): boolean {
    if (this.excluded.hasExceptions) return !folder && this.excluded.leavesOut(path) !== undefined;
    return this.excluded.leavesOutOf(path) !== undefined;
  }

  /** The folder with its rules, or undefined where it may not be entered; throws where rules cannot be read. */
  private enter(folder: string, known: Known): Promise<ReadableFolder | undefined> {
    const place = known.get(folder) ?? this.look(folder, known);
    known.set(folder, place);
    return place;
  }

  private async look(folder: string, known: Known): Promise<ReadableFolder | undefined> {
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
    return this.roots.find((root) => path === root || path.startsWith(root.endsWith(sep) ? root : root + sep));
  }

  private count(reason: SkipReason): void {
    this.counts.set(reason, (this.counts.get(reason) ?? 0) + 1);
  }
}

const lists = new Globs(GENERATED, true);
const generated = (name: string) => lists.leavesOutOf(name) !== undefined;
