/**
 * Every path to a completion yields the same bytes, in fp32: another chunking of the prompt, drafts, caches found
 * again.
 */
import assert from 'node:assert/strict';
import { basename, join } from 'node:path';
import { completeIn, warmIn } from '../../server/completing.ts';
import { complete } from '../../server/completion/complete.ts';
import { draftAfter } from '../../server/completion/draft.ts';
import { Document } from '../../server/documents/document.ts';
import { Cache } from '../../server/engine/cache.ts';
import { CachePool } from '../../server/engine/cachePool.ts';
import { Engine } from '../../server/engine/engine.ts';
import { LoadedModel } from '../../server/engine/loadedModel.ts';
import { promptAt } from '../../server/prompt/around.ts';
import { sourceText } from '../sourceText.ts';
import { ROOT, TOKEN } from './worker.ts';

const FILES = [
  'server/engine/engine.ts',
  'extension/ghostText/provider.ts',
  'model/byteline_model/network.py',
  'test/editor/install.sh',
  'package.json',
].map((path) => ({ path, text: sourceText(basename(path)) }));
const PROMPTS = Number(process.env.BYTELINE_PROMPTS ?? 500);

describe('paths to a completion', function () {
  this.timeout(900_000);
  let engine: Engine;
  before(async () => {
    engine = await Engine.load(join(ROOT, '.cache/models/micro-fp32'), { precision: 'fp32' });
  });
  after(() => engine.release());

  it(
    `${PROMPTS} prompts: at once, patch by patch, with drafts, ` + 'and from a pool in which others were worked on',
    async () => {
      const { architecture } = engine;
      const pool = new CachePool(architecture, 40e6);
      const cache = new Cache(architecture);
      const emptied = () => {
        cache.truncate(0);
        return cache;
      };
      const ask = async (cache: Cache, prompt: Uint8Array, draft: boolean) => {
        const result = await complete(engine, cache, prompt, { maxBytes: 16, multiline: true, detail: true, draft });
        return result.kind === 'text'
          ? { text: result.text, logps: result.logps! }
          : { text: result.reason, logps: [] };
      };
      let drafts = 0;
      for (let i = 0; i < PROMPTS; i++) {
        const { path, text } = FILES[i % FILES.length];
        const at = Math.floor((i * 7919) % (text.length - 40));
        const start = Math.max(0, at - 160 - (i % 61));
        const prompt = promptAt(text.slice(start, at + 40), at - start, path, { ...architecture, completion: 64 });
        const plain = await ask(emptied(), prompt, false);
        const steps = emptied();
        for (let end = prompt.length % 40; end < prompt.length; end += 40)
          await engine.open(steps, prompt.subarray(0, end));
        const ways = {
          'in steps': await ask(steps, prompt, false),
          'with drafts': await ask(emptied(), prompt, true),
          'from the pool': await ask(pool.take(prompt), prompt, true),
        };
        if (draftAfter(prompt, architecture.patch, false)) drafts++;
        for (const [way, got] of Object.entries(ways)) {
          assert.equal(got.text, plain.text, `${way}, prompt ${i}: ${Buffer.from(prompt.subarray(-80))}`);
          got.logps.forEach((logp, j) =>
            assert.ok(
              Math.abs(logp - plain.logps[j]) < 1e-3,
              `${way}, prompt ${i}, byte ${j}: ${logp} for ${plain.logps[j]}`,
            ),
          );
        }
      }
      assert.ok(drafts >= 10, `${drafts} prompts had a draft`);
    },
  );

  it(`${PROMPTS} texts in lanes of four: each as alone`, async () => {
    const { architecture } = engine;
    const { patch } = architecture;
    let ties = 0;
    const [cache, single] = [new Cache(architecture), new Cache(architecture)];
    for (let i = 0; i < PROMPTS / 4; i++) {
      const { path, text } = FILES[i % FILES.length];
      const at = Math.floor((i * 7919) % (text.length - 40));
      const start = Math.max(0, at - 160 - (i % 61));
      const prompt = promptAt(text.slice(start, at + 40), at - start, path, { ...architecture, completion: 64 });
      const base = prompt.subarray(0, prompt.length - (prompt.length % patch));
      const rest = prompt.subarray(base.length);
      const forced = ['', '(', 'x', '\n  '].map((more) =>
        Buffer.concat([rest, Buffer.from(more)]).subarray(0, patch - 1),
      );
      const next = await engine.batch(cache, base, 4, 3);
      const first = await next(forced);
      const patches = [
        first,
        await next(forced.map(() => new Uint8Array())),
        await next(forced.map((_, lane) => first[lane].bytes.subarray(0, lane))),
      ];
      for (const [lane, known] of forced.entries()) {
        let alone = Buffer.concat([base, known]);
        for (const [step, made] of patches.entries()) {
          if (step === 2) alone = Buffer.concat([alone, first[lane].bytes.subarray(0, lane)]);
          single.truncate(0);
          const want = await engine.open(single, alone);
          const differs = want.bytes.findIndex((byte, j) => byte !== made[lane].bytes[j]);
          const same = differs < 0 ? patch : differs;
          for (let j = 0; j < same; j++) assert.ok(Math.abs(want.logp[j] - made[lane].logp[j]) < 1e-3);
          if (differs >= 0) {
            // two bytes as probable as each other: sums in another order decide
            const margin = want.logp[differs] - want.dist[differs * 256 + made[lane].bytes[differs]];
            assert.ok(margin < 1e-5, `lane ${lane}, patch ${step}, prompt ${i}: ${margin} nats`);
            ties++;
            break;
          }
          alone = Buffer.concat([alone.subarray(0, alone.length - (alone.length % patch)), want.bytes]);
        }
      }
      await engine.open(cache, base);
      assert.deepEqual(Buffer.from(cache.bytes), Buffer.from(base), 'the cache is as it was');
    }
    assert.ok(ties <= 2, `${ties} ties`);
  });

  it('a draft that is right, wrong at once, wrong inside, or too long', async () => {
    const {
      architecture: { patch, context },
    } = engine;
    const prompt = promptAt(FILES[0].text.slice(0, 600), 597, 'a.ts', { ...engine.architecture, completion: 64 });
    let want = Buffer.from(prompt);
    while (want.length < prompt.length + 40)
      want = Buffer.concat([
        want,
        (await engine.open(new Cache(engine.architecture), want)).bytes.subarray(want.length % patch),
      ]);
    const after = want.subarray(prompt.length);
    const known = prompt.length % patch;
    for (const right of [0, 1, 5, 11, 40]) {
      const cache = new Cache(engine.architecture);
      const draft = Buffer.concat([after.subarray(0, right), Buffer.alloc(40 - right, '~')]);
      const { bytes, logp } = await engine.open(cache, prompt, undefined, draft);
      assert.equal(logp.length, bytes.length);
      assert.ok(bytes.length > known + right || right === 40, `${right}: ${bytes.length} bytes`);
      const got = Buffer.concat([prompt.subarray(0, prompt.length - known), bytes]);
      assert.deepEqual(got, Buffer.concat([want, Buffer.alloc(99)]).subarray(0, got.length));
      assert.ok(cache.shared(got) * patch === cache.bytes.length, 'the cache holds nothing that is wrong');
    }
    const long = new Uint8Array(context - patch).fill(0x61);
    const { bytes } = await engine.open(new Cache(engine.architecture), long, undefined, new Uint8Array(64).fill(0x61));
    assert.ok(bytes.length >= 1 && bytes.length <= patch);
  });

  it(
    'what was read ahead for a cursor is there when a completion is asked for, ' + 'and a completion stops it',
    async () => {
      const model = new LoadedModel();
      await model.switchTo(join(ROOT, 'model/models/micro'));
      const document = Document.create('file:///ws/a.ts', 'typescript', 1, `${FILES[0].text.slice(0, 2000)}\n  const `);
      const position = document.positionAt(document.length);
      await warmIn({ model, roots: [] }, document, { uri: document.uri, position, maxBytes: 32 });
      const prompt = promptAt(document, document.length, 'ws/a.ts', { ...engine.architecture, completion: 32 + 16 });
      assert.equal(model.cacheFor(prompt).shared(prompt), Math.floor(prompt.length / 8));

      const other = Document.create('file:///ws/b.ts', 'typescript', 1, FILES[1].text);
      const far = promptAt(other, 5000, 'ws/b.ts', { ...engine.architecture, completion: 32 + 16 });
      const reading = warmIn({ model, roots: [] }, other, {
        uri: other.uri,
        position: other.positionAt(5000),
        maxBytes: 32,
      });
      await new Promise(setImmediate);
      const result = await completeIn(
        { model, roots: [] },
        document,
        { position, maxBytes: 32, multiline: false, always: true },
        TOKEN,
      );
      await reading;
      assert.equal(result.kind, 'text', JSON.stringify(result));
      assert.ok(model.cacheFor(far).shared(far) < far.length / 8 - 1);
      await model.engine!.release();
    },
  );
});
