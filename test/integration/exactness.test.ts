/** The exactness contract on this repository's own files, and valid UTF-8 on 10,000 random prompts. */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import {
  type CompleteOptions,
  type Completion,
  complete,
  judgeOf,
  type None,
} from '../../server/completion/complete.ts';
import { type Around, aroundOf, opens } from '../../server/completion/shape.ts';
import { scopeAt } from '../../server/completion/stop.ts';
import { Document } from '../../server/documents/document.ts';
import { Cache } from '../../server/engine/cache.ts';
import { Engine } from '../../server/engine/engine.ts';
import { readManifest } from '../../server/engine/manifest.ts';
import type { Mix } from '../../server/engine/verification.ts';
import { readGate } from '../../server/memory/gate.ts';
import { inUnit, TAB, unitOf } from '../../server/memory/indentation.ts';
import { Retrieval } from '../../server/memory/retrieval.ts';
import { TextIndex } from '../../server/memory/textIndex.ts';
import { encode, promptAt } from '../../server/prompt/around.ts';
import { count, greedy } from '../bench/exactness.ts';
import { sourceText } from '../sourceText.ts';
import { ROOT } from './worker.ts';

const FP32 = join(ROOT, '.cache/models/micro-fp32');
const KOREAN = [
  '# 두 수를 더한다 — größer als 0 😀',
  'def 더하기(가, 나):',
  '    """합을 돌려준다"""',
  '    return 가 + 나',
  '',
  '',
]
  .join('\n')
  .repeat(8);
const FILES = [
  ...[
    'server/engine/engine.ts',
    'extension/ghostText/provider.ts',
    'model/byteline_model/network.py',
    'test/editor/install.sh',
  ].map((path) => ({ path, text: sourceText(basename(path)) })),
  { path: 'korean.py', text: KOREAN },
  { path: 'windows.ts', text: sourceText('cache.ts').replaceAll('\n', '\r\n') },
];

const top = (dist: Float32Array) => dist.reduce((best, value, byte) => (value > dist[best] ? byte : best), 0);

/** So many cuts; the figures in the docs are of 2,000. */
const CUTS = Number(process.env.BYTELINE_CUTS ?? 1000);

/** So many places where blocks begin. */
const BLOCKS = Math.ceil(CUTS / 40);

