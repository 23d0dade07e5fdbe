/** What is counted of the bytes that followed. */
import assert from 'node:assert/strict';
import { CLASSES, ELSEWHERE, Evidence, HERE } from '../../server/memory/evidence.ts';

const [A, B, C] = [97, 98, 99];
/** Places by class, on both sides: matches of at least 3, 5, 8, 12, 20 and 32 bytes, then those of the word. */
const counts = (evidence: Evidence, slot: number) => [
  ...evidence.counts.subarray(slot * 2 * CLASSES, (slot + 1) * 2 * CLASSES),
];
/** Those of both sides, with none of any structural context behind them. */
const sides = (elsewhere: number[], here: number[]) =>
  [elsewhere, here].flatMap((side) => [...side, ...new Array(CLASSES - side.length).fill(0)]);

describe('evidence', () => {
  it('counts places by byte, side and length', () => {
    const evidence = new Evidence();
    evidence.add(A, 8, ELSEWHERE, 100);
    evidence.add(A, 4, HERE, 200);
    evidence.add(B, 63, ELSEWHERE, 300);
    evidence.addWord(B, HERE);
    assert.deepEqual([...evidence.bytes.subarray(0, evidence.size)], [A, B]);
    assert.deepEqual(counts(evidence, 0), sides([1, 1, 1, 0, 0, 0, 0], [1, 0, 0, 0, 0, 0, 0]));
    assert.deepEqual(counts(evidence, 1), sides([1, 1, 1, 1, 1, 1, 0], [0, 0, 0, 0, 0, 0, 1]));
    assert.deepEqual([...evidence.totals], sides([2, 2, 2, 1, 1, 1, 0], [1, 0, 0, 0, 0, 0, 1]));
    assert.deepEqual([...evidence.longest.subarray(0, 4)], [8, 4, 63, 0]);
    assert.deepEqual([...evidence.reach], [63, 4]);
  });

  it('names the longest match, of all or of one byte, and where it was found first', () => {
    const evidence = new Evidence();
    assert.equal(evidence.best(), undefined);
    evidence.addWord(C, HERE);
    assert.equal(evidence.best(), undefined);
    evidence.add(A, 9, ELSEWHERE, 100);
    evidence.add(A, 9, HERE, 150, true);
    evidence.add(B, 12, HERE, 200, true);
    evidence.add(A, 7, ELSEWHERE, 300);
    assert.deepEqual(evidence.best(), { length: 12, times: 1, place: 200, inText: true });
    assert.deepEqual(evidence.best(A), { length: 9, times: 2, place: 100, inText: false });
    assert.equal(evidence.best(C), undefined);
    assert.equal(evidence.best(0), undefined);
    evidence.add(A, 13, ELSEWHERE, 400);
    assert.deepEqual(evidence.best(), { length: 13, times: 3, place: 400, inText: false });
  });

  it('counts what was counted at once', () => {
    const evidence = new Evidence();
    evidence.addWord(A, HERE, 3);
    evidence.addStructure(B, 0, ELSEWHERE, 2.5);
    assert.deepEqual([...evidence.totals], sides([0, 0, 0, 0, 0, 0, 0, 2.5], [0, 0, 0, 0, 0, 0, 3]));
  });

  it('ranks bytes by their longest match, and a share of the words that began alike as a byte of it', () => {
    const evidence = new Evidence();
    evidence.addWord(C, HERE, 4);
    evidence.addStructure(C, 0, HERE, 9);
    evidence.add(A, 4, HERE, 1);
    evidence.add(B, 5, ELSEWHERE, 2);
    evidence.add(200, 1, HERE, 3);
    assert.deepEqual(
      evidence.ranked(9).map((slot) => evidence.bytes[slot]),
      [B, A, C, 200],
    );
    assert.deepEqual(
      evidence.ranked(2).map((slot) => evidence.bytes[slot]),
      [B, A],
    );
  });

  it('knows nothing of what it was about before', () => {
    const [evidence, fresh] = [new Evidence(), new Evidence()];
    for (let byte = 0; byte < 256; byte++) evidence.add(byte, 40, byte % 2, byte, true);
    evidence.addWord(A, HERE);
    evidence.addStructure(A, 0, ELSEWHERE, 3);
    evidence.begin(Buffer.from('  ab'), 4);
    assert.equal(evidence.letters, 2);
    evidence.begin(new Uint8Array(), 0);
    assert.equal(evidence.best(), undefined);
    assert.equal(evidence.best(A), undefined);
    for (const e of [evidence, fresh]) e.add(B, 5, HERE, 7);
    assert.deepEqual(
      [evidence.size, counts(evidence, 0), evidence.totals, evidence.reach, evidence.best()],
      [fresh.size, counts(fresh, 0), fresh.totals, fresh.reach, fresh.best()],
    );
  });
});
