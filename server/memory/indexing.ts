/** Keeps an index of the workspace up to date in the background: never while a completion runs, and never for long at a time. */
import { createHash } from 'node:crypto';
import { basename, dirname } from 'node:path';
import { setImmediate as turn, setTimeout as sleep } from 'node:timers/promises';
import { messageOf } from '../errors.ts';
import type { Found, Known, Workspace } from './workspace.ts';

/** Work goes on for so long before the event loop gets its turn; ms. */
export const SLICE = 4;
/** While a completion runs, its end is looked for this often; ms. */
const POLL = 5;
/** Quiet after an event on disk, and after an edit, before the file is read; ms. */
const [DEBOUNCE, EDIT_DEBOUNCE] = [300, 500];
/** Events that never pause are heard after this long all the same; ms. */
const LONGEST_DEBOUNCE = 3000;
/** So many changed files at once are another workspace: a branch was switched. */
const BURST = 500;
/** More events than these are not even looked at one by one. */
const FLOOD = 20_000;
/** The file of a repository that says, beside its .gitignore files, what git ignores. */
const EXCLUDE = /[\\/]\.git[\\/]info[\\/]exclude$/;
/** Progress is told no more often than this; ms. */
const PROGRESS = 100;
/** No file is from later than this; ms since 1970. */
const LATEST = 1e13;
/** An index has this much room at least, and this many times what it begins with; bytes. */
const [LEAST_ROOM, SPARE] = [1_000_000, 1.5];

export interface Sink {
  /** Takes a file's text in, in place of what it had of the path, in small steps: each well under a millisecond. */
  put(path: string, bytes: Uint8Array): Iterable<void>;
  /** Forgets a file; one that was never put is no error. */
  remove(path: string): void;
}

export interface Status {
  state: 'indexing' | 'ready';
  /** What the index that answers holds. */
  files: number;
  bytes: number;
  /** Files that the last pass left out, by reason. */
  skipped: Record<string, number>;
}

export interface IndexingOptions {
  workspace: Workspace;
  /** A new index with room for so many bytes to be put. */
  make(bytes: number): Sink;
  /** A completion runs. */
  busy(): boolean;
  /** Bytes of text that an index begins with at most. */
  mostBytes: number;
  /** Paths of open documents: what is near them comes first. */
  near(): string[];
  log(message: string): void;
  onProgress?(status: Status): void;
}

/** An index and what it holds. */
class Store {
  readonly held = new Map<string, { digest: string; bytes: number }>();
  /** Bytes of what is held, and of all that was ever put. */
  bytes = 0;
  spent = 0;

  constructor(readonly sink: Sink, readonly room: number) {}

  holds(path: string, text: Uint8Array): boolean {
    return this.held.get(path)?.digest === digestOf(text);
  }

  fits(text: Uint8Array): boolean {
    return this.spent + text.length <= this.room;
  }

  /** Puts a text in steps. */
  *put(path: string, text: Uint8Array): Generator<void> {
    this.spent += text.length;
    try {
      yield* this.sink.put(path, text);
    } catch (error) {
      this.remove(path); // half a file, or the text of before
      throw error;
    }
    this.forget(path);
    this.held.set(path, { digest: digestOf(text), bytes: text.length });
    this.bytes += text.length;
  }

  remove(path: string): void {
    this.forget(path);
    this.sink.remove(path);
  }

  private forget(path: string): void {
    this.bytes -= this.held.get(path)?.bytes ?? 0;
    this.held.delete(path);
  }
}

export class Indexing {
  private readonly ending = new AbortController();
  private readonly open = new Map<string, Uint8Array>();
  /** Paths to look at again, of events on disk and of edits. */
  private readonly events = new Debounced(DEBOUNCE, () => this.hear(this.events));
  private readonly edits = new Debounced(EDIT_DEBOUNCE, () => this.hear(this.edits));
  private readonly due = new Set<string>();
  private again = false;
  private working?: Promise<void>;
  private current?: Store;
  /** The index that a pass fills: the current one where there was none before. */
  private next?: Store;
  private ready = false;
  private skipped: Record<string, number> = {};
  /** When progress was told last. */
  private told = 0;

  constructor(private readonly options: IndexingOptions) {}

  /** The index that answers: the first one while it fills already, the nearest files come first; a later one once it is whole. */
  get sink(): Sink | undefined {
    return this.current?.sink;
  }

  get status(): Status {
    return { state: this.ready ? 'ready' : 'indexing', files: this.current?.held.size ?? 0, bytes: this.current?.bytes ?? 0, skipped: this.skipped };
  }

  /** Indexes the workspace anew, after a pass that is under way; resolves when all is done that is known to be due. */
  start(): Promise<void> {
    this.again = true;
    return this.work();
  }

  /** Files or folders that were created or written. */
  changed(paths: string[]): void {
    if (!this.ending.signal.aborted) this.events.add(paths.filter((path) => !this.options.workspace.outside(path) || EXCLUDE.test(path)));
  }

  /** Files or folders that are gone; what happened is seen on disk, so that the order of events does not matter. */
  removed(paths: string[]): void {
    this.changed(paths);
  }

