/** Line or block, and words: what stands around a cursor decides. */
import assert from 'node:assert/strict';
import { aroundOf, inWord, type Shape, shapeAt } from '../../server/completion/shape.ts';
import { Document } from '../../server/documents/document.ts';

/** The decision at █. */
function at(marked: string, accepted = false): Shape {
  const offset = marked.indexOf('█');
  const document = Document.create('untitled:a', '', 0, marked.replace('█', ''));
  return shapeAt({ ...aroundOf(document, document.positionAt(offset)), accepted });
}

const CASES: [Shape['reason'], boolean, string][] = [
  ['opening line', true, 'function f(a) {█\n}\n'],
  ['opening line', true, 'function f(a) { █\n'],
  ['opening line', true, 'def f(a):█\n\ndef g(a):\n  pass\n'],
  ['opening line', true, 'foo(a, () => {█})\n'],
  ['opening line', true, 'call(█);\n'],
  ['the body is there', false, 'function f(a) {█\n  return a;\n}\n'],
  ['the body is there', false, 'if a:█\n\n    return a\n'],
  ['blank line in a body', true, 'function f(a) {\n  █\n}\n'],
  ['blank line in a body', true, 'function f(a) {\n█\n}\n'],
  ['blank line in a body', true, 'def f(a):\n    b = a\n    █\n\ndef g():\n    pass\n'],
  ['the body is there', false, 'function f(a) {\n  █\n  return a;\n}\n'],
  ['at the top level', false, 'import a\n\n█\nimport b\n'],
  ['at the top level', false, 'function f() {\n  a();\n}\n█\n'],
  ['inside a line', false, 'foo(█, b)\n'],
  ['inside a line', false, 'if (█) {\n'],
  ['plain line', false, '  const a = █\n'],
  ['plain line', false, ''.padEnd(3) + 'return a█\n}\n'],
];

describe('shape', () => {
  for (const [reason, multiline, marked] of CASES) {
    it(`${multiline ? 'block' : 'line'} at ${JSON.stringify(marked)}: ${reason}`, () =>
      assert.deepEqual(at(marked), { multiline, reason }));
  }
  it('a block after what was accepted, unless the body is there', () => {
    assert.deepEqual(at('  const a = 1;█\n}\n', true), { multiline: true, reason: 'after accept' });
    assert.deepEqual(at('foo(a,█\n  b)\n', true), { multiline: false, reason: 'the body is there' });
  });
  it('looks a limited number of lines up and down', () => {
    const blanks = '\n'.repeat(100_000);
    assert.deepEqual(at(`function f() {${blanks}  █${blanks}}\n`), { multiline: false, reason: 'at the top level' });
  });
});

describe('in a word', () => {
  for (const [before, after, is] of [
    ['fo', 'o', true],
    ['foo', '', false],
    ['foo', '(', false],
    ['a.', 'b', false],
    ['한', '글', true],
    ['$', 'x', true],
    ['a😀', 'b', false],
    ['', 'b', false],
  ] as const) {
    it(`${before}█${after}: ${is}`, () => assert.equal(inWord(before, after), is));
  }
});
