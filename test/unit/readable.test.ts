/** Which files of a workspace may be read, by globs, names, roots and links, on real files. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { ReadableFolder, skipped } from './readableFolder.ts';

describe('workspace', () => {
  const disk = new ReadableFolder();
  const { list, open, write } = disk;

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
      assert.equal(await workspace.mayRead(join(disk.root, path)), false, path);
    for (const path of expected) assert.equal(await workspace.mayRead(join(disk.root, path)), true, path);
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
    for (const path of secrets) assert.equal(await workspace.mayRead(join(disk.root, path)), false, path);
    for (const path of secrets) assert.equal(await workspace.read(join(disk.root, path)), undefined, path);
    for (const path of ['.git/config', 'x/node_modules/b.js'])
      assert.equal(await workspace.mayRead(join(disk.root, path)), false, path);
    assert.ok(
      workspace.outside(join(disk.root, 'node_modules/a/a.js')) &&
        workspace.outside(dirname(disk.root)) &&
        !workspace.outside(join(disk.root, 'x/keys.ts')),
    );
  });

  it('reads a file once, though a root lies within another', async () => {
    for (const path of ['a.ts', 'inner/b.ts', 'inner/d.ts', 'node_modules/p/c.ts']) write(path);
    const roots = [disk.root, join(disk.root, 'inner'), join(disk.root, 'node_modules/p'), disk.root];
    const workspace = open({ roots, exclude: ['b.ts'] });
    // b.ts is excluded relative to its own root
    assert.deepEqual(await list(workspace), ['a.ts', 'inner/d.ts', 'node_modules/p/c.ts']);
    assert.equal(await workspace.mayRead(join(disk.root, 'node_modules/p/c.ts')), true);
    assert.equal(await workspace.mayRead(join(dirname(disk.root), 'a.ts')), false);
    assert.equal(await workspace.mayRead(`${disk.root}-other/a.ts`), false);
    assert.equal(await workspace.mayRead(join(disk.root, 'x/../../a.ts')), false);
  });

  it('hands out the paths that the client has, though an open folder is reached by a link', async () => {
    write('real/in/a.ts');
    write('real/.gitignore', '*.log\n');
    write('real/in/a.log');
    symlinkSync(join(disk.root, 'real'), join(disk.root, 'link'));
    const workspace = open({ roots: [join(disk.root, 'link')] });
    assert.deepEqual(await list(workspace), ['link/.gitignore', 'link/in/a.ts']);
    assert.equal(await workspace.mayRead(join(disk.root, 'link/in/a.ts')), true);
    assert.equal(await workspace.mayRead(join(disk.root, 'real/in/a.ts')), false);
  });

  it('follows no link, and waits for no FIFO', async () => {
    write('a/real.ts');
    symlinkSync(disk.root, join(disk.root, 'a/loop'));
    symlinkSync(join(disk.root, 'a'), join(disk.root, 'again'));
    symlinkSync(join(disk.root, 'a/real.ts'), join(disk.root, 'link.ts'));
    execFileSync('mkfifo', [join(disk.root, 'fifo.ts'), join(disk.root, 'a/.gitignore')]);
    const workspace = open();
    assert.deepEqual(await list(workspace), ['a/real.ts']);
    assert.deepEqual(skipped(workspace), { link: 3, 'not a file': 2 });
    for (const path of ['a/loop/a/real.ts', 'again/real.ts', 'link.ts', 'fifo.ts', 'a'])
      assert.equal(await workspace.mayRead(join(disk.root, path)), false, path);
    assert.equal(await workspace.mayRead(join(disk.root, 'a/real.ts')), true);
    for (const path of ['link.ts', 'fifo.ts', 'a'])
      assert.equal(await workspace.read(join(disk.root, path)), undefined, path);
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
      assert.equal(await workspace.mayRead(join(disk.root, path)), may, path);
    }
    assert.equal(await workspace.mayEnter(join(disk.root, 'new')), true);
    assert.equal(await workspace.mayEnter(join(disk.root, 'out')), false);
    assert.equal(await workspace.mayEnter(join(disk.root, '.gitignore')), false);
  });
});
