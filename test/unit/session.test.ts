/** A completion as it is typed into, as it grows, beside the suggest widget, and the ones made before. */
import assert from 'node:assert/strict';
import { RecentCompletions } from '../../extension/ghostText/recentCompletions.ts';
import { type Cursor, cursorBehind, Session, type Slice } from '../../extension/ghostText/session.ts';

const of =
  (text: string): Slice =>
  (from, to) =>
    text.slice(from, to);
/** The place of the █. */
const at = (marked: string, uri = 'u'): Cursor => [uri, marked.indexOf('█'), of(marked.replace('█', ''))];
const made = (marked: string, text: string, always = false) =>
  Object.assign(new Session(...at(marked), always), { text });

describe('a session', () => {
  it('takes what was typed in a CRLF document for line feeds', () => {
    const session = made('if (a) {█\r\n}\r\n', '\n  b();\n  c();');
    assert.equal(session.restAt(...at('if (a) {\r\n  b();█\r\n}\r\n')), '\n  c();');
    assert.equal(session.restAt(...at('if (a) {\r\n  b();\r\n  c();█\r\n}\r\n')), '');
    assert.equal(session.restAt(...at('if (a) {\r\n  x();█\r\n}\r\n')), undefined);
  });
  it('fits as long as it says nothing else than what was typed, and rests when it has grown so far', () => {
    const session = made('a = █\n', '');
    assert.ok(session.mayFit(...at('a = comp█\n')) && session.restAt(...at('a = comp█\n')) === undefined);
    session.text = 'co';
    assert.ok(session.mayFit(...at('a = comp█\n')) && session.restAt(...at('a = comp█\n')) === undefined);
    session.text = 'compute(1)';
    assert.equal(session.restAt(...at('a = comp█\n')), 'ute(1)');
    session.text = 'code';
    assert.ok(!session.mayFit(...at('a = comp█\n')));
  });
  it('does not fit in front of its place, in another file, or where more than that was typed', () => {
    const session = made('a = █\n', '');
    for (const place of [at('a =█\n'), at('a = x█\n', 'v'), at('b = x█\n'), at('a = x█ y\n')])
      assert.ok(!session.mayFit(...place));
    assert.ok(session.mayFit(...at('a = f(█)\n'))); // closed by the editor
  });
  it('is nothing for a place in front of its own', () =>
    assert.equal(made('const a = █', 'a').restAt(...at('const a█')), undefined));
});

describe("the place behind the suggest widget's item", () => {
  const [uri, offset, slice] = at('// first\nlet x = con█;\nlast\n');
  const behind = cursorBehind(uri, slice, offset - 3, offset, 'console');
  const accepted = '// first\nlet x = console█;\nlast\n';
  it('is that of the text as if the item were accepted, wherever it is read', () => {
    const text = accepted.replace('█', '');
    for (let from = 0; from <= text.length; from++)
      for (let to = from; to <= text.length + 3; to++)
        assert.equal(behind[2](from, to), text.slice(from, to), `${from} to ${to}`);
    assert.equal(behind[1], accepted.indexOf('█'));
  });
  it('shows the same rest before and after the item is accepted, and while it is typed out', () => {
    const session = Object.assign(new Session(...behind), { text: '.log(x)' });
    assert.equal(session.restAt(...behind), '.log(x)');
    assert.equal(session.restAt(...at(accepted)), '.log(x)');
    const [, typed, more] = at('// first\nlet x = cons█;\nlast\n');
    assert.equal(session.restAt(...cursorBehind(uri, more, typed - 4, typed, 'console')), '.log(x)');
    assert.equal(session.restAt(...cursorBehind(uri, slice, offset - 3, offset, 'constant')), undefined);
  });
  it('has what was asked for without the widget, where that agrees', () =>
    assert.equal(made('// first\nlet x = con█;\nlast\n', 'sole.log(1)').restAt(...behind), '.log(1)'));
});

describe('recent completions', () => {
  const kept = (...sessions: Session[]) =>
    sessions.reduce((recent, session) => (recent.add(session), recent), new RecentCompletions());
  it('come back after an undo, a deletion, and a way back', () => {
    const [a, b] = [made('a = █\nb = \n', 'one()'), made('a = x\nb = █\n', 'two()')];
    const recent = kept(a, b);
    assert.equal(recent.at(at('a = █\nb = \n'), false), a); // another text stood there meanwhile
    assert.equal(recent.at(at('a = on█\nb = \n'), false), a);
    assert.equal(recent.at(at('a = x\nb = █\n'), false), b);
  });
  it('stay away where the text before or after is another, and in front of their place', () => {
    const recent = kept(made('a = █\nb = \n', 'one()'));
    for (const marked of ['c = █\nb = \n', 'a = █\nc = \n', 'a =█\nb = \n', 'a = x█\nb = \n', 'a = █ b = \n'])
      assert.equal(recent.at(at(marked), false), undefined, marked);
    assert.equal(recent.at(at('a = █\nb = \n', 'v'), false), undefined);
  });
  it('stay away where all of them is typed, or only white space is left', () => {
    const recent = kept(made('a = █\n', 'one() '));
    assert.equal(recent.at(at('a = one()█\n'), false), undefined);
    assert.equal(recent.at(at('a = one() █\n'), false), undefined);
  });
  it('asked for by hand and unasked are two things', () => {
    const [unasked, byHand] = [made('a = █\n', 'on'), made('a = █\n', 'one()', true)];
    const recent = kept(unasked, byHand);
    assert.equal(recent.at(at('a = █\n'), false), unasked);
    assert.equal(recent.at(at('a = █\n'), true), byHand);
  });
  it('are the last 32: the one not seen for longest goes, and the latest for a place wins', () => {
    const recent = new RecentCompletions();
    for (let i = 0; i < 32; i++) recent.add(made(`line ${i} █\n`, 'x'));
    assert.ok(recent.at(at('line 0 █\n'), false)); // seen again
    recent.add(made('line 32 █\n', 'x'));
    assert.ok(recent.at(at('line 0 █\n'), false));
    assert.equal(recent.at(at('line 1 █\n'), false), undefined);
    recent.add(made('line 0 █\n', 'y'));
    assert.equal(recent.at(at('line 0 █\n'), false)!.text, 'y');
  });
  it('do not come back once dismissed, or once completions are made otherwise', () => {
    const [a, b] = [made('a = █\n', 'one()'), made('b = █\n', 'two()')];
    const recent = kept(a, b);
    recent.forget(a);
    assert.equal(recent.at(at('a = █\n'), false), undefined);
    recent.clear();
    assert.equal(recent.at(at('b = █\n'), false), undefined);
  });
});
