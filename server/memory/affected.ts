/** Which files to look at again after events on disk, which name files and folders. */
import { dirname } from 'node:path';
import { ruledBy } from './gitRules.ts';
import type { Known, Workspace } from './readable.ts';
import type { TimeSlices } from './timeSlices.ts';

/** So many changed files at once are another workspace: a branch was switched. */
const BURST = 500;

/** What is known of files: those that the indexes hold, by path, and the open documents. */
interface Knowledge {
  workspace: Workspace;
  held: ReadonlyMap<string, unknown>[];
  open: ReadonlyMap<string, unknown>;
  slices: TimeSlices;
  signal: AbortSignal;
}

/** The files to look at after events at these files and folders; undefined where all are. Throws when aborted. */
export async function affectedBy(
  due: string[],
  { workspace, held, open, slices, signal }: Knowledge,
): Promise<Set<string> | undefined> {
  const known: Known = new Map();
  const [paths, folders] = [new Set<string>(), new Set<string>()];
  for (const path of due) {
    await slices.idle();
    const ruled = ruledBy(path);
    if (ruled && (await workspace.mayEnter(ruled))) return undefined; // git ignores something else now
    const isHeld = held.some((files) => files.has(path));
    if (isHeld || open.has(path)) paths.add(path);
    if (!isHeld) folders.add(path); // it may have been one
    if (await workspace.mayRead(path, known)) paths.add(path);
    else for await (const file of workspace.files(signal, path, known)) if (paths.add(file.path).size > BURST) break;
    if (paths.size > BURST) return undefined;
  }
  for (const files of held) await slices.run(within(folders, files.keys(), paths));
  return paths.size > BURST ? undefined : paths;
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
