/** How much of a completion is offered: where words end, and while the model is sure. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { type Confidence, cannotBeOffered, confidenceOf, offerLength } from '../../server/completion/confidence.ts';
import { confidenceFor } from '../../server/completion/eagerness.ts';

/** The probability is that of the log-probabilities themselves. */
const plain = (threshold: number): Confidence => ({ bias: 0, logprob: 1, length: 0, threshold });
const offered = (text: string, probabilities: number[], threshold: number) =>
  text.slice(0, offerLength(Buffer.from(text, 'latin1'), probabilities.map(Math.log), plain(threshold)));

describe('confidence', () => {
  it('is the logistic of its three terms', () => {
    const c = { bias: 0.5, logprob: 1.5, length: -0.2, threshold: 0.5 };
    assert.ok(
      Math.abs(
        confidenceOf(c, -2, 6) -
          1 / (1 + Math.exp(-(0.5 + 1.5 * Math.log(Math.exp(-2) / (1 - Math.exp(-2))) - 0.2 * Math.log(7)))),
      ) < 1e-12,
    );
  });
  it('offers the longest beginning that reaches the threshold', () => {
    const sure = [1, 1, 1, 1, 1, 1, 1, 1];
    assert.equal(offered('foo(bar)', sure, 0.99), 'foo(bar)');
    assert.equal(offered('foo(bar)', sure, 1), '');
    assert.equal(offered('foo(bar)', [1, 1, 1, 1, 0.5, 1, 1, 1], 0.6), 'foo(');
  });
  it('ends where a word ends, never at a blank', () => {
    assert.equal(offered('return x', [1, 1, 1, 1, 1, 1, 0.4, 1], 0.5), 'return');
    assert.equal(offered('abcd', [1, 1, 0.4, 1], 0.5), '');
    assert.equal(offered('  ab', [1, 1, 1, 0.1], 0.5), '');
  });
  it('never ends inside a character', () => {
    const text = Buffer.from('"é"');
    assert.equal(offerLength(text, [0, 0, -1, 0], plain(0.5)), 1);
  });
  it('offers what the score card takes for an offer', () => {
    const cases = JSON.parse(readFileSync(new URL('../fixtures/offers.json', import.meta.url), 'utf8'));
    assert.ok(cases.length >= 20);
    for (const { text, logps, confidence, memory, eagerness, offer } of cases) {
      const c = confidenceFor(confidence, memory, eagerness)!;
      assert.equal(offerLength(Buffer.from(text), logps, c), offer, JSON.stringify({ text, memory, eagerness, c }));
    }
  });
  it('gives up only where nothing longer could be offered', () => {
    const number = (min: number, max: number) => fc.double({ min, max, noNaN: true });
    fc.assert(
      fc.property(
        fc.record({ bias: number(-3, 3), logprob: number(0, 2), length: number(-1, 1), threshold: number(0, 1) }),
        fc.array(number(-2, 0), { minLength: 1, maxLength: 12 }),
        fc.nat(11),
        (c, logps, at) => {
          const text = Buffer.alloc(logps.length, '(');
          const n = Math.min(at, logps.length);
          const sum = logps.slice(0, n).reduce((a, b) => a + b, 0);
          const whole = offerLength(text, logps, c);
          if (cannotBeOffered(c, sum, n, logps.length)) assert.ok(whole <= n);
        },
      ),
    );
  });
});
