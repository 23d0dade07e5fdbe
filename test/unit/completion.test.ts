/** Stop rules, the item's shape, and a completion as it is typed into. */
import assert from 'node:assert/strict';
import { Session } from '../../extension/ghostText/session.ts';
import { atCloserOf, atUnopened, openIn } from '../../server/completion/balance.ts';
import { itemFor, overlap, startOf } from '../../server/completion/item.ts';
import { atRepetition } from '../../server/completion/repetition.ts';
import {
  atBlanks,
  atBlockEnd,
  atEnd,
  atLength,
  atLineEnd,
  atLineOf,
  mayDouble,
  type Scope,
  scopeAt,
} from '../../server/completion/stop.ts';
import { firstStop } from '../../server/completion/stopRule.ts';

const bytes = (s: string) => Buffer.from(s, 'latin1');

describe('stop rules', () => {
  it('line: at the line feed after the first text', () => {
    assert.equal(atLineEnd(bytes('abc')), undefined);
    assert.deepEqual(atLineEnd(bytes('abc\nd')), { keep: 3, reason: 'line' });
    assert.deepEqual(atLineEnd(bytes('\n  abc\nd')), { keep: 6, reason: 'line' });
  });
  it('end: at EOM', () => assert.deepEqual(atEnd(bytes('ab\xfbcd')), { keep: 2, reason: 'end' }));
  it('block: at a line further left, and at two blank ones', () => {
    const rule = atBlockEnd({ indent: 2 });
    assert.equal(rule(bytes('a;\n  b;\n')), undefined);
    assert.deepEqual(rule(bytes('a;\n  b;\nnext')), { keep: 7, reason: 'block' });
    assert.equal(rule(bytes('a;\n\n\n'))?.reason, 'block');
  });
  it('block: ends with what closes the scope, and before what does not belong to it', () => {
    const body = atBlockEnd({ indent: 2 });
    assert.deepEqual(body(bytes('a;\n  b;\n}\n\nfunction')), { keep: 9, reason: 'block' });
    assert.deepEqual(body(bytes('a;\n});\nx')), { keep: 6, reason: 'block' });
    assert.deepEqual(body(bytes('a;\n} else {\n')), { keep: 4, reason: 'block' });
    assert.deepEqual(body(bytes('a\nend\nx')), { keep: 5, reason: 'block' });
    assert.deepEqual(body(bytes('return a\n\ndef g():\n')), { keep: 8, reason: 'block' });
  });
  it('block: of a line that opens it, until the first line that stands as far left', () => {
    const rule = atBlockEnd({ indent: 2, opened: true });
    assert.equal(rule(bytes('\n    a;\n    b;\n')), undefined);
    assert.deepEqual(rule(bytes('\n    a;\n  }\n  next')), { keep: 11, reason: 'block' });
    assert.deepEqual(rule(bytes('\n    return 1\n  x = 2')), { keep: 13, reason: 'block' });
    assert.equal(rule(bytes('\n    a;\n  }')), undefined); // ; may follow
  });
  it('block: judges finished lines, and blank ones after the first text', () => {
    const rule = atBlockEnd({ indent: 0 });
    assert.equal(rule(bytes('\n\n')), undefined);
    assert.equal(rule(bytes('\n\n\n\nfunction f() {\n')), undefined);
    assert.equal(rule(bytes('a;\n\n')), undefined);
    assert.deepEqual(rule(bytes('\n\na;\n\n\n')), { keep: 4, reason: 'block' });
    assert.deepEqual(rule(bytes('\n\nf() {\n  a;\n}\n\ng() {\n')), { keep: 14, reason: 'block' });
    assert.equal(rule(bytes('\n\nf() {\n  a;\n  }\n\n  b')), undefined);
    const body = atBlockEnd({ indent: 2, opened: true });
    for (const open of [
      '\n    a;\n',
      '\n    a;\n  ',
      '\n    a;\n  e',
      '\n    a;\n  end',
      '\n    a;\n  }',
      '\n    a;\n  }),',
    ])
      assert.equal(body(bytes(open)), undefined);
    for (const [text, keep] of [
      ['\n    a;\n  ends', 7],
      ['\n    a;\n  end ', 13],
      ['\n    a;\n  } ', 11],
      ['\n    a;\nx', 7],
    ] as const)
      assert.deepEqual(body(bytes(text)), { keep, reason: 'block' });
  });
  it('block: the scope on a blank line is that of the line above, where the cursor came from', () => {
    const scopes: [string, string | undefined, Scope][] = [
      ['  f(() => {', 'x', { indent: 2, opened: true }],
      ['  a();', 'x', { indent: 2, opened: false }],
      ['', '  f(() => {', { indent: 2, opened: true }],
      ['    ', '  f(() => {', { indent: 2, opened: true }],
      ['  ', '  a();', { indent: 2 }],
      ['', '  a();', { indent: 0 }],
      ['  ', '  // first:', { indent: 2 }],
      ['  ', '    g({', { indent: 4, opened: true }],
      ['  ', '    if a:', { indent: 4, opened: true }],
      ['  ', '  label:', { indent: 2 }],
      ['  ', undefined, { indent: 2 }],
    ];
    for (const [before, above, scope] of scopes)
      assert.deepEqual(scopeAt(before, above), scope, JSON.stringify([before, above]));
  });
  it('below: before a line that the document has already', () => {
    const rule = atLineOf(['  return a;'], '  ');
    assert.deepEqual(rule(bytes('return a;\n')), { keep: 0, reason: 'below' });
    assert.deepEqual(rule(bytes('b();\n  return a;\n')), { keep: 4, reason: 'below' });
    assert.equal(rule(bytes('return ab;\n')), undefined);
    assert.equal(rule(bytes('return a;')), undefined); // it may go on
    assert.deepEqual(rule(bytes('return a;\xfb')), { keep: 0, reason: 'below' });
    assert.equal(rule(bytes('  return a;\n')), undefined); // deeper
    assert.equal(atLineOf(['  '], '')(bytes('\n\n')), undefined);
  });
  it('below: before any line nearby of the same block, where it says something and stands there once', () => {
    const rule = atLineOf(["  External = 'external',", "  Remote = 'remote',", '}'], '  ', [
      "  Local = 'local',",
      'enum Kind {',
    ]);
    assert.deepEqual(rule(bytes("Remote = 'remote',\n")), { keep: 0, reason: 'below' });
    assert.deepEqual(rule(bytes("Global = 'global',\n  Remote = 'remote'\n")), { keep: 18, reason: 'below' });
    assert.equal(rule(bytes("Global = 'global',\n}\n")), undefined);
    const inner = atLineOf(['  if (b) {', '    return 0;', '  }', '  done();'], '  if (a) {');
    assert.equal(inner(bytes('\n    return 0;\n  }\n')), undefined); // of another block
    assert.deepEqual(inner(bytes('\n  done();\n')), { keep: 0, reason: 'below' });
    const often = ['  check();', '  step();', '  other();', '  step();'];
    assert.equal(atLineOf(often, '  ')(bytes('step();\n')), undefined);
    assert.equal(atLineOf(often.slice(0, 3), '  ', ['  step();'])(bytes('step();\n')), undefined);
  });
  it('below: a closing bracket that begins the line there', () => {
    const rule = atLineOf(['} else {'], '');
    assert.deepEqual(rule(bytes('\n  a;\n}\n')), { keep: 5, reason: 'below' });
    assert.equal(rule(bytes('\n  a;\n  }\n')), undefined);
  });
  it('below: what may become that line is not shown yet', () => {
    const stays = (before: string, text: string) => mayDouble(before, text, ['}', '  return a;']);
    assert.equal(stays('', '  return'), 0);
    assert.equal(stays('  x', ';\n  return'), 1);
    assert.equal(stays('  return', ' b'), 2);
    assert.equal(stays('  ', ''), 0);
  });
  it('unbalanced: before a bracket that closes nothing', () => {
    assert.equal(atUnopened(openIn('f(a, [b], {'))(bytes('c }) + g(d)')), undefined);
    assert.deepEqual(atUnopened(openIn('f(a)'))(bytes('.b(c))')), { keep: 5, reason: 'unbalanced' });
    assert.deepEqual(atUnopened(openIn('f(a'))(bytes(']')), { keep: 0, reason: 'unbalanced' });
    assert.deepEqual(atUnopened(openIn("// don't\nf('(', `)`"))(bytes('); }')), { keep: 3, reason: 'unbalanced' });
    assert.equal(atUnopened(openIn("f('a"))(bytes(")')")), undefined); // in a string
    assert.equal(atUnopened(openIn('a) b'))(bytes('))')), undefined); // who knows what it is
    assert.equal(openIn("fn name() -> &'static str {\n"), undefined); // a lifetime is no quote
    assert.equal(openIn('const parts = s.split(/"/);\n'), undefined);
    assert.deepEqual(openIn("f(() => { // don't (see below)\n"), ['(', '{']);
    assert.equal(openIn('case "$1" in\n  '), undefined); // a pattern of the shell's closes what nothing opens
    assert.equal(atUnopened(['{'])(bytes("x: &'a str) {\n})")), undefined);
  });
  it('repetition: the same line three times, or a run', () => {
    assert.deepEqual(atRepetition()(bytes('x\nab\nab\nab\n')), { keep: 4, reason: 'repetition' });
    assert.deepEqual(atRepetition()(bytes('x' + '-='.repeat(12))), { keep: 3, reason: 'repetition' });
    assert.equal(atRepetition()(bytes('x\nab\nab\n')), undefined);
    assert.equal(atRepetition()(bytes(' '.repeat(40))), undefined);
  });
  it('blanks: more in a row than anyone writes, those before the cursor among them', () => {
    const blanks = (n: number) => ' '.repeat(n);
    const stop = (keep: number) => ({ keep, reason: 'repetition' });
    assert.equal(atBlanks('a;')(bytes(`${blanks(24)}// b`)), undefined);
    assert.deepEqual(atBlanks('a;')(bytes(`${blanks(25)}// b`)), stop(0));
    assert.deepEqual(atBlanks('a;  ')(bytes(blanks(23))), stop(0), 'typed on, the same');
    assert.equal(atBlanks(`a;${blanks(40)}`)(bytes('// b')), undefined);
    assert.deepEqual(atBlanks('a')(bytes(`b${blanks(25)}`)), stop(1));
    assert.equal(atBlanks('\xc3\xa0')(bytes(`${blanks(24)}// b`)), undefined, 'à is no blank');
    assert.equal(atBlanks('')(bytes(`${blanks(96)}a\n${blanks(96)}b`)), undefined);
    assert.deepEqual(atBlanks('')(bytes(`a\n${blanks(97)}`)), stop(1), 'a line of blanks alone');
    assert.deepEqual(atBlanks(blanks(90))(bytes(blanks(7))), stop(0));
  });
  it('repetition: lines that come again, in the completion or after those above the cursor', () => {
    const after = (context: string, text: string) => atRepetition(context)(bytes(text))?.keep;
    assert.equal(after('', 'a\n\nb\na\n\nb\n'), 4);
    assert.equal(after("switch (k) {\n  case 'a':\n    return 1;\n  ", "case 'a':\n    return 1;\n"), 0);
    assert.equal(
      after("switch (k) {\n  case 'a':\n    return 1;\n  ", "case 'b':\n    return 1;\n  case 'b':\n    return 1;\n"),
      23,
    );
    assert.equal(
      after("  row('a');\n  ", "row('a');\n  row('a');\n"),
      9,
      'a copy of the line above stays, as where one line is asked for',
    );
    assert.equal(after("  row('a');\n  ", "row('a');\n  row('b');\n  row('c');\n"), undefined);
    const one = 'function one() {\n  return 1;\n}';
    assert.equal(after(one, `\n\n${one}\n`), 0);
    assert.equal(after(one, `\n\n${one}\xfb`), 0);
    assert.equal(after(one, '\n\nfunction one() {\n  return 2;\n}\n'), undefined);
    const long = Array.from({ length: 12 }, (_, i) => `line${i}\n`).join('');
    assert.equal(after('', long + long), 73);
    assert.equal(after('next();\ncheck();\nnext();\n', 'check();\n'), undefined); // half of it is the user's own
    assert.equal(after('', '0,\n0,\n'), undefined);
    assert.equal(after('', '}\n  }\n}\n'), undefined);
  });
  it('repetition: what nests in itself, and longer runs', () => {
    const after = (context: string, text: string) => atRepetition(context)(bytes(text))?.keep;
    assert.equal(after('', "console.log('console.log('"), 13);
    assert.equal(after("  console.log('", "console.log('"), 0);
    assert.equal(after('', 'Math.max(Math.max(a'), undefined);
    assert.equal(after('', 'Math.max(Math.max(Math.max('), 9);
    assert.equal(after('', 'null, null, null, null, '), undefined);
    assert.equal(after('', '{ width: 0, height: 0 }, '.repeat(4)), 24);
    assert.equal(after('// ----', '--------'), 0);
    assert.equal(after('', 'x = ' + 'ab'.repeat(12)), 3);
  });
  it('length: where a word ends', () => {
    const kept = (text: string, most: number) =>
      Buffer.from(text)
        .subarray(0, atLength(most)(Buffer.from(text))?.keep)
        .toString();
    assert.equal(kept('height: number;', 12), 'height:');
    assert.equal(kept('height: number;', 14), 'height: number');
    assert.equal(kept('height: number;', 15), 'height: number;');
    assert.equal(kept('identifier', 4), '');
    assert.equal(kept('이름 = 값이다', 9), '이름 =');
    assert.equal(kept('// 这是一个很长的注释', 14), '// 这是一');
    assert.equal(kept('a.b(', 3), 'a.b');
  });
  it('rest: where a bracket or quote that follows the cursor would be closed twice', () => {
    assert.deepEqual(atCloserOf(')')(bytes("'/');")), { keep: 3, reason: 'rest' });
    assert.deepEqual(atCloserOf(');')(bytes('f(a), b)')), { keep: 7, reason: 'rest' });
    assert.equal(atCloserOf(')')(bytes("')', g(x)")), undefined);
    assert.deepEqual(atCloserOf("'")(bytes("it\\'s' x")), { keep: 5, reason: 'rest' });
    assert.equal(atCloserOf('')(bytes('a)')), undefined);
    assert.deepEqual(atCloserOf(');')(bytes("async () => {\n  // don't wait\n  g();\n})")), {
      keep: 38,
      reason: 'rest',
    });
  });
  it('length, and the rule that keeps least wins', () => {
    assert.deepEqual(firstStop([atLength(4), atEnd], bytes('ab\xfbde')), { keep: 2, reason: 'end', at: 3 });
    assert.deepEqual(atLength(4)(bytes('ab(cdef')), { keep: 3, reason: 'length' });
  });
});

