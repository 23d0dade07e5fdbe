/** The background index against what is on disk and in the editor, with real files and a sink that only remembers. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Indexing, type IndexingOptions, type IndexStatus } from '../../server/memory/indexing.ts';
import { Plan } from '../../server/memory/plan.ts';
import { Workspace } from '../../server/memory/readable.ts';
import type { Sink } from '../../server/memory/store.ts';
import { TextIndex } from '../../server/memory/textIndex.ts';
import { Heard } from './byHand.ts';

/** Remembers what it is told; a step for each 100 bytes. */
class Memory implements Sink {
  readonly texts = new Map<string, string>();
  readonly calls: string[] = [];
  step = () => {};
  private spent = 0;

  constructor(
    readonly root: string,
    readonly room: number,
  ) {}

  fits(_path: string, bytes: Uint8Array): boolean {
    return this.spent + bytes.length <= this.room;
  }

  *put(path: string, bytes: Uint8Array): Generator<void> {
    this.spent += bytes.length;
    for (let at = 0; at < bytes.length; at += 100) {
      this.step();
      yield;
    }
    this.calls.push(`put ${relative(this.root, path)}`);
    this.texts.set(relative(this.root, path), Buffer.from(bytes).toString());
  }

  remove(path: string): void {
    this.calls.push(`remove ${relative(this.root, path)}`);
    this.texts.delete(relative(this.root, path));
  }
}

/** Waits for something that must come to pass, however slow the machine. */
async function until(condition: () => boolean, what: string): Promise<void> {
  for (const end = Date.now() + 10_000; !condition(); await sleep(10)) assert.ok(Date.now() < end, `never: ${what}`);
}

