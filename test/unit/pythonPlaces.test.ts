/** Where a Python server is asked for names for the gate's training: where the extension asks. */
import assert from 'node:assert/strict';
import { placesIn } from '../bench/pythonNames.ts';

/** Asserts that names are asked for where the marks stand, █ alone and ● of members. */
function placesAre(marked: string): void {
  const text = marked.replace(/[█●]/g, '');
  const asked = [...placesIn(text, 0, text.length)];
  let [found, from] = ['', 0];
  for (const { at, isMember } of asked) {
    found += text.slice(from, at) + (isMember ? '●' : '█');
    from = at;
  }
  assert.equal(found + text.slice(from), marked);
  for (const { at, line, column } of asked)
    assert.deepEqual(
      [line, column],
      [text.slice(0, at).split('\n').length - 1, at - text.lastIndexOf('\n', at - 1) - 1],
    );
}

describe('places for names in Python', () => {
  it('are at members, and once a line where a word stands alone', () => {
    placesAre('█import os.●path\n\n█def f(a, b):\n    █return a.●b.●c + os. ●path\n');
    placesAre('    .●where(█a)\n(█größe, b)\n█from .●a import b\n█from ..a import b\n');
  });
  it('are neither in strings and comments nor numbers', () => {
    placesAre('"""A doc.\nos.path\n"""\n# os.path\n█x = "a.b"\n█f"{x.●y} a.b"\n0x1f\n\n');
  });
  it('are those of the part', () => {
    const text = 'alpha = beta.gamma\ndelta.epsilon\n';
    const [from, to] = [text.indexOf('eta'), text.indexOf('psilon')];
    const at = [...placesIn(text, from, to)].map((place) => text.slice(place.at, to));
    assert.deepEqual(at, ['gamma\ndelta.e', 'delta.e', 'e']);
  });
});
