/** A folder of real files, indexed into sinks that only remember, for the tests of the background index. */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Indexing, type IndexingOptions } from '../../server/memory/indexing.ts';
import { Workspace } from '../../server/memory/readable.ts';
import type { Sink } from '../../server/memory/store.ts';

/** Remembers what it is told; a step for each 100 bytes. */
export class RememberingSink implements Sink {
  readonly texts = new Map<string, string>();
  readonly calls: string[] = [];
  step = () => {};
  private spent = 0;

  constructor(
    readonly root: string,
    readonly room: number,
  ) {}

  fits(_path: string, bytes: Uint8Array): boolean {
    return this.spent + bytes.length <= this.room;
  }

  *put(path: string, bytes: Uint8Array): Generator<void> {
    this.spent += bytes.length;
    for (let at = 0; at < bytes.length; at += 100) {
      this.step();
      yield;
    }
    this.calls.push(`put ${relative(this.root, path)}`);
    this.texts.set(relative(this.root, path), Buffer.from(bytes).toString());
  }

  *remove(path: string): Generator<void> {
    this.calls.push(`remove ${relative(this.root, path)}`);
    this.texts.delete(relative(this.root, path));
    yield;
  }

  *settle(): Generator<void> {
    yield;
  }
}

/** Waits for something that must come to pass, however slow the machine. */
export async function until(condition: () => boolean, what: string): Promise<void> {
  for (const end = Date.now() + 10_000; !condition(); await sleep(10)) assert.ok(Date.now() < end, `never: ${what}`);
}

export const bytes = (text: string) => Buffer.from(text);

/** Long enough for everything that was said to have been heard. */
export const settled = () => sleep(900);

/**
 * An empty folder for each test of the suite that calls this, and what is opened on it; all of it is gone after the
 * test.
 */
export class IndexedFolder {
  root = '';
  readonly sinks: RememberingSink[] = [];
  readonly logs: string[] = [];
  private readonly all: Indexing[] = [];

  constructor() {
    beforeEach(() => {
      this.root = realpathSync(mkdtempSync(join(tmpdir(), 'byteline-indexing-')));
      for (const list of [this.sinks, this.logs, this.all]) list.length = 0;
    });
    afterEach(() => {
      for (const indexing of this.all) indexing.stop();
      rmSync(this.root, { recursive: true, force: true });
    });
  }

  readonly at = (path: string) => join(this.root, path);

  readonly write = (path: string, text = `text of ${path}\n`, seconds?: number): string => {
    mkdirSync(dirname(this.at(path)), { recursive: true });
    writeFileSync(this.at(path), text);
    if (seconds) utimesSync(this.at(path), seconds, seconds);
    return this.at(path);
  };

  readonly open = (options: Partial<IndexingOptions> = {}): Indexing => {
    const indexing = new Indexing({
      workspace: new Workspace({ roots: [this.root], exclude: ['**/no'], secrets: ['.env'] }),
      make: (room) => {
        this.sinks.push(new RememberingSink(this.root, room));
        return this.sinks.at(-1)!;
      },
      busy: () => false,
      mostBytes: 1e7,
      log: (message) => this.logs.push(message),
      ...options,
    });
    this.all.push(indexing);
    return indexing;
  };
}

export const texts = (indexing: Indexing) => (indexing.sink as RememberingSink).texts;
export const paths = (indexing: Indexing) => [...texts(indexing).keys()].sort();
