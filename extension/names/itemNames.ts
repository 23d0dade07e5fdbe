/** Which of a language server's items are names in scope, and which of those it ranks in front. Pure. */
import { NAMES_LIMITS } from '../../server/wire/protocol.ts';

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

/** Names without doubles, the best ranks first: `first` are those in front. */
export interface Names {
  first: string[];
  others: string[];
}

/** Words of the document (`Text`), and what is no name. */
const NO_NAMES = new Set(['Text', 'Snippet', 'Keyword', 'File', 'Folder', 'Color', 'Unit']);
/** At the start of a label. */
const NAME = /^[\p{L}_$][\p{L}\p{M}\p{N}_$]*/u;
/** The languages that TypeScript's server answers for, directly or through another one. */
const BY_TYPESCRIPT = /^(?:(?:type|java)script(?:react)?|vue|svelte|astro)$/;
/** Whether names are asked for in a language: the gates were trained on those of these alone. */
export const isAskedIn = (language: string): boolean => language === 'python' || BY_TYPESCRIPT.test(language);
/** A name that is in each list of a scope and in no other one, where there is such a name. */
const IN_EACH_SCOPE: Record<string, string> = { python: 'ArithmeticError' };
/** TypeScript's ranks of what must be imported, of snippets and of a file's words; `z` is before what is deprecated. */
const TYPESCRIPT_ELSEWHERE = /^z?1[6-9]/;
/** How servers say beside a label that taking it imports something. */
const IMPORTS = /\bauto[- ]?import|\b(?:add|update) import|^\W*(?:import|use) |\bimport(?:ed)? from /i;

/**
 * The names among the items of a place: those that the server ranks in front, and the others, which are left out where
 * all of them are too many. Members are all in front, or none is given: what they lack does not exist. In Python a
 * class's body has a list of what can be overridden, an import one of what a module holds, and a member in brackets
 * that nothing closes yet one of the scope: neither is what it is asked for, so there are none.
 */
export function namesOf(items: Item[], language: string, isMember: boolean): Names {
  const ranks = new Map<string, string>();
  for (const item of items) {
    const name = nameOf(item, isMember);
    if (name === undefined || name.length > NAMES_LIMITS.length || isImported(item, language)) continue;
    const [rank, known] = [item.sortText ?? '', ranks.get(name)];
    if (known === undefined || rank < known) ranks.set(name, rank);
  }
  const inScope = IN_EACH_SCOPE[language];
  if (inScope && ranks.has(inScope) === isMember) return { first: [], others: [] };
  const all = [...ranks].sort(([, a], [, b]) => (a < b ? -1 : Number(a > b)));
  const namesIn = (ranked: typeof all) => ranked.map(([name]) => name);
  const total = all.reduce((n, [name]) => n + name.length, 0);
  const isTooMuch = all.length > NAMES_LIMITS.count || total > NAMES_LIMITS.total;
  if (isMember) return { first: isTooMuch ? [] : namesIn(all), others: [] };
  const best = all[0]?.[1].slice(0, 2);
  const isFront = ([, rank]: [string, string]) => rank.slice(0, 2) === best;
  let room = NAMES_LIMITS.total;
  const first = namesIn(all.filter(isFront))
    .slice(0, NAMES_LIMITS.count)
    .filter((name) => (room -= name.length) >= 0);
  return { first, others: isTooMuch ? [] : namesIn(all.filter((ranked) => !isFront(ranked))) };
}

/** The name that taking an item writes; undefined where that is none. */
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
  const beside = typeof label === 'string' ? [] : [label.detail ?? '', label.description ?? ''];
  return [detail, ...beside].some((text) => IMPORTS.test(text));
}

const textOf = (label: Item['label']) => (typeof label === 'string' ? label : label.label);