  /** The text of an open document, which nobody may change afterwards: it counts instead of what is on disk. */
  document(path: string, text: Uint8Array): void {
    if (this.ending.signal.aborted) return;
    this.open.set(path, text);
    this.edits.add([path]);
  }

  /** The document is closed: what is on disk counts again. */
  closed(path: string): void {
    if (this.open.delete(path)) this.changed([path]);
  }

  /** Ends for good: no timer, no read and no put goes on after the step that is being done. */
  stop(): void {
    this.ending.abort();
    this.events.stop();
    this.edits.stop();
    this.open.clear();
  }

  private hear(from: Debounced): void {
    for (const path of from.take()) this.due.add(path);
    void this.work();
  }

  /** One task after the other, however many ask; never fails. */
  private work(): Promise<void> {
    return this.working ??= this.tasks();
  }

  private async tasks(): Promise<void> {
    await turn();
    while (!this.ending.signal.aborted && (this.again || this.due.size > 0)) {
      await this.sure('indexing failed', () => (this.again ? this.pass() : this.update()));
    }
    this.working = undefined;
  }

  /** Does a task; a failure is logged, but for the end of everything. */
  private async sure(what: string, task: () => Promise<void> | void): Promise<void> {
    try {
      await task();
    } catch (error) {
      if (!this.ending.signal.aborted) this.options.log(`${what}: ${messageOf(error)}`);
    }
  }

  /** Builds a new index. Meanwhile events go on to be heard, in the old one and in the new one. */
  private async pass(): Promise<void> {
    const { workspace, make, mostBytes, log } = this.options;
    const began = performance.now();
    let failed = 0;
    this.again = this.ready = false;
    this.due.clear(); // all is looked at anyway
    await this.progress(true);
    try {
      const plan = await this.plan();
      const room = Math.min(Math.max(LEAST_ROOM, SPARE * plan.total), SPARE * mostBytes);
      const store = this.next = new Store(make(room), room);
      this.current ??= store;
      for (const path of plan.files) {
        if (this.due.size > 0) await this.sure('indexing failed', () => this.update());
        await this.idle();
        try {
          const text = this.open.has(path) ? await this.text(path) : await workspace.read(path);
          if (!text || store.holds(path, text)) continue;
          if (store.fits(text)) await this.run(store.put(path, text));
          else plan.left++; // it has grown since
        } catch (error) {
          this.ending.signal.throwIfAborted();
          if (failed++ === 0) log(`cannot index ${path}: ${messageOf(error)}`); // the first stands for all
        }
        await this.progress();
      }
      this.current = store;
      const skipped = [...workspace.skipped, ['beyond the limit', plan.left] as const, ['failed', failed] as const].filter(([, n]) => n > 0);
      this.skipped = Object.fromEntries(skipped);
      const seconds = ((performance.now() - began) / 1000).toFixed(1);
      const but = skipped.map(([reason, n]) => `${n} ${reason}`).join(', ');
      log(`indexed ${store.held.size} files, ${(store.bytes / 1e6).toFixed(1)} MB in ${seconds} s${but && `; skipped ${but}`}`);
    } finally {
      this.next = undefined;
      this.ready = true;
    }
    await this.progress(true);
  }

  /** The paths to put, the nearest and then the newest first: as many as fit; and how many are left. */
  private async plan(): Promise<{ files: string[]; total: number; left: number }> {
    const { workspace, mostBytes, near } = this.options;
    const rank = nearness([...this.open.keys(), ...near()]);
    // One number for both: a sort of numbers alone is quick even in a huge workspace
    const groups = new Map<number, Found[]>();
    const add = (file: Found): void => {
      const key = rank(file.path) * LATEST + Math.floor(Math.min(Math.max(0, file.modified), LATEST - 1));
      const group = groups.get(key);
      if (group) group.push(file);
      else groups.set(key, [file]);
    };
    const heard = new Set<string>(); // perhaps in folders that had been listed
    for await (const file of workspace.files(this.ending.signal)) {
      if (!this.open.has(file.path)) add(file);
      await this.idle();
      if (!this.current || this.due.size === 0) continue;
      for (const path of this.due) heard.add(path);
      await this.sure('indexing failed', () => this.update());
    }
    for (const [path, text] of this.open) if (await workspace.mayRead(path)) add({ path, bytes: text.length, modified: Date.now() });
    for (const path of heard) this.due.add(path);
    const plan = { files: [] as string[], total: 0, left: 0 };
    await this.run((function* choose() {
      for (const key of Float64Array.from(groups.keys()).sort().reverse()) {
        for (const { path, bytes } of groups.get(key)!) {
          yield;
          if (plan.total + bytes > mostBytes) { plan.left++; continue; }
          plan.files.push(path);
          plan.total += bytes;
        }
      }
    })());
    return plan;
  }

