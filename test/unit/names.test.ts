/** Where a language server is asked for names, and what of its answer is sent to the worker. */
import assert from 'node:assert/strict';
import { type Item, isAskedIn, namesOf } from '../../extension/names/itemNames.ts';
import { isMemberBehind, isOfName, nameStart } from '../../extension/names/namePlace.ts';

const named = (...names: string[]): Item[] => names.map((label) => ({ label, sortText: '11' }));
const all = (items: Item[], language = 'typescript', isMember = false) => {
  const { first, others } = namesOf(items, language, isMember);
  return [...first, ...others];
};

describe('a place for names', () => {
  it('is in the languages whose names the gates know', () => {
    for (const language of ['typescript', 'javascriptreact', 'vue', 'python']) assert.ok(isAskedIn(language), language);
    for (const language of ['go', 'rust', 'python-like', 'plaintext']) assert.ok(!isAskedIn(language), language);
  });
  it('is behind an access operator, or an identifier that is typed', () => {
    for (const marked of [
      '  shelf.█',
      'shelf?.█pu',
      'shelf!.█',
      'std::█mo',
      'p->█',
      'return █she',
      'f(...█she',
      'shelf. █pu',
      '  .█map',
      '[1].█',
      'x1.█',
      '"s".█',
      'const █größe',
    ]) {
      const [before, typed] = marked.split('█');
      assert.equal(nameStart(before + typed), before.length, marked);
    }
  });
  it('is not elsewhere', () => {
    for (const line of ['', 'x = ', 'x = 1.', '12.', 'x = 12', 'f(...', 'a ? b :', 'f(', 'x > ', 'x = 1.5'])
      assert.equal(nameStart(line), undefined, line);
  });
  it('is a member behind an access operator alone', () => {
    for (const before of ['shelf.', 'shelf?.', 'shelf!. ', 'std::', 'p->', '  .', '[1].', 'x1.', ')?.'])
      assert.ok(isMemberBehind(before), before);
    for (const before of ['', 'return ', 'f(...', '[... ', 'x = 1.', 'a ? b :', 'x > '])
      assert.ok(!isMemberBehind(before), before);
  });
  it('is the same one while letters of it come and go', () => {
    for (const text of ['', 'a', '9', '_$', 'größe']) assert.ok(isOfName(text), text);
    for (const text of ['.', 'a b', '(', '\n', 'a\n']) assert.ok(!isOfName(text), text);
  });
});

describe('names of items', () => {
  it('are whole names in scope', () => {
    assert.deepEqual(
      all([
        { label: 'push' },
        { label: 'pop?', insertText: 'pop' },
        { label: { label: 'peek(int depth)' }, insertText: { value: 'peek(${1:depth})' } },
        { label: 'maybe', insertText: '?.maybe' },
        { label: ' begin()', insertText: { value: 'begin()' } },
        { label: 'dotted', insertText: '.dotted' },
        { label: 'own', insertText: 'this.own' },
        { label: 'data-id' },
        { label: '"quoted"' },
        { label: '9lives' },
        { label: 'x'.repeat(257) },
      ]),
      ['push', 'pop', 'peek', 'maybe', 'begin', 'dotted'],
    );
  });
  it('are no words of the document, keywords, snippets and files', () => {
    const kinds = ['Text', 'Snippet', 'Keyword', 'File', 'Folder', 'Color', 'Unit', 'Method', undefined];
    assert.deepEqual(all(kinds.map((kind, i) => ({ label: `a${i}`, kind }))), ['a7', 'a8']);
  });
  it('are nothing that must be imported first', () => {
    assert.deepEqual(
      all([
        ...named('declared'),
        { label: 'imported', sortText: '16' },
        { label: 'ofSnippets', sortText: '17' },
        { label: 'old', sortText: 'z11' },
        { label: 'oldImported', sortText: 'z16' },
        { label: 'edits', additionalTextEdits: [{}] },
        { label: 'noEdits', sortText: '11', additionalTextEdits: [] },
        { label: 'said', detail: 'Auto-import' },
        { label: 'offered', detail: "Add import from './shelf'" },
        { label: { label: 'Used', detail: ' (use std::used::Used)' } },
        { label: { label: 'described', description: 'auto import' } },
        { label: 'imports', sortText: '11', detail: '(property) Module.imports: string[]' },
      ]),
      ['declared', 'noEdits', 'imports', 'old'],
    );
    assert.deepEqual(all([{ label: 'ranked', sortText: '16' }], 'go'), ['ranked']);
  });
  it('are in front where their rank begins as the first one does, of what is left', () => {
    const items = [
      { label: 'global', sortText: '15' },
      { label: 'local', sortText: '11.a' },
      { label: 'member', sortText: '11.b' },
      { label: 'word', sortText: '01', kind: 'Text' },
    ];
    assert.deepEqual(namesOf(items, 'typescript', false), { first: ['local', 'member'], others: ['global'] });
    assert.deepEqual(namesOf([{ label: 'b' }, { label: 'a' }], 'go', false), { first: ['b', 'a'], others: [] });
    const twice = [
      { label: 'push', sortText: '2' },
      { label: 'push', sortText: '1' },
    ];
    assert.deepEqual(namesOf(twice, 'go', false), { first: ['push'], others: [] });
    assert.deepEqual(namesOf([], 'go', false), { first: [], others: [] });
  });
  it('are all members in front, or none where they are too many; some are keywords', () => {
    const items = [
      { label: 'await', sortText: '9', kind: 'Keyword' },
      { label: 'own', sortText: '1', kind: 'Method' },
    ];
    assert.deepEqual(namesOf(items, 'rust', true), { first: ['own', 'await'], others: [] });
    assert.deepEqual(namesOf(items, 'rust', false), { first: ['own'], others: [] });
    const many = named(...Array.from({ length: 1001 }, (_, i) => `member${i}`));
    assert.deepEqual(namesOf(many, 'rust', true), { first: [], others: [] });
  });
  it('are none in Python where the list is not one of the scope, or of members', () => {
    const own = { label: 'run', sortText: '09.9999.run' };
    const scope = [{ label: 'ArithmeticError', sortText: '09.9999.ArithmeticError' }, own];
    assert.deepEqual(namesOf([own], 'python', false), { first: [], others: [] });
    assert.deepEqual(namesOf(scope, 'python', false), { first: ['ArithmeticError', 'run'], others: [] });
    assert.deepEqual(namesOf([own], 'python', true), { first: ['run'], others: [] });
    assert.deepEqual(namesOf(scope, 'python', true), { first: [], others: [] });
  });
  it('are not more than a message takes: the others stay away, then the last in front', () => {
    const locals = named(...Array.from({ length: 10 }, (_, i) => `local${i}`));
    const globals = Array.from({ length: 2000 }, (_, i) => ({ label: `global${i}`, sortText: '15' }));
    const { first, others } = namesOf([...globals, ...locals], 'typescript', false);
    assert.deepEqual([first.length, others.length], [10, 0]);
    assert.equal(namesOf([...globals.slice(0, 990), ...locals], 'typescript', false).others.length, 990);
    assert.equal(namesOf(globals, 'typescript', false).first.length, 1000);
    const long = named(...Array.from({ length: 500 }, (_, i) => `${i}`.padStart(256, 'x')));
    assert.equal(namesOf(long, 'go', false).first.length, 256);
  });
});
