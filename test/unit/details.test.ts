/** What the details view says. */
import assert from 'node:assert/strict';
import { detailsText, type Facts } from '../../extension/details.ts';
import { Latency } from '../../extension/latency.ts';
import type { ModelInfo } from '../../server/protocol.ts';

const l10n = { t: (message: string, ...args: (string | number)[]) => message.replaceAll(/\{(\d)\}/g, (_, i) => String(args[i])) };
const model = (name: string, more: Partial<ModelInfo> = {}): ModelInfo => ({ name, version: '1.2.3', folder: `/models/${name}`, bytes: 25_500_000, precision: 'int8', device: 'cpu', current: false, ...more });
const NOTHING: Facts = { version: '9.9.9', status: { state: 'loading' }, models: [], ofLanguages: {}, more: [] };

describe('details', () => {
  it('says all that is known', () => {
    assert.equal(detailsText(l10n, {
      version: '9.9.9', status: { state: 'ready', model: 'nano', device: 'webgpu', threads: 2, rejected: [{ device: 'cuda', reason: 'libcuda is missing' }] }, off: 'snoozed until 12:34',
      models: [model('nano', { current: true }), model('micro'), model('odd', { error: 'odd/model.json: ENOENT' })], ofLanguages: { python: 'micro' }, latency: { first: 5.4, whole: 20.6 },
      memory: { state: 'indexing', files: 12, bytes: 3_400_000, skipped: { binary: 2 } }, more: ['Shown: 3'],
    }), `Byteline 9.9.9:
  State: ready
  Paused here: snoozed until 12:34

Model:
  Name: nano 1.2.3
  File: 25.5 MB, int8; size and sha256 were those of model.json when it was loaded
  Folder: /models/nano
  For python: micro
  Also there: micro 1.2.3
  Cannot be used: odd: odd/model.json: ENOENT

Device:
  Runs on: webgpu
  Threads of a call: 2
  Not used: cuda: libcuda is missing

Last completion:
  First text: 5 ms
  Whole: 21 ms

Workspace memory:
  Files: 12
  Text: 3.4 MB
  Indexing goes on
  Left out: 2 (binary)

Statistics:
  Shown: 3
`);
  });
  it('says what is not there', () => {
    const text = detailsText(l10n, { ...NOTHING, status: { state: 'error', message: 'no model named x' } });
    for (const line of ['State: error', 'Message: no model named x', 'None is loaded', 'None yet', 'Off']) assert.ok(text.includes(`  ${line}\n`), line);
    assert.ok(!text.includes('Statistics'));
  });
});

describe('latency', () => {
  const TEXT = { kind: 'text', text: 'ab', bytes: 2, stop: 'line', logprob: -1 } as const;
  it('is of the first text and of the whole, and is told of', async () => {
    let told = 0;
    const latency = new Latency(() => told++);
    const seen: string[] = [];
    await latency.of((text) => seen.push(text), async (onText) => {
      onText('a');
      await new Promise((resolve) => setTimeout(resolve, 30));
      onText('ab');
      return TEXT;
    });
    assert.deepEqual(seen, ['a', 'ab']);
    assert.ok(latency.last!.whole - latency.last!.first > 20);
    assert.equal(told, 1);
  });
  it('is that of the whole where the text came at once, and stays where nothing came', async () => {
    const latency = new Latency();
    await latency.of(() => undefined, async () => ({ kind: 'none', reason: 'blank' }));
    assert.equal(latency.last, undefined);
    await latency.of(() => undefined, async () => TEXT);
    assert.equal(latency.last!.first, latency.last!.whole);
  });
});
