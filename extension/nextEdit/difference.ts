/** What of an edit is really new, and how it is shown in a line. Pure; no editor in here. */

/** [from, to) of the old text gives way to `inserted`; offsets in UTF-16 units. */
export interface Difference {
  from: number;
  to: number;
  inserted: string;
}

/** An edit without what stands at its start and end before and after alike. No surrogate pair is cut. */
export function difference(oldText: string, newText: string): Difference {
  const most = Math.min(oldText.length, newText.length);
  let from = 0;
  while (from < most && oldText[from] === newText[from]) from++;
  if (isCut(oldText, from) || isCut(newText, from)) from--;
  let behind = 0;
  while (behind < most - from && oldText.at(-1 - behind) === newText.at(-1 - behind)) behind++;
  if (isCut(oldText, oldText.length - behind) || isCut(newText, newText.length - behind)) behind--;
  return { from, to: oldText.length - behind, inserted: newText.slice(from, newText.length - behind) };
}

/** Whether an offset is between the halves of a surrogate pair, or between CR and LF. */
function isCut(text: string, offset: number): boolean {
  return /^(?:[\ud800-\udbff][\udc00-\udfff]|\r\n)$/.test(text.slice(Math.max(0, offset - 1), offset + 1));
}

/** The text without the difference of line ends: a document has its own. */
export const withLf = (text: string) => text.replaceAll('\r\n', '\n');

/** What stands in one line for a text of several: the first of them that holds something, and how many follow. */
export function inOneLine(text: string, tabSize: number): { line: string; more: number } {
  const lines = withLf(text).split('\n');
  const first = Math.max(
    0,
    lines.findIndex((line) => line.trim() !== ''),
  );
  const line = `${'⏎'.repeat(first)}${lines[first]}`.replaceAll('\t', ' '.repeat(tabSize));
  return { line: line.replaceAll(' ', '\u00a0'), more: lines.length - 1 - first };
}

/** An edit of a text that is made at once with others. */
export interface OffsetEdit {
  offset: number;
  removed: number;
  text: string;
}

/** Where the new texts of edits made at once stand then. */
export function written(edits: OffsetEdit[]): { offset: number; length: number }[] {
  let shift = 0;
  return [...edits]
    .sort((a, b) => a.offset - b.offset)
    .map(({ offset, removed, text }) => {
      const at = offset + shift;
      shift += text.length - removed;
      return { offset: at, length: text.length };
    });
}
