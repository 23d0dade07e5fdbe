/**
 * Byteline beside what it is measured against, in one run on this machine (`bash test/bench/peers.sh` installs what is
 * missing into .cache and runs it):
 *
 *     npx tsx test/bench/peers.ts PEERS LLAMA [ROUNDS]
 *
 * PEERS are what `python -m byteline_model.peer` writes, LLAMA a folder with node-llama-cpp. Random weights, int8 (but
 * for llama.cpp and the twin in fp32), one thread, 3.5 kB of text before the cursor, no drafts. Rounds are interleaved;
 * medians over all of them. The roof is the time in which the machine moves the bytes that a patch touches (weights and
 * cache): at the bandwidth of its memory (copying a gigabyte), and at that of its caches (copying as many bytes as are
 * touched).
 */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { Cache } from '../../server/engine/cache.ts';
import { Engine } from '../../server/engine/engine.ts';
import { sizeOf as bytesOf } from '../../server/engine/manifest.ts';
import { llamas } from './llama.ts';

const BYTES = 128;
const CONTEXT = 3584;

export interface Peer {
  name: string;
  /** Weights outside the tables. */
  weights: number;
  /** Reads `text` anew or goes on from what is cached, and yields the next bytes: one call. */
  next(text: Uint8Array): Promise<Uint8Array>;
  /** Bytes of weights and cache that one call for eight bytes touches. */
  touched: number;
  /** Bytes on disk. */
  size: number;
  /** Bytes a second of four candidates that go on from `text`. */
  four?(text: Uint8Array): Promise<number>;
}

async function megabyte(folder: string, name: string): Promise<Peer> {
  const engine = await Engine.load(folder);
  const cache = new Cache(engine.architecture);
  const { patch, globalWidth, globalLayers, localWidth, localLayers, window, networkWeights } = engine.architecture;
  const global = 12 * globalLayers * globalWidth ** 2;
  const local = networkWeights - global;
  const rows = CONTEXT / patch;
  // the local network runs once for each byte of the open patch
  const touched =
    (engine.file.precision === 'fp32' ? 4 : 1) * (global + local * patch) +
    4 * 2 * (globalLayers * rows * globalWidth + localLayers * window * localWidth * patch);
  const four = async (text: Uint8Array) => {
    const began = performance.now();
    const next = await engine.batch(cache, text, 4, BYTES / patch);
    for (let bytes = 0; bytes < BYTES; bytes += patch) await next(Array.from({ length: 4 }, () => new Uint8Array()));
    return (4 * BYTES * 1000) / (performance.now() - began);
  };
  return {
    name,
    weights: networkWeights,
    touched,
    size: bytesOf(engine.file),
    four,
    next: async (text) => (await engine.open(cache, text)).bytes.subarray(text.length % patch),
  };
}

/** The Transformer of model/byteline_model/peer.py; rows of the cache are positions, whose input is the byte before. */
export async function transformer(folder: string, name: string): Promise<Peer> {
  const { width, layers, heads, context, weights } = JSON.parse(
    readFileSync(join(folder, 'peer.json'), 'utf8'),
  ) as Record<string, number>;
  const session = await InferenceSession.create(join(folder, 'int8.onnx'), {
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
    extra: { session: { intra_op: { allow_spinning: '0' } } },
  });
  const d = width / heads;
  const cache = Array.from({ length: 2 * layers }, () => new Float32Array(context * width));
  const key = (i: number) => `${i % 2 ? 'v' : 'k'}${i >> 1}`;
  let cached: Uint8Array = new Uint8Array(0); // row t + 1 holds byte t; row 0 the start
  let rows = 0;
  const call = async (bytes: Uint8Array): Promise<Uint8Array> => {
    const n = bytes.length;
    const self = new Float32Array(n * n).fill(-1e9);
    for (let i = 0; i < n; i++) self.fill(0, i * n, i * n + i + 1);
    const ints = (values: number[]) => new Tensor('int64', BigInt64Array.from(values, BigInt), [n]);
    const feeds: Record<string, Tensor> = {
      bytes: ints([...bytes]),
      pos: ints(Array.from({ length: n }, (_, i) => rows + i)),
      mask: new Tensor('float32', new Float32Array(context).fill(-1e9, rows), [1, 1, context]),
      self: new Tensor('float32', self, [1, n, n]),
    };
    cache.forEach((data, i) => (feeds[key(i)] = new Tensor('float32', data, [heads, context, d])));
    const got = await session.run(feeds);
    const made = Uint8Array.from(got.next.data as BigInt64Array, Number);
    cache.forEach((to, i) => {
      const [from, all] = [got[`n${key(i)}`].data as Float32Array, n + made.length - 1];
      for (let h = 0; h < heads; h++) to.set(from.subarray(h * all * d, (h + 1) * all * d), (h * context + rows) * d);
    });
    rows += n + made.length - 1;
    return made;
  };
  const next = async (text: Uint8Array): Promise<Uint8Array> => {
    let same = 0;
    while (same < Math.min(text.length - 1, cached.length) && text[same] === cached[same]) same++;
    rows = Math.min(rows, same + 1);
    if (rows === 0) await call(new Uint8Array(1)).then(() => (rows = 1));
    let made: Uint8Array = new Uint8Array(0);
    for (let at = rows - 1; at < text.length; at += 256) {
      rows = at + 1;
      made = await call(text.subarray(at, at + 256));
    }
    cached = Buffer.concat([text, made.subarray(0, -1)]);
    return made;
  };
  return {
    name,
    weights,
    next,
    size: statSync(join(folder, 'int8.onnx')).size,
    touched: weights * 8 + 4 * 2 * layers * CONTEXT * width * 8,
  };
}

