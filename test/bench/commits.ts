/** Commits of a repository as edits: what each of them did to the lines of its source files. */
import { execFileSync, spawnSync } from 'node:child_process';
import { extname } from 'node:path';

/** Lines [at, at + old.length) of a file gave way to others. */
export interface LineEdit {
  path: string;
  /** In the parent, from 0 on. */
  at: number;
  old: string[];
  made: string[];
}

export interface Commit {
  id: string;
  /** Of the parent, by path. */
  files: Map<string, string>;
  /** In the order of the diff. */
  edits: LineEdit[];
}

export const GROUPS: Record<string, string[]> = {
  typescript: ['.ts', '.tsx', '.js', '.jsx', '.mjs', '.cjs', '.mts', '.cts'],
  python: ['.py'],
  go: ['.go'],
  rust: ['.rs'],
};

/** Paths that nobody edits by hand. */
const MADE = new RegExp(
  '(?:^|/)(?:dist|build|vendor|third_party|node_modules|__snapshots__|snapshots?|generated)/' +
    '|\\.output\\.|\\.min\\.|\\.d\\.ts$|\\.snap$',
);
/** UTF-16 units of a file, and edits of a commit. */
const [LARGEST, MOST_EDITS] = [200_000, 100];
const MORE = { maxBuffer: 2 ** 30 };

/** The latest commits but merges, `most` of them with at least one edit in a file of these endings. */
export function* commitsOf(repository: string, endings: string[], most: number): Generator<Commit> {
  const git = (...args: string[]) => execFileSync('git', ['-C', repository, ...args], MORE).toString();
  const globs = endings.map((ending) => `*${ending}`);
  const ids = git('rev-list', '--no-merges', '--min-parents=1', `--max-count=${4 * most}`, 'HEAD', '--', ...globs)
    .trim()
    .split('\n')
    .filter(Boolean);
  let found = 0;
  for (const id of ids) {
    if (found >= most) return;
    const commit = commitOf(repository, id, endings);
    if (!commit || commit.edits.length === 0 || commit.edits.length > MOST_EDITS) continue;
    found++;
    yield commit;
  }
}

function commitOf(repository: string, id: string, endings: string[]): Commit | undefined {
  const diff = spawnSync(
    'git',
    ['-C', repository, 'diff', '-U0', '--no-renames', '--no-color', '--diff-filter=M', `${id}^`, id],
    MORE,
  ).stdout.toString();
  const files = new Map<string, string>();
  const edits: LineEdit[] = [];
  for (const part of diff.split(/^diff --git .*\n/m).slice(1)) {
    const path = /^--- a\/(.*)$/m.exec(part)?.[1]?.trimEnd();
    if (!path || !endings.includes(extname(path)) || MADE.test(path)) continue;
    const shown = spawnSync('git', ['-C', repository, 'show', `${id}^:${path}`], MORE);
    const text = shown.stdout.toString().replaceAll('\r\n', '\n');
    if (shown.status !== 0 || text.length > LARGEST || text.includes('\0')) continue;
    files.set(path, text);
    edits.push(...editsOf(path, part));
  }
  return { id, files, edits };
}

/** The edits of a file's part of a diff: lines that were replaced one by one are one edit each. */
function editsOf(path: string, part: string): LineEdit[] {
  const edits: LineEdit[] = [];
  const hunks = part.split(/^@@ -(\d+)(?:,(\d+))? \+\d+(?:,\d+)? @@.*\n/m);
  for (let i = 1; i < hunks.length; i += 3) {
    const [start, count, body] = [
      Number(hunks[i]),
      hunks[i + 1] === undefined ? 1 : Number(hunks[i + 1]),
      hunks[i + 2],
    ];
    const lines = body.replaceAll('\r', '').split('\n');
    const [old, made] = ['-', '+'].map((sign) => lines.filter((l) => l.startsWith(sign)).map((l) => l.slice(1)));
    const at = count === 0 ? start : start - 1;
    if (old.length === made.length)
      edits.push(...old.map((line, k) => ({ path, at: at + k, old: [line], made: [made[k]] })));
    else edits.push({ path, at, old, made });
  }
  return edits.filter(({ old, made }) => old.join('\n') !== made.join('\n'));
}
