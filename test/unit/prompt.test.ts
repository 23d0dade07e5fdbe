/** From a document and a cursor (█) to the model's bytes; UTF-8 boundaries. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { promptAt } from '../../server/prompt/around.ts';
import { SENTINELS } from '../../server/prompt/sequence.ts';
import { stateAfter, wholeCharacters } from '../../server/prompt/utf8.ts';

const limits = { context: 4096, patch: 8, completion: 144 };
function prompt(marked: string): string {
  const at = marked.indexOf('█');
  return Buffer.from(promptAt(marked.replace('█', ''), at, 'a.ts', limits)).toString('latin1');
}
const utf8 = (s: string) => Buffer.from(s, 'latin1').toString('utf8');
const PRE = String.fromCharCode(SENTINELS.PRE);
const TAIL = String.fromCharCode(SENTINELS.TAIL);

describe('prompt around a cursor', () => {
  it('puts the suffix from the next line on, and no TAIL at a line end', () => {
    const p = prompt('const a = 1;\nconst b = █\nfoo();\n');
    assert.match(p, /^\xff\xfcfoo\(\);\n\xfe*\xfda\.ts\nconst a = 1;\nconst b = $/);
    assert.ok(!p.includes(TAIL));
  });
  it('puts the rest of the line into TAIL when it is not blank', () => {
    assert.match(prompt('foo(█)\nx'), /\xfda\.ts\n\xf9\)\nfoo\($/);
    assert.ok(!prompt('foo(█   \nx').includes(TAIL));
  });
  it('starts the prefix at a patch boundary', () => {
    for (const rest of ['', ')', ') {', 'abc']) {
      const p = prompt(`let x = f(█${rest}\nmore text`);
      assert.equal((p.length - 'let x = f('.length) % limits.patch, 0);
    }
  });
  it('reads CRLF as LF, before and after the cursor', () => {
    assert.equal(prompt('a\r\nb█c\r\nd\r\n'), prompt('a\nb█c\nd\n'));
  });
  it('keeps a trailing space, a half-typed indent, tabs and multi-byte characters', () => {
    for (const line of ['x = ', '   ', '\t\t', 'größe한😀 '])
      assert.ok(utf8(prompt(`y\n${line}█`).split(PRE)[1]).endsWith(`\n${line}`));
  });
  it('a cursor inside a surrogate pair stands before it; a lone surrogate becomes U+FFFD', () => {
    assert.deepEqual(promptAt('a😀b', 2, 'a', limits), promptAt('a😀b', 1, 'a', limits));
    assert.ok(utf8(prompt('x\ud83d █').split(PRE)[1]).endsWith('x\ufffd '));
  });
  it('slides its window in blocks: typing does not move the patches before the cursor', () => {
    const text = 'const value = compute(1, 2);\n'.repeat(400);
    let moved = 0;
    let before = promptAt(text, 9000, 'a.ts', limits);
    for (let i = 9001; i < 9400; i++) {
      const now = promptAt(text.slice(0, i), i, 'a.ts', limits);
      const same = Math.min(before.length, now.length) - 1;
      if (i > 9001 && Buffer.compare(before.subarray(0, same), now.subarray(0, same)) !== 0) moved++;
      before = now;
    }
    assert.ok(moved <= 1, `moved ${moved} times`);
  });
  it('fits the context and never splits a character, for any text and cursor', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary', maxLength: 3000 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.nat(3),
        (s, f, k) => {
          const text = s.repeat(k + 1);
          const p = promptAt(text, Math.floor(f * text.length), 'a.ts', limits);
          assert.ok(p.length <= limits.context - limits.completion);
          const own = Buffer.from(p.filter((b) => b < SENTINELS.TAIL));
          assert.ok(Buffer.from(own.toString('utf8'), 'utf8').equals(own));
        },
      ),
    );
  });
  it('refuses an offset outside the text', () =>
    assert.throws(() => promptAt('abc', 4, 'a', limits), /offset 4 is outside the text/));
});

describe('UTF-8 automaton', () => {
  it('knows where characters end', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (s) => {
        const bytes = Buffer.from(s, 'utf8');
        for (let i = 0; i <= bytes.length; i++) {
          const part = bytes.subarray(0, i);
          const valid = Buffer.from(part.toString('utf8'), 'utf8').equals(part);
          assert.equal(stateAfter(part) === 0, valid);
          const whole = part.subarray(0, wholeCharacters(part));
          assert.ok(Buffer.from(whole.toString('utf8'), 'utf8').equals(whole) && part.length - whole.length < 4);
        }
      }),
      { numRuns: 50 },
    );
  });
});
