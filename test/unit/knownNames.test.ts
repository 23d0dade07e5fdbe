/** Names that a language server gave: what they are members of, and what they say of the next byte. */
import assert from 'node:assert/strict';
import { CLASSES, ELSEWHERE, Evidence, HERE, SIDES } from '../../server/memory/evidence.ts';
import { KnownNames, receiverBefore } from '../../server/memory/knownNames.ts';

const NAMES = CLASSES - 1;
const receiverOf = (before: string) => receiverBefore(Buffer.from(before), Buffer.byteLength(before));

/** How many names go on with which character behind `text`, and how many there are: in front, others. */
function found(names: KnownNames, text: string): Record<string, number[]> {
  const [evidence, bytes] = [new Evidence(), Buffer.from(text)];
  evidence.begin(bytes, bytes.length);
  names.find(evidence);
  const rows: Record<string, number[]> = {};
  for (let slot = 0; slot < evidence.size; slot++)
    rows[String.fromCharCode(evidence.bytes[slot])] = [HERE, ELSEWHERE].map(
      (side) => evidence.counts[(SIDES * slot + side) * CLASSES + NAMES],
    );
  rows.all = [HERE, ELSEWHERE].map((side) => evidence.totals[side * CLASSES + NAMES]);
  return rows;
}

describe('the receiver of a name', () => {
  it('is the expression before the access, without what stands in its brackets', () => {
    for (const [before, receiver] of [
      ['x = user.', 'user'],
      ['user?.', 'user'],
      ['user!.', 'user'],
      ['p->', 'p'],
      ['std::', 'std'],
      ['load(a, (b)).', 'load()'],
      ['a.b(c[1], "x").d.', 'a.b().d'],
      ['items[i + 1].', 'items[]'],
      ['return this.', 'this'],
      ['z\n  .string()\n  .min(3).', 'z.string().min()'],
      ['user .', 'user'],
      ['größe.', Buffer.from('größe').toString('latin1')],
      ['"text".', '"'],
      ['a = `x`.', '`'],
      ['[1, 2].', '[]'],
    ])
      assert.equal(receiverOf(before), receiver, before);
  });

  it('is empty where the name stands alone', () => {
    for (const before of ['', 'x = ', '[...', 'f(', 'a..', 'a ? b :', 'x > '])
      assert.equal(receiverOf(before), '', before);
  });

  it('ends at its line, unless that begins with the access', () => {
    assert.equal(receiverOf('user.\nother.'), 'other');
    assert.equal(receiverOf('user\n  .name\n  .'), 'user.name');
  });

  it('is unknown where it is too long, or there is none', () => {
    assert.equal(receiverOf(`${'a'.repeat(600)}.`), undefined);
    assert.equal(receiverOf(`${'a.'.repeat(100)}`), undefined);
    assert.equal(receiverOf('= .'), undefined);
    assert.equal(receiverOf('f(.'), undefined);
  });
});

describe('known names', () => {
  const names = new KnownNames();
  names.set(Buffer.from('user.'), 5, ['name', 'note', 'age'], ['nodes', 'größe', 'no name', '']);
  names.set(Buffer.from('x = '), 4, ['user', 'use'], ['undo']);

  it('say which bytes go on with what is typed of a member, in front and behind', () => {
    assert.deepEqual(found(names, 'user.'), { n: [2, 1], a: [1, 0], g: [0, 1], all: [3, 2] });
    assert.deepEqual(found(names, 'if (user.no'), { t: [1, 0], d: [0, 1], all: [1, 1] });
    assert.deepEqual(found(names, 'user.x'), { all: [0, 0] });
    assert.deepEqual(found(names, 'other.n'), { all: [0, 0] });
  });

  it('say of a name that stands alone once a letter is typed, and count those that end there', () => {
    assert.deepEqual(found(names, 'y = '), { all: [0, 0] });
    assert.deepEqual(found(names, 'y = u'), { s: [2, 0], n: [0, 1], all: [2, 1] });
    assert.deepEqual(found(names, 'y = use'), { r: [1, 0], all: [2, 0] });
  });

  it('hold until others are given there; a copy keeps what it began with', () => {
    const later = new KnownNames(names);
    later.set(Buffer.from('user.'), 5, ['id'], []);
    assert.deepEqual(found(later, 'user.'), { i: [1, 0], all: [1, 0] });
    assert.deepEqual(found(names, 'user.a'), { g: [1, 0], all: [1, 0] });
  });

  it('are kept for so many receivers, the latest', () => {
    const many = new KnownNames();
    for (let i = 0; i < 65; i++) many.set(Buffer.from(`a${i}.`), 2 + String(i).length, ['x'], []);
    assert.deepEqual(found(many, 'a0.'), { all: [0, 0] });
    assert.deepEqual(found(many, 'a1.'), { x: [1, 0], all: [1, 0] });
  });

  it('lack what is no member that was given, and nothing where none was', () => {
    const lacks = (text: string, name: string) => {
      const bytes = Buffer.from(text + name);
      return names.lacks(bytes, Buffer.byteLength(text), bytes.length);
    };
    assert.deepEqual(
      ['name', 'größe', 'nam', 'id'].map((name) => lacks('user.', name)),
      [false, false, true, true],
    );
    assert.equal(lacks('other.', 'id'), false);
    assert.equal(lacks('x = ', 'id'), false);
  });
});
