/** Which of a language server's items are names in scope, and which of those it ranks in front. Pure. */

/** What is looked at of an item of vscode.CompletionItem. */
export interface Item {
  label: string | { label: string; detail?: string; description?: string };
  insertText?: string | { value: string };
  sortText?: string;
  detail?: string;
  additionalTextEdits?: unknown[];
  /** As the editor names it; undefined where the server does not say. */
  kind?: string;
}

export interface Names {
  first: string[];
  others: string[];
}

/** A message to the worker has so many names, and UTF-16 units of them; one name has so many units. */
const [MOST, LONGEST_TOGETHER, LONGEST] = [1000, 65_536, 256];
/** Words of the document (`Text`), and what is no name. */
const NO_NAMES = new Set(['Text', 'Snippet', 'Keyword', 'File', 'Folder', 'Color', 'Unit']);
const NAME = /^[\p{L}_$][\p{L}\p{M}\p{N}_$]*/u;
/** Of the languages that TypeScript's server answers for, directly or through another one. */
const BY_TYPESCRIPT = /^(?:(?:type|java)script(?:react)?|vue|svelte|astro)$/;
/** TypeScript's ranks of what must be imported, of snippets and of a file's words; `z` is before what is deprecated. */
const TYPESCRIPT_ELSEWHERE = /^z?1[6-9]/;
const IMPORTS = /\bauto[- ]?import|\b(?:add|update) import|^\W*(?:import|use) |\bimport(?:ed)? from /i;

/** The names among the items of a place. */
export function namesOf(items: Item[], language: string): Names {
  const ranks = new Map<string, string>();
  for (const item of items) {
    const name = nameOf(item);
    if (name === undefined || name.length > LONGEST || isImported(item, language)) continue;
    const [rank, known] = [item.sortText ?? '', ranks.get(name)];
    if (known === undefined || rank < known) ranks.set(name, rank);
  }
  const all = [...ranks].sort(([, a], [, b]) => (a < b ? -1 : Number(a > b)));
  const front = all[0]?.[1].slice(0, 2);
  let room = LONGEST_TOGETHER;
  const sent = all.slice(0, MOST).filter(([name]) => (room -= name.length) >= 0);
  const ofFront = (is: boolean) => sent.filter(([, rank]) => (rank.slice(0, 2) === front) === is).map(([name]) => name);
  return { first: ofFront(true), others: ofFront(false) };
}

function nameOf({ label, insertText, kind }: Item): string | undefined {
  const text = textOf(label).trimStart(); // clangd begins each one with a blank
  const name = NAME.exec(text)?.[0];
  if (!name || NO_NAMES.has(kind ?? '') || /^[-./]/.test(text.slice(name.length))) return undefined;
  // an item may put something in front: `?.`, which changes no name, or `this.`, without which there is none
  const inserted = typeof insertText === 'object' ? insertText.value : insertText;
  return inserted === undefined || inserted.replace(/^\?\./, '').startsWith(name) ? name : undefined;
}

/** Whether taking the item imports the name first: then it is not there yet. */
function isImported({ label, sortText = '', detail = '', additionalTextEdits }: Item, language: string): boolean {
  if (additionalTextEdits?.length) return true;
  if (BY_TYPESCRIPT.test(language) && TYPESCRIPT_ELSEWHERE.test(sortText)) return true;
  const more = typeof label === 'string' ? [] : [label.detail ?? '', label.description ?? ''];
  return [detail, ...more].some((said) => IMPORTS.test(said));
}

const textOf = (label: Item['label']) => (typeof label === 'string' ? label : label.label);