/** Bytes a second that this machine moves from and to a block of `size` bytes (rounded to whole blocks), one thread. */
function bandwidth(size: number): number {
  const [a, b] = [Buffer.alloc(size / 2, 1), Buffer.alloc(size / 2, 2)];
  const times = Array.from({ length: 3 }, () => {
    const began = performance.now();
    a.copy(b);
    return performance.now() - began;
  });
  return (size * 1000) / median(times);
}

const median = (values: number[]) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];

async function main(): Promise<void> {
  const [root, llamaFolder, rounds = '7'] = process.argv.slice(2);
  if (!root || !llamaFolder) throw new Error('usage: peers.ts PEERS LLAMA [ROUNDS]');
  if (!existsSync(join(root, 'nano')))
    throw new Error(`${root}/nano is missing: python -m byteline_model.peer --out ${root} makes it`);
  const names = ['nano', 'nano-transformer', '27M', '27M-fp32', '27M-transformer', '27M-quarter-transformer'];
  const peers = await Promise.all(
    names.map((name) => (existsSync(join(root, name, 'peer.json')) ? transformer : megabyte)(join(root, name), name)),
  );
  const text = readFileSync(new URL('../../server/engine/engine.ts', import.meta.url)).subarray(0, CONTEXT);
  const found = new Map(
    peers.map((p) => [p, { key: [] as number[], rate: [] as number[], four: [] as number[], speed: [] as number[] }]),
  );
  const memory: number[] = [];
  for (const peer of peers) await peer.next(text);
  const others = (await llamas(llamaFolder, CONTEXT, 1)).map((llama) => ({
    llama,
    key: [] as number[],
    rate: [] as number[],
  }));
  for (let round = 0; round < Number(rounds); round++) {
    for (const peer of peers) {
      let now: Uint8Array = text.subarray(0, CONTEXT - 64);
      await peer.next(now);
      for (let i = 1; i <= 8; i++) {
        const began = performance.now();
        await peer.next(text.subarray(0, now.length + i));
        found.get(peer)!.key.push(performance.now() - began);
      }
      now = text;
      now = Buffer.concat([now, await peer.next(now)]);
      const began = performance.now();
      const from = now.length;
      while (now.length < from + BYTES) now = Buffer.concat([now, await peer.next(now)]);
      found.get(peer)!.rate.push(((now.length - from) * 1000) / (performance.now() - began));
      if (peer.four) found.get(peer)!.four.push(await peer.four(text));
      found.get(peer)!.speed.push(bandwidth(peer.touched));
    }
    memory.push(bandwidth(1e9));
    for (const { llama, key, rate } of others) {
      for (let i = 0; i < 3; i++) key.push(await llama.key());
      rate.push(await llama.rate());
    }
  }
  console.log(
    `${cpus()[0].model.trim()}, ${cpus().length} cores, one thread, ${CONTEXT} bytes of context, ` +
      `${rounds} rounds, ${new Date().toISOString().slice(0, 10)}`,
  );
  const columns = [
    'weights, M',
    'file, MB',
    'a key to its first byte, ms',
    'bytes per second',
    'four candidates',
    "of memory's roof",
    "of the caches'",
  ];
  console.log(`| | ${columns.join(' | ')} |\n|---|${'---:|'.repeat(columns.length)}`);
  const of = (rate: number, peer: Peer, speed: number) => `${((100 * rate * peer.touched) / (8 * speed)).toFixed(0)}%`;
  for (const [peer, { key, rate, four, speed }] of found) {
    const r = median(rate);
    const more = four.length ? `${Math.round(median(four))} (x ${(median(four) / r).toFixed(1)})` : '';
    const cells = [
      peer.name,
      (peer.weights / 1e6).toFixed(2),
      (peer.size / 1e6).toFixed(1),
      median(key).toFixed(2),
      Math.round(r),
      more,
      of(r, peer, median(memory)),
      of(r, peer, median(speed)),
    ];
    console.log(`| ${cells.join(' | ')} |`);
  }
  for (const { llama, key, rate } of others)
    console.log(
      `| ${llama.name} | 494 | ${llama.megabytes.toFixed(1)} | ${median(key).toFixed(2)} | ` +
        `${Math.round(median(rate))} | | | |`,
    );
}

if (process.argv[1]?.endsWith('peers.ts')) await main().then(() => process.exit(0)); // llama.cpp keeps the process
