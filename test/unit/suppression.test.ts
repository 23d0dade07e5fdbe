/** After what nothing is offered by itself: deletions and undo; and where what was sent away stays away. */
import assert from 'node:assert/strict';
import { Dismissals } from '../../extension/ghostText/dismissals.ts';
import { type Cursor, Session } from '../../extension/ghostText/session.ts';
import { type Edit, Suppression } from '../../extension/ghostText/suppression.ts';

const deleted = (from: [number, number], to: [number, number], rangeLength: number): Edit => ({
  range: { start: { line: from[0], character: from[1] }, end: { line: to[0], character: to[1] } },
  rangeLength,
  text: '',
});
const typed = (text: string): Edit => ({ ...deleted([0, 0], [0, 0], 0), text });

describe('silence', () => {
  const after = (edits: Edit[], undone = false, lineEnd = 1) => {
    const suppression = new Suppression();
    suppression.look('u', 0, '        word');
    suppression.note('u', edits, undone, lineEnd);
    return suppression;
  };
  it('comes after a deletion of more than a character, until something is typed, and in that document alone', () => {
    const suppression = after([deleted([0, 8], [0, 12], 4)]);
    assert.equal(suppression.in('u'), 'after a deletion');
    assert.equal(suppression.in('v'), undefined);
    suppression.note('u', [deleted([0, 7], [0, 8], 1)], false, 1);
    assert.equal(suppression.in('u'), 'after a deletion', 'Backspace types nothing');
    suppression.note('u', [typed('a')], false, 1);
    assert.equal(suppression.in('u'), undefined);
  });
  it('comes after the deletion of a selection, be it one character', () => {
    const suppression = new Suppression();
    suppression.look('u', 0, 'word', true);
    suppression.note('u', [deleted([0, 3], [0, 4], 1)], false, 1);
    assert.equal(suppression.in('u'), 'after a deletion');
  });
  it('ends with the document', () => {
    const suppression = after([deleted([0, 8], [0, 12], 4)]);
    suppression.closed('v');
    assert.equal(suppression.in('u'), 'after a deletion');
    suppression.closed('u');
    assert.equal(suppression.in('u'), undefined);
  });
  it('comes after an undo and a redo, whatever they did', () =>
    assert.equal(after([typed('word')], true).in('u'), 'after an undo'));
  it('does not come after Backspace: a character, a line end, a part of an indentation', () => {
    assert.equal(after([deleted([0, 11], [0, 12], 1)]).in('u'), undefined);
    assert.equal(after([deleted([0, 12], [1, 0], 2)], false, 2).in('u'), undefined);
    assert.equal(after([deleted([0, 4], [0, 8], 4)]).in('u'), undefined);
    assert.equal(after([deleted([1, 4], [1, 8], 4)]).in('u'), 'after a deletion', 'who knows what stood there');
  });
  it('comes after a line was deleted, and not where a selection was replaced', () => {
    assert.equal(after([deleted([0, 0], [1, 0], 13)]).in('u'), 'after a deletion');
    assert.equal(after([{ ...deleted([0, 8], [0, 12], 4), text: 'x' }]).in('u'), undefined);
  });
});

describe('what was sent away', () => {
  const at = (marked: string): Cursor => [
    'u',
    marked.indexOf('█'),
    (from, to) => marked.replace('█', '').slice(from, to),
  ];
  const session = Object.assign(new Session(...at('a = █;\n')), { text: 'compute(1)' });
  it('keeps its place free of everything', () => {
    const dismissals = new Dismissals();
    const takeBack = dismissals.add(session, at('a = co█;\n'));
    assert.ok(dismissals.isAt(at('a = co█;\n')));
    for (const other of ['a = com█;\n', 'a = c█;\n', 'b = co█;\n', 'a = co█ + 1;\n'])
      assert.ok(!dismissals.isAt(at(other)), other);
    takeBack();
    assert.ok(!dismissals.isAt(at('a = co█;\n')));
  });
  it('is forgotten with the document', () => {
    const dismissals = new Dismissals();
    dismissals.add(session, at('a = co█;\n'));
    dismissals.closed('v');
    assert.ok(dismissals.isAt(at('a = co█;\n')));
    dismissals.closed('u');
    assert.ok(!dismissals.isAt(at('a = co█;\n')) && !dismissals.has(at('a = █;\n'), 'compute(1)'));
  });
  it('stays away itself where some of what was typed into it is deleted again, and nothing else does', () => {
    const dismissals = new Dismissals();
    dismissals.add(session, at('a = co█;\n'));
    assert.ok(dismissals.has(at('a = █;\n'), 'compute(1)') && dismissals.has(at('a = c█;\n'), 'ompute('));
    assert.ok(!dismissals.has(at('a = █;\n'), 'call()') && !dismissals.has(at('a = com█;\n'), 'pute(1)'));
  });
});
