/**
 * Answers to textDocument/inlineCompletion: within the line, no larger than they need be, and of the text that was
 * asked about.
 */
import assert from 'node:assert/strict';
import { LONGEST_LINE } from '../../server/completion/item.ts';
import { Document } from '../../server/documents/document.ts';
import { InlineCompletionRequest } from '../../server/inlineCompletion.ts';
import type { CompleteResult } from '../../server/wire/protocol.ts';

const made = (...texts: string[]): CompleteResult => {
  const [first, ...others] = texts.map((text) => ({
    kind: 'text' as const,
    text,
    bytes: text.length,
    stop: 'line' as const,
    logprob: 0,
  }));
  return { ...first, others };
};
const at = (line: number, character: number) => ({ line, character });
const document = (text: string) => Document.create('file:///ws/a.ts', 'typescript', 1, text);

/** The document once the first item is taken. */
function taken(text: string, inline: InlineCompletionRequest, result: CompleteResult): string {
  const lines = text.split('\n');
  const [{ insertText, range }] = inline.items(result);
  assert.equal(range.start.line, range.end.line);
  const line = lines[range.start.line];
  lines[range.start.line] = line.slice(0, range.start.character) + insertText + line.slice(range.end.character);
  return lines.join('\n');
}

describe('inline completions of other clients', () => {
  it('write the line again from its start, each candidate, and replace what they repeat', () => {
    const inline = new InlineCompletionRequest(document('a\n  f(x)\n'), at(1, 5));
    assert.deepEqual(inline.asked, { position: at(1, 5) });
    assert.deepEqual(inline.items(made(', b)', 'y')), [
      { insertText: '  f(x, b)', range: { start: at(1, 0), end: at(1, 6) } },
      { insertText: '  f(xy', range: { start: at(1, 0), end: at(1, 5) } },
    ]);
    assert.deepEqual(inline.items({ kind: 'none', reason: 'blank' }), []);
  });
  it('stay in the line, and in the document, where the position is past its end', () => {
    for (const [position, end] of [
      [at(0, 999), at(0, 9)],
      [at(7, 3), at(1, 3)],
      [at(2 ** 31 - 1, 2 ** 31 - 1), at(1, 3)],
    ] as const) {
      const inline = new InlineCompletionRequest(document('const a =\nend'), position);
      assert.deepEqual(inline.asked.position, end);
      assert.deepEqual(
        inline.items(made(' 1')).map(({ range }) => range),
        [{ start: at(end.line, 0), end }],
      );
    }
  });
  it('are of the text that was asked about, whatever keys come meanwhile', () => {
    const live = document('// gone soon\nconst a = \n');
    const inline = new InlineCompletionRequest(live.snapshot(), at(1, 10));
    Document.update(live, [{ range: { start: at(0, 0), end: at(1, 0) }, text: '' }], 2);
    assert.equal(inline.items(made('1'))[0].insertText, 'const a = 1');
  });
  it('begin at the cursor in a line too long to be sent again', () => {
    for (const [length, from] of [
      [LONGEST_LINE, 0],
      [LONGEST_LINE + 1, LONGEST_LINE],
      [214_000, 213_999],
    ]) {
      const [text, column] = ['x'.repeat(length), length - 1];
      const [item] = new InlineCompletionRequest(document(text), at(0, column)).items(made('yz'));
      assert.deepEqual(
        [item.range, item.insertText.length],
        [{ start: at(0, from), end: at(0, column) }, column - from + 2],
      );
    }
  });
  it('go on behind the item that is selected, whatever it replaces', () => {
    const text = 'x\n  to)\ny';
    const selected = { range: { start: at(1, 2), end: at(1, 4) }, text: 'total' };
    const inline = new InlineCompletionRequest(document(text), at(1, 4), selected);
    assert.deepEqual(inline.asked.selected, selected);
    assert.equal(taken(text, inline, made('.of')), 'x\n  total.of)\ny');
    const open = new InlineCompletionRequest(document(text), at(1, 4), { ...selected, text: 'total(' });
    assert.equal(taken(text, open, made('a)')), 'x\n  total(a)\ny', 'it replaces the bracket that stands there');
    const long = 'x'.repeat(9000);
    const [item] = new InlineCompletionRequest(document(`${long}to`), at(0, 9002), {
      range: { start: at(0, 9000), end: at(0, 9002) },
      text: 'total',
    }).items(made('.of'));
    assert.deepEqual(item, { insertText: 'total.of', range: { start: at(0, 9000), end: at(0, 9002) } });
    const past = new InlineCompletionRequest(document('to'), at(0, 2), {
      range: { start: at(0, 0), end: at(0, 999) },
      text: 'total',
    });
    assert.deepEqual(past.asked.selected!.range, { start: at(0, 0), end: at(0, 2) });
    assert.equal(inline.refusal, undefined);
  });
  it(
    'are one line behind an item that replaces what stands behind the cursor, ' +
      'for the editor would draw that below',
    () => {
      const quoted = { range: { start: at(0, 2), end: at(0, 7) }, text: '"editor.tabSize": 4' };
      const items = (column: number, ...texts: string[]) =>
        new InlineCompletionRequest(document('  "edi"\n'), at(0, column), quoted)
          .items(made(...texts))
          .map(({ insertText }) => insertText);
      assert.deepEqual(items(6, ',\n  "a": 1', ',', '\n  "'), ['  "editor.tabSize": 4,']);
      assert.deepEqual(items(7, '\n  "a"'), ['  "editor.tabSize": 4\n  "a"'], 'the cursor stands behind the quote');
    },
  );
  it('are none behind an item of several lines', () => {
    for (const [text, end] of [
      ['if () {\n}', at(0, 2)],
      ['if', at(1, 0)],
    ] as const) {
      const inline = new InlineCompletionRequest(document('if\nx'), at(0, 2), {
        range: { start: at(0, 0), end },
        text,
      });
      assert.deepEqual(inline.refusal, { kind: 'none', reason: 'item-of-lines' });
    }
  });
});
