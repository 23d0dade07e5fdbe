/** The text that is being completed: what it finds is a matter of its bytes alone. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { isText, ORDERS } from '../../server/memory/contexts.ts';
import { HERE, TEXT } from '../../server/memory/evidence.ts';
import { Recent } from '../../server/memory/recent.ts';
import { Heard, PIECES, shared, wordBefore } from './byHand.ts';

const LATEST = 16;
const texts = (most: number) =>
  fc.array(fc.constantFrom(...PIECES), { maxLength: most }).map((pieces) => Buffer.concat(pieces));
const told = ({ matches, words }: Pick<Heard, 'matches' | 'words'>) => ({ matches, words });

function found(recent: Recent): { matches: Heard['matches']; words: Heard['words'] } {
  const heard = new Heard();
  recent.find(heard);
  return told(heard);
}

function searched(text: Buffer): { matches: Heard['matches']; words: Heard['words'] } {
  const end = text.length;
  const before = Array.from({ length: Math.max(0, end - 1) }, (_, i) => end - 1 - i);
  const latest = (same: (place: number) => boolean) =>
    before
      .filter(same)
      .slice(0, LATEST)
      .filter((place) => isText(text[place]));
  const word = wordBefore(text, end);
  const places = [...new Set(ORDERS.flatMap((n) => latest((place) => shared(text, place, text, end) >= n)))];
  return {
    matches: places.map((place) => ({
      byte: text[place],
      length: shared(text, place, text, end),
      side: HERE,
      place,
      source: TEXT,
    })),
    words: latest((place) => word !== '' && wordBefore(text, place) === word).map((place) => ({
      byte: text[place],
      side: HERE,
      times: 1,
    })),
  };
}

describe('recent text', () => {
  it('answers as a search by hand', () => {
    fc.assert(
      fc.property(texts(60), (text) => {
        const recent = new Recent();
        for (let end = 0; end <= text.length; end += 3) {
          recent.set(text.subarray(0, end));
          assert.deepEqual(found(recent), searched(text.subarray(0, end)));
        }
      }),
      { numRuns: 60 },
    );
  });

  it('looks at the latest places of a context', () => {
    const recent = new Recent();
    const text = Buffer.from(
      Array.from({ length: 40 }, (_, i) => `number${String.fromCharCode(65 + i)};`).join('') + 'number',
    );
    recent.set(text);
    assert.deepEqual(
      found(recent).matches.map(({ byte }) => byte - 65),
      Array.from({ length: LATEST }, (_, i) => 39 - i),
    );
    assert.deepEqual(found(recent), searched(text));
  });

  it('answers as a fresh one, whatever it was before', () => {
    const long = fc.record({ keep: fc.nat(9000), more: texts(12), times: fc.constantFrom(1, 1, 1, 200) });
    fc.assert(
      fc.property(fc.array(long, { minLength: 1, maxLength: 8 }), (steps) => {
        const recent = new Recent();
        let text = Buffer.alloc(0);
        for (const { keep, more, times } of steps) {
          text = Buffer.concat([text.subarray(0, keep), ...Array.from({ length: times }, () => more)]);
          recent.set(text);
          const fresh = new Recent();
          fresh.set(text);
          assert.deepEqual(found(recent), found(fresh));
        }
      }),
    );
  });

  it('gives what follows a place, up to a sentinel', () => {
    const recent = new Recent();
    recent.set(Buffer.concat([Buffer.from('one two'), Buffer.from([0xfd]), Buffer.from('three')]));
    assert.equal(Buffer.from(recent.after(3, 2)).toString(), ' t');
    assert.equal(Buffer.from(recent.after(3, 99)).toString(), ' two');
    assert.equal(Buffer.from(recent.after(9, 99)).toString(), 'hree');
  });
});
