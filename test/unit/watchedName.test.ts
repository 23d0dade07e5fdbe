/** A declared name and its places, followed through what is typed in it and around it. */
import assert from 'node:assert/strict';
import type { Change, Span } from '../../extension/nextEdit/movedSpans.ts';
import { placeholderOf, placesIn, type RenameEdit, under, WatchedName } from '../../extension/nextEdit/watchedName.ts';

const span = (line: number, start: number, end: number): Span => ({
  start: { line, character: start },
  end: { line, character: end },
});
const change = (line: number, start: number, end: number, text: string): Change => ({
  range: span(line, start, end),
  text,
});
const NEW = placeholderOf('shelf');
const edit = (line: number, start: number, newText = NEW, uri = 'u'): RenameEdit => ({
  uri,
  span: span(line, start, start + 'shelf'.length),
  newText,
});
const DECLARATION = span(0, 6, 11);

describe('the places of a rename', () => {
  const placesOf = (...edits: RenameEdit[]) => placesIn(edits, 'shelf', 'u', DECLARATION);
  it('are those that a server edits, but the declaration', () => {
    const places = placesOf(edit(0, 6), edit(4, 2), edit(0, 6, NEW, 'v'))!;
    assert.deepEqual(
      places.map(({ uri, span: { start } }) => [uri, start.line, start.character]),
      [
        ['u', 4, 2],
        ['v', 0, 6],
      ],
    );
    assert.equal(under('shelf', places[0], 'rack'), 'rack');
  });
  it('keep what a server writes around the new name', () => {
    const [shorthand, both] = placesOf(edit(1, 2, `shelf: ${NEW}`), edit(2, 2, `${NEW} as ${NEW}`))!;
    assert.equal(under('shelf', shorthand, '$&'), 'shelf: $&');
    assert.equal(under('shelf', both, 'rack'), 'rack as rack');
  });
  it('are whole where a server sends what differs alone', () => {
    const end = NEW.slice('shelf'.length);
    const [place] = placesOf({ uri: 'u', span: span(3, 9, 9), newText: end })!;
    assert.deepEqual([place.span, under('shelf', place, 'rack')], [span(3, 4, 9), 'rack']);
    assert.deepEqual(placesOf({ uri: 'u', span: span(0, 11, 11), newText: end }), [], 'the declaration');
  });
  it('are unknown where an edit is none of the name', () => {
    for (const other of [
      edit(1, 2, 'something'),
      { uri: 'u', span: span(1, 2, 4), newText: NEW },
      { uri: 'u', span: { start: { line: 1, character: 2 }, end: { line: 2, character: 7 } }, newText: NEW },
    ])
      assert.equal(placesOf(edit(4, 2), other), undefined);
  });
});

describe('a watched name', () => {
  /** Declared at 0:6, with places at 4:2 and 4:20 of the same document and at 0:0 of another one. */
  function watched(): WatchedName {
    const name = new WatchedName('u', 'shelf', DECLARATION, false);
    name.places = placesIn([edit(4, 2), edit(4, 20), edit(0, 0, NEW, 'v')], 'shelf', 'u', DECLARATION);
    return name;
  }
  const starts = ({ places }: WatchedName) =>
    places!.map(({ uri, span: { start } }) => `${uri} ${start.line}:${start.character}`);

  it('grows and shrinks with what is typed in it, and at its ends', () => {
    const name = watched();
    name.note('u', [change(0, 11, 11, 's')]);
    assert.deepEqual(name.span, span(0, 6, 12));
    name.note('u', [change(0, 6, 12, '')]);
    name.note('u', [change(0, 6, 6, 'r')]);
    name.note('u', [change(0, 7, 7, 'ack')]);
    assert.deepEqual([name.span, name.isLost], [span(0, 6, 10), false]);
    assert.deepEqual(starts(name), ['u 4:2', 'u 4:20', 'v 0:0']);
  });
  it('does not take in what is typed behind it, and moves with what is typed in front', () => {
    const name = watched();
    name.note('u', [change(0, 11, 11, ' ')]);
    name.note('u', [change(0, 0, 0, 'export ')]);
    name.note('u', [change(0, 0, 0, '// \n')]);
    assert.deepEqual(name.span, span(1, 13, 18));
    assert.deepEqual(starts(name), ['u 5:2', 'u 5:20', 'v 0:0']);
  });
  it('is lost where a change reaches beyond it, or makes it no name', () => {
    for (const far of [change(0, 0, 8, ''), change(0, 8, 14, 'x'), change(0, 8, 9, ' ')]) {
      const name = watched();
      name.note('u', [far]);
      assert.equal(name.isLost, true);
    }
  });
  it('leaves out a place that was changed, in whichever document, and moves those behind it', () => {
    const name = watched();
    name.note('u', [change(4, 2, 7, 'other things')]);
    assert.deepEqual(starts(name), ['u 4:27', 'v 0:0']);
    name.note('v', [change(0, 1, 2, '')]);
    assert.deepEqual(starts(name), ['u 4:27']);
    name.note('w', [change(4, 0, 40, '')]);
    assert.deepEqual(starts(name), ['u 4:27']);
  });
});
