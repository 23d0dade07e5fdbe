/** The match model against a search by hand, as it grows and is truncated. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { Matches, NO_MATCH } from '../../server/engine/matches.ts';

const ORDERS = [2, 3];
const DEPTH = 2;

/** What followed the last times that the n bytes up to `t` were seen; bytes before the start are zeros. */
function searched(text: Buffer, t: number, n: number): number[] {
  const padded = Buffer.concat([Buffer.alloc(n), text]);
  const gram = (i: number) => padded.toString('latin1', i + 1, i + 1 + n);
  const found = [];
  for (let i = t - 1; i >= 0 && found.length < DEPTH; i--) if (gram(i) === gram(t)) found.push(text[i + 1]);
  return [...found, NO_MATCH, NO_MATCH].slice(0, DEPTH);
}

describe('matches', () => {
  it('are what a search finds, after any appends and truncations', () => {
    const piece = fc.record({ keep: fc.nat(60), more: fc.array(fc.constantFrom(...Buffer.from('ab(,')), { maxLength: 20 }) });
    fc.assert(fc.property(fc.array(piece, { minLength: 1, maxLength: 6 }), (pieces) => {
      const matches = new Matches(ORDERS, DEPTH, 256);
      let text = Buffer.alloc(0);
      for (const { keep, more } of pieces) {
        text = Buffer.concat([text.subarray(0, keep), Buffer.from(more)]);
        matches.truncate(keep);
        matches.append(Uint8Array.from(more));
      }
      const followers = matches.followers(0);
      const [places, bytes] = [matches.places(), matches.bytes()];
      ORDERS.forEach((n, j) => text.forEach((_, t) => {
        const want = searched(text, t, n);
        assert.deepEqual(want, want.map((_, d) => followers[(j * DEPTH + d) * text.length + t]));
        assert.equal(bytes[places[j * (text.length + 1) + 1 + t]], want[0]);
      }));
      assert.equal(matches.hashes().length, ORDERS.length * (text.length + 1));
    }));
  });
});