  /** Brings the indexes up to date with the paths that are due; where that is much, a new one is built instead. */
  private async update(): Promise<void> {
    const stores = [...new Set([this.current, this.next])].filter((store) => store !== undefined);
    const due = [...this.due];
    this.due.clear();
    if (stores.length === 0 || this.again) return; // a pass comes and looks at everything
    const paths = due.length > FLOOD ? undefined : await this.affected(due, stores);
    if (!paths) { this.again = true; return; }
    for (const path of paths) {
      await this.idle();
      await this.sure(`cannot index ${path}`, async () => {
        const text = await this.text(path);
        for (const store of stores) await this.put(store, path, text);
      });
    }
    await this.progress(true);
  }

  /** The files to look at after events at these files and folders; undefined where all are. */
  private async affected(due: string[], stores: Store[]): Promise<Set<string> | undefined> {
    const { workspace } = this.options;
    const known: Known = new Map();
    const [paths, folders] = [new Set<string>(), new Set<string>()];
    for (const path of due) {
      await this.idle();
      if (await this.rules(path)) return undefined;
      const held = stores.some((store) => store.held.has(path));
      if (held || this.open.has(path)) paths.add(path);
      if (!held) folders.add(path); // it may have been one
      if (await workspace.mayRead(path, known)) paths.add(path);
      else for await (const file of workspace.files(this.ending.signal, path, known)) if (paths.add(file.path).size > BURST) break;
      if (paths.size > BURST) return undefined;
    }
    for (const store of stores) await this.run(within(folders, store.held.keys(), paths));
    return paths.size > BURST ? undefined : paths;
  }

  private async put(store: Store, path: string, text: Uint8Array | undefined): Promise<void> {
    if (!text) {
      if (store.held.has(path)) store.remove(path);
    } else if (!store.holds(path, text)) {
      if (store.fits(text)) await this.run(store.put(path, text));
      else if (text.length <= this.options.mostBytes) this.again = true; // a new index has room
    }
  }

  /** Whether a path says what git ignores, in a folder that we may enter. */
  private async rules(path: string): Promise<boolean> {
    if (basename(path) === '.gitignore') return this.options.workspace.mayEnter(dirname(path));
    return EXCLUDE.test(path) && this.options.workspace.mayEnter(dirname(dirname(dirname(path))));
  }

  /** What counts as a file's text: an open document's before what is on disk. */
  private async text(path: string): Promise<Uint8Array | undefined> {
    const { workspace } = this.options;
    if (!await workspace.mayRead(path)) return undefined;
    const text = this.open.get(path);
    return text ? (workspace.unlikeCode(text) ? undefined : text) : workspace.read(path);
  }

  /** Does the steps, a slice of time after the other. */
  private async run(steps: Iterable<void>): Promise<void> {
    await this.idle();
    let end = performance.now() + SLICE;
    for (const _ of steps) {
      if (performance.now() < end) continue;
      await turn();
      await this.idle();
      end = performance.now() + SLICE;
    }
  }

  /** Waits while a completion runs; throws when all is to end. */
  private async idle(): Promise<void> {
    this.ending.signal.throwIfAborted();
    while (this.options.busy()) await sleep(POLL, undefined, { signal: this.ending.signal });
  }

  private async progress(now = false): Promise<void> {
    if (!now && performance.now() < this.told + PROGRESS) return;
    this.told = performance.now();
    await this.sure('progress', () => this.options.onProgress?.(this.status));
  }
}

/** Paths that wait until nothing was added for `quiet` ms. */
class Debounced {
  private paths = new Set<string>();
  private timer?: NodeJS.Timeout;
  private first = 0;

  constructor(private readonly quiet: number, private readonly done: () => void) {}

  add(paths: string[]): void {
    if (paths.length === 0) return;
    const now = performance.now();
    if (this.paths.size === 0) this.first = now;
    for (const path of paths) if (this.paths.size <= FLOOD) this.paths.add(path);
    clearTimeout(this.timer);
    this.timer = setTimeout(this.done, Math.max(0, Math.min(this.quiet, this.first + LONGEST_DEBOUNCE - now)));
  }

  take(): Set<string> {
    const paths = this.paths;
    this.paths = new Set();
    return paths;
  }

  stop(): void {
    clearTimeout(this.timer);
    this.paths.clear();
  }
}

function digestOf(text: Uint8Array): string {
  return createHash('sha1').update(text).digest('base64');
}

/** How many leading folders a path shares with the nearest of `documents`; a document itself is one nearer. */
function nearness(documents: string[]): (path: string) => number {
  const known = new Map<string, number>();
  for (const document of documents) {
    for (let path = document; path !== dirname(path); path = dirname(path)) known.set(path, path.split(/[\\/]/).length);
  }
  return function rank(path: string): number {
    const n = known.get(path) ?? (path === dirname(path) ? 0 : rank(dirname(path)));
    known.set(path, n);
    return n;
  };
}

/** Adds to `found` the paths that lie below one of the folders, each in a step. */
function* within(folders: Set<string>, paths: Iterable<string>, found: Set<string>): Generator<void> {
  for (const path of paths) {
    for (let above = dirname(path); above !== dirname(above); above = dirname(above)) {
      if (!folders.has(above)) continue;
      found.add(path);
      break;
    }
    yield;
  }
}
