/** The user's edits, from the changes of documents: what is typed in the same lines is one, until another place is. */
import type { Document, TextChange } from '../documents/document.ts';
import type { Edit } from './rule.ts';

/** A change of more text is no edit that is made again: a paste, or another version of the file; UTF-16 units. */
const LARGEST = 4000;
/** Lines before and behind an edit that tell where it was made. */
const AROUND = 2;
/** Edits that are remembered. */
const MOST = 64;

/** Lines that are being changed: [from, to) of what was there before, now [from, newTo). */
interface OpenBlock {
  before: Document;
  from: number;
  to: number;
  newTo: number;
}

export class EditHistory {
  /** What documents are now, by URI, for the next change. */
  private readonly known = new Map<string, Document>();
  private open: { document: Document; block: OpenBlock } | undefined;
  private done: Edit[] = [];

  opened(document: Document): void {
    this.known.set(document.uri, document.snapshot());
  }

  closed(document: Document): void {
    if (this.open?.document === document) this.close();
    this.known.delete(document.uri);
  }

  /** A document was opened or changed. */
  changed(document: Document): void {
    const before = this.known.get(document.uri);
    this.opened(document);
    if (!before) return;
    const change = oneOf(document.changes);
    if (!change || change.length + change.to - change.from > LARGEST) {
      // of a command: formatting, a paste, many cursors
      this.close();
      return;
    }
    const [from, to] = [change.from, change.to].map((offset) => before.positionAt(offset).line);
    const added = change.lineEnds;
    const { open } = this;
    if (open?.document === document && from < open.block.newTo && to >= open.block.from) {
      const { block } = open;
      const above = Math.max(0, block.from - from);
      const below = Math.max(0, to + 1 - block.newTo);
      block.from -= above;
      block.to += below;
      block.newTo += below + added - (to - from);
      return;
    }
    this.close();
    this.open = { document, block: { before, from, to: to + 1, newTo: from + 1 + added } };
  }

  /**
   * The edits, the latest last, without those that were undone: an edit that makes of lines what they were before
   * another one takes that one back.
   */
  get edits(): Edit[] {
    const now = this.current;
    const edits: Edit[] = [];
    for (const edit of now ? [...this.done, now] : this.done) {
      const undone = edits.findLastIndex(
        ({ uri, before, after }) => uri === edit.uri && before === edit.after && after === edit.before,
      );
      if (undone >= 0) edits.splice(undone, 1);
      else edits.push(edit);
    }
    return edits;
  }

  private close(): void {
    const edit = this.current;
    this.open = undefined;
    if (edit) this.done = [...this.done, edit].slice(-MOST);
  }

  /** What is being edited, as far as it is. */
  private get current(): Edit | undefined {
    if (!this.open) return undefined;
    const { document, block } = this.open;
    const { before, from, to, newTo } = block;
    const now = this.known.get(document.uri) ?? document;
    const edit = {
      uri: document.uri,
      at: from,
      before: linesOf(before, from, to),
      after: linesOf(now, from, newTo),
      above: linesOf(before, Math.max(0, from - AROUND), from),
      below: linesOf(before, to, to + AROUND),
    };
    return edit.before === edit.after ? undefined : edit;
  }
}

/** The one change that an update is; undefined for several, and for another text. */
function oneOf(changes: TextChange[] | undefined): TextChange | undefined {
  return changes?.length === 1 ? changes[0] : undefined;
}

/** Lines [from, to), each with its end, the last one of a text, too. */
function linesOf(document: Document, from: number, to: number): string {
  let text = '';
  for (let line = from; line < Math.min(to, document.lines); line++) text += `${document.line(line)}\n`;
  return text;
}
