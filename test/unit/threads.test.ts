/** Which number of threads a probe picks. */
import assert from 'node:assert/strict';
import { candidates, probe } from '../../server/engine/threads.ts';

describe('threads', () => {
  it('are at most half of the logical cores, and one where there are few', () => {
    assert.deepEqual(
      [1, 2, 3, 4, 8, 12, 64].map((n) => candidates(n).at(-1)),
      [1, 1, 1, 2, 4, 4, 8],
    );
  });
  it('are more only while more pay by a tenth', async () => {
    const pick = (times: Record<number, number>) => probe((n) => Promise.resolve(times[n]), [1, 2, 4]);
    assert.equal(await pick({ 1: 10, 2: 9.5, 4: 3 }), 1);
    assert.equal(await pick({ 1: 10, 2: 7, 4: 6.9 }), 2);
    assert.equal(await pick({ 1: 10, 2: 7, 4: 4 }), 4);
    assert.equal(await pick({ 1: 10, 2: 14, 4: 20 }), 1);
  });
  it('are not measured any further once nobody wants to know', async () => {
    for (const left of [0, 1, 2]) {
      // the model is switched after so many measurements
      const asked: number[] = [];
      const threads = await probe((n) => Promise.resolve(asked.push(n) > left ? undefined : 100 / n), candidates(16));
      assert.deepEqual([threads, asked], [undefined, candidates(16).slice(0, left + 1)]);
    }
  });
});
