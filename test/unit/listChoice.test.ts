import assert from 'node:assert/strict';
import { choiceIn, withChoice } from '../../extension/ghostText/listChoice.ts';

describe('the choice between the list and ghost text', () => {
  it('is read off every form of the setting', () => {
    assert.equal(choiceIn({ other: 'offWhenInlineCompletions', comments: 'off', strings: 'off' }), 'waits');
    assert.equal(choiceIn('offWhenInlineCompletions'), 'waits');
    for (const on of [{ other: 'on' }, { other: true }, 'on', true]) assert.equal(choiceIn(on), 'at once');
    for (const off of [{ other: 'off' }, { other: 'inline' }, false, 'off', {}, undefined, null])
      assert.equal(choiceIn(off), undefined);
  });
  it('is written for code alone, and leaves what the user says of comments and strings', () => {
    assert.deepEqual(withChoice(undefined, 'at once'), { other: 'on' });
    assert.deepEqual(withChoice({ other: 'off', strings: 'on' }, 'at once'), { other: 'on', strings: 'on' });
    assert.deepEqual(withChoice(true, 'at once'), { other: 'on', comments: 'on', strings: 'on' });
    assert.deepEqual(withChoice('inline', 'at once'), { other: 'on', comments: 'inline', strings: 'inline' });
    for (const own of [undefined, { other: 'on', comments: 'on' }, false, 'off'])
      assert.equal(choiceIn(withChoice(own, 'at once')), 'at once');
  });
  it("is the editor's default again once nothing is said of code", () => {
    assert.equal(withChoice(undefined, 'waits'), undefined);
    assert.equal(withChoice({ other: 'on' }, 'waits'), undefined);
    assert.deepEqual(withChoice({ other: 'on', comments: 'on' }, 'waits'), { comments: 'on' });
    assert.deepEqual(withChoice(false, 'waits'), { comments: 'off', strings: 'off' });
  });
});
