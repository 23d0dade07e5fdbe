/**
 * The workspace's memory as the server keeps it: told of documents and files, and asked for a predictor for each
 * completion.
 */
import { pathToFileURL } from 'node:url';
import type { Position } from 'vscode-languageserver';
import type { Document } from './documents/document.ts';
import { RecentDocuments } from './documents/recentDocuments.ts';
import type { Engine } from './engine/engine.ts';
import { bundled } from './engine/find.ts';
import { messageOf } from './errors.ts';
import { type Gate, readGate } from './memory/gate.ts';
import { filesHolding } from './memory/holding.ts';
import { unitIn } from './memory/indentation.ts';
import { Indexing } from './memory/indexing.ts';
import { KnownNames } from './memory/knownNames.ts';
import { type Known, MOST_BYTES, Workspace } from './memory/readable.ts';
import { type About, type MemoryPredictor, Retrieval } from './memory/retrieval.ts';
import { Starter } from './memory/starter.ts';
import { wordStart } from './memory/structure.ts';
import { type Part, TextIndex } from './memory/textIndex.ts';
import { displayPath, notebookOf, pathOf, pathWithin } from './paths.ts';
import { encode, filesLimit } from './prompt/around.ts';
import type { Prompt } from './prompt/sequence.ts';
import type { MemoryOptions, MemoryStatus, Why } from './wire/protocol.ts';

/**
 * Text beside the cursor, bytes, that a completion does not find in the index: it reads it itself, and what follows
 * there is not what follows now.
 */
const BESIDE = 8192;
const BLOCK = 1024;
/**
 * In a document longer than this, UTF-16 units, the rest of it is not looked at: where the cursor stands would take
 * too long to say.
 */
const LARGEST = 400_000;

/** What stands so far before a place says what a name there is a member of, UTF-16 units. */
const RECEIVER = 1024;
/** A search goes on for so long before others get their turn, ms. */
const SLICE = 4;
/** Names are kept for so many documents, those that they were given for last. */
const NAMED = 8;

/** What the memory asks of the server, and tells it. */
export interface MemoryHost {
  /** URIs of the folders that may be read; those of other hosts are not. */
  folders: string[];
  /** The documents that are open. */
  documents(): Document[];
  /** A completion runs. */
  busy(): boolean;
  log(message: string): void;
  onProgress(status: MemoryStatus): void;
}

/** Without a folder of this machine it knows nothing, and is ready. */
export class WorkspaceMemory {
  private readonly indexing: Indexing | undefined;
  private readonly recent: RecentDocuments | undefined;
  private readonly retrieval = new Retrieval(() => this.indexing?.sink as TextIndex | undefined);
  /** What language servers said, by URI; a completion keeps what it began with. */
  private readonly names = new Map<string, KnownNames>();
  private readonly starter: Starter | undefined;
  private readonly workspace: Workspace | undefined;
  private readonly gates = new WeakMap<Engine, Promise<Gate | undefined>>();

  constructor(
    { megabytes = 32, exclude = [], secrets = [], starter = true }: MemoryOptions,
    private readonly host: MemoryHost,
  ) {
    if (starter) this.starter = new Starter(bundled('starter'), host.log);
    const roots = host.folders.flatMap((uri) => pathOf(uri) ?? []);
    if (roots.length === 0) return;
    const workspace = (this.workspace = new Workspace({ roots, exclude, secrets }));
    this.recent = new RecentDocuments({
      mayRead: (uri, known) => this.mayRead(uri, known),
      nameOf: ({ uri }) => displayPath(uri, host.folders),
    });
    this.indexing = new Indexing({
      workspace,
      make: (room) => new TextIndex(room),
      mostBytes: megabytes * 1e6,
      busy: host.busy,
      log: host.log,
      onProgress: () => host.onProgress(this.status),
    });
    for (const document of host.documents()) this.changed(document);
    void this.indexing.start();
  }

  get status(): MemoryStatus {
    return this.indexing?.status ?? { state: 'ready', files: 0, bytes: 0, skipped: {} };
  }

  /** Another text than the one that names were given for, if any were. */
  opened(document: Document): void {
    this.names.delete(document.uri);
    void this.starterOf(document);
  }

  changed(document: Document): void {
    const path = pathOf(document.uri);
    // It has as many bytes as units at least: nothing is put together in vain
    const text = () => (document.length > MOST_BYTES ? new Uint8Array() : encode(document.slice()));
    if (path) this.indexing?.document(path, text);
    this.recent?.changed(document);
  }

  closed(document: Document): void {
    const path = pathOf(document.uri);
    if (path) this.indexing?.closed(path);
    this.recent?.closed(document);
    this.names.delete(document.uri);
  }

