/** Places that the user refused, and rules of which he refused two. */
import assert from 'node:assert/strict';
import { Refusals } from '../../server/edits/refusals.ts';

describe('refusals of next edits', () => {
  it('a place stays away until its rule was followed elsewhere', () => {
    const it = new Refusals();
    const rule = it.propose('a to b', 2);
    it.refuse(rule, 'file:///x', 'f ( a )');
    assert.equal(it.allows('a to b', 2, 'file:///x', 'f ( a )'), false);
    assert.equal(it.allows('a to b', 2, 'file:///x', 'g ( a )'), true, 'another line');
    assert.equal(it.allows('a to b', 2, 'file:///y', 'f ( a )'), true, 'another file');
    assert.equal(it.allows('c to d', 2, 'file:///x', 'f ( a )'), true, 'another rule');
    assert.equal(it.allows('a to b', 3, 'file:///x', 'f ( a )'), true, 'it was followed once more');
  });
  it('a rule of which two places were refused is dead', () => {
    const it = new Refusals();
    const rule = it.propose('a to b', 2);
    for (const line of ['f ( a )', 'f ( a )']) it.refuse(rule, 'file:///x', line);
    assert.equal(it.allows('a to b', 5, 'file:///x', 'h ( a )'), true, 'one place, twice');
    it.refuse(it.propose('a to b', 3), 'file:///x', 'g ( a )');
    assert.equal(it.allows('a to b', 9, 'file:///x', 'h ( a )'), false);
  });
  it('a number that no rule has says nothing', () => {
    const it = new Refusals();
    it.refuse(7, 'file:///x', 'f ( a )');
    assert.equal(it.allows('a to b', 1, 'file:///x', 'f ( a )'), true);
  });
  it('rules keep their numbers, and the oldest are forgotten', () => {
    const it = new Refusals();
    const first = it.propose('first', 1);
    assert.equal(it.propose('first', 2), first);
    it.refuse(first, 'file:///x', 'f');
    for (let i = 0; i < 1000; i++) it.propose(`rule ${i}`, 1);
    assert.equal(it.allows('first', 1, 'file:///x', 'f'), true);
    assert.notEqual(it.propose('first', 1), first);
  });
});
