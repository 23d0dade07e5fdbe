/** What is counted of the bytes that followed. */
import assert from 'node:assert/strict';
import {
  CLASSES,
  ELSEWHERE,
  Evidence,
  HERE,
  INDEX,
  SIDES,
  STARTER,
  STARTER_INDEX,
  TEXT,
} from '../../server/memory/evidence.ts';

const [A, B, C] = [97, 98, 99];
/** Places by class, on each side: matches of at least 3, 5, 8, 12, 20 and 32 bytes, then those of the word. */
const counts = (evidence: Evidence, slot: number) => [
  ...evidence.counts.subarray(slot * SIDES * CLASSES, (slot + 1) * SIDES * CLASSES),
];
/** Those of all sides, with none of any structural context behind them. */
const sides = (elsewhere: number[], here: number[], starter: number[] = []) =>
  [elsewhere, here, starter].flatMap((side) => [...side, ...new Array(CLASSES - side.length).fill(0)]);

describe('evidence', () => {
  it('counts places by byte, side and length', () => {
    const evidence = new Evidence();
    evidence.add(A, 8, ELSEWHERE, 100, INDEX);
    evidence.add(A, 4, HERE, 200, INDEX);
    evidence.add(B, 63, ELSEWHERE, 300, INDEX);
    evidence.add(B, 5, STARTER, 400, STARTER_INDEX);
    evidence.addWord(B, HERE);
    assert.deepEqual([...evidence.bytes.subarray(0, evidence.size)], [A, B]);
    assert.deepEqual(counts(evidence, 0), sides([1, 1, 1, 0, 0, 0, 0], [1, 0, 0, 0, 0, 0, 0]));
    assert.deepEqual(counts(evidence, 1), sides([1, 1, 1, 1, 1, 1, 0], [0, 0, 0, 0, 0, 0, 1], [1, 1]));
    assert.deepEqual([...evidence.totals], sides([2, 2, 2, 1, 1, 1, 0], [1, 0, 0, 0, 0, 0, 1], [1, 1]));
    assert.deepEqual([...evidence.longest.subarray(0, 6)], [8, 4, 0, 63, 0, 5]);
    assert.deepEqual([...evidence.reach], [63, 4, 5]);
  });

  it('names the longest match, of all or of one byte, and where it was found first', () => {
    const evidence = new Evidence();
    assert.equal(evidence.best(), undefined);
    evidence.addWord(C, HERE);
    assert.equal(evidence.best(), undefined);
    evidence.add(A, 9, ELSEWHERE, 100, INDEX);
    evidence.add(A, 9, HERE, 150, TEXT);
    evidence.add(B, 12, HERE, 200, TEXT);
    evidence.add(A, 7, ELSEWHERE, 300, INDEX);
    assert.deepEqual(evidence.best(), { length: 12, times: 1, place: 200, source: TEXT });
    assert.deepEqual(evidence.best(A), { length: 9, times: 2, place: 100, source: INDEX });
    assert.equal(evidence.best(C), undefined);
    assert.equal(evidence.best(0), undefined);
    evidence.add(A, 9, STARTER, 350, STARTER_INDEX); // no longer than the user's own
    assert.deepEqual(evidence.best(A), { length: 9, times: 3, place: 100, source: INDEX });
    evidence.add(A, 13, STARTER, 400, STARTER_INDEX);
    assert.deepEqual(evidence.best(), { length: 13, times: 4, place: 400, source: STARTER_INDEX });
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
    evidence.add(A, 4, HERE, 1, TEXT);
    evidence.add(B, 5, ELSEWHERE, 2, INDEX);
    evidence.add(200, 1, HERE, 3, TEXT);
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
    for (let byte = 0; byte < 256; byte++) evidence.add(byte, 40, byte % SIDES, byte, TEXT);
    evidence.addWord(A, HERE);
    evidence.addStructure(A, 0, ELSEWHERE, 3);
    evidence.begin(Buffer.from('  ab'), 4);
    assert.equal(evidence.letters, 2);
    evidence.begin(new Uint8Array(), 0);
    assert.equal(evidence.best(), undefined);
    assert.equal(evidence.best(A), undefined);
    for (const e of [evidence, fresh]) e.add(B, 5, HERE, 7, TEXT);
    assert.deepEqual(
      [evidence.size, counts(evidence, 0), evidence.totals, evidence.reach, evidence.best()],
      [fresh.size, counts(fresh, 0), fresh.totals, fresh.reach, fresh.best()],
    );
  });
});
