/** Several completions of one place: each is what the model writes once it has left the first one. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { candidates } from '../../server/completion/candidates.ts';
import { type Completion, complete, judgeOf } from '../../server/completion/complete.ts';
import { logWorth } from '../../server/completion/line.ts';
import { Cache } from '../../server/engine/cache.ts';
import { Engine } from '../../server/engine/engine.ts';
import { distOf } from '../../server/engine/verification.ts';
import { promptAt } from '../../server/prompt/around.ts';
import { LF, SENTINELS } from '../../server/prompt/sequence.ts';
import { sourceText } from '../sourceText.ts';
import { ROOT, TestWorker } from './worker.ts';

const SOURCE = sourceText('cache.ts');
/** Less probable lines are not looked for, nats (candidates.ts). */
const LEAST = Math.log(0.02);
const OPTIONS = { maxBytes: 48, multiline: false };

describe('candidates', function () {
  this.timeout(600_000);
  let engine: Engine;
  before(async () => {
    engine = await Engine.load(join(ROOT, '.cache/models/micro-fp32'), { precision: 'fp32' });
  });
  after(() => engine.release());
  const promptFor = (at: number) =>
    promptAt(SOURCE.slice(0, at), at, 'cache.ts', { ...engine.architecture, completion: 64 });

  const distAfter = async (cache: Cache, text: Uint8Array) => {
    const { bytes, dist } = await engine.open(cache, text);
    return distOf(dist, (text.length % 8) - bytes.length + dist.length / 256);
  };
  /** The log-probability of a line with its end, nats. */
  const wholeOf = async (cache: Cache, prompt: Uint8Array, { text, logprob, stop }: Completion) => {
    const end = await distAfter(cache, Buffer.concat([prompt, Buffer.from(text)]));
    return logprob + (stop === 'end' ? end[SENTINELS.EOM] : stop === 'line' ? end[LF] : -Infinity);
  };

  it('of a block are what greedy decoding yields after the byte that differs, the first one as ever', async () => {
    const cache = new Cache(engine.architecture);
    const o = { ...OPTIONS, multiline: true };
    let [more, places] = [0, 0];
    for (let at = 400; at < SOURCE.length; at += 662, places++) {
      const prompt = promptFor(at);
      const plain = await complete(engine, new Cache(engine.architecture), prompt, o);
      const { first, others } = await candidates(engine, cache, prompt, 4, o);
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

  it('of a line: none at all is worth more than the first one', async () => {
    const cache = new Cache(engine.architecture);
    const judge = (prompt: Uint8Array, text: Uint8Array) =>
      judgeOf(engine, prompt, OPTIONS)({ text, logps: Array.from(text.subarray(prompt.length), () => 0) }, text.length);
    const worth = (text: string, logprob: number) => logprob + logWorth(text.trim().length);
    const most = logWorth(OPTIONS.maxBytes);
    let [places, better, nodes] = [0, 0, 0];
    for (let at = 400; at < SOURCE.length; at += 211) {
      const prompt = promptFor(at);
      const { first, others } = await candidates(engine, cache, prompt, 4, OPTIONS);
      if (first.kind === 'none') continue;
      const greedy = await complete(engine, cache, prompt, OPTIONS);
      if ((greedy as Completion).text !== first.text) better++;
      // each has the probability that it says
      const worths: number[] = [];
      for (const made of [first, ...others]) {
        const all = Buffer.concat([prompt, Buffer.from(made.text)]);
        const logps = await engine.score(all, prompt.length, cache, (_, dist) => dist);
        const sum = logps.reduce((a, b) => a + b, 0);
        assert.ok(Math.abs(sum - made.logprob) < 1e-3, `${made.text}: ${made.logprob}, not ${sum}`);
        worths.push(worth(made.text, await wholeOf(cache, prompt, made)));
      }
      const ended = worths.filter((each) => each > -Infinity); // others have ends of their own
      assert.ok(
        ended.every((each, n) => n === 0 || each <= ended[n - 1] + 1e-3),
        `${worths}`,
      );
      const [best] = worths;
      if (best - most < LEAST) continue;
      places++;
      // every beginning that may become worth more than it, byte by byte
      const beginnings: [Uint8Array, number][] = [[prompt, 0]];
      let more = '';
      for (let next = beginnings.pop(); next; next = beginnings.pop(), nodes++) {
        const [beginning, logprob] = next;
        const made = judge(prompt, beginning);
        if (made?.kind === 'text' && worth(made.text, logprob) > best + 1e-3)
          more = `${made.text} before ${first.text}`;
        if (made) continue;
        (await distAfter(cache, beginning)).forEach((logp, byte) => {
          if (logprob + logp + most > best + 1e-3)
            beginnings.push([Buffer.concat([beginning, Uint8Array.of(byte)]), logprob + logp]);
        });
      }
      assert.equal(more, '');
    }
    console.log(`      ${places} places, ${better} lines better than greedy ones, ${nodes} beginnings`);
    assert.ok(places >= 10 && better > 0, `${places} ${better}`);
  });

  it('of a line: typing what the first one begins with leaves it the first', async () => {
    const cache = new Cache(engine.architecture);
    const o = { ...OPTIONS, maxBytes: 64 };
    let [places, other, kept, typed, sure, keptSure] = [0, 0, 0, 0, 0, 0];
    for (let at = 300; at < SOURCE.length; at += 331) {
      const prompt = promptFor(at);
      const { first } = await candidates(engine, cache, prompt, 4, o);
      if (first.kind === 'none' || first.stop === 'length') continue;
      places++;
      const greedy = await complete(engine, cache, prompt, o);
      other += Number((greedy as Completion).text !== first.text);
      const bytes = Buffer.from(first.text);
      const probable = Number((await wholeOf(cache, prompt, first)) >= LEAST);
      for (let n = 1; n < Math.min(bytes.length, 5); n++) {
        const again = await candidates(engine, cache, Buffer.concat([prompt, bytes.subarray(0, n)]), 4, o);
        typed++;
        const same = Number(again.first.kind === 'text' && again.first.text === bytes.subarray(n).toString());
        kept += same;
        sure += probable;
        keptSure += same * probable;
      }
    }
    console.log(
      `      ${kept} of ${typed} as before, ${keptSure} of ${sure} probable ones; ${other} of ${places} are not greedy`,
    );
    assert.ok(other >= places / 20 && sure >= 2 * places, `${other} ${sure} ${places}`);
    assert.ok(keptSure >= 0.95 * sure, `${keptSure} of ${sure}`);
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
