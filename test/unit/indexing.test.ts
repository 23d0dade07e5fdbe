/** The background index: a pass over all files of a folder, and its end. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { IndexStatus } from '../../server/memory/indexing.ts';
import { Plan } from '../../server/memory/plan.ts';
import { bytes, IndexedFolder, paths, RememberingSink, settled, texts, until } from './indexedFolder.ts';

describe('indexing', () => {
  const disk = new IndexedFolder();
  const { at, logs, open, sinks, write } = disk;

  describe('a pass', () => {
    it('puts all files, and says so in one line', async () => {
      write('a.ts');
      write('b/c.ts', 'x'.repeat(100));
      write('zero.bin', '\0');
      write('zero2.bin', '\0');
      write('empty.ts', '');
      const seen: IndexStatus[] = [];
      const indexing = open({ onProgress: (status) => seen.push(status) });
      assert.equal(indexing.sink, undefined);
      assert.equal(indexing.status.state, 'indexing');
      await indexing.start();
      assert.deepEqual(Object.fromEntries(texts(indexing)), { 'a.ts': 'text of a.ts\n', 'b/c.ts': 'x'.repeat(100) });
      assert.deepEqual(indexing.status, { state: 'ready', files: 2, bytes: 113, skipped: { empty: 1, binary: 2 } });
      assert.equal(logs.length, 1);
      assert.match(logs[0], /^indexed 2 files, 0\.0 MB in \d+\.\d s; skipped 1 empty, 2 binary$/);
      assert.deepEqual([seen[0].state, seen.at(-1)], ['indexing', indexing.status]);
    });

    it('begins with what is nearest to open documents, then with the newest', async () => {
      write('old.ts', undefined, 1_000_000);
      write('new.ts', undefined, 1_700_000_000);
      write('src/old.ts', undefined, 1_000_000);
      write('src/new.ts', undefined, 1_000_000.5);
      write('src/deep/er/old.ts', undefined, 1_000);
      write('src/deep/doc.ts', undefined, 1_000);
      write('src/deep/a.ts', undefined, 2_000);
      write('src2/a.ts', undefined, 1_600_000_000);
      const indexing = open();
      indexing.document(at('src/deep/doc.ts'), () => bytes('text of src/deep/doc.ts\n'));
      await indexing.start();
      const order = [
        'src/deep/doc.ts',
        'src/deep/a.ts',
        'src/deep/er/old.ts',
        'src/new.ts',
        'src/old.ts',
        'new.ts',
        'src2/a.ts',
        'old.ts',
      ];
      assert.deepEqual(
        sinks[0].calls,
        order.map((path) => `put ${path}`),
      );
    });

    it('sorts many files in steps as it would at once', () => {
      const files = Array.from({ length: 5000 }, (_, n) => ({
        path: `/${'a/'.repeat(n % 3)}${n}.ts`,
        bytes: n,
        modified: (n * 7919) % 1000,
      }));
      const plan = new Plan(['/a/a/doc.ts']);
      for (const file of files) plan.add(file);
      const steps = [...plan.sort()].length;
      const order = files
        .sort((a, b) => b.path.split('/').length - a.path.split('/').length || b.modified - a.modified)
        .map(({ path, bytes }) => ({ path, bytes }));
      assert.deepEqual(
        plan.files.map(({ path, bytes }) => ({ path, bytes })),
        order,
      );
      assert.ok(steps > 20_000, `${steps} steps`);
    });

    it('takes what fits, and asks for room once', async () => {
      for (let n = 0; n < 10; n++) write(`f${n}.ts`, 'x\n'.repeat(n === 8 ? 300_000 : 100_000), 1000 + n);
      write('small.ts', 'x\n'.repeat(500), 500);
      const indexing = open({ mostBytes: 1_100_000 });
      await indexing.start();
      assert.deepEqual(paths(indexing), ['f7.ts', 'f8.ts', 'f9.ts', 'small.ts']); // 0.2 + 0.6 + 0.2 MB do not leave 0.2
      assert.deepEqual([sinks.length, sinks[0].room], [1, 1_650_000]);
      assert.deepEqual(indexing.status.skipped, { 'beyond the limit': 7 });
      const [small, tiny] = [open({ mostBytes: 700_000 }), open({ mostBytes: 100 })];
      await small.start();
      await tiny.start();
      assert.deepEqual(
        sinks.slice(1).map(({ room }) => room),
        [1_050_000, 150],
      );
    });

    it('goes on after a file that fails, and after a pass that fails', async () => {
      for (const path of ['a.ts', 'b.ts', 'c.ts', 'd.ts']) write(path);
      let works = false;
      const indexing = open({
        make: (room) => {
          if (!works) throw new Error('no memory');
          const sink = new RememberingSink(disk.root, room);
          sinks.push(sink);
          const put = sink.put.bind(sink);
          sink.put = function* failing(path, text) {
            yield* put(path, text);
            if (/[bc]\.ts/.test(path)) throw new Error('full');
          };
          return sink;
        },
        onProgress: () => {
          throw new Error('nobody listens');
        },
      });
      await indexing.start();
      assert.ok(logs.includes('indexing failed: no memory') && logs.includes('progress: nobody listens'));
      works = true;
      await indexing.start();
      assert.deepEqual(paths(indexing), ['a.ts', 'd.ts']); // nothing is left of what failed
      assert.deepEqual(indexing.status.skipped, { failed: 2 });
      assert.equal(logs.filter((line) => /cannot index .*: full/.test(line)).length, 1);
      write('e.ts');
      write('b.ts', 'new\n');
      indexing.changed([at('b.ts'), at('e.ts')]);
      await until(() => texts(indexing).has('e.ts'), 'the next event');
      assert.equal(logs.filter((line) => /cannot index .*: full/.test(line)).length, 2);
    });

    it('does nothing while a completion runs, and lets others have their turn', async () => {
      write('a.ts', 'x\n'.repeat(200_000));
      write('b.ts');
      let [busy, steps, stepsWhileBusy, turns] = [false, 0, 0, 0];
      const indexing = open({
        busy: () => busy,
        make: (room) => {
          const sink = new RememberingSink(disk.root, room);
          sink.step = () => {
            steps++;
            if (busy) stepsWhileBusy++;
            for (const end = performance.now() + 0.1; performance.now() < end; );
          };
          return sink;
        },
      });
      const timer = setInterval(() => {
        turns++;
      }, 1);
      const whole = indexing.start();
      await until(() => steps > 100, 'some steps');
      busy = true;
      const before = steps;
      await sleep(100);
      assert.equal(steps, before);
      busy = false;
      turns = 0;
      await whole;
      clearInterval(timer);
      assert.equal(stepsWhileBusy, 0);
      assert.ok(turns > 5, `${turns} turns in 0.4 s of work`);
      assert.deepEqual(paths(indexing), ['a.ts', 'b.ts']);
    });

    it('finds nothing while a completion runs', async () => {
      write('a.ts');
      let busy = true;
      const indexing = open({ busy: () => busy });
      const whole = indexing.start();
      await sleep(100);
      assert.equal(sinks.length, 0);
      busy = false;
      await whole;
      assert.deepEqual(paths(indexing), ['a.ts']);
    });
  });

  it('takes 10,000 files without being in the way', async () => {
    for (let folder = 0; folder < 100; folder++) {
      mkdirSync(at(`f${folder}`));
      for (let n = 0; n < 100; n++) writeFileSync(at(`f${folder}/${n}.ts`), `${n}\n`);
    }
    let turns = 0;
    const timer = setInterval(() => {
      turns++;
    }, 1);
    const indexing = open();
    indexing.document(at('f50/5.ts'), () => bytes('5\n'));
    await indexing.start();
    clearInterval(timer);
    assert.equal(indexing.status.files, 10_000);
    assert.ok(sinks[0].calls.slice(0, 100).every((call) => call.startsWith('put f50/')));
    assert.ok(turns > 100, `${turns} turns`);
  });

  describe('the end', () => {
    it('comes at once, and then nothing is heard', async () => {
      for (let n = 0; n < 1000; n++) write(`f${n}.ts`);
      for (const busy of [false, true]) {
        let going = false;
        const indexing = open({ busy: () => going && busy });
        const whole = indexing.start();
        await until(() => indexing.status.files > 10, 'some files');
        going = true;
        indexing.stop();
        await whole;
        const { files } = indexing.status;
        assert.ok(files < 1000);
        indexing.changed([at('f999.ts')]);
        indexing.document(at('f999.ts'), () => bytes('text\n'));
        indexing.closed(at('f999.ts'));
        await indexing.start();
        await settled();
        assert.equal(indexing.status.files, files);
        assert.deepEqual(logs, []);
      }
    });

    it('leaves nothing that keeps the process alive', () => {
      write('a.ts');
      write(
        'main.mts',
        `
        import { Indexing } from ${JSON.stringify(join(import.meta.dirname, '../../server/memory/indexing.ts'))};
        import { Workspace } from ${JSON.stringify(join(import.meta.dirname, '../../server/memory/readable.ts'))};
        const workspace = new Workspace({ roots: [${JSON.stringify(disk.root)}], exclude: [], secrets: [] });
        let busy = false;
        const make = () => ({ *put() { yield; busy = true; yield; }, remove() {} });
        const indexing = new Indexing({ workspace, make, busy: () => busy, mostBytes: 1e6, log() {} });
        const timers = () =>
          console.log(process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length, 'timers');
        void indexing.start();
        setTimeout(() => {
          indexing.changed(['${at('a.ts')}']);
          indexing.document('${at('a.ts')}', () => Buffer.from('b'));
          indexing.stop();
          setImmediate(timers);
        }, 500);
      `,
      );
      const child = spawnSync(process.execPath, ['--import=tsx', at('main.mts')], {
        cwd: join(import.meta.dirname, '../..'),
        timeout: 30_000,
        encoding: 'utf8',
      });
      assert.deepEqual([child.status, child.stdout.trim()], [0, '0 timers'], child.stderr);
    });
  });
});
