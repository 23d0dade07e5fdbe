/** Where a language server is asked for names. Pure; no editor in here. */

const WORD = String.raw`[\p{L}\p{M}\p{N}_$]`;
const WORD_AT_END = new RegExp(`${WORD}*$`, 'u');
const ONLY_WORD = new RegExp(`^${WORD}*$`, 'u');
const ACCESS = /(?:\?\.|\.|->|::)\s*$/;
/** Behind these a dot is no access: `..` of `...`, and a number. */
const NO_RECEIVER = /\.$|(?:^|[^\p{L}\p{M}\p{N}_$])\p{N}+$/u;

/**
 * UTF-16 column where the identifier starts that is typed at the end of `before`, what stands before a cursor on its
 * line; behind an access operator one may start without a letter. Undefined where no name is asked for.
 */
export function nameStart(before: string): number | undefined {
  const [typed] = WORD_AT_END.exec(before)!;
  if (/^\p{N}/u.test(typed)) return undefined;
  const start = before.length - typed.length;
  return typed !== '' || isMemberBehind(before.slice(0, start)) ? start : undefined;
}

/** Whether a name behind `before`, on its line, is a member of something. */
export function isMemberBehind(before: string): boolean {
  const access = ACCESS.exec(before);
  return access !== null && !NO_RECEIVER.test(before.slice(0, access.index));
}

/** Whether a text that is typed or taken away in an identifier leaves it one. */
export const isOfName = (text: string): boolean => ONLY_WORD.test(text);
