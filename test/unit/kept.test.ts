/** Accepted text followed through random edits, and which change takes a part of an offer. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { type Change, Kept } from '../../extension/statistics/kept.ts';
import { Offer } from '../../extension/statistics/offer.ts';

describe('text that was accepted', () => {
  it('is counted as what still stands of it, through any edits and further acceptances', () => {
    const edit = fc.record({
      at: fc.nat(),
      remove: fc.nat(12),
      insert: fc.string({ maxLength: 6 }),
      accept: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(edit, { minLength: 1, maxLength: 40 }), (edits) => {
        const kept = new Kept();
        let document: string[] = Array.from({ length: 30 }, () => 'old'); // each character's origin
        let accepted = 0;
        for (const { at, remove, insert, accept } of edits) {
          const offset = at % (document.length + 1);
          const removed = Math.min(remove, document.length - offset);
          kept.change({ offset, removed, text: insert });
          document = [
            ...document.slice(0, offset),
            ...Array.from({ length: insert.length }, () => (accept ? 'accepted' : 'typed')),
            ...document.slice(offset + removed),
          ];
          if (accept) kept.add(offset, insert.length);
          if (accept) accepted += insert.length;
          const standing = document.filter((origin) => origin === 'accepted').length;
          assert.equal(kept.standing, standing);
          assert.equal(kept.kept, standing >= 0.8 * accepted);
        }
      }),
      { numRuns: 300 },
    );
  });
  it('is kept up to a fifth that was changed', () => {
    const kept = new Kept();
    kept.add(10, 10);
    kept.change({ offset: 0, removed: 0, text: 'above\n' });
    kept.change({ offset: 20, removed: 2, text: 'another name' });
    assert.deepEqual([kept.standing, kept.kept], [8, true]);
    kept.change({ offset: 16, removed: 1, text: '' });
    assert.equal(kept.kept, false);
  });
});

describe('a change under an offer', () => {
  /** The kinds of the changes, and what of each was new. */
  const steps = (shown: [number, string, string[]], ...changes: Change[]) => {
    const offer = new Offer();
    offer.show(...shown);
    return changes.map((change) => offer.step(change)).map(({ kind, change: { text } }) => `${kind} ${text}`);
  };
  const put = (offset: number, text: string, removed = 0): Change => ({ offset, removed, text });

  it('is a key, a part or the whole', () => {
    assert.deepEqual(steps([8, 'let x = ', ['area(2, 3);']], put(8, 'a'), put(9, 'rea'), put(12, '(2, 3);')), [
      'typed a',
      'taken rea',
      'taken (2, 3);',
    ]);
    assert.deepEqual(steps([8, 'let x = ', ['area']], put(8, 'b'), put(9, 'area')), ['other b', 'other area']);
    assert.deepEqual(steps([8, 'let x = ', ['area']], put(3, 'area'), put(12, 'area')), ['other area', 'other area']);
  });
  it('is a key, too, where the editor closes a bracket or the key is a character outside the BMP', () => {
    assert.deepEqual(steps([4, 'area', ['() + 1']], put(4, '()')), ['typed ()']);
    assert.deepEqual(steps([0, '', ['🙂 ok']], put(0, '🙂')), ['typed 🙂']);
    assert.deepEqual(steps([0, '', ['\r\nok']], put(0, '\r\n'), put(2, 'ok')), ['typed \r\n', 'taken ok']);
    assert.deepEqual(steps([8, 'def f():', ['\n    return 1']], put(8, '\n    '), put(13, 'return 1')), [
      'typed \n    ',
      'taken return 1',
    ]); // the editor indents
  });
  it('may write the line anew and replace what stands behind', () => {
    assert.deepEqual(steps([108, 'let x = ', ['area(2, 3)']], put(100, 'let x = area(2, 3)', 9)), ['taken area(2, 3)']);
    assert.deepEqual(steps([108, 'let x = ', ['area(2, 3)']], put(100, 'let y = area(2, 3)', 9)), [
      'other let y = area(2, 3)',
    ]);
    // a paste over something
    assert.deepEqual(steps([108, 'let x = ', ['area(2, 3)']], put(108, 'area', 1)), ['other area']);
  });
  it('may take any of several texts', () => {
    assert.deepEqual(steps([0, '', ['one two', 'one three']], put(0, 'one '), put(4, 'three')), [
      'taken one ',
      'taken three',
    ]);
  });
});
