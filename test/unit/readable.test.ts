/** What may be read of a workspace, on real files; git itself says what git ignores. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { Workspace, type WorkspaceOptions } from '../../server/memory/readable.ts';
import type { SkipReason } from '../../server/memory/skipped.ts';

const ENV = { ...process.env, GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1', XDG_CONFIG_HOME: '/nowhere' };

describe('workspace', () => {
  let root: string;
  const { HOME, XDG_CONFIG_HOME } = process.env;
  beforeEach(() => {
    root = realpathSync(mkdtempSync(join(tmpdir(), 'byteline-workspace-')));
    Object.assign(process.env, { HOME: '/nowhere', XDG_CONFIG_HOME: '/nowhere' });
  });
  afterEach(() => {
    for (const [name, value] of Object.entries({ HOME, XDG_CONFIG_HOME }))
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    rmSync(root, { recursive: true, force: true });
  });

  const write = (path: string, text: string | Uint8Array = 'text\n'): string => {
    const full = join(root, path);
    mkdirSync(dirname(full), { recursive: true });
    writeFileSync(full, text);
    return full;
  };
  const open = (options: Partial<WorkspaceOptions> = {}) =>
    new Workspace({ roots: [root], exclude: [], secrets: [], ...options });
  const git = (...args: string[]) => execFileSync('git', args, { cwd: root, env: ENV, encoding: 'utf8' });
  const list = async (workspace: Workspace, below?: string): Promise<string[]> => {
    const found: string[] = [];
    for await (const { path } of workspace.files(undefined, below)) found.push(relative(root, path));
    return found.sort();
  };
  const skipped = (workspace: Workspace) => Object.fromEntries(workspace.skipped);

  /** A function of the event loop's turns since this call. */
  function turns(): () => number {
    let [count, going] = [0, true];
    const turn = () => {
      count++;
      if (going) setImmediate(turn);
    };
    setImmediate(turn);
    return () => {
      going = false;
      return count;
    };
  }

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
        rmSync(root, { recursive: true });
        mkdirSync(root);
        git('init', '-q');
        const patterns = () => Array.from({ length: 1 + random(4) }, () => pick(PATTERNS)).join(pick(['\n', '\r\n']));
        write('.git/info/exclude', random(2) ? patterns() : '');
        const all: string[] = [];
        const fill = (folder: string, depth: number): void => {
          for (const name of FILES) if (random(2)) all.push(relative(root, write(join(folder, name))));
          if (random(2))
            all.push(
              relative(root, write(join(folder, '.gitignore'), (random(4) ? '' : '\uFEFF') + patterns() + '\n')),
            );
          if (depth < 3)
            for (const name of FOLDERS)
              if (random(3) === 0 && !existsSync(join(root, folder, name))) fill(join(folder, name), depth + 1);
        };
        fill('', 0);
        const expected = git('ls-files', '-coz', '--exclude-standard').split('\0').filter(Boolean).sort();
        const workspace = open({ secrets: [] });
        assert.deepEqual(await list(workspace), expected, `tree ${tree}`);
        const known = new Map();
        for (const path of all)
          assert.equal(await workspace.mayRead(join(root, path), known), expected.includes(path), path);
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
        const configure = (...args: string[]) => execFileSync('git', ['config', ...args], { cwd: root, env });
        const same = async (ignored: string) => {
          const listed = execFileSync('git', ['ls-files', '-co', '--exclude-standard'], {
            cwd: root,
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
      assert.deepEqual(await list(open({ roots: [join(root, 'package')] })), ['package/a.ts']);
      assert.deepEqual(await list(open({ roots: [join(root, 'built')] })), [
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
      write('tree/.git', `gitdir: ${join(root, 'main/.git/worktrees/w')}\n`);
      write('tree/a.tmp');
      write('tree/a.ts');
      assert.deepEqual(await list(open()), ['.gitignore', 'one/a.log', 'tree/a.ts']);
    });
  });

  it('leaves out what the globs exclude, and all below a folder that one matches', async () => {
    const paths = [
      'src/a.ts',
      'src/a.js',
      'dist/a.ts',
      'src/dist/a.ts',
      'lib/.cache/x/a.ts',
      'only/a.ts',
      'src/only/a.ts',
      'gen/a.ts',
      'ab/c.ts',
      'bb/c.ts',
      'slash/a.ts',
    ];
    for (const path of paths) write(path);
    const workspace = open({ exclude: ['**/dist', '**/*.js', '/only', '**/.cache', 'gen/**', '[!a]b', 'slash/', ''] });
    const expected = ['ab/c.ts', 'src/a.ts', 'src/only/a.ts'];
    assert.deepEqual(await list(workspace), expected);
    for (const path of ['src/dist/a.ts', 'lib/.cache/x/a.ts', 'gen/a.ts', 'only/a.ts', 'src/a.js'])
      assert.equal(await workspace.mayRead(join(root, path)), false, path);
    for (const path of expected) assert.equal(await workspace.mayRead(join(root, path)), true, path);
    assert.deepEqual(skipped(workspace), {});
  });

  it('never reads secrets, nor enters .git and node_modules', async () => {
    const secrets = [
      '.env',
      '.ENV.local',
      'prod.env',
      'x/server.PEM',
      'x/Id_RSA',
      '.npmrc',
      '.netrc',
      '.pgpass',
      'k.kdbx',
      'k.p12',
      'k.keystore',
      'Secrets.yaml',
      'secret.prod.json',
      'credentials',
      'x/.ssh/config',
    ];
    for (const path of secrets) write(path);
    for (const path of [
      '.git/config',
      'node_modules/a/a.js',
      'x/node_modules/b.js',
      'environment.ts',
      'secrets.ts',
      'x/keys.ts',
      'x/secret.go',
    ])
      write(path);
    const workspace = open();
    assert.deepEqual(await list(workspace), ['environment.ts', 'secrets.ts', 'x/keys.ts', 'x/secret.go']);
    assert.deepEqual(skipped(workspace), { secret: secrets.length - 1 }); // a folder is not entered, and not counted
    for (const path of secrets) assert.equal(await workspace.mayRead(join(root, path)), false, path);
    for (const path of secrets) assert.equal(await workspace.read(join(root, path)), undefined, path);
    for (const path of ['.git/config', 'x/node_modules/b.js'])
      assert.equal(await workspace.mayRead(join(root, path)), false, path);
    assert.ok(
      workspace.outside(join(root, 'node_modules/a/a.js')) &&
        workspace.outside(dirname(root)) &&
        !workspace.outside(join(root, 'x/keys.ts')),
    );
  });

  it('reads a file once, though a root lies within another', async () => {
    for (const path of ['a.ts', 'inner/b.ts', 'inner/d.ts', 'node_modules/p/c.ts']) write(path);
    const roots = [root, join(root, 'inner'), join(root, 'node_modules/p'), root];
    const workspace = open({ roots, exclude: ['b.ts'] });
    assert.deepEqual(await list(workspace), ['a.ts', 'inner/d.ts', 'node_modules/p/c.ts']); // b.ts is excluded relative to its own root
    assert.equal(await workspace.mayRead(join(root, 'node_modules/p/c.ts')), true);
    assert.equal(await workspace.mayRead(join(dirname(root), 'a.ts')), false);
    assert.equal(await workspace.mayRead(`${root}-other/a.ts`), false);
    assert.equal(await workspace.mayRead(join(root, 'x/../../a.ts')), false);
  });

  it('hands out the paths that the client has, though an open folder is reached by a link', async () => {
    write('real/in/a.ts');
    write('real/.gitignore', '*.log\n');
    write('real/in/a.log');
    symlinkSync(join(root, 'real'), join(root, 'link'));
    const workspace = open({ roots: [join(root, 'link')] });
    assert.deepEqual(await list(workspace), ['link/.gitignore', 'link/in/a.ts']);
    assert.equal(await workspace.mayRead(join(root, 'link/in/a.ts')), true);
    assert.equal(await workspace.mayRead(join(root, 'real/in/a.ts')), false);
  });

  it('follows no link, and waits for no FIFO', async () => {
    write('a/real.ts');
    symlinkSync(root, join(root, 'a/loop'));
    symlinkSync(join(root, 'a'), join(root, 'again'));
    symlinkSync(join(root, 'a/real.ts'), join(root, 'link.ts'));
    execFileSync('mkfifo', [join(root, 'fifo.ts'), join(root, 'a/.gitignore')]);
    const workspace = open();
    assert.deepEqual(await list(workspace), ['a/real.ts']);
    assert.deepEqual(skipped(workspace), { link: 3, 'not a file': 2 });
    for (const path of ['a/loop/a/real.ts', 'again/real.ts', 'link.ts', 'fifo.ts', 'a'])
      assert.equal(await workspace.mayRead(join(root, path)), false, path);
    assert.equal(await workspace.mayRead(join(root, 'a/real.ts')), true);
    for (const path of ['link.ts', 'fifo.ts', 'a'])
      assert.equal(await workspace.read(join(root, path)), undefined, path);
    assert.deepEqual(skipped(workspace), { link: 4, 'not a file': 4 });
  });

  it('judges a path that does not exist by its names', async () => {
    write('.gitignore', 'out/\n');
    const workspace = open({ exclude: ['**/no'] });
    for (const [path, may] of [
      ['new/a.ts', true],
      ['out/a.ts', false],
      ['no/a.ts', false],
      ['.env', false],
      ['yarn.lock', false],
    ] as const) {
      assert.equal(await workspace.mayRead(join(root, path)), may, path);
    }
    assert.equal(await workspace.mayEnter(join(root, 'new')), true);
    assert.equal(await workspace.mayEnter(join(root, 'out')), false);
    assert.equal(await workspace.mayEnter(join(root, '.gitignore')), false);
  });

  it('reads text, and says why not', async () => {
    const workspace = open({ maxFileBytes: 100_000 });
    const lines = 'const a = 1;\n'.repeat(1000);
    assert.equal(Buffer.from((await workspace.read(write('a.ts', lines)))!).toString(), lines);
    assert.ok(await workspace.read(write('late zero.ts', lines + '\0')));
    assert.ok(await workspace.read(write('one.ts', 'x'.repeat(300))));
    assert.ok(await workspace.read(write('one long.ts', 'x'.repeat(5000) + '\n'.repeat(100))));
    assert.ok(await workspace.read(write('whole.ts', 'x\n'.repeat(50_000))));
    const no: [string, string, SkipReason][] = [
      ['zero.ts', 'a'.repeat(200) + '\n\0', 'binary'],
      ['large.ts', 'x\n'.repeat(50_001), 'too large'],
      ['empty.ts', '', 'empty'],
      ['mean.ts', 'x'.repeat(301), 'generated'],
      ['long.ts', 'x'.repeat(5001) + '\n'.repeat(100), 'generated'],
      ['package-lock.json', lines, 'generated'],
      ['yarn.lock', lines, 'generated'],
      ['pnpm-lock.yaml', lines, 'generated'],
      ['Cargo.lock', lines, 'generated'],
      ['a.min.js', lines, 'generated'],
      ['a.js.map', lines, 'generated'],
    ];
    for (const [name, text, reason] of no) {
      const before = workspace.skipped.get(reason) ?? 0;
      assert.equal(await workspace.read(write(name, text)), undefined, name);
      assert.equal(workspace.skipped.get(reason), before + 1, name);
    }
    assert.equal(await workspace.read(join(root, 'none.ts')), undefined);
    assert.equal(workspace.skipped.get('gone'), 1);
    assert.equal(await workspace.read(join(root, 'x'.repeat(400))), undefined); // a name that no file system takes
    if (process.getuid?.() !== 0) {
      chmodSync(write('closed.ts'), 0);
      assert.equal(await workspace.read(join(root, 'closed.ts')), undefined);
    }
    assert.ok(workspace.skipped.get('unreadable')! > 0);

    assert.deepEqual(
      ['', 'x\n'.repeat(50_001), 'x'.repeat(301), 'x'.repeat(300)].map((text) =>
        workspace.reasonToSkip(Buffer.from(text)),
      ),
      ['empty', 'too large', 'generated', undefined],
    );
    const found = await list(workspace); // counts start again
    assert.deepEqual(skipped(workspace), { generated: 6, 'too large': 1, empty: 1 });
    assert.ok(found.includes('mean.ts') && !found.includes('large.ts') && !found.includes('yarn.lock'));
    await list(workspace);
    assert.equal(workspace.skipped.get('generated'), 6);
    await list(workspace, root);
    assert.equal(workspace.skipped.get('generated'), 12);
  });

  it('says how large and how old a file is', async () => {
    write('a.ts', '12345');
    for await (const { bytes, modified } of open().files()) {
      assert.equal(bytes, 5);
      assert.ok(Math.abs(modified - Date.now()) < 60_000);
    }
  });

  it('takes no memory for a file of a gigabyte', async () => {
    truncateSync(write('huge.ts'), 1e9);
    const workspace = open();
    const before = process.memoryUsage().arrayBuffers;
    assert.equal(await workspace.read(join(root, 'huge.ts')), undefined);
    assert.ok(process.memoryUsage().arrayBuffers - before < 1e8);
    assert.deepEqual(await list(workspace), []);
    assert.deepEqual(skipped(workspace), { 'too large': 1 });
  });

  it('tries once more when a file changes while it is read', async () => {
    const path = write('a.ts', 'x\n'.repeat(1000));
    const workspace = open();
    let writing = true;
    const grow = () => {
      if (!writing) return;
      appendFileSync(path, 'more\n');
      setImmediate(grow);
    };
    grow();
    assert.equal(await workspace.read(path), undefined);
    writing = false;
    assert.deepEqual(skipped(workspace), { changed: 1 });

    const attempt = workspace['attempt'].bind(workspace);
    let attempts = 0;
    workspace['attempt'] = async (again) => {
      writing = ++attempts === 1;
      grow();
      return attempt(again).finally(() => {
        writing = false;
      });
    };
    assert.match(Buffer.from((await workspace.read(path))!).toString(), /^(x\n){1000}(more\n)+$/);
    assert.equal(attempts, 2);
    assert.deepEqual(skipped(workspace), { changed: 1 });
  });

  it('goes on when a folder vanishes or cannot be read', async () => {
    for (const folder of ['a', 'b', 'c']) write(`${folder}/x.ts`);
    write('big/.gitignore', '# pattern\n'.repeat(10_001)); // not to be had: better to read too little
    write('big/a.ts');
    const workspace = open();
    const found: string[] = [];
    for await (const { path } of workspace.files()) {
      found.push(path);
      for (const folder of ['a', 'b', 'c'])
        if (dirname(path) !== join(root, folder)) rmSync(join(root, folder), { recursive: true, force: true });
    }
    assert.equal(found.length, 1);
    assert.deepEqual(skipped(workspace), { 'unreadable folder': 3 });
    assert.equal(await workspace.mayRead(join(root, 'big/a.ts')), false);
    assert.deepEqual(await list(open({ roots: [join(root, 'none'), root] })), [relative(root, found[0])]);
  });

  it('lets other work go on in a huge workspace, and ends when aborted', async () => {
    for (let folder = 0; folder < 100; folder++) {
      mkdirSync(join(root, `f${folder}`));
      for (let file = 0; file < 100; file++) writeFileSync(join(root, `f${folder}`, `a${file}.ts`), 'x');
    }
    for (let file = 0; file < 10_000; file++)
      writeFileSync(join(root, 'f0', `b${file}.${file % 2 ? 'ts' : 'no'}`), 'x');
    const workspace = open({ exclude: ['**/*.no'] });
    const seen = turns();
    assert.equal((await list(workspace)).length, 15_000);
    const all = seen();
    assert.ok(all > 400, `${all} turns`); // 300 batches of a folder's names and 200 of stats at the very least

    const ending = new AbortController();
    let n = 0;
    for await (const _ of workspace.files(ending.signal)) if (++n === 10) ending.abort();
    assert.ok(n < 200, `${n} files after the end`);
  });
});
