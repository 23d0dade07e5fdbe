/** Rules of edits, and where they can be followed again. A `█` stands where an edit was made. */
import assert from 'node:assert/strict';
import { placesOf } from '../../server/edits/match.ts';
import { type Edit, nameOf, rulesOf } from '../../server/edits/rule.ts';
import { TokenisedText } from '../../server/edits/tokens.ts';

const URI = 'file:///a.ts';
const edit = (before: string, after: string, above = '', below = ''): Edit => ({
  uri: URI,
  at: 0,
  before,
  after,
  above,
  below,
});

/** A text after an edit was made at all places for its rule number `n`, the widest one unless said. */
function again(made: Edit, text: string, n = -1): string {
  const found = rulesOf(made).at(n);
  assert.ok(found, 'no rule');
  const places = placesOf(found.rule, [found.use], new TokenisedText(text));
  return places.reduceRight((all, { from, to, newText }) => all.slice(0, from) + newText + all.slice(to), text);
}

describe('rules of edits', () => {
  it('one token for another, as a whole word alone', () => {
    assert.equal(again(edit('let a = 1;\n', 'const a = 1;\n'), 'let b = 2;\nletter;\n'), 'const b = 2;\nletter;\n');
  });
  it('what varies between the changes is a hole', () => {
    const made = edit('assertEqual(a.b, c);\n', 'expect(a.b).toBe(c);\n');
    assert.equal(again(made, '  assertEqual(f(x), y);\n'), '  expect(f(x)).toBe(y);\n');
    assert.equal(again(made, 'assertEqual(x);\n'), 'assertEqual(x);\n', 'one argument is not two');
  });
  it('an argument is put in where the same tokens stand around, and not twice', () => {
    const made = edit('open(first);\n', 'open(first, true);\n');
    assert.equal(again(made, 'x = open(first);\nopen(first, true);\n'), 'x = open(first, true);\nopen(first, true);\n');
  });
  it('a line is put in beside a like line, with its indentation', () => {
    const made = edit('', '  debug: true,\n', '  name: a,\n', '  size: 1,\n');
    assert.equal(again(made, '    name: a,\n    size: 1,\n'), '    name: a,\n    debug: true,\n    size: 1,\n');
  });
  it('a line goes, wherever it stands alike', () => {
    const made = edit('  console.log(x);\n', '', 'a();\n', 'b();\n');
    assert.equal(again(made, 'f();\n      console.log(x);\ng();\n'), 'f();\ng();\n');
  });
  it('a name for a name is known as such', () => {
    const [found] = rulesOf(edit('const a = total;\n', 'const a = sum;\n'));
    assert.deepEqual(nameOf(found.rule), { from: 'total', to: 'sum' });
    assert.equal(nameOf(rulesOf(edit('f(1);\n', 'f(2);\n'))[0].rule), undefined, 'a number is no name');
  });
  it('blanks alone make no rule, nor does a text that is written anew', () => {
    assert.deepEqual(rulesOf(edit('a=b;\n', 'a = b;\n')), []);
    assert.deepEqual(
      rulesOf(edit('a(b);\n', '  a(b);\n\n')).filter(({ rule }) => rule.wanted.some((t) => t !== '\n')),
      [],
    );
    const lines = (f: (i: number) => string) => Array.from({ length: 12 }, (_, i) => f(i)).join('\n');
    assert.deepEqual(
      rulesOf(
        edit(
          lines((i) => `a${i} = b`),
          lines((i) => `c${i} = b`),
        ),
      ),
      [],
    );
  });
  it('a rule for a longer name is not followed where that stands already', () => {
    assert.equal(
      again(edit('f(user);\n', 'f(user.name);\n'), 'g(user.name);\nf(user);\n', 0),
      'g(user.name);\nf(user.name);\n',
    );
  });
});
