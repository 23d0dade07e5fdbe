/** The background index hears of open documents: they win over the disk, and typing rebuilds nothing. */
import assert from 'node:assert/strict';
import { TextIndex } from '../../server/memory/textIndex.ts';
import { Heard } from './byHand.ts';
import { bytes, IndexedFolder, paths, settled, texts, until } from './indexedFolder.ts';

/** Of someone who types for an hour: one in ten seconds. */
const PAUSES = 360;

describe('indexing', () => {
  const disk = new IndexedFolder();
  const { at, open, sinks, write } = disk;

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

  it('an hour of pauses in a file of 200 kB leaves the index whole, and what was typed is known', async () => {
    const lines = Array.from({ length: 5000 }, (_, n) => `export const name${n} = compute(${n}, 'x');`);
    const [path, other] = [
      write('large.ts', lines.join('\n')),
      write('other.ts', 'export function wimblePendulum() {}\n'),
    ];
    const made: TextIndex[] = [];
    const indexing = open({
      make: (room) => {
        made.push(new TextIndex(room));
        return made.at(-1)!;
      },
    });
    await indexing.start();
    for (let pause = 0; pause < PAUSES; pause++) {
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
    const held = made[0]['segments'].reduce((n, { end }) => n + end, 0);
    assert.ok(held < 3 * (lines.join('\n').length + 36), `${held} bytes for ${PAUSES} pauses`);
    const known = (text: string) => {
      const heard = new Heard(bytes(text));
      made[0].find(heard);
      return heard.matches.map(({ place }) => made[0].fileAt(place)!);
    };
    for (let pause = 0; pause < PAUSES; pause += 9) {
      const line = lines.findIndex((line) => line.includes(`zorblatt${pause} `)) + 1;
      assert.ok(
        known(`const zorblatt${pause} = snickersnack`).some((at) => at.path === path && at.line === line),
        `pause ${pause}`,
      );
    }
    assert.equal(known('export function wimble')[0].path, other);
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
});