  /** A language server's names for the word at `position`: those that it ranks in front, and the others. */
  learnNames(document: Document, position: Position, first: string[], others: string[]): void {
    const at = document.offsetAt(position);
    const before = encode(document.slice(Math.max(0, at - RECEIVER), at));
    const names = new KnownNames(this.names.get(document.uri));
    names.set(before, wordStart(before, before.length), first, others);
    this.names.delete(document.uri);
    this.names.set(document.uri, names);
    for (const oldest of this.names.keys()) if (this.names.size > NAMED) this.names.delete(oldest);
  }

  filesChanged(uris: string[]): void {
    this.indexing?.changed(uris.flatMap((uri) => pathOf(uri) ?? []));
  }

  /**
   * The FILE blocks of a completion at `position` of `now`, a snapshot of the document; none where its model.json does
   * not ask for them.
   */
  async files({ manifest }: Engine, document: Document, now: Document, position: Position): Promise<Prompt['files']> {
    if (!manifest.fileBlocks || !this.recent) return [];
    const offset = now.offsetAt(position);
    return this.recent.blocks(document, offset, filesLimit(manifest.architecture.context, offset, now.length - offset));
  }

  /** For a completion at `position`, or of the whole document; undefined where the model has no gate. */
  async predictor(engine: Engine, document: Document, position?: Position): Promise<MemoryPredictor | undefined> {
    const gate = await this.gateOf(engine);
    if (!gate) return undefined;
    const about = await this.aboutOf(document, position);
    return this.retrieval.predictor(gate, { ...about, names: this.names.get(document.uri) });
  }

  /** What the memory knows of `text`, which was offered at `position`. */
  async why(document: Document, position: Position, text: string): Promise<Why | null> {
    const at = document.offsetAt(position);
    const before = encode(document.slice(Math.max(0, at - BESIDE), at));
    return this.retrieval.why(before, encode(text), await this.aboutOf(document, position)) ?? null;
  }

  /** Those of some documents that may be read: neither ignored, nor excluded, nor of secrets. */
  async readable(documents: Document[]): Promise<Document[]> {
    const known: Known = new Map();
    const may = await Promise.all(documents.map(({ uri }) => this.mayRead(uri, known)));
    return documents.filter((_, i) => may[i]);
  }

  private async mayRead(uri: string, known: Known): Promise<boolean> {
    const path = pathOf(uri);
    return path !== undefined && (await this.workspace?.mayRead(path, known)) === true;
  }

  /** Files of the index that hold a text, as they are on disk now; none that is open. Ends early where it is busy. */
  async *filesWith(text: string): AsyncGenerator<{ uri: string; text: string }> {
    const { workspace, host } = this;
    const index = this.indexing?.sink as TextIndex | undefined;
    if (!workspace || !index) return;
    const open = new Set(host.documents().map(({ uri }) => pathOf(uri)));
    let ends = performance.now() + SLICE;
    for (const path of filesHolding(index.files, encode(text))) {
      if (performance.now() > ends) {
        await new Promise(setImmediate);
        ends = performance.now() + SLICE;
      }
      if (host.busy()) return;
      if (path === undefined || open.has(path) || !(await workspace.mayRead(path))) continue;
      const bytes = await workspace.read(path);
      if (bytes) yield { uri: pathToFileURL(path).href, text: Buffer.from(bytes).toString() };
    }
  }

  stop(): void {
    this.indexing?.stop();
  }

  /** All but names, which change meanwhile. */
  private async aboutOf(document: Document, position?: Position): Promise<About> {
    const [own, unit] = [partOf(document, position), unitIn(document, position)];
    return { own, unit, starter: await this.starterOf(document) };
  }

  private async starterOf({ uri, language }: Document): Promise<TextIndex | undefined> {
    return this.starter?.indexFor(pathWithin(notebookOf(uri), this.host.folders), language);
  }

  private gateOf(engine: Engine): Promise<Gate | undefined> {
    const known =
      this.gates.get(engine) ??
      readGate(engine.folder, engine.manifest).catch((error) => void this.host.log(messageOf(error)));
    this.gates.set(engine, known);
    return known;
  }
}

/** The part of a document around a place (all of it without one, or where it is too large), in bytes of UTF-8. */
function partOf(document: Document, position?: Position): Part | undefined {
  const path = pathOf(notebookOf(document.uri));
  if (!path) return undefined;
  // A notebook's file holds its cells in another form
  if (path !== pathOf(document.uri)) return { path, from: 0, to: Infinity };
  if (!position || document.length > LARGEST) return { path, from: 0, to: Infinity };
  const at = Buffer.byteLength(document.slice(0, document.offsetAt(position)));
  const block = at - (at % BLOCK); // what is hidden seldom moves with a key
  return { path, from: block - BESIDE, to: block + BLOCK + BESIDE };
}
