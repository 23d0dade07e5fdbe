/** What git ignores is not read: git itself says what that is, on real files. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { ReadableFolder } from './readableFolder.ts';

describe('workspace', () => {
  const disk = new ReadableFolder();
  const { git, list, open, write } = disk;

  describe('git', () => {
    const FOLDERS = ['a', 'b', 'build', 'a[b]', 'sp ace', '#c', '!d', '.dot', 'q?'];
    const FILES = ['x.ts', 'y.js', 'build', 'foo', '.hid', 'foo.log', 'z z.ts', '#h', '!n', 'A.TS', 'b.txt'];
    const PATTERNS = [
      'build',
      'build/',
      '/build',
      '*.log',
      '!foo.log',
      '*.ts',
      '!x.ts',
      'a/',
      '/a/b',
      'a/*',
      '!a/x.ts',
      '**/foo',
      'a/**',
      '**/b/**',
      'a/**/x.ts',
      '*',
      '!*/',
      '!*.js',
      '/*',
      '!/a',
      '\\#h',
      '\\!n',
      '# x.ts',
      '',
      '   ',
      '/',
      '!',
      'z\\ z.ts',
      'foo   ',
      '?.ts',
      '[xy].*',
      '[!x].ts',
      'b/',
      '!b/',
      '.hid',
      '.dot/',
      '*.TS',
      'q\\?/',
      'sp ace/',
      '**',
    ];

    it('ignores what git ignores, in 25 trees', async () => {
      let seed = 1;
      const random = (n: number) => Math.floor(((seed = (seed * 48271) % 2147483647) / 2147483647) * n);
      const pick = <T>(list: T[]): T => list[random(list.length)];
      let [ignored, listed] = [0, 0];
      for (let tree = 0; tree < 25; tree++) {
        rmSync(disk.root, { recursive: true });
        mkdirSync(disk.root);
        git('init', '-q');
        const patterns = () => Array.from({ length: 1 + random(4) }, () => pick(PATTERNS)).join(pick(['\n', '\r\n']));
        write('.git/info/exclude', random(2) ? patterns() : '');
        const all: string[] = [];
        const fill = (folder: string, depth: number): void => {
          for (const name of FILES) if (random(2)) all.push(relative(disk.root, write(join(folder, name))));
          if (random(2))
            all.push(
              relative(disk.root, write(join(folder, '.gitignore'), (random(4) ? '' : '\uFEFF') + patterns() + '\n')),
            );
          if (depth < 3)
            for (const name of FOLDERS)
              if (random(3) === 0 && !existsSync(join(disk.root, folder, name))) fill(join(folder, name), depth + 1);
        };
        fill('', 0);
        const expected = git('ls-files', '-coz', '--exclude-standard').split('\0').filter(Boolean).sort();
        const workspace = open({ secrets: [] });
        assert.deepEqual(await list(workspace), expected, `tree ${tree}`);
        const known = new Map();
        for (const path of all)
          assert.equal(await workspace.mayRead(join(disk.root, path), known), expected.includes(path), path);
        listed += expected.length;
        ignored += all.length - expected.length;
      }
      assert.ok(listed > 200 && ignored > 200, `${listed} listed, ${ignored} ignored`);
    });

    it('ignores what its user has git ignore everywhere', async () => {
      const home = realpathSync(mkdtempSync(join(tmpdir(), 'byteline-home-')));
      try {
        Object.assign(process.env, { HOME: home, XDG_CONFIG_HOME: '' });
        const env = { ...process.env, GIT_CONFIG_NOSYSTEM: '1' };
        const configure = (...args: string[]) => execFileSync('git', ['config', ...args], { cwd: disk.root, env });
        const same = async (ignored: string) => {
          const listed = execFileSync('git', ['ls-files', '-co', '--exclude-standard'], {
            cwd: disk.root,
            env,
            encoding: 'utf8',
          })
            .trim()
            .split('\n')
            .sort();
          assert.ok(!listed.includes(ignored) && listed.includes('kept.own'), `${listed}`);
          assert.deepEqual(await list(open()), listed);
        };
        git('init', '-q');
        for (const name of ['a.own', 'b.named', 'c.local', 'kept.own', 'd.ts']) write(name);
        write('.git/info/exclude', '!kept.own\n');
        mkdirSync(join(home, '.config/git'), { recursive: true });
        writeFileSync(join(home, 'dots'), '*.own\n');
        symlinkSync(join(home, 'dots'), join(home, '.config/git/ignore')); // as keepers of dot files do
        await same('a.own');
        writeFileSync(join(home, 'named; or so'), '*.named\n');
        configure('--global', 'core.excludesFile', '~/named; or so');
        await same('b.named');
        writeFileSync(join(home, 'local'), '*.local\n');
        configure('core.excludesFile', join(home, 'local'));
        await same('c.local');
        configure('core.excludesFile', '');
        assert.deepEqual(await list(open()), ['a.own', 'b.named', 'c.local', 'd.ts', 'kept.own']);
      } finally {
        rmSync(home, { recursive: true });
      }
    });

    it('knows that a negation below an ignored folder does not count', async () => {
      write('.gitignore', 'out/\n*.log\n');
      write('out/.gitignore', '!*');
      write('out/a.ts');
      write('in/.gitignore', '!keep.log\n/only.ts\n');
      for (const name of ['keep.log', 'other.log', 'only.ts', 'deep/only.ts']) write(`in/${name}`);
      assert.deepEqual(await list(open()), ['.gitignore', 'in/.gitignore', 'in/deep/only.ts', 'in/keep.log']);
    });

    it('honours the repository above an open folder, unless the folder is ignored itself', async () => {
      write('.git/info/exclude', '*.tmp\n');
      write('.gitignore', '*.log\nbuilt/\n');
      for (const folder of ['package', 'built'])
        for (const name of ['a.ts', 'a.log', 'a.tmp']) write(`${folder}/${name}`);
      assert.deepEqual(await list(open({ roots: [join(disk.root, 'package')] })), ['package/a.ts']);
      assert.deepEqual(await list(open({ roots: [join(disk.root, 'built')] })), [
        'built/a.log',
        'built/a.tmp',
        'built/a.ts',
      ]);
    });

    it('reads on after a carriage return within a line', async () => {
      git('init', '-q');
      write('in/.gitignore', 'b.ts\rc.ts\nd.ts\n');
      for (const name of ['b.ts', 'c.ts', 'd.ts']) write(`in/${name}`);
      assert.deepEqual(await list(open()), git('ls-files', '-co', '--exclude-standard').trim().split('\n'));
    });

    it('begins anew at a repository within, and finds the excludes of a worktree', async () => {
      write('.gitignore', '*.log\n');
      write('one/.git/HEAD');
      write('one/a.log');
      write('main/.git/info/exclude', '*.tmp\n');
      write('main/.git/worktrees/w/commondir', '../..\n');
      write('tree/.git', `gitdir: ${join(disk.root, 'main/.git/worktrees/w')}\n`);
      write('tree/a.tmp');
      write('tree/a.ts');
      assert.deepEqual(await list(open()), ['.gitignore', 'one/a.log', 'tree/a.ts']);
    });
  });
});
