/** Every switch has its reason, and is on where nothing is said. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import {
  type DocumentInfo,
  type Moment,
  offReasonAt,
  reasonForLog,
  type Switches,
} from '../../extension/switches/switches.ts';

const { properties } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')).contributes
  .configuration;
const standard = (name: string) => properties[`byteline.${name}`].default;
const DEFAULTS = Object.fromEntries(
  ['enable', 'languages', 'exclude', 'inComments', 'inStrings', 'maxFileKilobytes', 'onBattery', 'secrets'].map(
    (name) => [name, standard(name === 'secrets' ? 'memory.secrets' : name)],
  ),
) as unknown as Switches;
const PLACE: DocumentInfo = {
  language: 'typescript',
  scheme: 'file',
  path: 'src/a.ts',
  length: 1000,
  scope: () => 'code',
};
const off = (place: Partial<DocumentInfo> = {}, set: Partial<Switches> = {}, now: Partial<Moment> = {}) => {
  const found = offReasonAt({ ...PLACE, ...place }, { ...DEFAULTS, ...set }, { onBattery: false, ...now });
  return found && reasonForLog(found);
};

describe('switches', () => {
  it('are on unless a setting says otherwise', () => {
    assert.equal(off(), undefined);
    for (const scope of ['comment', 'string'] as const) assert.equal(off({ scope: () => scope }), undefined);
    assert.equal(off({}, {}, { onBattery: true }), undefined);
  });
  it('byteline.enable', () => assert.equal(off({}, { enable: false }), 'off: byteline.enable is false'));
  it('languages: by name, by *, and the messages of Git by default', () => {
    assert.equal(off({}, { languages: { typescript: false } }), 'off for typescript');
    assert.equal(off({}, { languages: { '*': false } }), 'off for typescript');
    assert.equal(off({}, { languages: { '*': false, typescript: true } }), undefined);
    for (const language of ['git-commit', 'git-rebase', 'scminput', 'search-result'])
      assert.equal(off({ language }), `off for ${language}`);
  });
  it('globs: of the path and of its last part', () => {
    for (const glob of ['*.ts', 'src/**', 'src/a.ts', 'a.ts', '**/a.ts', '{b,a}.ts', 'src', '/src/**'])
      assert.equal(off({}, { exclude: ['x', glob] }), `byteline.exclude has ${glob}`);
    for (const glob of ['', 'sr', '*.js', '/a.ts', 'b/**', '!src/**', '!'])
      assert.equal(off({}, { exclude: [glob] }), undefined, glob);
    assert.equal(off({ path: 'deep/in/a.sql' }, { exclude: ['*.sql'] }), 'byteline.exclude has *.sql');
    assert.equal(
      off({ path: '/elsewhere/in/a.ts' }, { exclude: ['/elsewhere/**'] }),
      'byteline.exclude has /elsewhere/**',
    );
  });
  it('secrets: files that are called so, or as the user says', () => {
    for (const path of ['.env', 'in/.Renviron', '/home/u/.aws/config', 'deploy/secrets/db.json'])
      assert.equal(off({ path }), 'the file holds secrets, by its name', path);
    assert.equal(off({ path: 'a.hush' }, { secrets: ['*.hush'] }), 'the file holds secrets, by its name');
    assert.equal(off({ path: 'src/secrets/store.ts' }), undefined);
  });
  it('other than text of a file: output, search results, settings, pages; remote files and cells are text', () => {
    for (const scheme of ['untitled', 'vscode-remote', 'vscode-vfs', 'vscode-notebook-cell'])
      assert.equal(off({ scheme }), undefined, scheme);
    assert.equal(off({ scheme: 'output' }), 'in an output channel');
    assert.equal(off({ scheme: 'search-editor' }), 'in search results');
    for (const scheme of ['vscode', 'vscode-settings', 'vscode-userdata'])
      assert.equal(off({ scheme }), "in the editor's settings", scheme);
    for (const path of [
      '.vscode/settings.json',
      'in/.vscode/settings.json',
      '/home/u/.server/data/Machine/settings.json',
    ])
      assert.equal(off({ path }), "in the editor's settings", path);
    for (const path of ['settings.json', '.vscode/tasks.json', 'src/.vscode/settings.json.ts'])
      assert.equal(off({ path }), undefined, path);
    for (const scheme of ['git', 'byteline', 'debug', 'walkThrough'])
      assert.equal(off({ scheme }), `the document is no file, but ${scheme}`);
  });
  it('size: up to the limit, and without one', () => {
    assert.equal(off({ length: 2048 * 1024 }), undefined);
    assert.equal(off({ length: 2048 * 1024 + 1 }), 'the file has more than 2048 kB');
    assert.equal(off({ length: 1e9 }, { maxFileKilobytes: 0 }), undefined);
  });
  it('snooze and battery', () => {
    assert.equal(off({}, {}, { snoozedUntil: '12:34' }), 'snoozed until 12:34');
    assert.equal(off({}, { onBattery: 'off' }, { onBattery: true }), 'off on battery');
    assert.equal(off({}, { onBattery: 'off' }), undefined);
  });
  it('comments and strings, each for itself, and only where there is a cursor', () => {
    for (const [scope, setting] of [
      ['comment', 'inComments'],
      ['string', 'inStrings'],
    ] as const) {
      assert.equal(off({ scope: () => scope }, { [setting]: false }), `in a ${scope}`);
      assert.equal(off({ scope: () => (scope === 'string' ? 'comment' : 'string') }, { [setting]: false }), undefined);
      assert.equal(off({ scope: undefined }, { [setting]: false }), undefined);
    }
    assert.equal(off({ scope: () => assert.fail('nobody wants to know') }), undefined);
  });
});
