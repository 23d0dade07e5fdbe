/** Which files an index begins with, and in which order: the nearest to the open documents first, then the newest. */
import { dirname } from 'node:path';
import type { Found } from './readable.ts';

/** So many files are sorted in one step: well under a millisecond. */
const RUN = 256;
/**
 * So many files are looked at: a list of more, of a whole disk say, would take hundreds of megabytes, and the index has
 * room for few of them.
 */
const MOST = 250_000;

interface Ranked extends Found {
  rank: number;
}

export class Plan {
  /** What to put, in this order, once it is sorted. */
  files: Found[] = [];
  private readonly found: Ranked[] = [];
  private readonly rank: (path: string) => number;

  /** `documents`: paths of the open ones. */
  constructor(documents: string[]) {
    this.rank = nearness(documents);
  }

  add(file: Found): void {
    this.found.push({ ...file, rank: this.rank(file.path) });
  }

  /** No more should be added. */
  get full(): boolean {
    return this.found.length >= MOST;
  }

  /** Sorts, in steps, what was added. */
  *sort(): Generator<void> {
    this.files = yield* sorted(this.found);
  }
}

/** How many leading folders a path shares with the nearest of `documents`; a document itself is one nearer. */
function nearness(documents: string[]): (path: string) => number {
  const depths = new Map<string, number>();
  for (const document of documents) {
    for (let path = document; path !== dirname(path); path = dirname(path))
      depths.set(path, path.split(/[\\/]/).length);
  }
  return (path) => {
    while (!depths.has(path) && path !== dirname(path)) path = dirname(path);
    return depths.get(path) ?? 0;
  };
}

/** A merge sort in steps: one sort of all files of a huge workspace would block. */
function* sorted(files: Ranked[]): Generator<void, Ranked[]> {
  const before = (a: Ranked, b: Ranked): number => b.rank - a.rank || b.modified - a.modified;
  if (files.length <= RUN) return files.sort(before);
  const half = files.length >> 1;
  const [a, b] = [yield* sorted(files.slice(0, half)), yield* sorted(files.slice(half))];
  const all: Ranked[] = [];
  for (let [i, j] = [0, 0]; i < a.length || j < b.length; ) {
    all.push(j === b.length || (i < a.length && before(a[i], b[j]) <= 0) ? a[i++] : b[j++]);
    yield;
  }
  return all;
}
