/**
 * What users of other completions complain of, as far as the worker answers for it: each is a test with a real model.
 */
import assert from 'node:assert/strict';
import { itemFor } from '../../server/completion/item.ts';
import type { CompleteResult } from '../../server/wire/protocol.ts';
import { TestWorker } from './worker.ts';

const TS = [
  'export function area(width: number, height: number): number {',
  '  return width * height;',
  '}',
  '',
  'export function main(): void {',
  '',
].join('\n');
const PY = [
  'class Point:',
  '    def __init__(self, x, y):',
  '        self.x = x',
  '        self.y = y',
  '',
  '    def norm(self):',
  '',
].join('\n');

describe('complaints', () => {
  let worker: TestWorker;
  let opened = 0;
  before(async () => {
    worker = await TestWorker.start({ streaming: true, memory: { enable: false } });
  });
  after(() => worker.stop());

  /**
   * What is offered at the █, and the cursor's line with it. `selected`: the suggest widget's item in the place of so
   * many characters before the cursor.
   */
  async function at(
    marked: string,
    name = 'a.ts',
    selected?: { text: string; typed: number },
  ): Promise<{ text: string; line: string }> {
    const uri = `file:///ws/${opened++}/src/${name}`; // the model sees src/NAME, always the same
    const before = marked.slice(0, marked.indexOf('█')).split(/\r?\n/);
    const position = { line: before.length - 1, character: before.at(-1)!.length };
    await worker.open(uri, marked.replace('█', ''));
    const range = selected && { start: { ...position, character: position.character - selected.typed }, end: position };
    const result = (await worker.connection.sendRequest('byteline/complete', {
      id: opened,
      uri,
      position,
      multiline: false,
      maxBytes: 64,
      always: true,
      selected: selected && { range, text: selected.text },
    })) as CompleteResult;
    const text = result.kind === 'text' ? result.text : '';
    const whole = marked.replace('█', '').split(/\r?\n/)[position.line];
    const { insertText, end } = itemFor(whole, position.character, text);
    return { text, line: insertText + whole.slice(end) };
  }

  it(
    'extra space: never a second one behind one that is typed, ' +
      'and the text after a space is the rest of the text before it',
    async () => {
      for (const start of ['  const size = ', '  return ', '  if (area(1, 2) > ', '  const a: ', '  import { ']) {
        const { text } = await at(`${TS}${start}█\n}\n`);
        assert.ok(!/^[ \t]/.test(text), `${JSON.stringify(start)} then ${JSON.stringify(text)}`);
        const earlier = await at(`${TS}${start.slice(0, -1)}█\n}\n`);
        if (earlier.text.startsWith(' ')) assert.equal(text.slice(0, 8), earlier.text.slice(1, 9));
      }
    },
  );

  it('indentation: a half-typed indent is filled up to the depth of the block, not added to', async () => {
    for (const [name, block, depth, unit] of [
      ['a.ts', `${TS}  const size = area(2, 2);\n`, 2, ' '],
      ['a.py', PY, 8, ' '],
      ['a.go', 'func main() {\n\tx := 1\n\tfmt.Println(x)\n', 1, '\t'],
    ] as const) {
      for (let typed = 0; typed <= depth; typed++) {
        const { line } = await at(`${block}${unit.repeat(typed)}█\n`, name);
        const indent = /^\s*/.exec(line)![0];
        assert.ok(
          line.trim() === '' || line.trim().startsWith('}') || indent === unit.repeat(depth),
          `${name}, ${typed} typed: ${JSON.stringify(line)}`,
        );
      }
    }
  });

  it('a long line of wide characters: completes in it, and goes on completing', async () => {
    for (const wide of ['𝒳', '가', '👩‍👩‍👧‍👦', 'é']) {
      const { text } = await at(`const s = '${wide.repeat(6000)}█\nconst t = 1;\n`);
      assert.ok(!text.includes('\ufffd') && Buffer.from(text, 'utf8').toString('utf8') === text);
    }
    assert.notEqual((await at(`${TS}  const size = █\n}\n`)).text, '');
  });

  it('sentinels: none in a text, whatever the document holds', async () => {
    for (const odd of ['<|fim_prefix|>', '<PRE>', '<｜fim▁hole｜>', '\ufeff', '\ue000\uf8ff', '\ud800']) {
      const { text } = await at(`// ${odd}\n${TS}  const size = █ // ${odd}\n}\n`);
      assert.ok(
        !/fim|<PRE>|<SUF>|<MID>|<EOT>|\ufffd|\0/i.test(text),
        `${JSON.stringify(odd)}: ${JSON.stringify(text)}`,
      );
    }
  });

  it('CRLF: the text is that of the same document with line feeds, and has no carriage return', async () => {
    for (const start of ['  const size = ', '  return ', '']) {
      const marked = `${TS}${start}█\n}\n`;
      const [lf, crlf] = [await at(marked), await at(marked.replaceAll('\n', '\r\n'))];
      assert.equal(crlf.text, lf.text);
      assert.ok(!crlf.text.includes('\r'));
    }
  });

  it(
    'the suggest widget: with an item selected the text is what follows the item, ' + 'and the document stays as it is',
    async () => {
      const marked = (typed: string) => `${TS}  const size = ${typed}█\n}\n`;
      const accepted = await at(marked('area'));
      assert.notEqual(accepted.text, '');
      assert.equal((await at(marked('ar'), 'a.ts', { text: 'area', typed: 2 })).text, accepted.text);
      // a fuzzy match replaces what was typed
      assert.equal((await at(marked('wxyz'), 'a.ts', { text: 'area', typed: 4 })).text, accepted.text);
      const other = await at(marked('ar'), 'a.ts', { text: 'array', typed: 2 });
      assert.equal(other.text, (await at(marked('array'))).text);
    },
  );
});
