/** What the details view says. */
import assert from 'node:assert/strict';
import { english } from '../../extension/translate.ts';
import { type DetailsContent, detailsText } from '../../extension/views/details.ts';
import type { Offers } from '../../server/completion/eagerness.ts';
import type { ModelInfo } from '../../server/wire/protocol.ts';

const l10n = { t: english };
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
const OFFERS: Offers = {
  thresholds: { quiet: 0.6, balanced: 0.36, eager: 0.1 },
  curve: [
    { threshold: 0.1, offered: 0.998, right: 0.3, saved: 0.45 },
    { threshold: 0.36, offered: 0.61, right: 0.4, saved: 0.484 },
    { threshold: 0.5, offered: 0.4, right: 0.521, saved: 0.44 },
    { threshold: 0.6, offered: 0.09, right: 0.65, saved: 0.31 },
  ],
};
const NOTHING: DetailsContent = {
  version: '9.9.9',
  status: { state: 'loading' },
  models: [],
  ofLanguages: {},
  eagerness: 'balanced',
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
        models: [
          model('nano', { current: true, offers: OFFERS }),
          model('micro'),
          model('odd', { error: 'odd/model.json: ENOENT' }),
        ],
        ofLanguages: { python: 'micro' },
        eagerness: 'quiet',
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

How eagerly it offers (byteline.eagerness), where code is typed again:
  Now: quiet, what is right with a probability of at least 60%
  60% quiet (now): offers after   9% of the keys,  65% right,  31% of the characters saved
  50%:             offers after  40% of the keys,  52% right,  44% of the characters saved
  36% balanced:    offers after  61% of the keys,  40% right,  48% of the characters saved
  10% eager:       offers after 100% of the keys,  30% right,  45% of the characters saved

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
  it('says a probability of the user that was not measured, and a threshold that is all there is', () => {
    const offers = { thresholds: { quiet: 0.36, balanced: 0.36, eager: 0.36 }, curve: [] };
    const lines = detailsText(l10n, { ...NOTHING, models: [model('old', { current: true, offers })], eagerness: 0.45 });
    assert.ok(lines.includes('again:\n  Now: 45%\n\n'), lines);
  });
  it('says what is not there', () => {
    const text = detailsText(l10n, { ...NOTHING, status: { state: 'error', message: 'no model named x' } });
    for (const line of ['State: error', 'Message: no model named x', 'None is loaded', 'None yet', 'Off'])
      assert.ok(text.includes(`  ${line}\n`), line);
    assert.ok(!text.includes('Statistics'));
  });
});
