/** Prefilling leaves out what no later call reads (server/engine/prefillGraph.ts): nothing that is decoded changes. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { Cache } from '../../server/engine/cache.ts';
import { Engine } from '../../server/engine/engine.ts';
import { ForwardPass } from '../../server/engine/forward.ts';
import { openGraphs } from '../../server/engine/graphs.ts';
import { choose, readManifest } from '../../server/engine/manifest.ts';
import { sourceText } from '../sourceText.ts';
import { ROOT } from './worker.ts';

const TEXT = Buffer.from(sourceText('engine.ts'));
const FP32 = '.cache/models/micro-fp32';

describe('prefilling', function () {
  this.timeout(300_000);

  for (const model of [FP32, 'model/models/micro', 'model/models/nano']) {
    it(`brings the rows that whole calls bring, to the bit: ${model}`, async () => {
      const folder = join(ROOT, model);
      const manifest = await readManifest(folder);
      const { architecture } = manifest;
      const graphs = await openGraphs(folder, choose(manifest, 'cpu')!, architecture, 'cpu', 1);
      const forward = new ForwardPass(graphs, architecture, true);
      const [whole, prefilled] = [new Cache(architecture), new Cache(architecture)];
      for (const cache of [whole, prefilled])
        await forward.step(cache, new Uint8Array(architecture.patch), new Uint8Array());
      for (const [from, to] of [
        [0, 192],
        [192, 200],
        [200, 1200],
      ]) {
        await forward.step(whole, TEXT.subarray(from, to), new Uint8Array());
        await forward.prefill(prefilled, TEXT.subarray(from, to));
      }
      assert.equal(prefilled.localFrom, 1200);
      assert.deepEqual(prefilled.bytes, whole.bytes);
      for (const rows of ['outputs', 'encoded'] as const) assert.deepEqual(prefilled[rows], whole[rows], rows);
      assert.deepEqual(prefilled.global, whole.global);
      const encoder = 2 * graphs.encoderLayers;
      assert.ok(encoder > 0 && encoder < whole.local.length);
      assert.deepEqual(prefilled.local.slice(0, encoder), whole.local.slice(0, encoder));
      await graphs.release();
    });
  }

  it('a cache decodes, scores and forks at every place as one that whole calls alone have filled', async () => {
    const engine = await Engine.load(join(ROOT, FP32));
    const { architecture } = engine;
    const { patch } = architecture;
    const [prefilled, stepped] = [new Cache(architecture), new Cache(architecture)];
    const near = (got: Float32Array, want: Float32Array, what: string) => {
      assert.equal(got.length, want.length, what);
      got.forEach((logp, i) => assert.ok(Math.abs(logp - want[i]) < 1e-3, `${what}, ${i}: ${logp} for ${want[i]}`));
    };
    // back by keys, by lines and further, and forth again
    for (const end of [3000, 2999, 2990, 2930, 2860, 2800, 2500, 2490, 2400, 2950, 1200, 1100, 230, 100, 20, 2700]) {
      const [before, what] = [TEXT.subarray(0, end), `${end} bytes`];
      // so few bytes at a time are not prefilled
      for (let at = stepped.shared(before) * patch; at < end; at += 100)
        await engine.open(stepped, TEXT.subarray(0, at));
      const [got, want] = [await engine.open(prefilled, before), await engine.open(stepped, before)];
      assert.deepEqual(got.bytes, want.bytes, what);
      near(got.logp, want.logp, what);
      const forks = async (cache: Cache) => {
        const decode = await engine.batch(cache, before.subarray(0, end - (end % patch)), 2, 1);
        return decode([Buffer.from('('), Buffer.from('x')]);
      };
      const wanted = await forks(stepped);
      for (const [lane, { bytes, logp }] of (await forks(prefilled)).entries()) {
        assert.deepEqual(bytes, wanted[lane].bytes, `${what}, lane ${lane}`);
        near(logp, wanted[lane].logp, `${what}, lane ${lane}`);
      }
      const more = TEXT.subarray(0, end + 50);
      near(await engine.score(more, end, prefilled), await engine.score(more, end, stepped), `score from ${end}`);
    }
    assert.ok(prefilled.localFrom > 0 && stepped.localFrom === 0, 'one of them was prefilled');
    await engine.release();
  });

  it('goes on after a cancellation', async () => {
    const engine = await Engine.load(join(ROOT, FP32));
    const [cache, whole] = [new Cache(engine.architecture), new Cache(engine.architecture)];
    const text = TEXT.subarray(0, 2000);
    const abort = new AbortController();
    setImmediate(() => setImmediate(() => abort.abort()));
    await assert.rejects(engine.open(cache, text, abort.signal));
    assert.ok(cache.bytes.length > 0 && cache.bytes.length < 1900, `${cache.bytes.length} bytes`);
    for (const end of [cache.bytes.length + 8, 2000]) {
      const [got, want] = [
        await engine.open(cache, text.subarray(0, end)),
        await engine.open(whole, text.subarray(0, end)),
      ];
      assert.deepEqual(got.bytes, want.bytes);
      got.logp.forEach((logp, i) => assert.ok(Math.abs(logp - want.logp[i]) < 1e-3));
    }
    await engine.release();
  });
});
