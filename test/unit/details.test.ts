/** What the details view says. */
import assert from 'node:assert/strict';
import { type DetailsContent, detailsText } from '../../extension/views/details.ts';
import type { ModelInfo } from '../../server/wire/protocol.ts';

const l10n = {
  t: (message: string, ...args: (string | number)[]) => message.replaceAll(/\{(\d)\}/g, (_, i) => String(args[i])),
};
const model = (name: string, more: Partial<ModelInfo> = {}): ModelInfo => ({
  name,
  version: '1.2.3',
  folder: `/models/${name}`,
  bytes: 25_500_000,
  precision: 'int8',
  device: 'cpu',
  current: false,
  ...more,
});
const NOTHING: DetailsContent = {
  version: '9.9.9',
  status: { state: 'loading' },
  models: [],
  ofLanguages: {},
  more: [],
};

describe('details', () => {
  it('says all that is known', () => {
    assert.equal(
      detailsText(l10n, {
        version: '9.9.9',
        status: {
          state: 'ready',
          model: 'nano',
          device: 'webgpu',
          threads: 2,
          rejected: [{ device: 'cuda', reason: 'libcuda is missing' }],
        },
        off: 'snoozed until 12:34',
        models: [model('nano', { current: true }), model('micro'), model('odd', { error: 'odd/model.json: ENOENT' })],
        ofLanguages: { python: 'micro' },
        latency: { first: 5.4, whole: 20.6 },
        memory: { state: 'indexing', files: 12, bytes: 3_400_000, skipped: { binary: 2 } },
        more: ['Shown: 3'],
      }),
      `Byteline 9.9.9:
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
`,
    );
  });
  it('says what is not there', () => {
    const text = detailsText(l10n, { ...NOTHING, status: { state: 'error', message: 'no model named x' } });
    for (const line of ['State: error', 'Message: no model named x', 'None is loaded', 'None yet', 'Off'])
      assert.ok(text.includes(`  ${line}\n`), line);
    assert.ok(!text.includes('Statistics'));
  });
});
