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
/** The languages that TypeScript's server answers for, directly or through another one. */
const BY_TYPESCRIPT = /^(?:(?:type|java)script(?:react)?|vue|svelte|astro)$/;
/** Whether names are asked for in a language: the gates were trained on those of these alone. */
export const isAskedIn = (language: string): boolean => language === 'python' || BY_TYPESCRIPT.test(language);
/** A name that is in each list of a scope and in no other one, where there is such a name. */
const IN_EACH_SCOPE: Record<string, string> = { python: 'ArithmeticError' };
/** TypeScript's ranks of what must be imported, of snippets and of a file's words; `z` is before what is deprecated. */
const TYPESCRIPT_ELSEWHERE = /^z?1[6-9]/;
const IMPORTS = /\bauto[- ]?import|\b(?:add|update) import|^\W*(?:import|use) |\bimport(?:ed)? from /i;

/**
 * The names among the items of a place: those that the server ranks in front, and the others, which are left out where
 * all of them are too many. Of members none is in front, and there are all of them or none: what they lack does not
 * exist. In Python a class's body has a list of what can be overridden, an import one of what a module holds, and a
 * member in brackets that nothing closes yet one of the scope: neither is what it is asked for, so there are none.
 */
export function namesOf(items: Item[], language: string, isMember: boolean): Names {
  const ranks = new Map<string, string>();
  for (const item of items) {
    const name = nameOf(item, isMember);
    if (name === undefined || name.length > LONGEST || isImported(item, language)) continue;
    const [rank, known] = [item.sortText ?? '', ranks.get(name)];
    if (known === undefined || rank < known) ranks.set(name, rank);
  }
  const inScope = IN_EACH_SCOPE[language];
  if (inScope && ranks.has(inScope) === isMember) return { first: [], others: [] };
  const all = [...ranks].sort(([, a], [, b]) => (a < b ? -1 : Number(a > b)));
  const named = (ranked: typeof all) => ranked.map(([name]) => name);
  const isTooMuch = all.length > MOST || all.reduce((n, [name]) => n + name.length, 0) > LONGEST_TOGETHER;
  if (isMember) return { first: isTooMuch ? [] : named(all), others: [] };
  const front = all[0]?.[1].slice(0, 2);
  const isFront = ([, rank]: [string, string]) => rank.slice(0, 2) === front;
  let room = LONGEST_TOGETHER;
  const first = named(all.filter(isFront))
    .slice(0, MOST)
    .filter((name) => (room -= name.length) >= 0);
  return { first, others: isTooMuch ? [] : named(all.filter((one) => !isFront(one))) };
}

function nameOf({ label, insertText, kind = '' }: Item, isMember: boolean): string | undefined {
  const text = textOf(label).trimStart(); // clangd begins each one with a blank
  const name = NAME.exec(text)?.[0];
  const isName = !NO_NAMES.has(kind) || (isMember && kind === 'Keyword'); // Rust's `.await`
  if (!name || !isName || /^[-./]/.test(text.slice(name.length))) return undefined;
  // an item may put something in front: `.` or `?.`, which change no name, or `this.`, without which there is none
  const inserted = typeof insertText === 'object' ? insertText.value : insertText;
  return inserted === undefined || inserted.replace(/^\??\./, '').startsWith(name) ? name : undefined;
}

/** Whether taking the item imports the name first: then it is not there yet. */
function isImported({ label, sortText = '', detail = '', additionalTextEdits }: Item, language: string): boolean {
  if (additionalTextEdits?.length) return true;
  if (BY_TYPESCRIPT.test(language) && TYPESCRIPT_ELSEWHERE.test(sortText)) return true;
  const more = typeof label === 'string' ? [] : [label.detail ?? '', label.description ?? ''];
  return [detail, ...more].some((said) => IMPORTS.test(said));
}

const textOf = (label: Item['label']) => (typeof label === 'string' ? label : label.label);
