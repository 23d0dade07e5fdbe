/** What documents are called: to the model, and on disk. */
import { basename, isAbsolute } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { InitializeParams, WorkspaceFolder } from 'vscode-languageserver';
import { endingOf } from './languages.ts';

/** A notebook's cells are documents of this scheme; what comes before the `#` is the notebook's. */
const CELL = /^vscode-notebook-cell:([^#]*).*$/s;

/**
 * The name that the model sees: relative to the innermost of the workspace's folders, `roots` (URIs), with forward
 * slashes; a notebook's cell is called as a file of its language would be. `untitled` where the URI names no path.
 */
export function displayPath(uri: string, roots: string[], language = ''): string {
  if (CELL.test(uri)) {
    const [path, ending] = [displayPath(notebookOf(uri), roots), endingOf(language)];
    return ending ? `${path.replace(/\.[^./]*$/, '')}.${ending}` : path;
  }
  try {
    const [within] = rootsOf(uri, roots);
    if (within) return decodeURIComponent(uri.slice(within.length));
    return fileURLToPath(uri).replaceAll('\\', '/').split('/').slice(-2).join('/');
  } catch {
    return 'untitled';
  }
}

/**
 * A document's path, relative to the innermost of the workspace's folders where it is in one, else whole; with forward
 * slashes.
 */
export function pathWithin(uri: string, roots: string[]): string {
  const own = notebookOf(uri);
  const [within] = rootsOf(own, roots);
  const path = within ? own.slice(within.length) : own.replace(/^[^:]*:(?:\/\/[^/]*)?/, '');
  try {
    return decodeURIComponent(path);
  } catch {
    return path; // of no valid URI
  }
}

/** The folders that hold a document, the innermost first, each with a slash at its end. */
function rootsOf(uri: string, roots: string[]): string[] {
  const folders = roots.map((root) => root.replace(/\/*$/, '/'));
  return folders.filter((folder) => uri.startsWith(folder)).sort((a, b) => b.length - a.length);
}

/** The URI of the file that a notebook's cell is in; of another document its own. */
export function notebookOf(uri: string): string {
  return uri.replace(CELL, (_, path: string) =>
    path.startsWith('/') ? `file:${path.startsWith('//') ? '' : '//'}${path}` : `untitled:${path}`,
  );
}

/** A document's path; undefined where it is no file of this machine. */
export function pathOf(uri: string): string | undefined {
  try {
    return uri.startsWith('file:') ? fileURLToPath(uri) : undefined;
  } catch {
    return undefined; // of another host
  }
}

/**
 * The folders that a client opens with: those that it lists, or else the one that older clients name, by its URI or its
 * path.
 */
export function foldersOf({
  workspaceFolders,
  rootUri,
  rootPath,
}: Pick<InitializeParams, 'workspaceFolders' | 'rootUri' | 'rootPath'>): WorkspaceFolder[] {
  if (workspaceFolders?.length) return workspaceFolders;
  const uri = rootUri || (rootPath && isAbsolute(rootPath) ? pathToFileURL(rootPath).href : undefined);
  return uri ? [{ uri, name: basename(uri) }] : [];
}
