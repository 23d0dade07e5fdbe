/** Keeps an index of the workspace up to date in the background. */
import { setImmediate as turn } from 'node:timers/promises';
import { collectGarbage } from '../engine/garbage.ts';
import { messageOf } from '../errors.ts';
import { affectedBy } from './affected.ts';
import { Debounced, FLOOD } from './debounced.ts';
import { ruledBy } from './gitRules.ts';
import { Plan } from './plan.ts';
import type { Workspace } from './readable.ts';
import type { SkipReason } from './skipped.ts';
import { type Sink, Store } from './store.ts';
import { TimeSlices } from './timeSlices.ts';
import { blankTokens } from './tokens.ts';

/** Quiet after an event on disk, and after an edit, before the file is read; ms. */
const [DEBOUNCE, EDIT_DEBOUNCE] = [300, 500];
/** Progress is told no more often than this; ms. */
const PROGRESS = 100;
/** An index has room for so many times what it begins with at most. */
const SPARE = 1.5;
/** An index of more text makes room before a new one is built; bytes. */
const LARGE = 4_000_000;

/** Files that an index left out, by reason. */
export type Skipped = Partial<Record<SkipReason | 'beyond the limit' | 'failed', number>>;

export interface IndexStatus {
  state: 'indexing' | 'ready';
  /** What the index that answers holds. */
  files: number;
  bytes: number;
  /** By the last pass. */
  skipped: Skipped;
}

export interface IndexingOptions {
  workspace: Workspace;
  /** A new index with room for so many bytes. */
  make(room: number): Sink;
  /** A completion runs. */
  busy(): boolean;
  /** Bytes of text that an index begins with at most. */
  mostBytes: number;
  log(message: string): void;
  onProgress?(status: IndexStatus): void;
}

export class Indexing {
  private readonly ending = new AbortController();
  private readonly open = new Map<string, () => Uint8Array>();
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
  private skipped: Skipped = {};
  /** When progress was told last; ms. */
  private told = 0;
  private readonly slices: TimeSlices;

  constructor(private readonly options: IndexingOptions) {
    this.slices = new TimeSlices(this.ending.signal, () => options.busy());
  }

  /**
   * The index that answers: the first one while it fills already, the nearest files come first; a later one once it is
   * whole, but for large ones.
   */
  get sink(): Sink | undefined {
    return this.current?.sink;
  }

  get status(): IndexStatus {
    return {
      state: this.ready ? 'ready' : 'indexing',
      files: this.current?.held.size ?? 0,
      bytes: this.current?.bytes ?? 0,
      skipped: this.skipped,
    };
  }

  /** Indexes the workspace anew, after a pass that is under way; resolves when all is done that is known to be due. */
  start(): Promise<void> {
    this.again = true;
    return this.work();
  }

  /** Files or folders that were created, written or removed: what happened is seen on disk. */
  changed(paths: string[]): void {
    if (!this.ending.signal.aborted)
      this.events.add(paths.filter((path) => !this.options.workspace.outside(path) || ruledBy(path)));
  }

  /** A document was opened or edited: its text, asked for when its turn comes, counts instead of what is on disk. */
  document(path: string, text: () => Uint8Array): void {
    if (this.ending.signal.aborted) return;
    this.open.set(path, text);
    if (!ruledBy(path)) this.edits.add([path]); // rules are those on disk
  }

