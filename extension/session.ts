/** One completion as the user types into it: what is left of it at a cursor, if anything. Pure; no editor in here. */

/** How far around the anchor the text must be unchanged, in UTF-16 units. */
const AROUND = 200;

/** The text between two UTF-16 offsets of a document; an offset past its end means its end. A large document is never put together. */
export type Slice = (from: number, to: number) => string;

export class Session {
  text = '';
  /** Other texts that may stand there. */
  others: string[] = [];
  /** The user sent it away: it must not come back. */
  dismissed = false;
  private readonly before: string;
  private readonly after: string;

  /** `always`: asked for by hand, whole however unsure the model is. */
  constructor(readonly uri: string, readonly anchor: number, slice: Slice, readonly always = false) {
    this.before = slice(Math.max(0, anchor - AROUND), anchor);
    this.after = slice(anchor, anchor + AROUND);
  }

  /** What is still to be shown at `offset` of the document, or undefined where the completion does not fit any more. */
  restAt(uri: string, offset: number, slice: Slice): string | undefined {
    return this.restsAt(uri, offset, slice)[0];
  }

  /** What is left of each text that begins with what was typed, the first one's first. */
  restsAt(uri: string, offset: number, slice: Slice): string[] {
    if (uri !== this.uri || this.dismissed || offset < this.anchor) return [];
    const texts = [this.text, ...this.others];
    if (texts.every(({ length }) => offset - this.anchor > length)) return [];
    const typed = slice(this.anchor, offset);
    if (!texts.some((text) => text.startsWith(typed))) return [];
    if (slice(Math.max(0, this.anchor - AROUND), this.anchor) !== this.before) return [];
    const after = slice(offset, offset + AROUND);
    // closers that the editor adds by itself (brackets, quotes) do not count as a change
    const sameAfter = after.startsWith(this.after.slice(0, after.length)) || closed(after, this.after);
    return sameAfter ? texts.filter((text) => text.startsWith(typed)).map((text) => text.slice(typed.length)) : [];
  }
}

function closed(after: string, before: string): boolean {
  const added = /^[)\]}'"`]{1,4}/.exec(after)?.[0] ?? '';
  return added !== '' && after.slice(added.length).startsWith(before.slice(0, after.length - added.length));
}
