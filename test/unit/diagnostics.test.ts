/** What a bug report holds, and above all what it does not. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { cleaner, diagnostics, type Facts, shown } from '../../extension/views/diagnostics.ts';

const LANGUAGES = ['typescript', 'c'];
const facts = (more: Partial<Facts> = {}): Facts => ({
  versions: { 'VS Code': '1.139.0 (desktop)', Byteline: '0.4.0' },
  status: { state: 'ready', model: 'nano', device: 'cpu' },
  settings: [],
  languages: LANGUAGES,
  statistics: ['Characters saved: 120.'],
  log: '',
  ...more,
});
const SECRETS = ['zorblequoin', 'mcgillicuddy', 'hunter2000000', 'plinthWobble'];
const LEAKS = [
  '2026-11-25 10:00:00.123 [error] cannot index /home/mcgillicuddy/zorblequoin/plinthWobble.ts: ' +
    "EACCES: permission denied, open '/home/mcgillicuddy/zorblequoin/plinthWobble.ts'",
  '2026-11-25 10:00:00.123 [error] C:\\Users\\mcgillicuddy\\zorblequoin\\model.json: bytes: expected number',
  '2026-11-25 10:00:00.123 [info] const plinthWobble = "hunter2000000"; // zorblequoin',
  '    at mcgillicuddy (file:///home/mcgillicuddy/zorblequoin.ts:3:4)',
];

describe('diagnostics', () => {
  it("let Byteline's own lines through as they are", () => {
    const clean = cleaner(LANGUAGES);
    for (const line of [
      '2026-11-25 10:00:00.123 [info] nothing offered: low-confidence',
      '2026-11-25 10:00:00.123 [info] nothing offered: off for typescript',
      '[warning] the worker stopped; restarting in 200 ms',
      '[info] model: nano 0.4.0',
      '[info] indexed 3 files, 0.1 MB in 0.2 s; skipped 1 binary',
      '[info] cuda is not used: not faster: 12.5 ms, the CPU 4.1 ms',
      '[error] the worker failed: ECONNRESET',
    ])
      assert.equal(clean(line), line);
  });
  it("hold no path, no user's name and no source text of the log or the status", () => {
    const report = diagnostics(
      facts({
        log: LEAKS.join('\n'),
        status: { state: 'error', model: 'nano', message: LEAKS[1], rejected: [{ device: 'cuda', reason: LEAKS[0] }] },
      }),
    );
    for (const secret of SECRETS) assert.doesNotMatch(report, new RegExp(secret, 'i'));
    // and still say what went wrong
    assert.match(report, /\[error\] cannot index … EACCES: permission denied, open …/);
  });
  it('let no unknown word through, wherever it stands', () => {
    const word = fc.stringMatching(/^[a-zA-Z]{3,12}$/).map((text) => `${text}xqz`);
    const glue = fc.constantFrom(
      ' ',
      ': ',
      '/',
      '\\',
      ' (',
      '" ',
      "'s ",
      '.',
      ',',
      ' the index of ',
      ' 12 ',
      '=',
      '-',
      '_',
    );
    fc.assert(
      fc.property(fc.array(fc.tuple(word, glue), { minLength: 1, maxLength: 12 }), (words) => {
        assert.doesNotMatch(cleaner(LANGUAGES)(words.flat().join('')), /xqz/);
      }),
    );
  });
  it('have the last fifty lines', () => {
    const log = Array.from({ length: 80 }, (_, i) => `[info] ${i} ms`).join('\n');
    const lines = diagnostics(facts({ log }))
      .split('\n')
      .filter((line) => line.startsWith('[info]'));
    assert.deepEqual([lines.length, lines[0], lines[49]], [50, '[info] 30 ms', '[info] 79 ms']);
  });
  it('show of settings what can name nothing private', () => {
    const of = (key: string, schema: object, value: unknown) => shown(`byteline.${key}`, schema, value, LANGUAGES);
    assert.equal(of('enable', { type: 'boolean' }, false), 'false');
    assert.equal(of('device', { type: 'string', enum: ['auto', 'cpu'] }, 'cpu'), 'cpu');
    assert.equal(of('device', { type: 'string', enum: ['auto', 'cpu'] }, '/home/mcgillicuddy'), 'changed');
    assert.equal(of('model', { type: 'string' }, '/home/mcgillicuddy/mine'), 'mine');
    assert.equal(of('model', { type: 'string' }, 'C:\\Users\\mcgillicuddy\\mine'), 'mine');
    assert.equal(of('modelFolders', { type: 'array' }, ['/home/mcgillicuddy']), '1 entries');
    assert.equal(of('memory.secrets', { type: 'array' }, ['mcgillicuddy*', 'x']), '2 entries');
    assert.equal(
      of('languages', { type: 'object' }, { '*': true, c: false, zorblequoin: false }),
      '* true, c false, … false',
    );
    assert.equal(of('models', { type: 'object' }, { c: '/home/mcgillicuddy' }), '1 entries');
    assert.equal(of('free', { type: 'string' }, 'zorblequoin'), 'changed');
  });
  it('name the versions, the model without its folder and the statistics', () => {
    const report = diagnostics(facts({ status: { state: 'ready', model: '/home/mcgillicuddy/mine', device: 'cpu' } }));
    for (const line of [
      '- Byteline: 0.4.0',
      '- model: mine, device: cpu',
      '- status: ready',
      '- memory: off',
      '- Characters saved: 120.',
      '- none',
    ])
      assert.ok(report.split('\n').includes(line), line);
  });
});
