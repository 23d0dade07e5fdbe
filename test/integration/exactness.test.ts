/** The exactness contract on this repository's own files, and valid UTF-8 on 10,000 random prompts. */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { complete } from '../../server/completion/complete.ts';
import { Cache } from '../../server/engine/cache.ts';
import { Engine, type Mix } from '../../server/engine/engine.ts';
import { readManifest } from '../../server/engine/manifest.ts';
import { readGate } from '../../server/memory/gate.ts';
import { Recall } from '../../server/memory/recall.ts';
import { TextIndex } from '../../server/memory/textIndex.ts';
import { encode, promptAt } from '../../server/prompt/around.ts';
import { count } from '../bench/exactness.ts';
import { ROOT } from './worker.ts';

const FP32 = join(ROOT, '.cache/models/micro-fp32');
const KOREAN = '# 두 수를 더한다 — größer als 0 😀\ndef 더하기(가, 나):\n    """합을 돌려준다"""\n    return 가 + 나\n\n'.repeat(8);
const read = (path: string) => ({ path, text: readFileSync(join(ROOT, path), 'utf8') });
const FILES = [
  read('server/engine/engine.ts'), read('extension/ghostText.ts'), read('model/byteline_model/network.py'), read('test/editor/install.sh'),
  { path: 'korean.py', text: KOREAN }, { path: 'windows.ts', text: read('server/engine/cache.ts').text.replaceAll('\n', '\r\n') },
];

const top = (dist: Float32Array) => dist.reduce((best, value, byte) => (value > dist[best] ? byte : best), 0);

/** So many cuts; the figures in the docs are of 2,000. */
const CUTS = Number(process.env.BYTELINE_CUTS ?? 1000);

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
      if (path.endsWith('.ts')) for (const _ of index.put(`server/${path}`, encode(read(`server/${path}`).text)));
    }
    const recall = new Recall(() => index);
    let [bytes, changed] = [0, 0];
    const result = await count(engine, FILES, CUTS / 2, (path) => {
      const voice = recall.voice(gate, { path, from: 0, to: Infinity }); // what is completed is not looked up
      const mix: Mix = (text, dist) => {
        const mixed = voice.mix(text, dist);
        bytes++;
        changed += Number(top(mixed) !== top(dist));
        return mixed;
      };
      return { ...voice, mix };
    });
    console.log(`      fp32 with memory: ${result.same} of ${result.cuts} cuts exact; the memory changed ${changed} of ${bytes} bytes`);
    assert.ok(result.cuts >= CUTS / 2 && result.kinds.size === 6 && Math.min(...result.phases) > CUTS / 40);
    assert.ok(changed > bytes / 100);
    assert.equal(result.same, result.cuts);
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
        assert.ok(!result.text.includes('\ufffd') || Buffer.from(prompt).includes(Buffer.from('\ufffd')), `prompt ${Buffer.from(prompt).toString('hex')}`);
        assert.equal(Buffer.byteLength(result.text), result.bytes);
      }
    }
    assert.ok((kinds.get('text') ?? 0) > CUTS, JSON.stringify([...kinds]));
    await engine.release();
  });
});