describe('indexing', () => {
  let root: string;
  let sinks: Memory[];
  let logs: string[];
  let all: Indexing[];
  beforeEach(() => {
    root = realpathSync(mkdtempSync(join(tmpdir(), 'byteline-indexing-')));
    [sinks, logs, all] = [[], [], []];
  });
  afterEach(() => {
    for (const indexing of all) indexing.stop();
    rmSync(root, { recursive: true, force: true });
  });

  const at = (path: string) => join(root, path);
  const write = (path: string, text = `text of ${path}\n`, seconds?: number): string => {
    mkdirSync(dirname(at(path)), { recursive: true });
    writeFileSync(at(path), text);
    if (seconds) utimesSync(at(path), seconds, seconds);
    return at(path);
  };
  const open = (options: Partial<IndexingOptions> = {}): Indexing => {
    const indexing = new Indexing({
      workspace: new Workspace({ roots: [root], exclude: ['**/no'], secrets: ['.env'] }),
      make: (room) => {
        sinks.push(new Memory(root, room));
        return sinks.at(-1)!;
      },
      busy: () => false,
      mostBytes: 1e7,
      log: (message) => logs.push(message),
      ...options,
    });
    all.push(indexing);
    return indexing;
  };
  const texts = (indexing: Indexing) => (indexing.sink as Memory).texts;
  const paths = (indexing: Indexing) => [...texts(indexing).keys()].sort();
  const bytes = (text: string) => Buffer.from(text);
  /** Long enough for everything that was said to have been heard. */
  const settled = () => sleep(900);

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
        bytes: 1,
        modified: (n * 7919) % 1000,
      }));
      const plan = new Plan(['/a/a/doc.ts']);
      for (const file of files) plan.add(file);
      const steps = [...plan.sort()].length;
      const order = files
        .sort((a, b) => b.path.split('/').length - a.path.split('/').length || b.modified - a.modified)
        .map(({ path }) => path);
      assert.deepEqual(
        plan.files.map(({ path }) => path),
        order,
      );
      assert.equal(plan.bytes, 5000);
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
          const sink = new Memory(root, room);
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
          const sink = new Memory(root, room);
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

  it('50 pauses in a file of 200 kB leave the index whole, and what was typed is known', async () => {
    const lines = Array.from({ length: 5000 }, (_, n) => `export const name${n} = compute(${n}, 'x');`);
    const [path, other] = [
      write('large.ts', lines.join('\n')),
      write('other.ts', 'export function wimblePendulum() {}\n'),
    ];
    const made: TextIndex[] = [];
    const indexing = open({
      make: (room, total) => {
        made.push(new TextIndex(room, total));
        return made.at(-1)!;
      },
    });
    await indexing.start();
    const before = made[0]['end'];
    for (let pause = 0; pause < 50; pause++) {
      lines.splice(
        2000 + (pause % 3) * 700 + pause,
        pause % 5 === 4 ? 2 : 0,
        `export const zorblatt${pause} = snickersnack${pause}();`,
      );
      indexing.document(path, () => bytes(lines.join('\n')));
      indexing['hear'](indexing['edits']); // the pause: what a timer does
      await indexing['working'];
    }
    assert.equal(made.length, 1, 'no new index was built');
    assert.deepEqual(
      [indexing.status.state, indexing.status.files, indexing.status.bytes],
      ['ready', 2, lines.join('\n').length + 36],
    );
    assert.ok(made[0]['end'] - before < 50 * 2000, `${made[0]['end'] - before} bytes for 50 pauses`);
    const known = (text: string) => {
      const heard = new Heard();
      made[0].find(bytes(text), text.length, heard);
      return heard.matches.map(({ place }) => made[0].fileAt(place)!);
    };
    for (let pause = 0; pause < 50; pause++) {
      const line = lines.findIndex((line) => line.includes(`zorblatt${pause} `)) + 1;
      assert.ok(
        known(`const zorblatt${pause} = snickersnack`).some((at) => at.path === path && at.line === line),
        `pause ${pause}`,
      );
    }
    assert.equal(known('export function wimble')[0].path, other);
  });

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
      assert.deepEqual(sinks[0].calls.sort(), ['put a.ts', 'put new/e.ts', 'remove b.ts', 'remove c.ts']); // d.ts is the same
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
        const sink = make(room, room) as Memory;
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
      assert.equal((old as Memory).calls.length, 2000); // nothing was put there one by one
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
      const old = indexing.sink as Memory;
      const make = indexing['options'].make;
      indexing['options'].make = (room) => {
        const sink = make(room, room) as Memory;
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
      heard.push((indexing.sink as Memory | undefined)?.texts.has('second.ts'));
      return new Memory(root, room);
    };
    const indexing = open({ make, workspace: new Slow({ roots: [root], exclude: [], secrets: [] }) });
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

  describe('open documents', () => {
    it('win over the disk until they are closed', async () => {
      for (const path of ['a.ts', 'b.ts']) write(path);
      const indexing = open();
      indexing.document(at('b.ts'), () => bytes('b in the editor\n')); // before the pass
      await indexing.start();
      assert.equal(texts(indexing).get('b.ts'), 'b in the editor\n');
      await settled();
      sinks[0].calls.length = 0;
      for (let n = 0; n <= 20; n++) indexing.document(at('a.ts'), () => bytes(`edit ${n}\n`));
      const edited = Date.now();
      await until(() => texts(indexing).get('a.ts') === 'edit 20\n', 'an edit');
      assert.ok(Date.now() - edited < 5000); // a second, on a machine that is not in use
      write('a.ts', 'on disk\n');
      indexing.changed([at('a.ts')]);
      indexing.document(at('a.ts'), () => bytes('edit 20\n'));
      await settled();
      assert.deepEqual(sinks[0].calls, ['put a.ts']);
      indexing.closed(at('a.ts'));
      await until(() => texts(indexing).get('a.ts') === 'on disk\n', 'the disk');
    });

    it('are put though they were never saved, but not where nothing may be read', async () => {
      write('a.ts');
      const indexing = open();
      await indexing.start();
      for (const path of ['new.ts', 'no/x.ts', '.env', 'node_modules/a.js', '../outside.ts'])
        indexing.document(at(path), () => bytes('text\n'));
      indexing.document(at('zero.ts'), () => bytes('\0'));
      indexing.document(at('a.ts'), () => bytes('x'.repeat(6000)));
      await until(() => texts(indexing).has('new.ts'), 'a new document');
      await settled();
      assert.deepEqual(paths(indexing), ['new.ts']);
      await indexing.start();
      assert.deepEqual(paths(indexing), ['new.ts']);
      indexing.closed(at('new.ts'));
      await until(() => !texts(indexing).has('new.ts'), 'its end');
    });
  });

  it('starts over when the room is used up, and not for the same text', async () => {
    write('a.ts');
    write('b.ts', 'x\n'.repeat(10_000));
    const indexing = open({ mostBytes: 40_000 });
    await indexing.start();
    assert.equal(sinks[0].room, 60_000);
    for (let n = 0; n < 4; n++) {
      indexing.changed([write('b.ts', `${n}\n`.repeat(10_000))]);
      await until(() => texts(indexing).get('b.ts')?.[0] === `${n}`, `edit ${n}`);
      indexing.changed([at('b.ts')]);
    }
    await settled();
    assert.equal(sinks.length, 3); // 20 kB three times, and again
    for (const sink of sinks) assert.ok(sink.calls.filter((call) => call === 'put b.ts').length <= 2);
    indexing.document(at('c.ts'), () => bytes('x\n'.repeat(25_000))); // more than any index would take
    await settled();
    assert.equal(sinks.length, 3);
    assert.deepEqual(paths(indexing), ['a.ts', 'b.ts']);
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
        const workspace = new Workspace({ roots: [${JSON.stringify(root)}], exclude: [], secrets: [] });
        let busy = false;
        const make = () => ({ *put() { yield; busy = true; yield; }, remove() {} });
        const indexing = new Indexing({ workspace, make, busy: () => busy, mostBytes: 1e6, log() {} });
        const timers = () => console.log(process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length, 'timers');
        void indexing.start();
        setTimeout(() => { indexing.changed(['${at('a.ts')}']); indexing.document('${at('a.ts')}', () => Buffer.from('b')); indexing.stop(); setImmediate(timers); }, 500);
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