  /** The document is closed: what is on disk counts again. */
  closed(path: string): void {
    if (this.open.delete(path) && !ruledBy(path)) this.changed([path]);
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
    return (this.working ??= this.tasks());
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
    let [failed, left] = [0, 0];
    this.again = this.ready = false;
    this.due.clear(); // all is looked at anyway
    await this.progress(true);
    try {
      const plan = await this.plan();
      if (this.current && this.current.bytes > LARGE) this.current = undefined;
      const store = (this.next = new Store(make(SPARE * mostBytes)));
      this.current ??= store;
      for (const { path, bytes } of plan.files) {
        if (this.due.size > 0) await this.sure('indexing failed', () => this.update());
        await this.slices.idle();
        if (store.bytes + bytes > mostBytes) {
          left++; // a small file may come in where a large one did not
          continue;
        }
        try {
          const isOpen = this.open.has(path);
          const text = isOpen ? await this.text(path) : await this.withoutTokens(await workspace.read(path));
          if (!text || store.holds(path, text)) continue;
          if (store.fits(path, text)) await this.slices.run(store.put(path, text));
          else left++; // it has grown since
        } catch (error) {
          this.ending.signal.throwIfAborted();
          // the first stands for all
          if (failed++ === 0) log(`cannot index ${path}: ${messageOf(error)}`);
        }
        await this.progress();
      }
      await this.slices.run(store.settle());
      this.current = store;
      if (plan.full) log(`only the first ${plan.files.length} files that were found are looked at`);
      const skipped = [...workspace.skipped, ['beyond the limit', left] as const, ['failed', failed] as const].filter(
        ([, n]) => n > 0,
      );
      this.skipped = Object.fromEntries(skipped);
      const seconds = ((performance.now() - began) / 1000).toFixed(1);
      const but = skipped.map(([reason, n]) => `${n} ${reason}`).join(', ');
      const indexed = `indexed ${store.held.size} files, ${(store.bytes / 1e6).toFixed(1)} MB in ${seconds} s`;
      log(indexed + (but && `; skipped ${but}`));
      await this.slices.idle();
      collectGarbage(); // what was sorted and joined: as much as a third of the index
    } finally {
      this.next = undefined;
      this.ready = true;
    }
    await this.progress(true);
  }

  /** What to put. Events go on to be heard in the old index meanwhile, and are due again for the new one. */
  private async plan(): Promise<Plan> {
    const { workspace } = this.options;
    const plan = new Plan([...this.open.keys()]);
    const heard = new Set<string>(); // perhaps in folders that had been listed
    for await (const file of workspace.files(this.ending.signal)) {
      if (!this.open.has(file.path)) plan.add(file);
      if (plan.full) break;
      await this.slices.idle();
      if (!this.current || this.due.size === 0) continue;
      for (const path of this.due) heard.add(path);
      await this.sure('indexing failed', () => this.update());
    }
    for (const [path, text] of this.open)
      if (await workspace.mayRead(path)) plan.add({ path, bytes: text().length, modified: Date.now() });
    for (const path of heard) this.due.add(path);
    await this.slices.run(plan.sort());
    return plan;
  }

  /** Brings the indexes up to date with the paths that are due; where that is much, a new one is built instead. */
  private async update(): Promise<void> {
    const { open, slices } = this;
    const { workspace } = this.options;
    const { signal } = this.ending;
    const stores = [...new Set([this.current, this.next])].filter((store) => store !== undefined);
    const due = [...this.due];
    this.due.clear();
    if (stores.length === 0 || this.again) return; // a pass comes and looks at everything
    const held = stores.map((store) => store.held);
    const paths = due.length > FLOOD ? undefined : await affectedBy(due, { workspace, held, open, slices, signal });
    if (!paths) {
      this.again = true;
      return;
    }
    for (const path of paths) {
      await this.slices.idle();
      await this.sure(`cannot index ${path}`, async () => {
        const text = await this.text(path);
        for (const store of stores) await this.put(store, path, text);
      });
    }
    for (const store of stores) await this.slices.run(store.settle());
    await this.progress(true);
  }

  private async put(store: Store, path: string, text: Uint8Array | undefined): Promise<void> {
    if (!text) {
      if (store.held.has(path)) await this.slices.run(store.remove(path));
    } else if (!store.holds(path, text)) {
      if (store.fits(path, text)) await this.slices.run(store.put(path, text));
      // a new index has room; one that is being made is not thrown away
      else if (this.ready && text.length <= this.options.mostBytes) this.again = true;
    }
  }

  /** What counts as a file's text: an open document's before what is on disk. */
  private async text(path: string): Promise<Uint8Array | undefined> {
    const { workspace } = this.options;
    if (!(await workspace.mayRead(path))) return undefined;
    const text = this.open.get(path)?.();
    return this.withoutTokens(text ? (workspace.reasonToSkip(text) ? undefined : text) : await workspace.read(path));
  }

  /** The text itself: what looks like a token is taken out of it, whatever file it stands in. */
  private async withoutTokens(text: Uint8Array | undefined): Promise<Uint8Array | undefined> {
    if (text) await this.slices.run(blankTokens(text));
    return text;
  }

  private async progress(now = false): Promise<void> {
    if (!now && performance.now() < this.told + PROGRESS) return;
    this.told = performance.now();
    await this.sure('progress', () => this.options.onProgress?.(this.status));
  }
}
