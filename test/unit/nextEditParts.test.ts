/** The pure parts of next edits: what is new of an edit, how it is shown in a line, and the words. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { difference, inOneLine, type OffsetEdit, written } from '../../extension/nextEdit/difference.ts';
import { hint, spoken } from '../../extension/nextEdit/hint.ts';
import { CURSORS, NO_EDITOR, NOTEBOOK, OFF, reasonForUser } from '../../extension/nextEdit/reasons.ts';
import { english } from '../../extension/translate.ts';

describe('what is new of an edit', () => {
  const of = (oldText: string, newText: string) => {
    const { from, to, inserted } = difference(oldText, newText);
    return [oldText.slice(0, from), oldText.slice(from, to), inserted, oldText.slice(to)];
  };
  it('leaves out what stands at both ends before and after', () => {
    assert.deepEqual(of('open(a)', 'open(a, true)'), ['open(a', '', ', true', ')']);
    assert.deepEqual(of('one two', 'one'), ['one', ' two', '', '']);
    assert.deepEqual(of('', 'x'), ['', '', 'x', '']);
    assert.deepEqual(of('aa', 'aaa'), ['aa', '', 'a', '']);
    assert.deepEqual(of('same', 'same'), ['same', '', '', '']);
  });
  it('cuts no pair of surrogates and no line end in two', () => {
    assert.deepEqual(of('a😀b', 'a😁b'), ['a', '😀', '😁', 'b']);
    assert.deepEqual(of('😀', '🐀'), ['', '😀', '🐀', '']);
    assert.deepEqual(of('a\r\nb', 'a\r'), ['a', '\r\nb', '\r', '']);
  });
  it('makes the new text of the old one, whatever both are', () => {
    const text = fc.stringMatching(/^[ab😀\r\n]{0,8}$/u);
    fc.assert(
      fc.property(text, text, (oldText, newText) => {
        const { from, to, inserted } = difference(oldText, newText);
        assert.ok(from <= to);
        assert.equal(oldText.slice(0, from) + inserted + oldText.slice(to), newText);
      }),
    );
  });
});

describe('a text in one line', () => {
  it('is its first line that holds something, and the number of those behind it', () => {
    assert.deepEqual(inOneLine('f(x)', 4), { line: 'f(x)', more: 0 });
    assert.deepEqual(inOneLine('a b\r\nc\r\nd', 4), { line: 'a\u00a0b', more: 2 });
    assert.deepEqual(inOneLine('\n\tif', 2), { line: '⏎\u00a0\u00a0if', more: 0 });
    assert.deepEqual(inOneLine('\n', 2), { line: '', more: 1 });
  });
});

describe('what edits wrote', () => {
  it('stands where it stands once all of them are made', () => {
    const edits = fc.uniqueArray(fc.integer({ min: 0, max: 9 }), { minLength: 1 }).chain((slots) =>
      fc.tuple(
        ...slots.map((slot) =>
          fc.record({
            offset: fc.constant(slot * 4),
            removed: fc.integer({ min: 0, max: 3 }),
            text: fc.stringMatching(/^[xy]{0,5}$/),
          }),
        ),
      ),
    );
    fc.assert(
      fc.property(edits, (some: OffsetEdit[]) => {
        let text = 'abcd'.repeat(10);
        const last = [...some].sort((a, b) => b.offset - a.offset);
        for (const { offset, removed, text: inserted } of last)
          text = text.slice(0, offset) + inserted + text.slice(offset + removed);
        const places = written(some);
        assert.deepEqual(
          places.map(({ offset, length }) => text.slice(offset, offset + length)),
          last.reverse().map(({ text }) => text),
        );
      }),
    );
  });
});

describe('the hint', () => {
  const place = { isHere: false, line: 42, all: 0 };
  it('says where Tab goes, or what it does', () => {
    assert.equal(hint(place, english), 'Tab: line 42');
    assert.equal(hint({ ...place, file: 'b.ts' }, english), 'Tab: b.ts, line 42');
    assert.equal(hint({ ...place, isHere: true }, english), 'Tab: apply');
    assert.equal(hint({ ...place, isHere: true, title: 'import x' }, english), 'Tab: import x');
  });
  it('offers all where there are more of them', () =>
    assert.equal(hint({ ...place, all: 5 }, english), 'Tab: line 42 · all 5: F1, Apply All Next Edits'));
  it('is said without the key to a screen reader', () => assert.doesNotMatch(spoken(place, english), /Tab/));
});

describe('why there is no next edit', () => {
  it('is said in words, and a reason without words of its own as it is', () => {
    for (const reason of ['no-rule', 'no-place', 'unsure', 'refused', 'secret', 'busy', 'too-large'])
      assert.match(reasonForUser(reason, english), /^\w+( \w+,?){3,}/, reason);
    for (const reason of [OFF, NOTEBOOK, CURSORS, NO_EDITOR]) assert.ok(reasonForUser(reason, english).includes(' '));
    assert.equal(reasonForUser('ECONNRESET', english), 'ECONNRESET');
  });
  it('is translated', () =>
    assert.equal(
      reasonForUser(NOTEBOOK, () => '노트북'),
      '노트북',
    ));
});
