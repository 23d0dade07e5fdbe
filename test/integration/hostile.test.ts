/** A hostile client: whatever comes over standard input, the next honest request is answered as if nothing had been. */
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { ASK, at, POSITION, RawClient, started, TEXT, URI } from './rawClient.ts';

const NAMES = { uri: URI, position: at(4, 15), first: ['Point'], others: [] };

describe('a hostile client', () => {
  let client: RawClient;
  let honest: string;
  before(async () => {
    client = await RawClient.start();
    client.open(TEXT);
    honest = await client.text();
  });
  afterEach(async () => {
    client.open(TEXT);
    assert.equal(await client.text(), honest);
  });
  after(() => void client.process.kill());

  for (const [name, bytes, says] of [
    ['a header without a length', 'Content-Type: x\r\n\r\n', /header: no Content-Length/],
    ['a negative length', 'Content-Length: -5\r\n\r\n', /header: no Content-Length/],
    ['a length that is no number', 'Content-Length: NaN\r\n\r\n', /header: no Content-Length/],
    ['a header without end', 'x'.repeat(100_000), /header: no end/],
    ['a content that is longer than its length', 'Content-Length: 2\r\n\r\n{}{}{}', /method: a message must have one/],
    ['a content that is no JSON', 'Content-Length: 5\r\n\r\n{"a":', /content: /],
    [
      'a content that is no UTF-8',
      Buffer.concat([Buffer.from('Content-Length: 4\r\n\r\n'), Buffer.of(0xff, 0xfe, 0x80, 0xc0)]),
      /content: /,
    ],
    ['an empty content', 'Content-Length: 0\r\n\r\n', /content: /],
    ['null', 'Content-Length: 4\r\n\r\nnull', /method: a message must have one/],
    ['a batch', 'Content-Length: 2\r\n\r\n[]', /method: a message must have one/],
    ['a method that is none', 'Content-Length: 12\r\n\r\n{"method":5}', /method: a message must have one/],
    [
      'an id that is none',
      'Content-Length: 31\r\n\r\n{"method":"shutdown","id":[[]]}',
      /shutdown: id: must be a string/,
    ],
    [
      'deep nesting',
      `Content-Length: 200000\r\n\r\n${'['.repeat(100_000)}${']'.repeat(100_000)}`,
      /method: a message must have one/,
    ],
  ] as const) {
    it(`${name} is an error, and the worker reads on`, async () => {
      const from = client.received.length;
      client.raw(bytes as string);
      const { id } = await client.until(({ error }) => error !== undefined && says.test(error.message), from);
      assert.equal(id, null);
    });
  }

  it('wrong parameters of a request are an error that names the argument', async () => {
    const bad: [string, object, RegExp][] = [];
    for (const n of [-1, 0.5, 1e308, '3', null, undefined, 2 ** 31])
      bad.push(
        ['byteline/complete', { ...ASK, position: at(n, 0) }, /complete: position\.line: /],
        ['byteline/complete', { ...ASK, position: at(0, n) }, /complete: position\.character: /],
      );
    for (const n of [0, -1, 1e9, 1.5, '64', null, []])
      bad.push(['byteline/complete', { ...ASK, maxBytes: n }, /complete: maxBytes: /]);
    for (const n of [0, 1e9, 'all'])
      bad.push(['byteline/complete', { ...ASK, candidates: n }, /complete: candidates: /]);
    bad.push(
      ['byteline/complete', { ...ASK, uri: 5 }, /complete: uri: /],
      ['byteline/complete', { ...ASK, uri: 'x'.repeat(10_000) }, /complete: uri: /],
      ['byteline/complete', { ...ASK, multiline: 'no' }, /complete: multiline: /],
      ['byteline/complete', [1, 2], /complete: params: /],
      [
        'byteline/score',
        { uri: URI, range: { start: at(3, 0), end: at(1, 0) } },
        /score: range: ends before it starts/,
      ],
      ['byteline/score', {}, /score: uri: /],
      ['byteline/switchModel', {}, /switchModel: name: /],
      ['byteline/switchModel', { name: { length: 3 } }, /switchModel: name: /],
      ['byteline/nextEdit', { uri: URI }, /nextEdit: position: /],
      ['byteline/nextEdit', { uri: URI, position: POSITION, precision: 2 }, /nextEdit: precision: /],
      ['byteline/why', { uri: URI, position: POSITION }, /why: text: /],
      ['byteline/why', { uri: URI, position: POSITION, text: 'x'.repeat(1e5) }, /why: text: /],
      [
        'textDocument/inlineCompletion',
        { textDocument: { uri: URI }, position: POSITION },
        /inlineCompletion: context: /,
      ],
    );
    for (const [method, params, pattern] of bad) await client.refused(method, params, pattern);
    await client.refused('byteline/complete', undefined as never, /complete: params: /);
    await client.refused('byteline/none', {}, /Unhandled method/, -32601);
    await client.refused('initialize', { processId: null, capabilities: {} }, /initialize: came before/, -32600);
    await client.refused('byteline/switchModel', { name: '/dev' }, /model\.json: /, -32803);
    for (const method of ['byteline/complete', 'byteline/nextEdit', 'byteline/score', 'byteline/why'])
      await client.refused(
        method,
        { ...ASK, uri: 'file:///ws/none.ts', text: '', range: undefined },
        /none\.ts is not open/,
        -32803,
      );
  });

  it('invalid initialization options are an error that names the option, and valid ones are taken then', async () => {
    const other = started();
    const raw = new RawClient(other);
    const init = (options: object, more = {}) =>
      raw.request('initialize', { processId: null, capabilities: {}, initializationOptions: options, ...more });
    for (const [options, pattern] of [
      [{ model: 5 }, /initializationOptions\.model: /],
      [{ threads: -1 }, /threads: /],
      [{ threads: 1e9 }, /threads: /],
      [{ device: 'tpu' }, /device: /],
      [{ cacheMegabytes: -1 }, /cacheMegabytes: /],
      [{ modelFolders: 'x' }, /modelFolders: /],
      [{ knownDevices: { a: 1 } }, /knownDevices\.a: /],
      [{ memory: { megabytes: 1e300 } }, /memory\.megabytes: /],
      ['x', /initializationOptions: /],
    ] as const)
      assert.match((await init(options as object)).error!.message, pattern);
    assert.match((await init({}, { workspaceFolders: [5] })).error!.message, /workspaceFolders\.0: /);
    assert.match((await init({}, { capabilities: undefined })).error!.message, /capabilities: /);
    assert.equal((await init({ model: 'micro', aNewOption: true })).error, undefined);
    other.kill();
  });

  it(
    'a change that makes no sense is a line in the log, ' + 'and the document is not served until its whole text comes',
    async () => {
      const whole = [{ text: TEXT }];
      let version = 10;
      for (const [changes, pattern] of [
        [[{ range: { start: at(2, 0), end: at(1, 0) }, text: 'x' }], /contentChanges\.0\.range: ends before it starts/],
        [[{ range: { start: at(-1, 0), end: at(0, 0) }, text: '' }], /range\.start\.line: /],
        [[{ range: { start: at(0, 0), end: at(0, 1.5) }, text: '' }], /range\.end\.character: /],
        [[{ range: { start: at(0, 1e308), end: at(1, 0) }, text: '' }], /range\.start\.character: /],
        [[{ text: '' }, { range: null, text: 'y' }], /contentChanges\.1\.range: /],
        [[{ text: 5 }], /contentChanges\.0\.text: /],
        ['x', /contentChanges: /],
        [null, /contentChanges: /],
      ] as const) {
        const from = client.received.length;
        client.change(changes, ++version);
        await client.logged(pattern, from);
        await client.refused(
          'byteline/complete',
          ASK,
          /a change was refused .*; open it again or send the whole text/,
          -32803,
        );
        client.change(whole, ++version);
        assert.equal(await client.text(), honest);
      }
      const from = client.received.length;
      client.change([{ range: { start: at(0, 0), end: at(0, 0) }, text: 'x' }], 3);
      await client.logged(/version 3 came after \d+/, from);
      await client.refused('byteline/complete', ASK, /version 3 came after/, -32803);
      client.change([{ range: { start: at(0, 0), end: at(0, 0) }, text: 'x' }], 1, 'file:///ws/none.ts');
      await client.logged(/none\.ts is not open/, from);
      client.change(whole, 99);
      client.change([{ range: { start: at(90, 0), end: at(2e9, 9) }, text: '' }], 100); // past the end means the end
      assert.equal(await client.text(), honest);
    },
  );

  it('other notifications with wrong parameters are lines in the log', async () => {
    await sleep(1100); // the log takes 20 lines a second
    for (const [method, params, pattern] of [
      ['byteline/warm', { uri: URI, position: at(0, -1), maxBytes: 64 }, /warm: position\.character/],
      ['byteline/warm', { uri: URI, position: at(0, 0), maxBytes: 1e9 }, /warm: maxBytes/],
      ['byteline/names', { ...NAMES, position: undefined }, /names: position/],
      ['byteline/names', { ...NAMES, first: ['a', 5] }, /names: first\.1/],
      ['byteline/names', { ...NAMES, others: Array(1000).fill('a') }, /names: others: Too big/],
      [
        'textDocument/didOpen',
        { textDocument: { uri: URI, languageId: 'x', version: 1 } },
        /didOpen: textDocument\.text/,
      ],
      ['textDocument/didOpen', {}, /didOpen: textDocument/],
      ['textDocument/didClose', { textDocument: null }, /didClose: textDocument/],
      ['textDocument/didClose', { textDocument: { uri: 'file:///ws/none.ts' } }, /none\.ts is not open/],
      ['workspace/didChangeWatchedFiles', { changes: [{ uri: 1 }] }, /changes\.0\.uri/],
      ['workspace/didChangeWorkspaceFolders', { event: { added: [1], removed: [] } }, /event\.added\.0/],
      ['$/cancelRequest', {}, /cancelRequest: id/],
      ['$/setTrace', { value: 5 }, /setTrace: value/],
    ] as const) {
      const from = client.received.length;
      client.notify(method, params);
      await client.logged(pattern, from);
    }
  });

  it('anything as parameters of anything changes nothing', async () => {
    const methods = [
      'byteline/complete',
      'byteline/score',
      'byteline/why',
      'byteline/nextEdit',
      'byteline/refuseEdit',
      'byteline/warm',
      'byteline/names',
      'byteline/models',
      'byteline/memory',
      'textDocument/didOpen',
      'textDocument/didChange',
      'textDocument/didClose',
      'textDocument/inlineCompletion',
      'workspace/didChangeWatchedFiles',
      'workspace/didChangeWorkspaceFolders',
      '$/cancelRequest',
      '$/setTrace',
      'initialized',
      'initialize',
      'textDocument/didSave',
    ];
    const key = fc.constantFrom(
      'textDocument',
      'uri',
      'position',
      'line',
      'character',
      'range',
      'start',
      'end',
      'contentChanges',
      'text',
      'version',
      'maxBytes',
      'first',
      'others',
      'id',
      'event',
      '__proto__',
      'constructor',
    );
    const value = fc.letrec((tie) => ({
      leaf: fc.oneof(
        fc.constantFrom(URI, 'file:///ws/%E0%A4%A', 'file://other/x', '', null, true, -1, 1e308, 0.5, 2 ** 53),
        fc.integer(),
        fc.string({ maxLength: 20 }),
      ),
      node: fc.oneof(
        { maxDepth: 4 },
        tie('leaf'),
        fc.array(tie('node'), { maxLength: 3 }),
        fc.dictionary(key, tie('node'), { maxKeys: 5 }),
      ),
    })).node;
    for (const [method, params, asks] of fc.sample(fc.tuple(fc.constantFrom(...methods), value, fc.boolean()), {
      numRuns: 3000,
      seed: 19,
    })) {
      client.send({ jsonrpc: '2.0', method, params, ...(asks && { id: 1e6 }) });
    }
    client.open(TEXT);
    assert.equal(await client.text(), honest);
  });

  it('a URI that is none completes all the same', async () => {
    for (const uri of [
      'file:///ws/%E0%A4%A',
      'file://other/x.ts',
      'untitled:Untitled-1',
      'x',
      'file:///ws/a%00b.ts',
      'file:///ws/..%2f..%2fetc/passwd',
    ]) {
      client.open(TEXT, uri);
      const { result } = await client.request('byteline/complete', { ...ASK, uri });
      assert.equal(result?.kind, 'text', uri);
      client.notify('textDocument/didClose', { textDocument: { uri } });
    }
  });
});
