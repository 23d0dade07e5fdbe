/** What completions hear from the memory, however many ask in turn. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { STARTER } from '../../server/memory/evidence.ts';
import { Gate, type Parameters } from '../../server/memory/gate.ts';
import { Retrieval } from '../../server/memory/retrieval.ts';
import { TextIndex } from '../../server/memory/textIndex.ts';

const gate = new Gate(
  (JSON.parse(readFileSync(new URL('../fixtures/gate.json', import.meta.url), 'utf8')) as { gate: Parameters }).gate,
);
const dist = new Float32Array(256).fill(-1e9).fill(-Math.log(0xf9), 0, 0xf9);
const bytes = (text: string) => Buffer.from(text);

describe('recall', () => {
  const index = new TextIndex(4096);
  for (const [path, text] of [
    ['a', 'const first = alpha(1);\n'],
    ['c', 'export const omicron = delta(4);\nlet x;\n'],
    ['b', 'let second = beta(2);\nlet third = gamma(3);\n'],
  ])
    for (const _ of index.put(path, bytes(text))) void _;
  for (const _ of index.settle()) void _;
  const alone = (text: string) => new Retrieval(() => index).predictor(gate).mix(bytes(text), dist);

  it('mixes what was found for the text that is asked about, whatever was asked in between', () => {
    const recall = new Retrieval(() => index);
    const [one, two] = [recall.predictor(gate), recall.predictor(gate)];
    const [first, second] = ['const first = al', 'let second = be'];
    assert.notDeepEqual(alone(first), alone(second));
    one.draft(bytes(first), 8, 0, true);
    two.draft(bytes(second), 8, 0, true);
    assert.deepEqual(one.mix(bytes(first), dist), alone(first));
    assert.deepEqual(two.mix(bytes(second), dist), alone(second));
    one.draft(bytes(first), 8, 0, true);
    recall.why(bytes(''), bytes('let second = beta'));
    assert.deepEqual(one.mix(bytes(first), dist), alone(first));
  });

  it('guesses what followed the longest match, where it is long, up to a line feed', () => {
    const predictor = new Retrieval(() => index).predictor(gate);
    const draft = (text: string, most: number, line: boolean) => {
      const guess = predictor.draft(bytes(text), most, 0, line);
      return guess && Buffer.from(guess).toString();
    };
    const known = 'export const omicron = delta(';
    assert.equal(draft(known, 99, true), '4);\n');
    assert.equal(draft(known, 7, false), '4);\nlet');
    assert.equal(draft(known, 0, true), undefined);
    assert.equal(draft('delta(', 99, true), undefined);
    assert.equal(draft(`// ${known}0);\n${known}`, 99, true), '4);\n'); // the text itself is asked after the index
    // and goes before it where its match is longer
    assert.equal(draft(`// ${known}0);\n// ${known}`, 99, true), '0);\n');
  });

  it('says where a text was seen, or that it stands before the cursor', () => {
    const recall = new Retrieval(() => index);
    assert.deepEqual(recall.why(bytes('let '), bytes('third = gamma')), {
      seen: 'let third = gamma',
      times: 1,
      path: 'b',
      line: 2,
    });
    assert.deepEqual(recall.why(bytes('let third = delta; let '), bytes('third = delta')), {
      seen: 'let third = delta',
      times: 1,
    });
    assert.equal(recall.why(bytes(''), bytes('gamma(')), undefined);
    assert.equal(
      recall.why(bytes('let '), bytes('third = gamma'), { own: { path: 'b', from: 0, to: Infinity } }),
      undefined,
    );
  });

  it('reads on in what comes with Byteline where only that goes on, and says that it was seen there', () => {
    const starter = new TextIndex(4096, STARTER);
    const idiom = 'const server = createServer(listen);\n';
    for (const text of [idiom, 'export const omicron = other(5);\n'])
      for (const _ of starter.put(text, bytes(text))) void _;
    for (const _ of starter.settle()) void _;
    const recall = new Retrieval(() => index);
    const predictor = recall.predictor(gate, { starter });
    const draft = (text: string) => Buffer.from(predictor.draft(bytes(text), 99, 0, true) ?? []).toString();
    assert.equal(draft('const server = createServer('), 'listen);\n');
    assert.equal(draft('\nexport const omicron = '), 'delta(4);\n'); // no longer than the user's own, which goes first
    assert.deepEqual(recall.why(bytes('const server'), bytes(' = createServer('), { starter }), {
      seen: 'const server = createServer(',
      times: 1,
      bundled: true,
    });
  });
});
