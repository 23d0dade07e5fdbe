/** Several completions of one place: each is what the model writes once it has left the first one. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { candidates } from '../../server/completion/candidates.ts';
import { type Completion, complete } from '../../server/completion/complete.ts';
import { Cache } from '../../server/engine/cache.ts';
import { Engine } from '../../server/engine/engine.ts';
import { promptAt } from '../../server/prompt/around.ts';
import { sourceText } from '../sourceText.ts';
import { ROOT, TestWorker } from './worker.ts';

const SOURCE = sourceText('cache.ts');
const OPTIONS = { maxBytes: 48, multiline: false };

describe('candidates', () => {
  let engine: Engine;
  before(async () => {
    engine = await Engine.load(join(ROOT, '.cache/models/micro-fp32'), { precision: 'fp32' });
  });
  after(() => engine.release());
  const promptFor = (at: number) =>
    promptAt(SOURCE.slice(0, at), at, 'cache.ts', { ...engine.architecture, completion: 64 });

  it('are what greedy decoding yields after the byte that differs, the first one as ever', async () => {
    const cache = new Cache(engine.architecture);
    let [more, places] = [0, 0];
    for (let at = 400; at < SOURCE.length; at += 331, places++) {
      const prompt = promptFor(at);
      const plain = await complete(engine, new Cache(engine.architecture), prompt, OPTIONS);
      const { first, others } = await candidates(engine, cache, prompt, 4, OPTIONS);
      assert.ok(first.kind === plain.kind && (first as Completion).text === (plain as Completion).text);
      assert.ok(others.length <= 3);
      const texts = [first, ...others].map((made) => (made as Completion).text);
      assert.equal(new Set(texts).size, texts.length);
      for (const { text } of others) {
        more++;
        const made = Buffer.from(text);
        const one = Buffer.from(texts[0]);
        let same = 0;
        while (same < made.length && made[same] === one[same]) same++;
        assert.ok(same < one.length, 'the fork lies inside the first one');
        let alone = Buffer.concat([prompt, made.subarray(0, same + 1)]);
        while (alone.length < prompt.length + made.length)
          alone = Buffer.concat([
            alone,
            (await engine.open(new Cache(engine.architecture), alone)).bytes.subarray(alone.length % 8),
          ]);
        assert.deepEqual(alone.subarray(prompt.length, prompt.length + made.length).toString(), text, `${places}`);
      }
    }
    assert.ok(more > places, `${more} candidates at ${places} places`);
  });

  it('end where the context ends', async () => {
    const { context, patch } = engine.architecture;
    const prompt = Buffer.concat([promptFor(2000).subarray(0, 16), Buffer.from(SOURCE.repeat(2))]).subarray(
      0,
      context - 2 * patch - 3,
    );
    const { first, others } = await candidates(engine, new Cache(engine.architecture), prompt, 4, {
      maxBytes: 128,
      multiline: true,
    });
    for (const made of [first, ...others]) if (made.kind === 'text') assert.ok(prompt.length + made.bytes <= context);
  });

  it('come from the worker, to a client of its own and to others', async () => {
    const [uri, position] = ['file:///ws/a.ts', { line: 1, character: 13 }];
    const text = 'const total = area(3, 4);\nconst half = \n';
    const own = await TestWorker.start({ streaming: true });
    await own.open(uri, text);
    const made = (await own.connection.sendRequest('byteline/complete', {
      id: 1,
      uri,
      position,
      multiline: false,
      maxBytes: 64,
      always: true,
      candidates: 4,
    })) as Completion & { others: Completion[] };
    await own.stop();
    assert.ok(made.others.length > 0, JSON.stringify(made));
    const other = await TestWorker.start({});
    await other.open(uri, text);
    const ask = (triggerKind: number) =>
      other.connection.sendRequest('textDocument/inlineCompletion', {
        textDocument: { uri },
        position,
        context: { triggerKind },
      }) as Promise<{ insertText: string }[]>;
    const invoked = await ask(1);
    assert.ok((await ask(2)).length <= 1);
    await other.stop();
    assert.ok(invoked.length > 1 && new Set(invoked.map((item) => item.insertText)).size === invoked.length);
  });
});