describe('item', () => {
  const at = (marked: string, text: string) => {
    const column = marked.indexOf('█');
    const line = marked.replace('█', '');
    const { insertText, end } = itemFor(line, column, text);
    return insertText + line.slice(end);
  };
  it('holds the line prefix and ends at the cursor', () =>
    assert.equal(at('  x = █', 'compute(1)'), '  x = compute(1)'));
  it('replaces what the completion really contains of the rest', () => {
    assert.equal(at('foo(█)', 'a, b'), 'foo(a, b)');
    assert.equal(at('foo(█)', 'a, b)'), 'foo(a, b)');
    assert.equal(at('foo(█)', 'g(x)'), 'foo(g(x))');
    assert.equal(at('foo(█);', 'a);'), 'foo(a);');
    assert.equal(at("const a = '█';", "text';"), "const a = 'text';");
    assert.equal(at('if (█) {', 'a > b) {'), 'if (a > b) {');
    assert.equal(at('<p>█</p></div>', 'text</p>'), '<p>text</p></div>');
  });
  it('begins behind what the editor cannot replace: characters of two units before the cursor', () => {
    const from = (marked: string) => startOf(marked.replace('█', ''), marked.indexOf('█'));
    assert.deepEqual(
      ['  x = █', 'cafe\u0301 한글 = █', 'a█ 😀', 'x = "👍🏽", █', '👩‍👩‍👧‍👦█'].map(from),
      [0, 0, 0, 9, 11],
    );
  });
  it('replaces a closer that the editor added in the middle of it', () => {
    assert.equal(overlap('=== 0) {', ')'), 1);
    assert.equal(overlap('a[0]] = f(b);', ']'), 1);
    assert.equal(overlap('f(x).y', ')'), 0);
    assert.equal(overlap('] + a', ')'), 0);
    assert.equal(overlap("')'", ') {'), 0); // a bracket in quotes closes nothing
    assert.equal(overlap('x(")")', ')'), 0);
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
  it('survives a bracket that the editor closes', () =>
    assert.equal(session().restAt('u', 18, of('const a = compute()\nnext')), '1)'));
  it('ends when the text, the place or the file differ', () => {
    assert.equal(session().restAt('u', 11, of('const a = x\nnext')), undefined);
    assert.equal(session().restAt('u', 9, of('const a =\nnext')), undefined);
    assert.equal(session().restAt('v', 10, text), undefined);
    assert.equal(session().restAt('u', 10, of('const b = \nnext')), undefined);
    assert.equal(session().restAt('u', 10, of('const a = \nother')), undefined);
  });
  it('stays away once dismissed', () =>
    assert.equal(Object.assign(session(), { dismissed: true }).restAt('u', 10, text), undefined));
});
