/**
 * What git ignores: the patterns of .gitignore files, of the repository and of its user. Not by `git check-ignore`: git
 * may be absent, refuses what has no repository, is another user's or lies in a submodule, holds a nested repository to
 * the outer one's rules, and with its index runs the program that a repository's core.fsmonitor names.
 */
import { realpath } from 'node:fs/promises';
import { homedir } from 'node:os';
import { basename, dirname, join, resolve, sep } from 'node:path';
import ignore, { type Ignore } from 'ignore';
import { ANY_CASE } from '../globs.ts';
import { bytesOf, present } from './skipped.ts';

/**
 * A file of patterns that is larger makes its folder unreadable: better to read too little than to match for long;
 * bytes.
 */
const MOST_PATTERNS = 100_000;
/** The file of a repository that says, beside its .gitignore files, what git ignores. */
const EXCLUDE = join('.git', 'info', 'exclude');

/** Patterns from a repository's top down to a folder, in one list: as in git, the last that matches decides. */
export interface Rules {
  base: string;
  ignore: Ignore;
}

/** Whether git ignores a path below the rules' base. */
export function ignores({ base, ignore: patterns }: Rules, path: string, folder: boolean): boolean {
  return patterns.ignores(below(base, path) + (folder ? '/' : ''));
}

/** The folder that a file of ignore patterns is about; undefined for any other path. */
export function ruledBy(path: string): string | undefined {
  if (basename(path) === '.gitignore') return dirname(path);
  return path.endsWith(sep + EXCLUDE) ? path.slice(0, -EXCLUDE.length - 1) : undefined;
}

/**
 * A repository may begin above the open folder: its rules hold down here. But who opens a folder that git ignores wants
 * it, so that then only the rules from there on count. Throws, as rulesIn() does, where there are rules that cannot be
 * read.
 */
export async function rulesOfRoot(root: string): Promise<Rules> {
  const above: string[] = [];
  for (let folder = root; !(await present(join(folder, '.git'))); ) {
    if (folder === dirname(folder)) return rulesIn(root); // no repository
    above.unshift((folder = dirname(folder)));
  }
  let rules: Rules | undefined;
  for (const folder of above) rules = await rulesIn(folder, rules);
  return rulesIn(root, rules && !ignores(rules, root, true) ? rules : undefined);
}

/** The rules above a folder and its own; a folder that is a repository's top begins anew. */
export async function rulesIn(folder: string, above?: Rules): Promise<Rules> {
  const top = await present(join(folder, '.git'));
  const rules =
    above && !top
      ? above
      : { base: folder, ignore: ignore({ ignorecase: ANY_CASE }).add(top ? await repositoryPatterns(folder) : '') };
  const text = await patternsOf(join(folder, '.gitignore'));
  if (text === '') return rules;
  const patterns = text.split(/\r?\n/).flatMap((line) => fromBase(line, below(rules.base, folder)));
  return {
    base: rules.base,
    ignore: ignore({ ignorecase: ANY_CASE })
      .add(rules.ignore)
      .add(patterns.map((pattern) => ({ pattern }))),
  };
}

/** A line of the .gitignore in `folder` as a pattern for the folder at the top; none where it says nothing. */
function fromBase(line: string, folder: string): string[] {
  const [, not, pattern] = /^(!?)(.*)$/s.exec(line.replace(/(?<!\\) +$/, ''))!;
  if (pattern === '' || pattern === '/' || line.startsWith('#')) return [];
  if (folder === '') return [not + pattern];
  const anchored = /\/./.test(pattern); // a slash that is not the last character ties a pattern to its folder
  return [`${not}/${folder.replace(/[\\*?[\]]/g, '\\$&')}/${anchored ? pattern.replace(/^\//, '') : `**/${pattern}`}`];
}

/**
 * The user's patterns and, which count for more, info/exclude; in a worktree or submodule `.git` is a file that says
 * where to look.
 */
async function repositoryPatterns(folder: string): Promise<string> {
  let git = join(folder, '.git');
  const elsewhere = /^gitdir: (.+)$/m.exec(await patternsOf(git));
  if (elsewhere) {
    git = resolve(folder, elsewhere[1].trim());
    git = resolve(git, (await patternsOf(join(git, 'commondir'))).trim());
  }
  return `${await usersPatterns(git)}\n${await patternsOf(join(git, 'info', 'exclude'))}`;
}

/**
 * What the user has git ignore everywhere: the file that core.excludesFile names, or git's own. The machine's settings
 * and included ones are not looked at.
 */
async function usersPatterns(git: string): Promise<string> {
  const ours = join(process.env.XDG_CONFIG_HOME || join(homedir(), '.config'), 'git');
  for (const config of [join(git, 'config'), join(homedir(), '.gitconfig'), join(ours, 'config')]) {
    // the first that names one decides
    const named = excludesFile(await patternsOf(await behindLinks(config)));
    if (named !== undefined)
      return named === '' ? '' : patternsOf(await behindLinks(resolve(homedir(), named.replace(/^~\//, ''))));
  }
  return patternsOf(await behindLinks(join(ours, 'ignore')));
}

/** The value of core.excludesFile in the text of a git configuration. */
function excludesFile(config: string): string | undefined {
  let [section, value]: (string | undefined)[] = [];
  for (const line of config.split(/\r?\n/)) {
    section = /^\s*\[\s*([^\]]*?)\s*\]/.exec(line)?.[1].toLowerCase() ?? section;
    const quoted =
      section === 'core'
        ? /^\s*excludesfile\s*=\s*("(?:\\.|[^"])*"|[^#;]*)/i.exec(line.replace(/^\s*\[[^\]]*\]/, ''))?.[1].trim()
        : undefined;
    value = quoted?.replace(/^"|"$/g, '').replace(/\\(["\\])/g, '$1') ?? value;
  }
  return value;
}

/** Where links lead: a user's files, unlike a workspace's, may be some. */
const behindLinks = (path: string) => realpath(path).catch(() => path);

/** A small text, '' where there is none or, as in git, only a link; throws where there is one that cannot be had. */
async function patternsOf(path: string): Promise<string> {
  const bytes = await bytesOf(path, MOST_PATTERNS);
  if (typeof bytes !== 'string') return new TextDecoder().decode(bytes); // without a byte order mark
  if (['empty', 'gone', 'link', 'not a file'].includes(bytes)) return '';
  throw new Error(`${path}: ${bytes}`);
}

/** The path from `folder`, which holds it, on; with slashes. */
export function below(folder: string, path: string): string {
  return path.slice(folder.length).split(sep).join('/').replace(/^\//, '');
}
