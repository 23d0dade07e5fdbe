/** The index of texts against a search by hand, and its promises about files that change and texts without end. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { LONGEST, TextIndex } from '../../server/memory/textIndex.ts';

/** The longest ending of `context` (5 bytes at least) that stands in a text with a byte behind it, and what followed there. */
function searched(texts: Buffer[], context: Buffer): { longest: number; followed: Set<number> } {
  for (let n = Math.min(LONGEST, context.length); n >= 5; n--) {
    const followed = new Set<number>();
    for (const text of texts) for (let at = text.indexOf(context.subarray(-n)); at >= 0; at = text.indexOf(context.subarray(-n), at + 1)) if (at + n < text.length) followed.add(text[at + n]);
    if (followed.size) return { longest: n, followed };
  }
  return { longest: 0, followed: new Set() };
}

describe('index of texts', () => {
  it('finds the longest match and what followed it, in files that come, change and go', () => {
    const word = fc.constantFrom('const ', 'value', ' = ', 'index', '(', ');\n', 'return ');
    const text = fc.array(word, { minLength: 1, maxLength: 12 }).map((words) => Buffer.from(words.join('')));
    const step = fc.record({ file: fc.nat(2), text: fc.option(text) });
    fc.assert(fc.property(fc.array(step, { minLength: 1, maxLength: 4 }), text, (steps, context) => {
      const index = new TextIndex(4096);
      const files = new Map<string, Buffer>();
      for (const { file, text } of steps) {
        if (text) index.put(`${file}`, text);
        else index.remove(`${file}`);
        if (text) files.set(`${file}`, text);
        else files.delete(`${file}`);
      }
      const want = searched([...files.values()], context);
      const got = index.followers(context);
      // eight places of one hash are kept: the longest may be older than all of them, but what is found is there
      assert.ok(got.longest <= want.longest);
      if (want.longest >= 5) assert.ok(got.longest >= 5);
      else assert.equal(got.longest, 0);
      const total = got.bytes.reduce((sum, { share }) => sum + share, 0);
      if (got.longest) {
        assert.ok(Math.abs(total - 1) < 1e-9);
        const { path, offset } = index.fileAt(got.place)!;
        const held = files.get(path)!;
        assert.equal(held.subarray(offset - got.longest, offset).toString(), context.subarray(-got.longest).toString());
        assert.ok(got.bytes.some(({ byte }) => byte === held[offset]));
      }
    }), { numRuns: 300 });
  });

  it('prefers the longer match', () => {
    const index = new TextIndex(4096);
    index.put('a', Buffer.from('let total = sum(1); other = sum(2); third = sum(2);'));
    const { bytes, longest, place } = index.followers(Buffer.from('let total = sum('));
    assert.equal(longest, 'let total = sum('.length);
    assert.equal(String.fromCharCode(bytes[0].byte), '1');
    assert.deepEqual(index.fileAt(place), { path: 'a', offset: 16 });
  });

  it('keeps what is new when it is full, and no match crosses the border of two files', () => {
    const index = new TextIndex(4096);
    for (let i = 0; i < 40; i++) index.put(`${i}`, Buffer.from(`export const number${i} = ${i}; // ${'x'.repeat(300)}${i}\n`));
    assert.equal(index.followers(Buffer.from('export const number3 = ')).longest < 23, true);
    assert.equal(index.followers(Buffer.from('export const number39 = ')).longest, 24);
    assert.equal(index.fileAt(0), undefined);
    assert.equal(index.followers(Buffer.from('x38\nexport')).longest, 'export'.length);
    index.put('huge', Buffer.alloc(20_000, 'abcdefgh'));
    assert.ok(index.followers(Buffer.from('abcdefgh')).longest === 8);
    assert.throws(() => new TextIndex(5000), /most: 5000/);
  });

  it('goes on with text that is being written', () => {
    const index = new TextIndex(4096);
    for (const byte of Buffer.from('while (queue.length) { const next = queue.')) index.append(byte);
    const { bytes, longest } = index.followers(Buffer.from('(queue.'));
    assert.equal(longest, 7);
    assert.deepEqual(bytes, [{ byte: 'l'.charCodeAt(0), share: 1 }]);
  });
});