describe('exactness', function () {
  this.timeout(900_000);
  it('fp32: every cut', async () => {
    assert.ok(existsSync(FP32), `${FP32} is missing: test/run.sh makes it`);
    const engine = await Engine.load(FP32, { precision: 'fp32' });
    const result = await count(engine, FILES, CUTS);
    console.log(`      fp32: ${result.same} of ${result.cuts} cuts exact`);
    assert.ok(result.cuts >= CUTS && result.kinds.size === 6 && Math.min(...result.phases) > CUTS / 40);
    assert.equal(result.same, result.cuts);
    await engine.release();
  });
  it('fp32 with memory: every cut', async () => {
    const engine = await Engine.load(FP32, { precision: 'fp32' });
    const nano = join(ROOT, 'model/models/nano');
    const gate = (await readGate(nano, await readManifest(nano)))!;
    const index = new TextIndex(2 ** 20);
    for (const path of readdirSync(join(ROOT, 'server'), { recursive: true, encoding: 'utf8' })) {
      if (!path.endsWith('.ts')) continue;
      const bytes = encode(readFileSync(join(ROOT, 'server', path), 'utf8'));
      // files of two units
      for (const _ of index.put(`server/${path}`, path.length % 2 ? inUnit(bytes, unitOf(bytes), TAB) : bytes));
    }
    for (const _ of index.settle());
    const unitOfPath = new Map(FILES.map(({ path, text }) => [path, unitOf(encode(text))]));
    const recall = new Retrieval(() => index);
    let [bytes, changed] = [0, 0];
    const result = await count(engine, FILES, CUTS / 2, (path) => {
      // what is completed is not looked up
      const predictor = recall.predictor(gate, { own: { path, from: 0, to: Infinity }, unit: unitOfPath.get(path) });
      const mix: Mix = (text, dist) => {
        const mixed = predictor.mix(text, dist);
        bytes++;
        changed += Number(top(mixed) !== top(dist));
        return mixed;
      };
      return { ...predictor, mix };
    });
    console.log(
      `      fp32 with memory: ${result.same} of ${result.cuts} cuts exact; ` +
        `the memory changed ${changed} of ${bytes} bytes`,
    );
    assert.ok(result.cuts >= CUTS / 2 && result.kinds.size === 6 && Math.min(...result.phases) > CUTS / 40);
    assert.ok(changed > bytes / 100);
    assert.equal(result.same, result.cuts);
    await engine.release();
  });
  it('fp32: blocks end the same at every phase, and at each byte that is typed into them', async () => {
    const engine = await Engine.load(FP32, { precision: 'fp32' });
    const { patch } = engine.architecture;
    const cache = new Cache(engine.architecture);
    const maxBytes = 64;
    /** The place at the end of a text, asked for a block. */
    const placeOf = (path: string, text: string): { prompt: Uint8Array; around: Around; o: CompleteOptions } => {
      const document = Document.create(path, '', 1, text);
      const around = aroundOf(document, document.positionAt(text.length));
      return {
        prompt: promptAt(text, text.length, path, { ...engine.architecture, completion: maxBytes + 2 * patch }),
        around,
        o: { ...around, maxBytes, multiline: true },
      };
    };
    const said = (made: Completion | None | undefined) =>
      made?.kind === 'text' ? `${made.stop}: ${made.text}` : made?.reason;
    const heads = FILES.flatMap(({ path, text }) =>
      text
        .replaceAll('\r\n', '\n')
        .split('\n')
        .flatMap((line, n, lines) =>
          opens(line) ? [{ path, head: lines.slice(Math.max(0, n - 5), n + 1).join('\n') }] : [],
        ),
    );
    const some = heads.filter((_, i) => i % Math.ceil(heads.length / BLOCKS) === 0);
    let [blocks, typed] = [0, 0];
    const phases = new Set<number>();
    for (const [i, { path, head }] of some.entries()) {
      const text = `// ${'-'.repeat(i % patch)}\n${head}`; // every phase
      const { prompt, o } = placeOf(path, text);
      phases.add(prompt.length % patch);
      cache.truncate(0);
      const made = await complete(engine, cache, prompt, o);
      // what is decoded, judged after each byte of it
      const bytes = await greedy(engine, cache, prompt, maxBytes + 2 * patch);
      const growing = { text: Buffer.concat([prompt, bytes]), logps: Array.from(bytes, () => 0) };
      const judge = judgeOf(engine, prompt, o);
      let judged: Completion | None | undefined;
      for (let n = 1; !judged; n++) judged = judge(growing, prompt.length + n);
      assert.equal(said(made), said(judged), text);
      if (made.kind === 'none') continue;
      blocks += Number(made.stop === 'block');
      for (let n = 1 + (i % 3); n < Math.min(made.text.length, 16); n += 3) {
        const next = placeOf(path, text + made.text.slice(0, n));
        const [scope, now] = [placeOf(path, text), next].map(({ around }) => scopeAt(around.before, around.above[0]));
        const least = ({ indent, opened }: typeof scope) => indent + Number(opened ?? false);
        // it stands in another block now, and a line between the two may end the one and not the other
        const [low, high] = [least(scope), least(now)].sort((a, b) => a - b);
        const columns = made.text
          .split('\n')
          .slice(1)
          .filter((line) => line.trim())
          .map((line) => line.search(/\S/));
        const closed = made.stop !== 'block' || /\n\s*(?:[)\]}]|end\b)\S*$/.test(made.text);
        if (low !== high && (!closed || columns.some((column) => low <= column && column < high))) continue;
        if (next.o.open?.length !== o.open?.length) continue; // and here in other brackets, or in quotes
        const again = await complete(engine, cache, next.prompt, next.o);
        const rest = made.text.slice(n);
        const same =
          again.kind === 'text' &&
          // the limit counts from the cursor
          (made.stop === 'length' ? again.text.startsWith(rest) || rest.startsWith(again.text) : again.text === rest);
        assert.ok(same, `${text}█${made.text.slice(0, n)}█${rest}: ${said(made)}, then ${said(again)}`);
        typed++;
      }
    }
    console.log(`      ${some.length} places, ${blocks} ends of blocks, ${typed} places further on`);
    assert.ok(
      phases.size === patch && blocks >= some.length / 10 && typed >= some.length,
      `${phases.size} ${blocks} ${typed}`,
    );
    await engine.release();
  });
  it('nano: a comment that grows above changes no end of a block, and no block goes round in circles', async () => {
    const engine = await Engine.load(join(ROOT, 'model/models/nano'));
    const block = (name: string, marked: string) => {
      const document = Document.create(name, '', 1, marked.replace('█', ''));
      const position = document.positionAt(marked.indexOf('█'));
      const limits = { ...engine.architecture, completion: 144 };
      const prompt = promptAt(document, document.offsetAt(position), name, limits);
      const options = { ...aroundOf(document, position), maxBytes: 128, multiline: true };
      return complete(engine, new Cache(engine.architecture), prompt, options);
    };
    const FUNCTIONS =
      'export function one(): number {\n  return 1;\n}\n\nexport function two(): number {\n  return 2;\n}';
    const TESTS = [
      "describe('q', () => {",
      "  it('a', () => {",
      '    const q = make();',
      '',
      '    expect(q.size).toBe(0);',
      '  });',
      '',
      "  it('c', () => {█",
      '});',
    ].join('\n');
    for (const [name, marked, end] of [
      ['a.ts', `${FUNCTIONS}█`, /^\n\n.*\{\n.*\n\}$/],
      ['a.test.ts', TESTS, /^\n {4}/],
    ] as const) {
      for (let n = 10; n <= 17; n++) {
        const text = `//${' a comment of some length'.slice(0, n - 2)}\n${marked}`;
        const made = await block(name, text);
        assert.ok(
          made.kind === 'text' && end.test(made.text) && (made.stop === 'block' || made.stop === 'repetition'),
          `${n}: ${JSON.stringify(made)}`,
        );
      }
    }
    // and no text goes round in circles
    for (const marked of [
      "switch (k) {\n  case 'a':\n    return 1;\n  █\n}\n",
      'interface Box {\n  width: number;\n  █\n}\n',
      'export function one(): number {\n  return 1;\n}\n█',
    ]) {
      const made = await block('a.ts', marked);
      const lines =
        made.kind === 'text'
          ? made.text
              .split('\n')
              .filter((line) => /\w/.test(line))
              .map((line) => line.trim())
          : [];
      assert.equal(new Set(lines).size, lines.length, JSON.stringify(made));
    }
    await engine.release();
  });
  it('int8: at least 99 of 100 cuts', async () => {
    const engine = await Engine.load(join(ROOT, 'model/models/micro'));
    const result = await count(engine, FILES, CUTS);
    console.log(`      int8: ${result.same} of ${result.cuts} cuts exact; exceptions: ${result.cuts - result.same}`);
    assert.ok(result.cuts >= CUTS && result.same >= 0.99 * result.cuts);
    await engine.release();
  });
  it(`${5 * CUTS} random prompts, half of them random bytes: valid UTF-8 and no crash`, async () => {
    const engine = await Engine.load(join(ROOT, 'model/models/micro'));
    const { patch } = engine.architecture;
    let seed = 12345;
    const random = (n: number) => (seed = (Math.imul(seed, 1103515245) + 12345) & 0x7fffffff) % n;
    const kinds = new Map<string, number>();
    const cache = new Cache(engine.architecture);
    for (let i = 0; i < 5 * CUTS; i++) {
      let prompt: Uint8Array;
      if (i % 2) {
        prompt = Uint8Array.from({ length: patch + random(80) }, () => random(256));
      } else {
        const { path, text } = FILES[random(FILES.length)];
        const start = random(text.length);
        const part = text.slice(start, start + random(160));
        prompt = promptAt(part, random(part.length + 1), path, { ...engine.architecture, completion: 64 });
      }
      const result = await complete(engine, cache, prompt, { maxBytes: 12, multiline: i % 3 === 0 });
      kinds.set(result.kind, (kinds.get(result.kind) ?? 0) + 1);
      if (result.kind === 'text') {
        assert.ok(
          !result.text.includes('\ufffd') || Buffer.from(prompt).includes(Buffer.from('\ufffd')),
          `prompt ${Buffer.from(prompt).toString('hex')}`,
        );
        assert.equal(Buffer.byteLength(result.text), result.bytes);
      }
    }
    assert.ok((kinds.get('text') ?? 0) > CUTS, JSON.stringify([...kinds]));
    await engine.release();
  });
});
