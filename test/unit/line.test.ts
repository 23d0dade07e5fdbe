import assert from 'node:assert/strict';
import { type Judge, judgeOf } from '../../server/completion/complete.ts';
import { Line } from '../../server/completion/line.ts';
import { SENTINELS } from '../../server/prompt/sequence.ts';

describe('line', () => {
  const prompt = Buffer.from('const half = ');
  const architecture = { context: 1024, patch: 8 };
  const o = { maxBytes: 64, multiline: false };
  /** A line whose first byte is as probable as said, and all others certain, to its end. */
  const lineOf = (
    text: string,
    p: number,
    judge: Judge = judgeOf({ architecture, manifest: {} } as never, prompt, o),
  ) => {
    const bytes = Buffer.from(`${text}\n`);
    const line = new Line(prompt, judge);
    const logp = Float32Array.from(bytes, (_, i) => (i === 0 ? Math.log(p) : 0));
    line.take({ bytes, logp, dist: new Float32Array(256 * bytes.length).fill(-50) } as never, 0);
    return line;
  };
  const first = (...lines: Line[]) => {
    const { result } = lines.reduce((a, b) => (b.worth > a.worth ? b : a));
    return result?.kind === 'text' ? result.text : '';
  };

  it('is worth its probability, and more the longer it is, but less and less more', () => {
    assert.equal(first(lineOf('{', 0.02), lineOf('height;', 0.01)), 'height;');
    assert.equal(first(lineOf('{', 0.05), lineOf('height;', 0.01)), '{');
    assert.equal(first(lineOf('height;', 0.02), lineOf('height(width);', 0.01)), 'height;');
    assert.equal(first(lineOf('{', 0.2), lineOf('height(width, length);', 0.01)), '{');
    assert.ok(Math.abs(lineOf('height;', 0.01).worth - Math.log(0.01 * Math.log(8))) < 1e-6);
  });

  it('is worth nothing where nothing is to be offered, and its blanks count for nothing', () => {
    assert.equal(lineOf('', 1).worth, -Infinity);
    assert.equal(lineOf('    ', 1).worth, -Infinity);
    assert.equal(lineOf('  a;', 0.5).worth, lineOf('a;', 0.5).worth);
  });

  it('leaves a fork at each byte whose second choice is possible, none for the end of the text', () => {
    const line = new Line(prompt, () => undefined);
    const dist = new Float32Array(2 * 256).fill(-1e9);
    dist.set([-0.1], 'a'.charCodeAt(0));
    dist.set([-2], SENTINELS.EOM);
    dist.set([-3], 'b'.charCodeAt(0));
    dist.set([0], 256 + 'c'.charCodeAt(0));
    const forks = line.take({ bytes: Buffer.from('ac'), logp: Float32Array.of(-0.1, 0), dist } as never, 0);
    assert.deepEqual(
      forks.map(({ at, byte }) => [at - prompt.length, String.fromCharCode(byte)]),
      [[0, 'b']],
    );
    assert.equal(line.text.toString(), 'const half = ac');
    const [fork] = forks.map((found) => new Line(prompt, () => undefined, found));
    assert.equal(fork.text.toString(), 'const half = b');
    assert.equal(fork.logprob, -3);
  });
});
