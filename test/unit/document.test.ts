/** A document follows its editor's changes. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { Document } from '../../server/documents/document.ts';
import { promptAt } from '../../server/prompt/around.ts';

const at = (line: number, character: number) => ({ line, character });
const document = (content: string) => Document.create('file:///a.ts', 'typescript', 1, content);

describe('document', () => {
  it('takes changes in, one after another, and whole texts', () => {
    const d = document('const a = 1;\r\nfoo();\r\n');
    Document.update(
      d,
      [
        { range: { start: at(0, 10), end: at(0, 11) }, text: '42' },
        { range: { start: at(1, 0), end: at(2, 0) }, text: 'bar();\r\nbaz();' },
      ],
      2,
    );
    assert.equal(d.slice(), 'const a = 42;\nbar();\nbaz();');
    assert.equal(d.version, 2);
    Document.update(d, [{ text: 'x\ny' }], 3);
    assert.equal(d.slice(), 'x\ny');
  });
  it('clamps places past the end of a line and of the text', () => {
    const d = document('ab\ncd');
    assert.deepEqual(
      [at(0, 1), at(0, 9), at(1, 9), at(7, 0)].map((p) => d.offsetAt(p)),
      [1, 2, 5, 5],
    );
    assert.deepEqual([d.line(0), d.line(1), d.line(9)], ['ab', 'cd', 'cd']);
    assert.equal(d.slice(3, 99), 'cd');
    assert.equal(d.slice(4, 2), '');
  });
  it('is the text that any sequence of edits leaves', () => {
    const text = fc.string({ unit: fc.constantFrom('a', 'é', '😀', '\n', ' '), maxLength: 30 });
    fc.assert(
      fc.property(
        text,
        fc.array(fc.record({ from: fc.nat(40), to: fc.nat(40), text }), { maxLength: 10 }),
        (start, edits) => {
          const d = document(start);
          let plain = start;
          edits.forEach((edit, i) => {
            const [from, to] = [edit.from, edit.to].map((n) => Math.min(n, plain.length)).sort((a, b) => a - b);
            Document.update(d, [{ range: { start: d.positionAt(from), end: d.positionAt(to) }, text: edit.text }], i);
            plain = plain.slice(0, from) + edit.text + plain.slice(to);
          });
          assert.equal(d.slice(), plain);
          for (let i = 0; i <= plain.length; i++) assert.equal(d.offsetAt(d.positionAt(i)), i);
        },
      ),
    );
  });
  it('gives the prompt that its text as a string gives', () => {
    const limits = { context: 256, patch: 8, completion: 32 };
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom('a', 'é', '😀', '\n', ' '), maxLength: 3000 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (s, f) => {
          const offset = Math.floor(f * s.length);
          assert.deepEqual(promptAt(document(s), offset, 'a.ts', limits), promptAt(s, offset, 'a.ts', limits));
        },
      ),
    );
  });
});
