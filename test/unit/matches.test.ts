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

/** Everything that the graph reads of `matches`, against searches by hand. */
function check(matches: Matches, text: Buffer, most: number): void {
  const followers = matches.followers(0);
  const slots = matches.buckets.length / ORDERS.length / 4093;
  ORDERS.forEach((n, j) =>
    text.forEach((_, t) => {
      const want = searched(text, t, n);
      assert.deepEqual(
        want.map((_, d) => followers[(t * ORDERS.length + j) * DEPTH + d]),
        want,
      );
      const column = j * (2 + most) + 2 + t;
      assert.equal(matches.text[matches.places[column]], want[0]);
      const bucket = (j * 4093 + (matches.codes[column] % 4093)) * slots;
      const latest = [...matches.buckets.subarray(bucket, bucket + slots)].filter(
        (c) => c > 0 && matches.codes[j * (2 + most) + c] === matches.codes[column],
      );
      assert.equal(latest.length, 1);
      assert.ok(latest[0] >= t + 2);
    }),
  );
}

describe('matches', () => {
  it('are what a search finds, after any appends, truncations and copies', () => {
    const piece = fc.record({
      keep: fc.nat(60),
      more: fc.array(fc.constantFrom(...Buffer.from('ab(,')), { maxLength: 20 }),
      copied: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(piece, { minLength: 1, maxLength: 6 }), (pieces) => {
        let matches = new Matches(ORDERS, DEPTH, 256);
        let text = Buffer.alloc(0);
        for (const { keep, more, copied } of pieces) {
          const old = matches;
          if (copied) (matches = new Matches(ORDERS, DEPTH, 256)).copy(old, Math.min(keep, old.length));
          text = Buffer.concat([text.subarray(0, keep), Buffer.from(more)]);
          matches.truncate(keep);
          matches.append(Uint8Array.from(more));
        }
        check(matches, text, 256);
      }),
    );
  });

  it('holds hashes that share a remainder, more than it has slots', () => {
    const codes = (a: number, b: number) => (a * 14201 + b * 42605) % 4093; // of the bytes b, a
    const pairs = Array.from({ length: 256 * 256 }, (_, i) => [i >> 8, i & 255]).filter(([a, b]) => codes(a, b) === 7);
    assert.ok(pairs.length >= 12);
    const text = Buffer.from(pairs.slice(0, 12).flatMap(([a, b]) => [b, a, b, a]));
    const matches = new Matches(ORDERS, DEPTH, 64);
    const slots = matches.buckets.length;
    matches.append(text);
    assert.ok(matches.buckets.length > slots);
    check(matches, text, 64);
    matches.truncate(20);
    check(matches, text.subarray(0, 20), 64);
  });
});
