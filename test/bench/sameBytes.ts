/**
 * Whether a device writes the bytes that the CPU writes, after so many prompts cut from files:
 *
 *     npx tsx test/bench/sameBytes.ts MODEL_FOLDER DEVICE PROMPTS FILE...
 *
 * Two devices round differently, so where two bytes are nearly as probable they may choose apart: the probabilities at
 * the first byte that differs are printed. On a machine without npm the file is bundled first (lentGpu.sh).
 */
import { readFileSync } from 'node:fs';
import { Cache } from '../../server/engine/cache.ts';
import { DEVICES, type Device } from '../../server/engine/devices.ts';
import { Engine } from '../../server/engine/engine.ts';
import { promptAt } from '../../server/prompt/around.ts';
import { greedy } from './exactness.ts';

const BYTES = 16;

async function main(): Promise<void> {
  const [folder, device, prompts, ...files] = process.argv.slice(2);
  if (!(DEVICES as readonly string[]).includes(device) || !(Number(prompts) > 0) || !files.length)
    throw new Error('usage: sameBytes.ts MODEL_FOLDER DEVICE PROMPTS FILE...');
  const [there, cpu] = [
    await Engine.load(folder, { device: device as Device, threads: 1 }),
    await Engine.load(folder, { threads: 1 }),
  ];
  const caches = [new Cache(there.architecture), new Cache(cpu.architecture)];
  const texts = files.map((path) => ({ path, text: readFileSync(path, 'utf8') }));
  let same = 0;
  for (let i = 0; i < Number(prompts); i++) {
    const { path, text } = texts[i % texts.length];
    const at = Math.floor(((i + 1) * text.length) / (Number(prompts) + 1));
    const start = Math.max(0, at - 600);
    const prompt = promptAt(text.slice(start, at + 120), at - start, path, { ...cpu.architecture, completion: 64 });
    const [got, want] = [await greedy(there, caches[0], prompt, BYTES), await greedy(cpu, caches[1], prompt, BYTES)];
    if (Buffer.compare(got, want) === 0) {
      same++;
      continue;
    }
    const first = got.findIndex((byte, j) => byte !== want[j]);
    const known = Buffer.concat([prompt, want.subarray(0, first)]);
    const logps = await Promise.all(
      [got, want].map(async (bytes) => {
        const scored = await cpu.score(Buffer.concat([known, bytes.subarray(first, first + 1)]));
        return Math.exp(scored[scored.length - 1]);
      }),
    );
    console.log(`${path}, ${at}: byte ${first}: ${logps.map((p) => p.toFixed(3)).join(' against ')} on the CPU`);
  }
  console.log(`${same} of ${prompts} prompts: the same ${BYTES} bytes on ${device} and on the CPU`);
  process.exit(0); // some drivers keep a process alive
}

await main();
