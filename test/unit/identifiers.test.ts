/**
 * Which texts finish an identifier that a document does not hold, and where the suggestion list waits for ghost text.
 */
import assert from 'node:assert/strict';
import { Identifier, listWaits } from '../../extension/ghostText/identifiers.ts';

/** The identifier at the █. */
function at(marked: string): Identifier | undefined {
  const offset = marked.indexOf('█');
  return Identifier.at(marked.slice(marked.lastIndexOf('\n', offset) + 1, offset), () => ({
    text: marked.replace('█', ''),
    offset,
  }));
}

describe('an identifier that is typed', () => {
  it('is none after a blank, a bracket or a number, nor in an empty line', () => {
    for (const marked of ['a = █', 'f(█)', 'x = 12█', '█', 'a.█\n']) assert.equal(at(marked), undefined, marked);
    for (const marked of ['u█', 'a.b█', '$█', '값█', 'a1█', 'é́█']) assert.ok(at(marked), marked);
  });
  it('is new with a text whose identifier stands nowhere else as a word', () => {
    const place = at('useStore();\nconst user = 1;\nconst c = use█;\n')!;
    assert.ok(!place.isNewWith('Store(1)') && !place.isNewWith('r') && !place.isNewWith('r.name'));
    assert.ok(place.isNewWith('State(0)') && place.isNewWith('Stor(') && place.isNewWith('') && place.isNewWith('(1)'));
    assert.ok(!place.alone);
  });
  it('does not count itself, nor a part of a longer word', () => {
    assert.ok(at('const total█')!.isNewWith(' = 1'));
    assert.ok(!at('const total = 1;\nreturn total█')!.isNewWith(';'));
    assert.ok(at('subtotal totals 값total\nreturn total█')!.isNewWith(';'));
    assert.ok(at('subtotal\nreturn tot█')!.alone && !at('totals\nreturn tot█')!.alone);
    assert.ok(!at('a total\nreturn total█')!.alone, 'it may be a longer one');
  });
  it('goes on behind the cursor where the text ends in front of that', () => {
    assert.ok(!at('const total = 1;\nreturn t█al')!.isNewWith('ot'));
    assert.ok(at('const tot = 1;\nreturn t█al')!.isNewWith('ot'));
  });
  it('may grow as long as the text is nothing but word characters', () => {
    const place = at('u█')!;
    assert.ok(place.mayGrow('s') && place.mayGrow('seSt') && !place.mayGrow('seSt(') && !place.mayGrow(' = 1'));
  });
  it('is looked for in a large document in no time to speak of, whatever stands there', () => {
    const text = 'ee '.repeat(700_000);
    assert.ok(at(`${text}e█`)!.isNewWith('xtra'));
  });
});

describe('the list waits for ghost text', () => {
  it('where the kind of the place says so', () => {
    const places = ['code', 'comment', 'string'] as const;
    const waits = (set: unknown) => places.filter((place) => listWaits(set, () => place));
    // the default
    assert.deepEqual(waits({ other: 'offWhenInlineCompletions', comments: 'off', strings: 'off' }), ['code']);
    assert.deepEqual(waits({ other: 'on', comments: 'offWhenInlineCompletions', strings: 'off' }), ['comment']);
    assert.deepEqual(waits('offWhenInlineCompletions'), places);
    for (const set of ['on', true, false, undefined, null, {}, { other: 'on' }, { other: 'inline' }])
      assert.deepEqual(waits(set), [], JSON.stringify(set));
  });
  it('and what kind that is, is asked only where kinds differ', () => {
    const never = () => assert.fail('asked');
    assert.equal(listWaits('offWhenInlineCompletions', never), true);
    assert.equal(listWaits({ other: 'on', comments: 'off', strings: 'off' }, never), false);
  });
});
