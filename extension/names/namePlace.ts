/** Where a language server is asked for names. Pure; no editor in here. */

const WORD = String.raw`[\p{L}\p{M}\p{N}_$]`;
const AT_END = new RegExp(String.raw`(\?\.|\.|->|::)?(\s*)(${WORD}*)$`, 'u');
/** What makes a dot none of a member access: `...`, `1.` */
const NO_ACCESS = /\.$|(?:^|[^\p{L}\p{M}\p{N}_$])\p{N}+$/u;

/**
 * UTF-16 column where the identifier starts that is typed at the end of `line`, what stands before a cursor on its
 * line; behind an access operator one may start without a letter. Undefined where no name is asked for.
 */
export function nameStart(line: string): number | undefined {
  const [, access, blanks, typed] = AT_END.exec(line)!;
  if (/^\p{N}/u.test(typed)) return undefined;
  const start = line.length - typed.length;
  if (typed !== '') return start;
  if (access === undefined) return undefined;
  return NO_ACCESS.test(line.slice(0, start - blanks.length - access.length)) ? undefined : start;
}

/** Whether a text that is typed or taken away in an identifier leaves it one. */
export const isOfName = (text: string): boolean => new RegExp(`^${WORD}*$`, 'u').test(text);

/** Whether a name behind `before`, on its line, is a member of something. */
export const isMemberBehind = (before: string): boolean => /(?:\.|->|::)\s*$/.test(before);
