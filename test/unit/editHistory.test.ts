/** The user's edits, as the changes of documents tell them. */
import assert from 'node:assert/strict';
import { Document } from '../../server/documents/document.ts';
import { EditHistory } from '../../server/edits/history.ts';

const TEXT = ['one(a);', 'two(b);', 'three(c);', ''].join('\n');

/** A document that is edited, and what is remembered of it. */
class Edited {
  readonly history = new EditHistory();
  readonly document = Document.create('file:///a.ts', 'typescript', 1, TEXT);

  constructor() {
    this.history.opened(this.document);
  }

  /** Changes of one update: [line, from, to, text]. */
  change(...changes: [line: number, from: number, to: number, text: string][]): this {
    const contentChanges = changes.map(([line, from, to, text]) => ({
      range: { start: { line, character: from }, end: { line, character: to } },
      text,
    }));
    Document.update(this.document, contentChanges, this.document.version + 1);
    this.history.changed(this.document);
    return this;
  }

  get edits(): [before: string, after: string][] {
    return this.history.edits.map(({ before, after }) => [before, after]);
  }
}

describe('the history of edits', () => {
  it('what is typed in a line is one edit, however many keys it takes', () => {
    const it = new Edited();
    for (const [i, key] of [...', d'].entries()) it.change([0, 5 + i, 5 + i, key]);
    assert.deepEqual(it.edits, [['one(a);\n', 'one(a, d);\n']]);
    it.change([0, 0, 3, 'five']);
    assert.deepEqual(it.edits, [['one(a);\n', 'five(a, d);\n']], 'elsewhere in the line, too');
  });
  it('edits of lines beside each other are two', () => {
    const it = new Edited().change([0, 4, 5, 'x']).change([1, 4, 5, 'x']);
    assert.deepEqual(it.edits, [
      ['one(a);\n', 'one(x);\n'],
      ['two(b);\n', 'two(x);\n'],
    ]);
  });
  it('lines that are put in and typed into belong together', () => {
    const it = new Edited().change([0, 7, 7, '\n']).change([1, 0, 0, 'x();']);
    assert.deepEqual(it.edits, [['one(a);\n', 'one(a);\nx();\n']]);
  });
  it('an edit that is undone is none, at once or later', () => {
    const it = new Edited().change([0, 4, 5, 'x']);
    assert.equal(it.edits.length, 1);
    it.change([0, 4, 5, 'a']);
    assert.deepEqual(it.edits, []);
    it.change([0, 4, 5, 'x']).change([2, 6, 7, 'y']).change([0, 4, 5, 'a']);
    assert.deepEqual(it.edits, [['three(c);\n', 'three(y);\n']]);
  });
  it('what a command changes at once in several places, or all of the text, is no edit', () => {
    const it = new Edited().change([0, 4, 5, 'x'], [1, 4, 5, 'x']);
    assert.deepEqual(it.edits, []);
    Document.update(it.document, [{ text: 'zero();\n' }], 9);
    it.history.changed(it.document);
    assert.deepEqual(it.edits, []);
    it.change([0, 5, 5, 'x']);
    assert.deepEqual(it.edits, [['zero();\n', 'zero(x);\n']]);
  });
  it('a paste of much is none', () => {
    assert.deepEqual(new Edited().change([0, 0, 0, 'x'.repeat(5000)]).edits, []);
  });
  it('documents that were closed keep the edits that were made in them', () => {
    const it = new Edited().change([0, 4, 5, 'x']);
    it.history.closed(it.document);
    assert.deepEqual(it.edits, [['one(a);\n', 'one(x);\n']]);
  });
});
