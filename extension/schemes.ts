/** Which documents hold text that the user writes, by the schemes of their URIs, and what others hold. Pure. */

/** Completed: files here, on a remote machine or a server, untitled documents, and a notebook's cells one by one. */
export const WRITTEN = ['file', 'untitled', 'vscode-remote', 'vscode-vfs', 'vscode-notebook-cell'];

/** Settings by their files: each key has a schema, from which the editor's own list is made. */
const SETTINGS = /(?:^|\/)(?:\.vscode|data\/Machine)\/settings\.json$/;
const OTHERS: Record<string, 'output' | 'search' | 'settings'> = {
  output: 'output',
  'search-editor': 'search',
  vscode: 'settings',
  'vscode-settings': 'settings',
  'vscode-userdata': 'settings',
};

/** What a document holds that is none of the user's own text; undefined where it is. `path`: with forward slashes. */
export function otherThanText(scheme: string, path: string): 'output' | 'search' | 'settings' | 'scheme' | undefined {
  if (WRITTEN.includes(scheme)) return SETTINGS.test(path) ? 'settings' : undefined;
  return OTHERS[scheme] ?? 'scheme';
}
