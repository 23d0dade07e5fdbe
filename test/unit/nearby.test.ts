/** FILE blocks: which lines of which documents, and that they stay where they are while the user types. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { Document } from '../../server/documents/document.ts';
import { RecentDocuments } from '../../server/documents/recentDocuments.ts';
import { Workspace } from '../../server/memory/readable.ts';
import { filesLimit, limitsOf, promptAt } from '../../server/prompt/around.ts';
import { blocksOf, sizeOf, snippet } from '../../server/prompt/nearby.ts';
import { type Prompt, SENTINELS } from '../../server/prompt/sequence.ts';

const architecture = { context: 4096, patch: 8 };
const BUDGET = filesLimit(architecture.context, 0, 0);
const document = (name: string, content: string) => Document.create(`file:///ws/${name}`, 'typescript', 1, content);
const type = (d: Document, at: number, text: string) =>
  Document.update(d, [{ range: { start: d.positionAt(at), end: d.positionAt(at) }, text }], d.version + 1);
const lines = (name: string, count: number) =>
  Array.from({ length: count }, (_, i) => `export const ${name}${i} = ${i}; // größe\n`).join('');
const shown = (blocks: Prompt['files']) =>
  blocks.map(({ path, text }) => [Buffer.from(path).toString(), Buffer.from(text).toString()]);
const recentOf = (mayRead: (uri: string) => boolean = () => true) =>
  new RecentDocuments({ mayRead: async (uri) => mayRead(uri), nameOf: ({ uri }) => uri.slice('file:///ws/'.length) });

describe('snippet', () => {
  it('is whole lines around the place, the line itself first', () => {
    const text = 'one\ntwo\nthree\nfour\nfive\n';
    assert.equal(snippet(text, 9, 6), 'three\n');
    assert.equal(snippet(text, 9, 10), 'two\nthree\n');
    assert.equal(snippet(text, 9, 15), 'two\nthree\nfour\n');
    assert.equal(snippet(text, 9, 5), '', 'a line that does not fit is not cut');
    assert.equal(snippet('end', 3, 4), 'end\n');
    assert.equal(snippet(' \n\n', 1, 10), '');
  });
  it('holds only lines of the text and fits, whatever the text, the place and the room', () => {
    const text = fc.string({ unit: fc.constantFrom('a', 'é', '😀', '\n', ' '), maxLength: 80 });
    fc.assert(
      fc.property(text, fc.double({ min: 0, max: 1, noNaN: true }), fc.nat(60), (s, share, bytes) => {
        const found = snippet(s, Math.floor(share * s.length), bytes);
        assert.ok(Buffer.byteLength(found) <= bytes);
        assert.ok(found === '' || `\n${s}\n`.includes(`\n${found}`), JSON.stringify([s, found]));
      }),
    );
  });
});

describe('FILE blocks', () => {
  it('keep to the budget and stand in front of everything', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(400), fc.nat(200)), { maxLength: 6 }), fc.nat(1500), (found, budget) => {
        const blocks = blocksOf(
          found.map(([count, at], i) => ({
            path: `src/${i}.ts`,
            text: lines('a', count),
            offset: Math.min(at, lines('a', count).length),
          })),
          budget,
        );
        assert.ok(blocks.length <= 3 && sizeOf(blocks) <= budget);
      }),
    );
    const blocks = blocksOf(
      [
        { path: 'b.ts', text: lines('b', 50), offset: 0 },
        { path: 'c.ts', text: lines('c', 50), offset: 0 },
      ],
      BUDGET,
    );
    const prompt = Buffer.from(promptAt(lines('a', 300), 5000, 'a.ts', limitsOf(architecture, 128), blocks));
    assert.equal(prompt[0], SENTINELS.BOS);
    assert.ok(prompt.subarray(1).toString('latin1').startsWith('\xfab.ts\nexport const b0'));
    assert.deepEqual(
      [...prompt].filter((b) => b >= SENTINELS.TAIL && b !== SENTINELS.PAD && b !== SENTINELS.TAIL),
      [SENTINELS.BOS, SENTINELS.FILE, SENTINELS.FILE, SENTINELS.SUF, SENTINELS.PRE],
    );
    assert.ok(prompt.length <= architecture.context - 128);
  });
});

describe('the room of FILE blocks', () => {
  it(
    'is what the document leaves free around the cursor, ' +
      'a quarter of the context at most, and changes block by block',
    () => {
      assert.deepEqual(
        [0, 1024, 1025, 2048, 2049, 3073, 1e6].map((before) => filesLimit(4096, before, 0)),
        [1024, 1024, 1024, 1024, 512, 0, 0],
      );
      assert.deepEqual(
        [0, 1024, 1025, 2049].map((before) => filesLimit(4096, before, 1e6)),
        [1024, 1024, 512, 0],
      );
    },
  );
  it('is enough: with blocks of that size nothing of the document is cut that stood in the prompt without them', () => {
    const blocks = blocksOf(
      ['b', 'c', 'd'].map((name) => ({ path: `${name}.ts`, text: lines(name, 50).replaceAll('ö', 'o'), offset: 900 })),
      BUDGET,
    );
    const text = lines('a', 300).replaceAll('öß', 'os');
    for (const [before, after] of [
      [0, 0],
      [500, 3000],
      [1000, 1e4],
      [2000, 10],
      [2000, 3000],
      [3000, 0],
    ]) {
      const prompt = (files: Prompt['files']) =>
        Buffer.from(promptAt(text.slice(0, before + after), before, 'src/a.ts', limitsOf(architecture, 128), files));
      const given = blocks.filter(
        (_, i) => sizeOf(blocks.slice(0, i + 1)) <= filesLimit(4096, before, Math.min(after, text.length - before)),
      );
      const [alone, with_] = [prompt([]), prompt(given)].map((all) =>
        all.subarray(all.indexOf(SENTINELS.SUF)).filter((b) => b !== SENTINELS.PAD),
      );
      assert.deepEqual(with_, alone, `${before} before, ${after} after`);
    }
  });
});

describe('recent documents', () => {
  it(
    'shows the last edits first, then what was looked at, ' + 'and never the document itself or what was only opened',
    async () => {
      const recent = recentOf();
      const [a, b, c, d] = ['a', 'b', 'c', 'd'].map((name) => document(`${name}.ts`, lines(name, 40)));
      for (const opened of [a, b, c, d]) recent.changed(opened);
      await recent.blocks(d, 0, BUDGET);
      for (const edited of [b, c, a]) recent.changed(type(edited, 500, 'edited();\n'));
      const found = shown(await recent.blocks(a, 510, BUDGET));
      assert.deepEqual(
        found.map(([path]) => path),
        ['c.ts', 'b.ts', 'd.ts'],
      );
      assert.ok(
        found[0][1].includes('edited();\n') &&
          found[1][1].includes('edited();\n') &&
          found[2][1].startsWith('export const d0'),
      );
    },
  );
  it('does not move a byte before the prefix in 200 keys, whatever else is edited', async () => {
    const recent = recentOf();
    const [a, b] = [document('a.ts', lines('a', 200)), document('b.ts', lines('b', 40))];
    recent.changed(type(b, 0, 'first();\n'));
    const before: string[] = [];
    for (let key = 0; key < 200; key++) {
      recent.changed(type(a, 6000 + key, 'x'));
      if (key % 20 === 0) recent.changed(type(b, 0, 'renamed();\n')); // by a refactoring, say
      const prompt = Buffer.from(
        promptAt(a, 6001 + key, 'a.ts', limitsOf(architecture, 128), await recent.blocks(a, 6001 + key, BUDGET)),
      );
      before.push(prompt.subarray(0, prompt.indexOf(SENTINELS.PRE)).toString('latin1'));
    }
    assert.ok(before[0].includes('first();'));
    assert.equal(new Set(before).size, 1);
  });
  it('chooses anew where the user comes back after an edit elsewhere, and only then', async () => {
    const recent = recentOf();
    const [a, b, c] = ['a', 'b', 'c'].map((name) => document(`${name}.ts`, lines(name, 40)));
    recent.changed(type(b, 0, 'first();\n'));
    const first = await recent.blocks(a, 0, BUDGET);
    await recent.blocks(c, 0, BUDGET);
    assert.equal(await recent.blocks(a, 0, BUDGET), first, 'c was looked at, no more');
    recent.changed(type(b, 0, 'second();\n'));
    assert.equal(await recent.blocks(a, 0, BUDGET), first, 'he stayed');
    await recent.blocks(b, 0, BUDGET);
    assert.ok(shown(await recent.blocks(a, 0, BUDGET))[0][1].includes('second();'));
  });
  it("shows other documents in the document's own unit of indentation", async () => {
    for (const [theirs, ours] of [
      ['    ', '\t'],
      ['\t', '  '],
    ]) {
      const recent = recentOf();
      const body = Array.from(
        { length: 20 },
        (_, i) => `function f${i}() {\n${theirs}if (a) {\n${theirs.repeat(2)}b();\n${theirs}}\n}\n`,
      ).join('');
      const [a, b] = [document('a.ts', `f {\n${ours}a\n${ours}b\n}\n`), document('b.ts', body)];
      recent.changed(type(b, 300, 'x'));
      const [[, text]] = shown(await recent.blocks(a, 4, BUDGET));
      assert.ok(
        text.includes(`\n${ours}if (a) {\n${ours.repeat(2)}b();`) && !text.includes(theirs === '\t' ? '\t' : '\n  '),
        JSON.stringify(text),
      );
    }
  });
  describe('of a document that was left in half a word', () => {
    const [head, tail] = ['const length = 1;\nfunction grow() {\n', '\n}\nfinished();\n'];
    /** The block of a document in which `typed` was typed, and then something else looked at. */
    const blockOf = async (typed: string, after = tail, look?: number) => {
      const [recent, b] = [recentOf(), document('b.ts', head + after)];
      recent.changed(type(b, head.length, typed));
      if (look !== undefined) await recent.blocks(b, look, BUDGET);
      return shown(await recent.blocks(document('a.ts', ''), 0, BUDGET))[0][1];
    };
    it('leaves its line out, wherever the user looks', async () => {
      for (const look of [undefined, 0, head.length + 5, head.length + 20])
        assert.equal(await blockOf('  return leng', tail, look), `${head}}\nfinished();\n\n`);
      assert.equal(await blockOf('  return leng', ''), `${head}\n`, "at the document's end");
    });
    it('leaves no line out that ends in a known word, a number or a sign, or that goes on', async () => {
      for (const typed of ['  return length', '  return 42', '  return leng;', '  '])
        assert.equal(await blockOf(typed), `${head}${typed}${tail}\n`);
      assert.equal(await blockOf('  leng', ' = 2;\n}\n'), `${head}  leng = 2;\n}\n\n`);
    });
    it('is shown around the place that was looked at', async () => {
      const [after, typed] = [tail + lines('z', 90), '  return leng'];
      const look = `${head}${typed}${after}`.indexOf('z60');
      const block = await blockOf(typed, after, look);
      assert.ok(block.includes('z60 ') && !block.includes('z30 '));
      assert.equal(block, await blockOf(`${typed};`, after, look + 1));
    });
  });
  it('gives its room back to the document, and takes none while the user stays', async () => {
    const recent = recentOf();
    const [a, b] = ['a', 'b'].map((name) => document(`${name}.ts`, lines(name, 40)));
    recent.changed(type(b, 0, 'first();\n'));
    const first = await recent.blocks(a, 0, 1024);
    assert.equal(await recent.blocks(a, 0, sizeOf(first)), first, 'they still fit');
    const less = await recent.blocks(a, 0, 512);
    assert.ok(sizeOf(less) > 0 && sizeOf(less) <= 512);
    assert.equal(await recent.blocks(a, 0, 1024), less);
    assert.deepEqual(await recent.blocks(a, 0, 0), []);
  });
  it('forgets what is closed', async () => {
    const recent = recentOf();
    const [a, b] = ['a', 'b'].map((name) => document(`${name}.ts`, lines(name, 40)));
    recent.changed(type(b, 0, 'first();\n'));
    recent.closed(b);
    assert.deepEqual(await recent.blocks(a, 0, BUDGET), []);
  });
  it(
    'keeps nothing of a document that is closed while a request for it waits, ' +
      'nor one that is closed while files are asked for',
    async () => {
      const recent = recentOf();
      const [a, b] = ['a', 'b'].map((name) => document(`${name}.ts`, lines(name, 40)));
      recent.changed(type(b, 0, 'first();\n'));
      recent.closed(b);
      assert.deepEqual(await recent.blocks(b, 0, BUDGET), [], 'a queued request');
      recent.changed(b);
      assert.deepEqual(await recent.blocks(a, 0, BUDGET), []);

      const again = document('b.ts', lines('b', 40)); // opened again, it counts
      recent.changed(type(again, 0, 'second();\n'));
      await recent.blocks(again, 0, BUDGET);
      const coming = recent.blocks(a, 0, BUDGET);
      recent.closed(again);
      assert.deepEqual(await coming, [], 'closed during the request of another one');

      const c = document('c.ts', lines('c', 40));
      recent.changed(type(a, 0, 'third();\n'));
      const own = recent.blocks(c, 0, BUDGET);
      recent.closed(c);
      assert.equal((await own).length, 1);
      assert.deepEqual(
        [...recent['frozen'].keys(), ...recent['visits'].keys()],
        [a.uri, a.uri],
        'the closed one is kept nowhere',
      );
    },
  );
  it('never shows secrets, what is excluded, untitled documents or a minified line', async () => {
    const workspace = new Workspace({ roots: ['/ws'], exclude: ['private'], secrets: [] });
    const recent = new RecentDocuments({
      mayRead: async (uri, known) => uri.startsWith('file:') && workspace.mayRead(uri.slice('file://'.length), known),
      nameOf: ({ uri }) => uri,
    });
    const names = [
      'file:///ws/.env',
      'file:///ws/src/.env.local',
      'file:///ws/.aws/config.ts',
      'file:///ws/private/x.ts',
      'file:///ws/id_rsa',
      'file:///elsewhere/a.ts',
      'untitled:Untitled-1',
      'vscode-notebook-cell:/ws/a.ipynb#W0',
    ];
    for (const uri of names)
      recent.changed(type(Document.create(uri, 'typescript', 1, lines('secret', 20)), 0, 'KEY=hunter2;\n'));
    recent.changed(type(document('min.ts', `${'a();'.repeat(90)}\n`.repeat(3)), 0, ' '));
    assert.deepEqual(await recent.blocks(document('a.ts', ''), 0, BUDGET), []);
    recent.changed(type(document('fine.ts', lines('b', 20)), 0, 'b();\n'));
    assert.equal((await recent.blocks(document('new.ts', ''), 0, BUDGET)).length, 1);
  });
});
