/** The papers: short where they should be, no long lines, and what they name is there. */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { papers, settingsTable, withSettings } from '../papers.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const FORMS = readdirSync(`${ROOT}.github/ISSUE_TEMPLATE`).map((file) => `.github/ISSUE_TEMPLATE/${file}`);
/** Those that are written by hand: score cards and models' cards come from programs. */
const PAPERS = [
  'README.md',
  'CONTRIBUTING.md',
  'CHANGELOG.md',
  'SECURITY.md',
  'server/ARCHITECTURE.md',
  'server/PROTOCOL.md',
  'model/DATA.md',
  'model/LONG_RUN.md',
  'model/PAPER.md',
  'model/PAPER_SETTINGS.md',
  'model/README.md',
  'model/SPELLING.md',
  'model/TRAINING.md',
  'model/RESULTS.md',
  'server/RESULTS.md',
  'server/NEXT_EDITS.md',
  'extension/RESULTS.md',
  'test/README.md',
];
/** What a reader takes in at once, bytes. */
const MOST: Record<string, number> = { 'README.md': 7000, 'CONTRIBUTING.md': 6000 };
/** Characters. */
const LONGEST_LINE = 120;
/** A path from the repository's root: its first part is one of the top level's rooms. */
const PATH = /^(?:extension|server|model|test|\.vscode|\.github)(?:\/[\w.*-]+)+\/?$/;

/** Made by tests, and ignored by git. */
const MADE = ['test/artifacts/'];

const read = (path: string) => readFileSync(ROOT + path, 'utf8');
/** Without blocks of code. */
const prose = (path: string) => read(path).replace(/^```[\s\S]*?^```$/gm, '');
/** As GitHub names a heading. */
const anchorOf = (heading: string) =>
  heading
    .toLowerCase()
    .replace(/[^\w\- ]/g, '')
    .replaceAll(' ', '-');
const anchors = (path: string) => [...read(path).matchAll(/^#+ (.+)$/gm)].map(([, heading]) => anchorOf(heading));
/** Whether a path is there; `*` stands for any one name. */
function isThere(path: string): boolean {
  const [first, ...rest] = path.replace(/\/$/, '').split('*');
  if (rest.length === 0) return existsSync(ROOT + first);
  const folder = first.slice(0, first.lastIndexOf('/') + 1);
  return readdirSync(ROOT + folder).some((name) => isThere(`${folder}${name}${rest.join('*').replace(/^[^/]*/, '')}`));
}

describe('the papers', () => {
  for (const [path, most] of Object.entries(MOST))
    it(`${path} has at most ${most} bytes`, () => {
      const { size } = statSync(ROOT + path);
      assert.ok(size <= most, `${size} bytes`);
    });

  for (const path of [...PAPERS, ...FORMS])
    it(`${path} has no line of more than ${LONGEST_LINE} characters`, () => {
      const long = read(path)
        .split('\n')
        .flatMap((line, i) => ([...line].length > LONGEST_LINE ? [`${i + 1}: ${line}`] : []));
      assert.deepEqual(long, []);
    });

  it('link to files and headings that are there', () => {
    let links = 0;
    for (const path of PAPERS) {
      for (const [, target] of prose(path).matchAll(/\]\(([^)\s]+)\)/g)) {
        if (/^https?:/.test(target)) continue;
        const [file, heading] = target.split('#');
        const named = file ? join(dirname(path), file) : path;
        assert.ok(existsSync(ROOT + named), `${path}: ${target}`);
        if (heading) assert.ok(anchors(named).includes(heading), `${path}: ${target}`);
        links++;
      }
    }
    assert.ok(links > 30, `${links} links`);
  });

  it('name files and folders that are there', () => {
    let names = 0;
    for (const path of PAPERS) {
      for (const [, name] of prose(path).matchAll(/`([^`\s]+)`/g)) {
        if (!PATH.test(name) || MADE.includes(name)) continue;
        assert.ok(isThere(name), `${path}: ${name}`);
        names++;
      }
    }
    assert.ok(names > 50, `${names} names`);
  });

  it('the README has the settings of package.json', () => {
    const { readme, wanted } = papers();
    assert.equal(readme, wanted, 'run `npx tsx test/papers.ts`');
  });

  it('a row has the default, and clauses that fit', () => {
    const settings = {
      'byteline.a': { default: { '*': true, x: false }, description: '%a%' },
      'byteline.b': { default: null, markdownDescription: `One clause, ${'and more '.repeat(20)}. Another sentence.` },
      'byteline.c': { default: [], description: 'Globs; more of them.' },
    };
    assert.deepEqual(settingsTable(settings, { a: 'What it does. More.' }).split('\n').slice(2), [
      '| `byteline.a` | all but x | What it does. |',
      '| `byteline.b` | automatic | One clause. |',
      '| `byteline.c` | none | Globs. |',
    ]);
    assert.throws(() => withSettings('no table', ''), /README\.md/);
  });

  it('PROTOCOL has every custom message', () => {
    const wire = readdirSync(`${ROOT}server/wire`).map((file) => read(`server/wire/${file}`));
    const messages = new Set(wire.join('\n').match(/(?<=')byteline\/\w+(?=')/g));
    const protocol = read('server/PROTOCOL.md');
    assert.ok(messages.size >= 16, `${messages.size} messages`);
    for (const message of messages) assert.ok(protocol.includes(`\`${message}\``), message);
  });

  it('say nothing of the machine they were written on', () => {
    for (const path of [...PAPERS, ...FORMS]) {
      const found = /(?:^|[\s`"'(=])\/(?:root|home|work|tmp|Users)\/\S*|\bregistry\.\S+|\bpypi\.org\S*/m.exec(
        read(path),
      );
      assert.equal(found, null, `${path}: ${found?.[0]}`);
    }
  });
});
