/** One meaning of globs, for every setting that has some. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { offReasonAt, type Switches } from '../../extension/switches/switches.ts';
import { Globs } from '../../server/globs.ts';
import { Workspace } from '../../server/memory/readable.ts';

const left = (globs: string[], path: string, nocase?: boolean) => new Globs(globs, nocase).leavesOut(path);

/** Globs, a path that they leave out and one that they do not. */
const CASES: [globs: string[], out: string[], stays: string[]][] = [
  [['*.sql'], ['a.sql', 'db/deep/a.sql', '.sql', 'old.sql/a.ts'], ['a.sqlx', 'sql']],
  [['vendor'], ['vendor', 'vendor/a.ts', 'lib/vendor/in/a.ts'], ['vendors/a.ts', 'a.vendor']],
  [['vendor/'], ['vendor/a.ts', 'lib/vendor/a.ts'], ['vendors/a.ts']],
  [
    ['/vendor', './gen'],
    ['vendor/a.ts', 'gen/a.ts'],
    ['lib/vendor/a.ts', 'lib/gen/a.ts'],
  ],
  [['src/*.ts'], ['src/a.ts'], ['lib/src/a.ts', 'src/in/a.ts']],
  [['src/**'], ['src/a.ts', 'src/in/a.ts'], ['lib/src/a.ts']],
  [
    ['**/gen/*.ts', '{b,a}.ts', '[!x]y.ts'],
    ['gen/c.ts', 'in/gen/c.ts', 'a.ts', 'in/b.ts', 'zy.ts'],
    ['c.ts', 'xy.ts'],
  ],
  [['!src/**'], [], ['src/a.ts', 'lib/a.ts', 'a.ts']],
  [['*.sql', '!keep.sql'], ['a.sql'], ['keep.sql', 'in/keep.sql']],
  [['!keep.sql', '*.sql'], ['keep.sql'], []],
  [['vendor/**', '!vendor/ours/**'], ['vendor/a.ts'], ['vendor/ours/a.ts']],
  [
    ['vendor', '!ours'],
    ['vendor/a.ts', 'vendor/in/a.ts'],
    ['vendor/ours/a.ts', 'ours/a.ts'],
  ],
  [['\\!odd'], ['!odd', 'in/!odd'], ['odd']],
  [['', '!', '/', './', '!/'], [], ['a.ts', 'in/a.ts']],
];

describe('globs', () => {
  it(
    'are for names at every depth, or for paths; ' + 'a folder stands for all in it; the last one that matches decides',
    () => {
      for (const [globs, out, stays] of CASES) {
        for (const path of out) assert.ok(left(globs, path), `${globs} leaves out ${path}`);
        for (const path of stays) assert.equal(left(globs, path), undefined, `${globs} and ${path}`);
      }
      assert.equal(left(['a', '*.ts', 'src/**'], 'src/b.ts'), 'src/**', 'the glob is named as it was written');
      assert.deepEqual([left(['*.SQL'], 'a.sql', true), left(['*.SQL'], 'a.sql', false)], ['*.SQL', undefined]);
    },
  );
  it('mean the same in byteline.exclude, memory.exclude and memory.secrets', async () => {
    const { properties } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')).contributes
      .configuration;
    const defaults = ['enable', 'languages', 'inComments', 'inStrings', 'maxFileKilobytes', 'onBattery'].map((name) => [
      name,
      properties[`byteline.${name}`].default,
    ]);
    for (const [globs, out, stays] of CASES) {
      const [excludes, secrets] = [
        new Workspace({ roots: ['/ws'], exclude: globs, secrets: [] }),
        new Workspace({ roots: ['/ws'], exclude: [], secrets: globs }),
      ];
      for (const [path, is] of [
        ...out.map((path) => [path, true] as const),
        ...stays.map((path) => [path, false] as const),
      ]) {
        const set = { ...Object.fromEntries(defaults), exclude: globs, secrets: [] } as unknown as Switches;
        const off = (more: Partial<Switches>) =>
          offReasonAt({ scheme: 'file', language: 'x', path, length: 1 }, { ...set, ...more }, { onBattery: false })
            ?.reason;
        assert.deepEqual(
          [off({}), off({ exclude: [], secrets: globs })],
          is ? ['excluded', 'secret'] : [undefined, undefined],
          `${globs}: ${path}`,
        );
        for (const workspace of [excludes, secrets])
          assert.equal(await workspace.mayRead(`/ws/${path}`), !is, `${globs}: ${path}`);
      }
    }
  });
  it('an exception opens nothing that git ignores or that is known to hold secrets', async () => {
    const workspace = new Workspace({
      roots: ['/ws'],
      exclude: ['!**', '!node_modules'],
      secrets: ['*.hush', '!.env', '!*', '!**'],
    });
    for (const path of ['.env', 'in/id_rsa', 'node_modules/a.js', '.git/config'])
      assert.equal(await workspace.mayRead(`/ws/${path}`), false, path);
    assert.equal(await workspace.mayRead('/ws/a.hush'), true);
  });
});
