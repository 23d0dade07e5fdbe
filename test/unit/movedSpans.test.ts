/** Places that move with changes: each is compared with what a document holds afterwards. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { type Change, grown, moved, type Place, type Span, writtenBy } from '../../extension/nextEdit/movedSpans.ts';
import { Written } from '../../extension/nextEdit/written.ts';

function placeAt(text: string, offset: number): Place {
  const lines = text.slice(0, offset).split('\n');
  return { line: lines.length - 1, character: lines.at(-1)!.length };
}
const offsetAt = (text: string, { line, character }: Place) =>
  text
    .split('\n')
    .slice(0, line)
    .reduce((n, { length }) => n + length + 1, 0) + character;
const spanAt = (text: string, from: number, to: number): Span => ({
  start: placeAt(text, from),
  end: placeAt(text, to),
});
const read = (text: string, { start, end }: Span) => text.slice(offsetAt(text, start), offsetAt(text, end));

/** A text, a span of it, and a change: where it begins and ends, and what it writes. */
const cases = fc
  .array(fc.constantFrom('a', 'b', ' ', '\n'), { minLength: 4, maxLength: 40 })
  .chain((characters) =>
    fc.tuple(
      fc.constant(characters.join('')),
      fc.tuple(fc.nat(characters.length), fc.nat(characters.length)),
      fc.tuple(fc.nat(characters.length), fc.nat(characters.length)),
      fc.constantFrom('', 'x', 'x\n', '\n\nxy', 'xyz'),
    ),
  );
const sorted = ([a, b]: [number, number]) => [Math.min(a, b), Math.max(a, b)];

describe('moved spans', () => {
  it('hold the same text after a change elsewhere, and are gone after one in them', () => {
    fc.assert(
      fc.property(cases, ([text, span, range, written]) => {
        const [[from, to], [start, end]] = [sorted(span), sorted(range)];
        const after = text.slice(0, start) + written + text.slice(end);
        const now = moved(spanAt(text, from, to), { range: spanAt(text, start, end), text: written });
        if (end <= from || start >= to) assert.equal(read(after, now!), text.slice(from, to));
        else assert.equal(now, undefined);
      }),
    );
  });
  it('grow with a change in them, and hold what was written', () => {
    fc.assert(
      fc.property(cases, ([text, span, range, written]) => {
        const [[from, to], [start, end]] = [sorted(span), sorted(range)];
        const after = text.slice(0, start) + written + text.slice(end);
        const change: Change = { range: spanAt(text, start, end), text: written };
        assert.equal(read(after, writtenBy(change)), written);
        const now = grown(spanAt(text, from, to), change);
        if (start >= from && end <= to)
          assert.equal(read(after, now!), text.slice(from, start) + written + text.slice(end, to));
        else assert.equal(now, undefined);
      }),
    );
  });
});

describe('what was written', () => {
  const insert = (line: number, character: number, text: string): Change => ({
    range: { start: { line, character }, end: { line, character } },
    text,
  });
  const lines = ({ span }: Written) => span && [span.start.line, span.end.line];
  it('goes on beside what was written before, and begins anew elsewhere', () => {
    const written = new Written();
    written.note([insert(4, 0, 'a')], true, 1);
    written.note([insert(4, 1, 'b\nc')], true, 2);
    assert.deepEqual([lines(written), written.at], [[4, 5], 2]);
    written.note([insert(6, 0, 'd')], true, 3);
    assert.deepEqual(lines(written), [4, 6]);
    written.note([insert(20, 0, 'e')], true, 4);
    assert.deepEqual(lines(written), [20, 20]);
  });
  it('moves with what others write, which does not count', () => {
    const written = new Written();
    written.note([insert(4, 0, 'a')], true, 1);
    written.note([insert(0, 0, "import { a } from 'a';\n")], false, 2);
    assert.deepEqual([lines(written), written.at], [[5, 5], 1]);
    written.note([{ range: { start: { line: 0, character: 0 }, end: { line: 9, character: 0 } }, text: '' }], false, 3);
    assert.equal(written.span, undefined);
  });
  it('is nothing where it is as long as a file', () => {
    const written = new Written();
    written.note([insert(0, 0, 'x\n'.repeat(80))], true, 1);
    assert.equal(written.span, undefined);
  });
});
