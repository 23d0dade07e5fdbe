/** How long is waited after a key. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { Delay } from '../../extension/ghostText/delay.ts';

/** Someone whose keys come every `interval` ms, at a machine whose first text takes `latency` ms. */
function typing(interval: number, latency: number, keys = 20): Delay {
  const delay = new Delay();
  for (let i = 0; i < keys; i++) {
    delay.typed(1e6 + i * interval);
    delay.answered(latency);
  }
  return delay;
}

describe('delay', () => {
  it('is none before anything was measured', () => assert.equal(new Delay().wait('  const a'), 0));
  it('is none where the answer takes little of the time between two keys', () => {
    assert.equal(typing(125, 6).wait('const ab'), 0);
    assert.equal(typing(125, 31).wait('const ab'), 0);
    assert.equal(typing(400, 90).wait('const ab'), 0);
  });
  it('reaches beyond the next key in a burst on a slow machine', () => {
    const wait = typing(125, 300).wait('const ab');
    assert.ok(50 + wait > 125 && wait <= 150, `${wait} ms`);
  });
  it('is shorter for a key after a pause', () => {
    const delay = typing(125, 300);
    const burst = delay.wait('const ab');
    delay.typed(9e6);
    assert.ok(delay.wait('const ab') > 0 && delay.wait('const ab') < burst);
  });
  it('is none at the start of a line, after an opening character, a keyword and an operator', () => {
    const slow = typing(125, 1000);
    for (const before of [
      '',
      '    ',
      'console.',
      'f(',
      'a =',
      'a = ',
      'return ',
      'if (a && ',
      '  const ',
      "from '",
      'x: ',
      'a, ',
    ])
      assert.equal(slow.wait(before), 0, before);
    for (const before of ['con', 'the constant ', 'a b', 'f(x', 'reconst ']) assert.ok(slow.wait(before) > 0, before);
  });
  it('counts requests that were given up before they were answered as slow', () => {
    const delay = new Delay();
    for (let i = 0; i < 10; i++) {
      delay.typed(i * 125);
      delay.gaveUp(125);
    }
    assert.ok(delay.wait('const ab') > 0);
    for (let i = 0; i < 10; i++) delay.answered(5);
    delay.gaveUp(3); // given up at once says nothing
    assert.equal(delay.wait('const ab'), 0);
  });
  it('forgets a slow start', () => {
    const delay = typing(125, 800, 3);
    for (let i = 0; i < 9; i++) delay.answered(6);
    assert.equal(delay.wait('const ab'), 0);
  });
  it('is between 0 and 150 ms, and never shorter on a slower machine', () => {
    const ms = fc.integer({ min: 0, max: 3000 });
    fc.assert(
      fc.property(ms, ms, ms, (interval, a, b) => {
        const [fast, slow] = [Math.min(a, b), Math.max(a, b)].map((latency) =>
          typing(interval, latency).wait('const ab'),
        );
        assert.ok(
          fast >= 0 && fast <= slow && slow <= 150,
          `${interval} ms from key to key: ${fast} for ${Math.min(a, b)} ms, ${slow} for ${Math.max(a, b)} ms`,
        );
      }),
      { numRuns: 300 },
    );
  });
});
