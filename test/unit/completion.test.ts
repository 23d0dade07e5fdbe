/** Stop rules, the item's shape, and a completion as it is typed into. */
import assert from 'node:assert/strict';
import { Session } from '../../extension/session.ts';
import { itemFor, overlap } from '../../server/completion/item.ts';
import { atBlockEnd, atCloserOf, atEnd, atLength, atLineEnd, atRepetition, firstStop } from '../../server/completion/stop.ts';

const bytes = (s: string) => Buffer.from(s, 'latin1');

describe('stop rules', () => {
  it('line: at the line feed after the first text', () => {
    assert.equal(atLineEnd(bytes('abc')), undefined);
    assert.deepEqual(atLineEnd(bytes('abc\nd')), { keep: 3, reason: 'line' });
    assert.deepEqual(atLineEnd(bytes('\n  abc\nd')), { keep: 6, reason: 'line' });
  });
  it('end: at EOM', () => assert.deepEqual(atEnd(bytes('ab\xfbcd')), { keep: 2, reason: 'end' }));
  it('block: at a line further left, not at a closer', () => {
    const rule = atBlockEnd(2);
    assert.equal(rule(bytes('a;\n  b;\n')), undefined);
    assert.deepEqual(rule(bytes('a;\n  b;\nnext')), { keep: 7, reason: 'block' });
    assert.equal(rule(bytes('a;\n}\n')), undefined);
    assert.equal(rule(bytes('a;\n\n\n'))?.reason, 'block');
  });
  it('repetition: the same line three times, or a run', () => {
    assert.deepEqual(atRepetition(bytes('x\nab\nab\nab\n')), { keep: 4, reason: 'repetition' });
    assert.deepEqual(atRepetition(bytes('x' + '-='.repeat(12))), { keep: 3, reason: 'repetition' });
    assert.equal(atRepetition(bytes('x\nab\nab\n')), undefined);
    assert.equal(atRepetition(bytes(' '.repeat(40))), undefined);
  });
  it('rest: where a bracket or quote that follows the cursor would be closed twice', () => {
    assert.deepEqual(atCloserOf(')')(bytes("'/');")), { keep: 3, reason: 'rest' });
    assert.deepEqual(atCloserOf(');')(bytes('f(a), b)')), { keep: 7, reason: 'rest' });
    assert.equal(atCloserOf(')')(bytes("')', g(x)")), undefined);
    assert.deepEqual(atCloserOf("'")(bytes("it\\'s' x")), { keep: 5, reason: 'rest' });
    assert.equal(atCloserOf('')(bytes('a)')), undefined);
  });
  it('length, and the rule that keeps least wins', () => {
    assert.deepEqual(firstStop([atLength(4), atEnd], bytes('ab\xfbde')), { keep: 2, reason: 'end' });
    assert.deepEqual(atLength(4)(bytes('abcdef')), { keep: 4, reason: 'length' });
  });
});

describe('item', () => {
  const at = (marked: string, text: string) => {
    const column = marked.indexOf('█');
    const line = marked.replace('█', '');
    const { insertText, end } = itemFor(line, column, text);
    return insertText + line.slice(end);
  };
  it('holds the line prefix and ends at the cursor', () => assert.equal(at('  x = █', 'compute(1)'), '  x = compute(1)'));
  it('replaces what the completion really contains of the rest', () => {
    assert.equal(at('foo(█)', 'a, b'), 'foo(a, b)');
    assert.equal(at('foo(█)', 'a, b)'), 'foo(a, b)');
    assert.equal(at('foo(█)', 'g(x)'), 'foo(g(x))');
    assert.equal(at('foo(█);', 'a);'), 'foo(a);');
    assert.equal(at("const a = '█';", "text';"), "const a = 'text';");
    assert.equal(at('if (█) {', 'a > b) {'), 'if (a > b) {');
  });
  it('replaces a closer that the editor added in the middle of it', () => {
    assert.equal(overlap('=== 0) {', ')'), 1);
    assert.equal(overlap('a[0]] = f(b);', ']'), 1);
    assert.equal(overlap('f(x).y', ')'), 0);
    assert.equal(overlap('] + a', ')'), 0);
  });
  it('never swallows the rest for a completion of several lines', () => assert.equal(overlap('a\nb)', ')'), 0));
});

describe('typing into a completion', () => {
  const of = (text: string) => (from: number, to: number) => text.slice(from, to);
  const text = of('const a = \nnext');
  const session = () => Object.assign(new Session('u', 10, text), { text: 'compute(1)' });
  it('shows the rest while the typed text agrees', () => {
    assert.equal(session().restAt('u', 10, text), 'compute(1)');
    assert.equal(session().restAt('u', 13, of('const a = com\nnext')), 'pute(1)');
  });
  it('survives a bracket that the editor closes', () => assert.equal(session().restAt('u', 18, of('const a = compute()\nnext')), '1)'));
  it('ends when the text, the place or the file differ', () => {
    assert.equal(session().restAt('u', 11, of('const a = x\nnext')), undefined);
    assert.equal(session().restAt('u', 9, of('const a =\nnext')), undefined);
    assert.equal(session().restAt('v', 10, text), undefined);
    assert.equal(session().restAt('u', 10, of('const b = \nnext')), undefined);
    assert.equal(session().restAt('u', 10, of('const a = \nother')), undefined);
  });
  it('stays away once dismissed', () => assert.equal(Object.assign(session(), { dismissed: true }).restAt('u', 10, text), undefined));
});
