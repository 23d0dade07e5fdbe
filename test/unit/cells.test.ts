/** What stands in front of a notebook's cell. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { displayPath, notebookOf } from '../../server/paths.ts';
import { limitsOf, promptAt } from '../../server/prompt/around.ts';
import { aboveOf, joined } from '../../server/prompt/cells.ts';
import { SENTINELS } from '../../server/prompt/sequence.ts';

const cell = (language: string, text: string) => ({ language, text });

describe('cells above', () => {
  it('stand in front, those of other languages as comments', () => {
    const cells = [
      cell('markdown', '# Rates\n\nIn euros'),
      cell('python', 'rates = load()\n'),
      cell('python', ' \n'),
      cell('sql', 'select 1'),
    ];
    assert.equal(aboveOf(cells, 'python'), '# # Rates\n#\n# In euros\n\nrates = load()\n\n# select 1\n\n');
    assert.equal(aboveOf(cells.slice(1), 'sql'), '-- rates = load()\n\nselect 1\n\n');
    assert.equal(aboveOf(cells.slice(0, 2), 'markdown'), '# Rates\n\nIn euros\n\n```python\nrates = load()\n```\n\n');
    assert.equal(
      aboveOf([cell('python', 'a\r\nb'), cell('css', 'a { }')], 'css'),
      'a { }\n\n',
      'css has no comment that ends with its line',
    );
  });
  it("keep a line's beginning where they are cut, and stay under 4,096 units", () => {
    const cells = Array.from({ length: 100 }, (_, i) => cell('python', `value_${i} = compute(${i})\n`.repeat(i % 7)));
    const found = aboveOf(cells, 'python');
    assert.ok(found.length <= 4096 && found.length > 3000 && /^(value_|\n)/.test(found));
    const longer = aboveOf([...cells, cell('python', 'x')], 'python');
    assert.ok(longer.endsWith(`${found.slice(-2000)}x\n\n`));
  });
  it('do not move while the cell below is typed into', () => {
    const before = aboveOf([cell('python', 'total = price * 1.19\n'.repeat(300))], 'python');
    let text = '';
    const seen = new Set<string>();
    for (const key of 'net = total / 1.19  # the price itself\nprint(net)') {
      text += key;
      const prompt = Buffer.from(
        promptAt(joined(before, text), before.length + text.length, 'a.py', limitsOf({ context: 4096, patch: 8 }, 128)),
      );
      assert.ok(prompt.toString('latin1').endsWith(text));
      seen.add(prompt.subarray(0, prompt.length - text.length).toString('latin1'));
      assert.ok(prompt.subarray(prompt.indexOf(SENTINELS.PRE)).includes('total = price'));
    }
    assert.equal(seen.size, 1);
  });
  it('are one text with the cell: every slice is that of both put together', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), fc.nat(30), fc.nat(30), (a, b, from, to) => {
        const both = joined(a, b);
        assert.equal(both.length, a.length + b.length);
        if (from <= to) assert.equal(both.slice(from, to), (a + b).slice(from, to));
      }),
    );
  });
});

describe('names', () => {
  it('of cells end as a file of their language, those of notebooks and of other documents are their own', () => {
    const uri = 'vscode-notebook-cell:/ws/notes/my%20rates.ipynb#W2sZmlsZQ%3D%3D';
    assert.equal(notebookOf(uri), 'file:///ws/notes/my%20rates.ipynb');
    assert.equal(displayPath(uri, ['file:///ws'], 'python'), 'notes/my rates.py');
    assert.equal(displayPath(uri, [], 'klingon'), 'notes/my rates.ipynb');
    assert.equal(
      displayPath('vscode-notebook-cell:Untitled-1.ipynb#W0sdW50aXRsZWQ%3D', ['file:///ws'], 'python'),
      'untitled.py',
    );
    assert.equal(displayPath('vscode-notebook-cell://wsl%2Bdebian/ws/a.ipynb#W0', ['file:///ws'], 'r'), 'untitled.r');
    assert.equal(displayPath('file:///ws/src/a.b.ts', ['file:///ws'], 'python'), 'src/a.b.ts');
    const folders = ['file:///ws', 'file:///ws/in/', 'file:///c%3A/'];
    assert.deepEqual(
      ['file:///ws/in/src/a/b.ts', 'file:///ws/inner/c.ts', 'file:///c%3A/x/y/d.ts', 'file:///else/x/y/e.ts'].map(
        (uri) => displayPath(uri, folders),
      ),
      ['src/a/b.ts', 'inner/c.ts', 'x/y/d.ts', 'y/e.ts'],
    );
  });
});
