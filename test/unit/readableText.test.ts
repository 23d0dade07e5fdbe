/** Which texts of a workspace are read and why others are not, whatever happens to the files meanwhile. */
import assert from 'node:assert/strict';
import { appendFileSync, chmodSync, mkdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import type { SkipReason } from '../../server/memory/skipped.ts';
import { ReadableFolder, skipped } from './readableFolder.ts';

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

describe('workspace', () => {
  const disk = new ReadableFolder();
  const { list, open, write } = disk;

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
    assert.equal(await workspace.read(join(disk.root, 'none.ts')), undefined);
    assert.equal(workspace.skipped.get('gone'), 1);
    assert.equal(await workspace.read(join(disk.root, 'x'.repeat(400))), undefined); // a name that no file system takes
    if (process.getuid?.() !== 0) {
      chmodSync(write('closed.ts'), 0);
      assert.equal(await workspace.read(join(disk.root, 'closed.ts')), undefined);
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
    await list(workspace, disk.root);
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
    assert.equal(await workspace.read(join(disk.root, 'huge.ts')), undefined);
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
        if (dirname(path) !== join(disk.root, folder))
          rmSync(join(disk.root, folder), { recursive: true, force: true });
    }
    assert.equal(found.length, 1);
    assert.deepEqual(skipped(workspace), { 'unreadable folder': 3 });
    assert.equal(await workspace.mayRead(join(disk.root, 'big/a.ts')), false);
    assert.deepEqual(await list(open({ roots: [join(disk.root, 'none'), disk.root] })), [
      relative(disk.root, found[0]),
    ]);
  });

  it('lets other work go on in a huge workspace, and ends when aborted', async () => {
    for (let folder = 0; folder < 100; folder++) {
      mkdirSync(join(disk.root, `f${folder}`));
      for (let file = 0; file < 100; file++) writeFileSync(join(disk.root, `f${folder}`, `a${file}.ts`), 'x');
    }
    for (let file = 0; file < 10_000; file++)
      writeFileSync(join(disk.root, 'f0', `b${file}.${file % 2 ? 'ts' : 'no'}`), 'x');
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
