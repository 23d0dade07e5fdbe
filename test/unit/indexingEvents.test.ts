/** The background index hears of files that change on disk, also in floods and while a pass runs. */
import assert from 'node:assert/strict';
import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { Workspace } from '../../server/memory/readable.ts';
import type { Sink } from '../../server/memory/store.ts';
import { bytes, IndexedFolder, paths, RememberingSink, settled, texts, until } from './indexedFolder.ts';

describe('indexing', () => {
  const disk = new IndexedFolder();
  const { at, open, sinks, write } = disk;

  describe('events', () => {
    it('put what changed, and remove what is gone or may no longer be read', async () => {
      for (const path of ['a.ts', 'b.ts', 'c.ts', 'd.ts']) write(path);
      const indexing = open();
      await indexing.start();
      sinks[0].calls.length = 0;
      write('a.ts', 'new\n');
      write('b.ts', '\0');
      rmSync(at('c.ts'));
      for (const path of ['new/e.ts', 'no/f.ts', '.env', 'node_modules/g.ts']) write(path);
      for (let n = 0; n < 50; n++) indexing.changed([at('a.ts')]);
      indexing.changed(
        ['b.ts', 'd.ts', 'new/e.ts', 'no/f.ts', '.env', 'node_modules/g.ts', '../h.ts', 'never.ts'].map(at),
      );
      indexing.changed([at('c.ts')]);
      await until(() => texts(indexing).has('new/e.ts') && !texts(indexing).has('c.ts'), 'changes');
      await settled();
      // d.ts is the same
      assert.deepEqual(sinks[0].calls.sort(), ['put a.ts', 'put new/e.ts', 'remove b.ts', 'remove c.ts']);
      assert.equal(texts(indexing).get('a.ts'), 'new\n');
      assert.deepEqual([indexing.status.files, indexing.status.bytes], [3, 4 + 13 + 17]);
      assert.equal(sinks.length, 1);
    });

    it('of a folder concern all below it', async () => {
      for (const path of ['a/b/c.ts', 'a/d.ts', 'ab/e.ts', 'f.ts']) write(path);
      const indexing = open();
      await indexing.start();
      renameSync(at('a'), at('moved'));
      indexing.changed([at('a')]);
      indexing.changed([at('moved')]);
      await until(
        () =>
          paths(indexing)
            .filter((path) => /^(a|moved)\//.test(path))
            .join() === 'moved/b/c.ts,moved/d.ts',
        'the new folder and no other',
      );
      assert.deepEqual(paths(indexing), ['ab/e.ts', 'f.ts', 'moved/b/c.ts', 'moved/d.ts']);
    });

    it('in a flood build a new index, once, while the old one answers', async () => {
      for (let n = 0; n < 2000; n++) write(`f${n}.ts`, 'old\n');
      const indexing = open();
      await indexing.start();
      const old = indexing.sink;
      let [early, made] = [0, 0];
      const make = indexing['options'].make;
      indexing['options'].make = (room) => {
        made++;
        const sink = make(room) as RememberingSink;
        sink.step = () => {
          if (indexing.sink !== old || indexing.status.state !== 'indexing') early++;
        };
        return sink;
      };
      for (let n = 0; n < 2000; n++) write(`f${n}.ts`, 'new\n');
      for (let n = 0; n < 10_000; n++) indexing.changed([at(`f${n % 2000}.ts`)]);
      await until(() => made > 0, 'a new index');
      await until(() => indexing.status.state === 'ready', 'a whole index');
      await settled();
      assert.deepEqual([made, early], [1, 0]);
      assert.notEqual(indexing.sink, old);
      assert.equal([...texts(indexing).values()].filter((text) => text === 'new\n').length, 2000);
      assert.equal((old as RememberingSink).calls.length, 2000); // nothing was put there one by one
    });

    it('in a flood of what is ignored do nothing', async () => {
      write('.gitignore', 'out/\n');
      write('a.ts');
      const indexing = open();
      await indexing.start();
      mkdirSync(at('out'));
      for (let n = 0; n < 3000; n++) writeFileSync(at(`out/f${n}.js`), 'x');
      indexing.changed(Array.from({ length: 3000 }, (_, n) => at(`out/f${n}.js`)));
      indexing.changed(Array.from({ length: 50_000 }, (_, n) => at(`node_modules/f${n}.js`)));
      indexing.changed([write('b.ts')]);
      await until(() => texts(indexing).has('b.ts'), 'the file that counts');
      assert.equal(sinks.length, 1);
    });

    it('that never pause are heard', async () => {
      write('a.ts');
      const indexing = open();
      await indexing.start();
      write('a.ts', 'new\n');
      const timer = setInterval(() => indexing.changed([at('a.ts')]), 50);
      await until(() => texts(indexing).get('a.ts') === 'new\n', 'a change').finally(() => clearInterval(timer));
    });

    it('of ignore rules start over', async () => {
      for (const path of ['a.ts', 'x/b.ts', 'c.tmp', '.git/info/exclude']) write(path);
      const indexing = open();
      await indexing.start();
      indexing.changed([write('x/.gitignore', '*.ts\n')]);
      await until(() => !texts(indexing).has('x/b.ts'), 'new rules');
      rmSync(at('x/.gitignore'));
      indexing.changed([at('x/.gitignore')]);
      await until(() => texts(indexing).has('x/b.ts'), 'old rules');
      indexing.changed([write('.git/info/exclude', '*.tmp\n')]);
      await until(() => !texts(indexing).has('c.tmp'), 'rules of the repository');
      assert.equal(sinks.length, 4);
      indexing.changed([write('no/.gitignore'), write('node_modules/p/.gitignore')]);
      indexing.document(write('.gitignore', '#\n'), () => Buffer.from('*.ts\n')); // in an editor they rule nothing yet
      indexing.closed(at('.gitignore'));
      await settled();
      assert.equal(sinks.length, 4);
    });

    it('are heard during a pass, by the old index and by the new one', async () => {
      for (let n = 0; n < 400; n++) write(`f${n}.ts`, `${n}\n`);
      const indexing = open();
      await indexing.start();
      const old = indexing.sink as RememberingSink;
      const make = indexing['options'].make;
      indexing['options'].make = (room) => {
        const sink = make(room) as RememberingSink;
        sink.step = () => {
          for (const end = performance.now() + 5; performance.now() < end; );
        }; // 2 s for the pass
        return sink;
      };
      const whole = indexing.start();
      await until(() => sinks.length === 2, 'the new index');
      write('new.ts');
      rmSync(at('f7.ts'));
      indexing.changed([at('new.ts')]);
      indexing.changed([at('f7.ts')]);
      indexing.document(at('f8.ts'), () => bytes('edited\n'));
      await until(
        () => old.texts.get('f8.ts') === 'edited\n' && old.texts.has('new.ts') && !old.texts.has('f7.ts'),
        'events in the old index',
      );
      assert.equal(indexing.sink, old);
      await whole;
      assert.equal(indexing.sink, sinks[1]);
      assert.deepEqual([...sinks[1].texts].sort(), [...old.texts].sort());
    });
  });

  it('misses nothing that happens while it lists the files', async () => {
    let go = () => {};
    let wait = Promise.resolve();
    class Slow extends Workspace {
      override async *files(...[signal, below, known]: Parameters<Workspace['files']>): ReturnType<Workspace['files']> {
        const found = [];
        for await (const file of super.files(signal, below, known)) found.push(file);
        yield* found.slice(1);
        if (!below) await wait;
        yield* found.slice(0, 1);
      }
    }
    for (const path of ['a.ts', 'b.ts']) write(path);
    const heard: (boolean | undefined)[] = []; // by the old index, before there is a new one
    const make = (room: number): Sink => {
      heard.push((indexing.sink as RememberingSink | undefined)?.texts.has('second.ts'));
      return new RememberingSink(disk.root, room);
    };
    const indexing = open({ make, workspace: new Slow({ roots: [disk.root], exclude: [], secrets: [] }) });
    for (const name of ['first.ts', 'second.ts']) {
      wait = new Promise((resolve) => {
        go = resolve;
      });
      const whole = indexing.start();
      await sleep(200);
      indexing.changed([write(name)]);
      await sleep(600);
      go();
      await whole;
      assert.ok(texts(indexing).has(name));
    }
    assert.deepEqual(heard, [undefined, true]);
  });
});
