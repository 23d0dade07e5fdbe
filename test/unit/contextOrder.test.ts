/** The order of places by what stands before them against a sort by comparison. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { DEPTH, PADDING, sortContexts } from '../../server/memory/contextOrder.ts';

/** Pieces of which a long text has many places with long contexts in common, and of which some are no text. */
const PIECES = ['a', 'aaaaaaaa', 'ab', 'b', 'ba', '  ', '\n', 'é', '\0', 'const value = other;\n'.repeat(4)];

function sorted(text: Uint8Array, gone?: Uint8Array): number[] {
  const steps = sortContexts(text, gone);
  for (let step = steps.next(); ; step = steps.next()) {
    if (!step.done) continue;
    const { value } = step;
    return Array.from(
      { length: value.length / 3 },
      (_, i) => value[3 * i] + 256 * value[3 * i + 1] + 65536 * value[3 * i + 2],
    );
  }
}

/** What stands before a place in its file, the nearest byte first. */
function context(text: Uint8Array, place: number): Buffer {
  const bytes = Buffer.from(text.subarray(place - DEPTH, place)).reverse();
  return bytes.includes(0) ? bytes.subarray(0, bytes.indexOf(0)) : bytes;
}

describe('the order of contexts', () => {
  for (const [kind, least] of [
    ['short', 0],
    ['long', 20_000],
  ] as const)
    it(`is that of the bytes before a place, read backwards: a ${kind} text`, () => {
      const pieces = fc.array(fc.constantFrom(...PIECES), { minLength: 1, maxLength: 60 });
      fc.assert(
        fc.property(pieces, fc.nat(50), (some, forgotten) => {
          const once = Buffer.from(some.join(''));
          const parts = Array.from({ length: 1 + Math.ceil(least / once.length) }, (_, i) => [
            Buffer.from(`${i * 7919}`),
            once,
          ]);
          const text = Uint8Array.from(Buffer.concat([Buffer.alloc(PADDING + 1), ...parts.flat()]));
          const gone = new Uint8Array((text.length >> 3) + 1);
          gone.fill(0xff, 10, 10 + forgotten);
          const order = sorted(text, gone);
          const places = Array.from(text.keys()).filter(
            (at) => at > PADDING && text[at] !== 0 && (gone[at >> 3] & (1 << (at & 7))) === 0,
          );
          assert.deepEqual(
            [...order].sort((a, b) => a - b),
            places,
          );
          for (let i = 1; i < order.length; i++)
            assert.ok(Buffer.compare(context(text, order[i - 1]), context(text, order[i])) <= 0, `${i}`);
        }),
        { numRuns: least > 0 ? 10 : 200 },
      );
    });
});
