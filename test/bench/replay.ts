/** A commit done again, edit by edit, in documents as the worker has them; and whether a proposal is in the commit. */
import { Document } from '../../server/documents/document.ts';
import { distance } from '../../server/edits/diff.ts';
import { tokensOf } from '../../server/edits/tokens.ts';
import type { Commit, LineEdit } from './commits.ts';

/** An edit that is still to be made: where its lines are now. */
interface Left extends LineEdit {
  now: number;
}

/** A place in a document and what it is to become. */
export interface Proposed {
  uri: string;
  from: number;
  to: number;
  newText: string;
}

const uriOf = (path: string) => `file:///replay/${path}`;

export class Replay {
  readonly documents = new Map<string, Document>();
  private readonly left: Left[];

  constructor({ files, edits }: Commit, order: 'diff' | 'shuffled', random: () => number) {
    for (const [path, text] of files) this.documents.set(uriOf(path), Document.create(uriOf(path), '', 1, text));
    this.left = edits.map((edit) => ({ ...edit, now: edit.at }));
    if (order === 'shuffled')
      for (let i = this.left.length - 1; i > 0; i--) {
        const j = Math.floor(random() * (i + 1));
        [this.left[i], this.left[j]] = [this.left[j], this.left[i]];
      }
  }

  /** Makes the next edit; `undefined` where all are made. Returns the document and the cursor behind the edit. */
  next(): { document: Document; edit: LineEdit; offset: number } | undefined {
    const edit = this.left.shift();
    if (!edit) return undefined;
    const document = this.documents.get(uriOf(edit.path))!;
    const text = edit.made.map((line) => `${line}\n`).join('');
    const range = {
      start: { line: edit.now, character: 0 },
      end: { line: edit.now + edit.old.length, character: 0 },
    };
    if (edit.old.length === edit.made.length) {
      const [old, made] = [edit.old.join('\n'), edit.made.join('\n')];
      Document.update(document, [changed(edit.now, old, made)], document.version + 1);
    } else Document.update(document, [{ range, text }], document.version + 1);
    const shift = edit.made.length - edit.old.length;
    for (const other of this.left)
      if (other.path === edit.path && other.now > edit.now) other.now += shift;
      else if (other.path === edit.path && other.now === edit.now && other.at >= edit.at) other.now += shift;
    const line = edit.now + Math.max(0, edit.made.length - 1);
    const offset = document.offsetAt({ line, character: 1e6 });
    return { document, edit, offset };
  }

  /** The edit that a proposal is part of: made, it brings its lines nearer to what they become. */
  rightOf({ uri, from, to, newText }: Proposed): LineEdit | undefined {
    const document = this.documents.get(uri);
    if (!document) return undefined;
    const [first, last] = [document.positionAt(from), document.positionAt(to)];
    for (const edit of this.left) {
      if (uriOf(edit.path) !== uri) continue;
      const end = edit.now + edit.old.length;
      if (first.line < edit.now || first.line > end) continue;
      const isInside =
        edit.old.length === 0
          ? first.line === edit.now && first.character === 0 && from === to
          : first.line < end && (last.line < end || (last.line === end && last.character === 0));
      if (!isInside) continue;
      const start = document.offsetAt({ line: edit.now, character: 0 });
      const stop = document.offsetAt({ line: end, character: 0 });
      const old = document.slice(start, stop);
      const now = document.slice(start, from) + newText + document.slice(to, stop);
      const target = edit.made.map((line) => `${line}\n`).join('');
      const [a, b, c] = [old, now, target].map((text) => tokensOf(text));
      const made = distance(a, b);
      if (made > 0 && made + distance(b, c) === distance(a, c)) return edit;
    }
    return undefined;
  }
}

/** The change of a line as an editor sends it: what differs alone. */
function changed(line: number, old: string, made: string) {
  let start = 0;
  while (start < Math.min(old.length, made.length) && old[start] === made[start]) start++;
  let end = 0;
  while (end < Math.min(old.length, made.length) - start && old[old.length - 1 - end] === made[made.length - 1 - end])
    end++;
  return {
    range: { start: { line, character: start }, end: { line, character: old.length - end } },
    text: made.slice(start, made.length - end),
  };
}
