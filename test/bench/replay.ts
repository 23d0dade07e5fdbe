/**
 * A commit made again, edit by edit, in documents as the worker has them, by someone who takes what is proposed if it
 * is in the commit, and refuses what is not.
 */
import { Document } from '../../server/documents/document.ts';
import { distance } from '../../server/edits/diff.ts';
import { tokensOf } from '../../server/edits/tokens.ts';
import type { Commit, LineEdit } from './commits.ts';

/** An edit that is still to be made: where its lines are now, and what they are. */
interface Left extends LineEdit {
  now: number;
}

/** What is proposed for UTF-16 units [from, to) of a document. */
export interface Proposed {
  uri: string;
  from: number;
  to: number;
  newText: string;
}

export const uriOf = (path: string) => `file:///replay/${path}`;
const ended = (lines: string[]) => lines.map((line) => `${line}\n`).join('');

export class Replay {
  readonly documents = new Map<string, Document>();
  /** What becomes of each document. */
  private left: Left[];

  constructor({ files, edits }: Commit, order: 'diff' | 'shuffled', random: () => number) {
    for (const [path, text] of files) this.documents.set(uriOf(path), Document.create(uriOf(path), '', 1, text));
    this.left = edits.map((edit) => ({ ...edit, now: edit.at }));
    if (order === 'diff') return;
    for (let i = this.left.length - 1; i > 0; i--) {
      const j = Math.floor(random() * (i + 1));
      [this.left[i], this.left[j]] = [this.left[j], this.left[i]];
    }
  }

  /**
   * Makes the next edit as a user does, what differs alone. Returns its document and the cursor behind it; undefined
   * where all are made.
   */
  next(): { document: Document; offset: number } | undefined {
    const edit = this.left.shift();
    if (!edit) return undefined;
    const document = this.documents.get(uriOf(edit.path))!;
    const from = document.offsetAt({ line: edit.now, character: 0 });
    const to = document.offsetAt({ line: edit.now + edit.old.length, character: 0 });
    const [old, made] = [document.slice(from, to), ended(edit.made)];
    const most = Math.min(old.length, made.length);
    let start = 0;
    while (start < most && old[start] === made[start]) start++;
    let end = 0;
    while (end < most - start && old[old.length - 1 - end] === made[made.length - 1 - end]) end++;
    this.change(document, from + start, to - end, made.slice(start, made.length - end));
    this.shift(edit, edit.made.length - edit.old.length);
    return { document, offset: from + Math.max(0, made.length - Math.max(1, end)) };
  }

  /** The edit that a proposal is part of: made, it brings its lines nearer to what they become. */
  rightOf({ uri, from, to, newText }: Proposed): LineEdit | undefined {
    const document = this.documents.get(uri);
    if (!document) return undefined;
    const [first, last] = [document.positionAt(from), document.positionAt(to)];
    return this.left.find((edit) => {
      if (uriOf(edit.path) !== uri) return false;
      const end = edit.now + edit.old.length;
      const isInside =
        edit.old.length === 0
          ? first.line === edit.now && first.character === 0 && from === to
          : first.line >= edit.now &&
            first.line < end &&
            (last.line < end || (last.line === end && last.character === 0));
      if (!isInside) return false;
      const [old, target] = [ended(edit.old), ended(edit.made)].map(tokensOf);
      const made = tokensOf(this.afterwards(edit, document, { uri, from, to, newText }));
      const step = distance(old, made);
      return step > 0 && step + distance(made, target) === distance(old, target);
    });
  }

  /** Makes a proposal that is right, a part of an edit or all of it. */
  take(proposed: Proposed, edit: LineEdit): void {
    const own = edit as Left;
    const document = this.documents.get(proposed.uri)!;
    const made = this.afterwards(own, document, proposed);
    this.change(document, proposed.from, proposed.to, proposed.newText);
    const lines = made.split('\n').slice(0, -1);
    this.shift(own, lines.length - own.old.length);
    own.old = lines;
    if (distance(tokensOf(made), tokensOf(ended(own.made))) === 0)
      this.left = this.left.filter((other) => other !== own);
  }

  /** The lines of an edit as a proposal would leave them. */
  private afterwards(edit: Left, document: Document, { from, to, newText }: Proposed): string {
    const start = document.offsetAt({ line: edit.now, character: 0 });
    const stop = document.offsetAt({ line: edit.now + edit.old.length, character: 0 });
    return document.slice(start, from) + newText + document.slice(to, stop);
  }

  private change(document: Document, from: number, to: number, text: string): void {
    const range = { start: document.positionAt(from), end: document.positionAt(to) };
    Document.update(document, [{ range, text }], document.version + 1);
  }

  /** Lines below an edit move. */
  private shift(edit: Left, by: number): void {
    for (const other of this.left)
      if (
        other !== edit &&
        other.path === edit.path &&
        (other.now > edit.now || (other.now === edit.now && other.at >= edit.at))
      )
        other.now += by;
  }
}
