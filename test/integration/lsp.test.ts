/** The worker over real LSP, with a real model. */
import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, rmSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CancellationTokenSource } from 'vscode-jsonrpc/node';
import { readManifest } from '../../server/engine/manifest.ts';
import { machineKey } from '../../server/engine/threads.ts';
import type { CompleteResult, ModelInfo, Partial, ScoreResult } from '../../server/wire/protocol.ts';
import { sourceText } from '../sourceText.ts';
import { POINT, ROOT, TestWorker } from './worker.ts';

const { uri: URI, text: TEXT, position: POSITION } = POINT;
const FP32 = join(ROOT, '.cache/models/micro-fp32');
/** A place where any model goes on for long. */
const TABLE = {
  uri: 'file:///ws/src/table.ts',
  text: [
    'export const table = [',
    ...['a', 'b', 'c', 'd', 'e'].map((c, i) => `  { name: '${c}', value: ${i + 1} },`),
    '  ',
    '];',
    '',
  ].join('\n'),
  position: { line: 6, character: 2 },
};

describe('worker over LSP', () => {
  let worker: TestWorker;
  before(async () => {
    worker = await TestWorker.start({ streaming: true });
    for (const { uri, text } of [{ uri: URI, text: TEXT }, TABLE]) await worker.open(uri, text);
  });
  after(() => worker.stop());
  const ask = (id: number, more = {}, token?: any) =>
    worker.connection.sendRequest(
      'byteline/complete',
      { id, uri: URI, position: POSITION, multiline: false, maxBytes: 64, always: true, ...more },
      ...(token ? [token] : []),
    ) as Promise<CompleteResult>;

  it('streams a completion whose parts agree with its end', async () => {
    const parts: string[] = [];
    const subscription = worker.connection.onNotification(
      'byteline/partial',
      (p: Partial) => void (p.id === 1 && parts.push(p.text)),
    );
    const [uri, line] = [
      'file:///ws/LICENSE.md',
      'Permission is hereby granted, free of charge, to any person obtaining ',
    ];
    await worker.open(uri, `# License\n\n${line}\n`);
    const result = await ask(1, { uri, position: { line: 2, character: line.length }, multiline: true });
    subscription.dispose();
    assert.equal(result.kind, 'text');
    assert.ok(result.kind === 'text' && result.bytes === Buffer.byteLength(result.text) && result.logprob <= 0);
    for (const [i, part] of parts.entries()) assert.ok(part.startsWith(parts[i - 1] ?? ''));
    assert.ok(parts.length > 0);
  });

  /** Log-probabilities may differ by so much, nats: int8 rounds what fp32 sums up in another order. */
  for (const [precision, model, tolerance] of [
    ['int8', 'micro', 0.05],
    ['fp32', FP32, 1e-4],
  ] as const) {
    it(`gives the same text with a warm cache, after incremental edits and back, in ${precision}`, async () => {
      const other = await TestWorker.start({ streaming: true, model });
      await other.open(URI, TEXT);
      const ask = (id: number, position = POSITION) =>
        other.connection.sendRequest('byteline/complete', {
          id,
          uri: URI,
          position,
          multiline: false,
          maxBytes: 64,
          always: true,
        }) as Promise<CompleteResult>;
      const first = await ask(2);
      const change = (text: string, start: object, end: object, version: number) =>
        other.connection.sendNotification('textDocument/didChange', {
          textDocument: { uri: URI, version },
          contentChanges: [{ range: { start, end }, text }],
        });
      await change('// edited higher up\n', { line: 0, character: 0 }, { line: 0, character: 0 }, 2);
      await ask(3, { line: 5, character: 21 });
      await change('', { line: 0, character: 0 }, { line: 1, character: 0 }, 3);
      const again = await ask(4);
      await other.stop();
      assert.ok(first.kind === 'text' && again.kind === 'text' && again.text === first.text);
      assert.ok(Math.abs(again.logprob - first.logprob) < tolerance, `${again.logprob} after ${first.logprob}`);
    });
  }

  it('takes the threads that the client remembers for this machine, and offers the same', async () => {
    const { files } = await readManifest(join(ROOT, 'model/models/micro'));
    const other = await TestWorker.start({
      streaming: true,
      knownThreads: { [machineKey(files[0])]: 2, 'another machine': 4 },
    });
    for (let i = 0; i < 400 && !other.logs.some((l) => l.includes('2 threads for each call of micro')); i++)
      await new Promise((r) => setTimeout(r, 50));
    assert.ok(
      other.logs.some((l) => l.includes('2 threads for each call of micro')),
      other.logs.join('\n'),
    );
    await other.open(URI, TEXT);
    const [a, b] = [
      await ask(13),
      (await other.connection.sendRequest('byteline/complete', {
        id: 14,
        uri: URI,
        position: POSITION,
        multiline: false,
        maxBytes: 64,
        always: true,
      })) as CompleteResult,
    ];
    await other.stop();
    assert.ok(a.kind === 'text' && b.kind === 'text' && a.text === b.text);
  });

  it('reads ahead when told to, however often, and completes all the same', async () => {
    const before = await ask(15);
    const warm = (uri: string, character: number) =>
      worker.connection.sendNotification('byteline/warm', { uri, position: { line: 4, character }, maxBytes: 64 });
    for (let i = 0; i < 50; i++) await warm(i % 2 ? URI : TABLE.uri, i % 20);
    await warm('file:///ws/src/unknown.ts', 0);
    const after = await ask(16);
    assert.ok(before.kind === 'text' && after.kind === 'text' && after.text === before.text);
  });

  it('scores a range as it scored what it completed', async () => {
    const found = await ask(20, { uri: TABLE.uri, position: TABLE.position, detail: true });
    assert.ok(found.kind === 'text' && found.logps?.length === found.bytes && found.text.startsWith('{'));
    assert.ok(Math.abs(found.logps.reduce((a, b) => a + b, 0) - found.logprob) < 1e-6);
    const { line, character } = TABLE.position;
    const lines = TABLE.text.split('\n');
    lines[line] += found.text;
    const uri = TABLE.uri.replace('table', 'whole');
    await worker.open(uri, lines.join('\n'));
    const range = { start: { line, character }, end: { line, character: character + found.text.length } };
    const score: ScoreResult = await worker.connection.sendRequest('byteline/score', { uri, range });
    assert.equal(score.bytes, found.bytes);
    // the file's name differs, and the mask of UTF-8 takes nothing from ASCII
    assert.ok(
      score.logps.every((logp, i) => Math.abs(logp - found.logps![i]) < 0.5),
      `${score.logps} against ${found.logps}`,
    );
    assert.ok(Math.abs(score.bits + score.logps.reduce((a, b) => a + b, 0) / Math.LN2) < 1e-4);
    const whole: ScoreResult = await worker.connection.sendRequest('byteline/score', { uri });
    assert.ok(whole.bytes === Buffer.byteLength(lines.join('\n')) && whole.bits > 0 && whole.bits / whole.bytes < 8);
  });

  it('refuses to score what is not open or too long, and names it', async () => {
    await assert.rejects(
      worker.connection.sendRequest('byteline/score', { uri: 'file:///ws/none.ts' }),
      /none\.ts is not open/,
    );
    const uri = 'file:///ws/src/long.ts';
    await worker.open(uri, 'a'.repeat(5000));
    const range = { start: { line: 0, character: 0 }, end: { line: 0, character: 4000 } };
    await assert.rejects(
      worker.connection.sendRequest('byteline/score', { uri, range }),
      /range: 4000 bytes, at most 1024 are scored/,
    );
  });

  it('says why nothing is offered', async () => {
    await worker.open('file:///ws/binary.ts', 'a\0b');
    const result = await worker.connection.sendRequest('byteline/complete', {
      id: 5,
      uri: 'file:///ws/binary.ts',
      position: { line: 0, character: 1 },
      multiline: false,
      maxBytes: 64,
    });
    assert.deepEqual(result, { kind: 'none', reason: 'binary' });
  });

  it('obeys a cancellation, and a newer request replaces an older one', async () => {
    // kilobytes that are not cached yet: both are still being read when the next message comes
    const large = ['file:///ws/src/large1.ts', 'file:///ws/src/large2.ts'].map((uri) => ({
      uri,
      position: { line: 150, character: 0 },
      maxBytes: 512,
      multiline: true,
    }));
    const source = sourceText('provider.ts');
    const table = { line: source.split('\n').length - 1 + TABLE.position.line, character: TABLE.position.character };
    for (const { uri } of large) await worker.open(uri, source + TABLE.text);
    const tokens = new CancellationTokenSource();
    const cancelled = ask(6, large[0], tokens.token);
    tokens.cancel();
    const result = await cancelled.catch(() => ({ kind: 'none', reason: 'cancelled' }));
    assert.equal(result.kind, 'none');
    const [older, newer] = await Promise.all([ask(7, large[1]), ask(8, { ...large[1], position: table })]);
    assert.deepEqual(older, { kind: 'none', reason: 'cancelled' });
    assert.equal(newer.kind, 'text');
  });

  it('is generating until the last of several requests has ended, and says so once', async () => {
    const uris = ['a', 'b', 'c'].map((name) => `file:///ws/src/overlap-${name}.ts`);
    for (const uri of uris) await worker.open(uri, TEXT);
    await ask(30);
    const from = worker.statuses.length;
    const asked = [...uris, uris[0]].map((uri, i) => ask(31 + i, { uri })); // the last one replaces the first
    await Promise.all(asked);
    await worker.connection.sendRequest('byteline/ping'); // what it said is here
    assert.deepEqual(
      worker.statuses.slice(from).map(({ state }) => state),
      ['generating', 'ready'],
    );
  });

  it('says why there is no model for as long as there is none, after every request', async () => {
    const root = mkdtempSync(join(tmpdir(), 'byteline-broken-'));
    cpSync(join(ROOT, 'model/models/micro'), join(root, 'broken'), { recursive: true });
    truncateSync(join(root, 'broken/int8.onnx'), 1000);
    const other = await TestWorker.start({ streaming: true, model: 'broken', modelFolders: [root] });
    try {
      await other.open(URI, TEXT);
      for (let i = 0; i < 2; i++) {
        const params = { id: i, uri: URI, position: POSITION, multiline: false, maxBytes: 64 };
        const result = await other.connection.sendRequest('byteline/complete', params);
        assert.deepEqual(result, { kind: 'none', reason: 'no-model' });
        await other.connection.sendRequest('byteline/ping');
        const { state, model, message } = other.statuses.at(-1)!;
        assert.deepEqual([state, model], ['error', 'broken']);
        assert.match(message!, /int8\.onnx: has 1000 bytes, model\.json says/);
      }
      await assert.rejects(other.connection.sendRequest('byteline/score', { uri: URI }), /int8\.onnx: has 1000 bytes/);
      const none = /no model named nope/;
      await assert.rejects(other.connection.sendRequest('byteline/switchModel', { name: 'nope' }), none);
      await assert.rejects(other.connection.sendRequest('byteline/score', { uri: URI }), none);
      assert.deepEqual([other.statuses.at(-1)!.model, other.statuses.at(-1)!.state], ['nope', 'error']);
    } finally {
      await other.stop();
      rmSync(root, { recursive: true });
    }
  });

  it('lists models and keeps the old one when a switch fails', async () => {
    const models = (await worker.connection.sendRequest('byteline/models')) as ModelInfo[];
    assert.ok(models.find((m) => m.name === 'micro')?.current);
    await assert.rejects(
      worker.connection.sendRequest('byteline/switchModel', { name: 'nothing' }),
      /no model named nothing; there is/,
    );
    assert.equal((await ask(9)).kind, 'text');
    assert.equal(worker.statuses.at(-1)?.state, 'ready');
  });

  it('switches to a model that is named by its path, and lists it while it is used', async () => {
    const made = (await worker.connection.sendRequest('byteline/switchModel', { name: FP32 })) as ModelInfo;
    assert.ok(made.current && made.name === FP32 && made.precision === 'fp32');
    assert.ok(((await worker.connection.sendRequest('byteline/switchModel', { name: 'micro' })) as ModelInfo).current);
    assert.ok(
      !((await worker.connection.sendRequest('byteline/models')) as ModelInfo[]).some(({ name }) => name === FP32),
    );
  });

  it('offers textDocument/inlineCompletion to other clients, with ranges on one line', async () => {
    const other = await TestWorker.start();
    await other.open(URI, TEXT);
    const items = (await other.connection.sendRequest('textDocument/inlineCompletion', {
      textDocument: { uri: URI },
      position: POSITION,
      context: { triggerKind: 1 },
    })) as any[];
    assert.ok(items.length >= 1 && items.length <= 4);
    for (const { insertText, range } of items) {
      assert.ok(insertText.startsWith('    return new Point('));
      assert.equal(range.start.character, 0);
      assert.equal(range.start.line, range.end.line);
    }
    await other.stop();
  });
});
