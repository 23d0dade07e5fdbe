/** What a client may say: empty tables of Lua, and the folders that older clients name. */
import assert from 'node:assert/strict';
import { foldersOf } from '../../server/paths.ts';
import { orEmpty, wrongWith } from '../../server/wire/params.ts';

const names = (more: object) =>
  wrongWith('byteline/names', {
    uri: 'file:///a',
    position: { line: 0, character: 0 },
    first: ['a'],
    others: [],
    ...more,
  });
const initialize = (options: unknown, more = {}) =>
  wrongWith('initialize', { processId: null, capabilities: {}, initializationOptions: options, ...more });

describe('parameters of initialize', () => {
  it('an empty array stands for an object without keys, as Lua sends it, and for nothing else', () => {
    for (const options of [
      [],
      {},
      null,
      undefined,
      { memory: [] },
      { knownThreads: [], knownDevices: [] },
      { memory: { exclude: [], secrets: [] } },
    ]) {
      assert.equal(initialize(options), undefined, JSON.stringify(options));
    }
    assert.equal(wrongWith('initialize', { processId: null, capabilities: {} }), undefined);
    assert.equal(initialize({}, { capabilities: [] }), undefined);
    assert.match(initialize([1])!, /^initialize: initializationOptions: /);
    assert.match(initialize({ memory: ['x'] })!, /^initialize: initializationOptions\.memory: /);
    assert.match(initialize({ memory: { enable: [] } })!, /memory\.enable: /);
    assert.match(initialize({ model: [] })!, /model: /);
    assert.match(wrongWith('initialize', { processId: null })!, /capabilities: /);
    assert.deepEqual(
      [[], null, undefined, { model: 'micro' }].map((value) => orEmpty(value)),
      [{}, {}, {}, { model: 'micro' }],
    );
  });
  it('rootUri and rootPath are a folder where no others are listed', () => {
    const workspaceFolders = [{ uri: 'file:///a/b', name: 'b' }];
    const listed = { workspaceFolders, rootUri: 'file:///c', rootPath: '/d' };
    assert.deepEqual(foldersOf(listed), workspaceFolders);
    for (const none of [undefined, null, []]) {
      assert.deepEqual(foldersOf({ ...listed, workspaceFolders: none }), [{ uri: 'file:///c', name: 'c' }]);
      assert.deepEqual(foldersOf({ workspaceFolders: none, rootUri: null, rootPath: '/d e' }), [
        { uri: 'file:///d%20e', name: 'd%20e' },
      ]);
      for (const rootPath of [undefined, null, '', 'relative'])
        assert.deepEqual(foldersOf({ workspaceFolders: none, rootUri: null, rootPath }), []);
    }
    assert.match(initialize({}, { rootUri: 5 })!, /rootUri: /);
    assert.match(initialize({}, { rootPath: {} })!, /rootPath: /);
  });
});

describe('parameters of names', () => {
  it('are lists of names, with a version or without', () => {
    for (const fits of [{}, { version: 3 }, { version: -1 }, { version: null }, { first: [] }, { others: ['b', ''] }])
      assert.equal(names(fits), undefined, JSON.stringify(fits));
    assert.match(names({ version: '1' })!, /^byteline\/names: version: /);
    assert.match(names({ first: undefined })!, /: first: /);
    assert.match(names({ others: 'no' })!, /: others: /);
    assert.match(names({ first: ['a', 5] })!, /: first\.1: /);
  });
  it('have bounds: of a name, of all names, and of their text', () => {
    assert.equal(names({ others: Array(999).fill('b') }), undefined);
    assert.equal(names({ others: Array(255).fill('b'.repeat(256)) }), undefined);
    assert.match(names({ first: ['b'.repeat(257)] })!, /: first\.0: Too big/);
    assert.match(
      names({ others: Array(1000).fill('b') })!,
      /: others: Too big: together with first at most 1000 names/,
    );
    assert.match(
      names({ others: Array(256).fill('b'.repeat(256)) })!,
      /: others: Too big: .* at most 65536 characters/,
    );
  });
});
