/** One model in one onnxruntime session: a call takes whole patches in and brings the next patch's bytes out (graph.py). */
import { join } from 'node:path';
import { Tensor } from 'onnxruntime-node';
import { BytelineError, messageOf } from '../errors.ts';
import { next, stateAfter } from '../prompt/utf8.ts';
import { Cache } from './cache.ts';
import { leave } from './garbage.ts';
import { openGraphs, type Device, type Graphs } from './graphs.ts';
import { checkFile, choose, modelPath, readManifest, type Architecture, type Manifest, type ModelFile } from './manifest.ts';
import { NO_MATCH } from './matches.ts';

const NO = -1e9;
/** Patches a call while prefilling: cancellation is looked for between calls. */
const CHUNK = 24;

/** The open patch: its bytes, and the log-probability (nats) of each under the UTF-8 mask. After a draft, more than a patch or less. */
export interface Patch {
  bytes: Uint8Array;
  logp: Float32Array;
}

/** What a call says of the block's own bytes. */
interface Block {
  /** Log-probability of each, unmasked. */
  score: Float32Array;
  /** The bytes that decoding would have yielded instead, and their log-probability under the mask. */
  best: Uint8Array;
  top: Float32Array;
}

export interface EngineOptions {
  /** One that model.json lists; else the fastest that loses little. */
  precision?: string;
  /** Where the global model runs; the rest runs on the CPU always. */
  device?: Device;
  /** Threads inside a call. */
  threads?: number;
}

export class Engine {
  private constructor(readonly manifest: Manifest, readonly folder: string, readonly file: ModelFile, readonly device: Device, readonly threads: number, private readonly graphs: Graphs) {}

  /** Checks the folder, makes a session and compares the graph with model.json. Throws BytelineError; nothing is kept then. */
  static async load(folder: string, options: EngineOptions = {}): Promise<Engine> {
    const manifest = await readManifest(folder);
    const { precision, device = 'cpu', threads = 1 } = options;
    const kind = device === 'cpu' ? 'cpu' : 'gpu';
    const file = choose(manifest, kind, precision);
    if (!file) throw new BytelineError('model', `${join(folder, 'model.json')}: files: none for the ${kind === 'cpu' ? 'CPU' : 'GPU'}${precision ? ` in ${precision}` : ''}`);
    await checkFile(folder, file);
    const path = modelPath(folder, file);
    const graphs = await openGraphs(folder, file, manifest.architecture, device, threads);
    const engine = new Engine(manifest, folder, file, device, threads, graphs);
    try {
      engine.compareSizes(path);
      await engine.warmUp(path);
    } catch (error) {
      await graphs.release();
      throw error;
    }
    return engine;
  }

  get architecture(): Architecture {
    return this.manifest.architecture;
  }

  release(): Promise<void> {
    return this.graphs.release();
  }

  /**
   * Brings `cache` to the whole patches of `text` and decodes the patch after them, whose known bytes are forced. `draft` is
   * a guess at what follows `text`: its patches are checked in one call, and the bytes are those that decoding alone yields
   * (speculative decoding, Leviathan et al. 2023, greedy).
   */
  async open(cache: Cache, text: Uint8Array, signal?: AbortSignal, draft?: Uint8Array): Promise<Patch> {
    const { patch, context } = this.architecture;
    const whole = Math.floor(text.length / patch) * patch;
    if (text.length + patch > context) throw new BytelineError('runtime', `${text.length} bytes do not fit a context of ${context}`);
    if (cache.rows === 0) await this.call(cache, new Uint8Array(patch), new Uint8Array());
    cache.truncate(cache.shared(text));
    for (;;) {
      signal?.throwIfAborted();
      const at = cache.bytes.length;
      if (whole - at <= CHUNK * patch) break;
      await this.call(cache, text.subarray(at, at + CHUNK * patch), new Uint8Array());
      await new Promise(setImmediate); // let a cancellation in
    }
    const end = Math.floor(Math.min(text.length + (draft?.length ?? 0), context - patch) / patch) * patch;
    if (!draft || end <= whole) return this.call(cache, text.subarray(cache.bytes.length, whole), text.subarray(whole));
    return this.check(cache, Buffer.concat([text, draft]).subarray(0, end), text.length);
  }

  /** One call for the patches of `guess` of which `known` bytes are certain; what decoding would have yielded instead says how many more stand. */
  private async check(cache: Cache, guess: Uint8Array, known: number): Promise<Patch> {
    const { patch } = this.architecture;
    const [at, open] = [cache.bytes.length, known - (known % patch)];
    const { bytes, logp, best, top } = await this.call(cache, guess.subarray(at), new Uint8Array());
    let right = known;
    while (right < guess.length && best[right - at] === guess[right]) right++;
    cache.truncate(Math.floor(right / patch));
    // behind what stands: the patch after a guess that is right, or the one byte that it should have had
    const [after, logpAfter] = right === guess.length ? [bytes, logp] : [best.subarray(right - at, right - at + 1), top.subarray(right - at, right - at + 1)];
    return {
      bytes: Buffer.concat([guess.subarray(open, right), after]),
      logp: Float32Array.of(...new Float32Array(known - open), ...top.subarray(known - at, right - at), ...logpAfter),
    };
  }

  /** Log-probabilities (nats) of the bytes of `text` from byte `from` on, each given those before it. */
  async score(text: Uint8Array, from = 0, cache = new Cache(this.architecture)): Promise<Float32Array> {
    const { patch } = this.architecture;
    if (cache.rows === 0) await this.call(cache, new Uint8Array(patch), new Uint8Array());
    cache.truncate(Math.min(cache.shared(text), Math.floor(from / patch)));
    const padded = Buffer.concat([text, new Uint8Array((patch - (text.length % patch)) % patch)]);
    const out = new Float32Array(text.length - from);
    for (let at = cache.bytes.length; at < padded.length; at += CHUNK * patch) {
      const { score } = await this.call(cache, padded.subarray(at, at + CHUNK * patch), new Uint8Array());
      const skip = Math.max(0, from - at);
      out.set(score.subarray(skip, Math.max(skip, text.length - at)), at + skip - from);
      await new Promise(setImmediate);
    }
    return out;
  }

  /** One run: `patches` join the cache, and the patch after them is decoded, its first bytes `forced`. */
  private async call(cache: Cache, patches: Uint8Array, forced: Uint8Array): Promise<Patch & Block> {
    const a = this.architecture;
    const { patch: P, window: W, localWidth: D, globalWidth, reach } = a;
    const [r, at, n] = [cache.rows, cache.bytes.length, patches.length / P];
    const end = r === 0 ? 0 : at + patches.length;
    if (this.device === 'cpu') cache.reserve(r + n);
    const ints = (values: ArrayLike<number>, dims: number[]) => new Tensor('int64', BigInt64Array.from(Array.from(values, BigInt)), dims);
    const floats = (data: Float32Array, dims: number[]) => new Tensor('float32', data, dims);
    const known = Array.from({ length: P }, (_, i) => (i < forced.length ? forced[i] : -1));
    const history = Array.from({ length: reach - 1 }, (_, i) => cache.bytes[at - reach + 1 + i] ?? 0);
    // before each byte of the block and before the open patch: forced bytes move it on inside the graph
    const states = new Uint8Array(n * P + 1);
    states[0] = stateAfter(cache.bytes.subarray(-4));
    patches.forEach((byte, i) => (states[i + 1] = r === 0 ? 0 : next(states[i], byte)));
    const feeds: Record<string, Tensor> = {
      patch: ints(patches, [n, P]), pos: ints(Array.from({ length: n }, (_, i) => r + i), [n]), at: ints([at], [1]), end: ints([end], [1]),
      mask: floats(new Float32Array(cache.capacity).fill(NO, r), [1, 1, cache.capacity]),
      self: floats(causal(n), [1, n, n]),
      block: floats(band(n * P, W, at), [1, n * P, W + n * P]), steps: floats(band(P, W, end), [P, W + P]),
      history: ints(history, [reach - 1]),
      u0: floats(cache.encoded.subarray(at * D, (at + 1) * D), [1, 1, D]),
      g0: floats(cache.outputs.subarray(Math.max(0, r - 1) * globalWidth, Math.max(1, r) * globalWidth), [1, 1, globalWidth]),
      forced: ints(known, [P]), state: ints(states, [n * P + 1]),
    };
    const name = (kind: string, i: number) => `${kind}${i % 2 ? 'v' : 'k'}${i >> 1}`;
    const dims = [a.globalHeads, cache.capacity, globalWidth / a.globalHeads];
    if (a.matchOrders.length) {
      const [M, found] = [a.matchOrders.length, a.matchOrders.length * a.matchDepth];
      if (r > 0) cache.matches.append(patches);
      const ints32 = (data: Int32Array, dims: number[]) => new Tensor('int32', data, dims);
      const { matches } = cache;
      feeds.found = ints32(r > 0 ? matches.followers(at) : new Int32Array(found * n * P).fill(NO_MATCH), [found, n * P]);
      feeds.text = ints32(matches.text, [1 + a.context]);
      feeds.codes = ints32(matches.codes, [M, 1 + a.context]);
      feeds.places = ints32(matches.places, [M, 1 + a.context]);
      feeds.buckets = ints32(matches.buckets, [M, matches.buckets.length / M]);
    }
    cache.global.forEach((data, i) => (feeds[name('g', i)] = floats(data, dims)));
    cache.local.forEach((data, i) => (feeds[name('l', i)] = floats(data.subarray(at * D, (at + W) * D), [W, D])));
    const got = await this.graphs.run(feeds, cache);
    leave(4 * (2 * a.globalLayers + 1) * n * globalWidth + 4 * (2 * a.localLayers + 1) * n * P * D);
    const data = (key: string) => got[key].data as Float32Array;
    const global = this.device === 'cpu' ? cache.global.map((_, i) => data(`n${name('g', i)}`)) : [];
    if (n > 0) cache.append(patches, n, global, cache.local.map((_, i) => data(`n${name('l', i)}`)), data('g'), data('u'));
    const bytes = (key: string) => Uint8Array.from(got[key].data as BigInt64Array, Number);
    return { bytes: bytes('bytes'), logp: data('logp'), score: data('score'), best: bytes('best'), top: data('top') };
  }

  /** The graph's own shapes against the manifest's numbers. */
  private compareSizes(path: string): void {
    const a = this.architecture;
    const shapes = this.graphs.inputs;
    const want: [string, number, number, string][] = [
      ['patch', 1, a.patch, 'patch'], ['g0', 2, a.globalWidth, 'globalWidth'], ['u0', 2, a.localWidth, 'localWidth'],
      this.device === 'cpu' ? ['gk0', 0, a.globalHeads, 'globalHeads'] : ['gk0', 1, a.globalWidth, 'globalWidth'], ['lk0', 0, a.window, 'window'], ['history', 0, a.reach - 1, 'reach'],
    ];
    for (const [input, axis, value, field] of want) {
      const found = shapes.get(input)?.[axis];
      if (found !== value) throw new BytelineError('model', `${path}: the graph's ${input} has ${found ?? 'no size'}, model.json says architecture.${field} ${value}`);
    }
    for (const [prefix, layers, field] of [['gk', a.globalLayers, 'globalLayers'], ['lk', a.localLayers, 'localLayers']] as const) {
      if (!shapes.has(`${prefix}${layers - 1}`) || shapes.has(`${prefix}${layers}`)) throw new BytelineError('model', `${path}: the graph does not have ${field} ${layers}`);
    }
  }

  private async warmUp(path: string): Promise<void> {
    try {
      await this.call(new Cache(this.architecture), new Uint8Array(this.architecture.patch), new Uint8Array());
    } catch (error) {
      throw new BytelineError('model', `${path}: ${messageOf(error)}`);
    }
  }
}

/** Which of n new rows sees which: [n, n] of 0 and -1e9. */
function causal(n: number): Float32Array {
  const out = new Float32Array(n * n).fill(NO);
  for (let i = 0; i < n; i++) out.fill(0, i * n, i * n + i + 1);
  return out;
}

/** The last few bands: nearly every call wants that of a full chunk or of one patch, with enough bytes before. */
const bands = new Map<string, Float32Array>();

/** Which of the W rows before and n own rows each of n bytes sees, when only `present` bytes stand before: [n, W + n]. */
function band(n: number, W: number, present: number): Float32Array {
  const key = `${n} ${W} ${Math.min(present, W)}`;
  const known = bands.get(key);
  if (known) return known;
  const out = new Float32Array(n * (W + n)).fill(NO);
  for (let i = 0; i < n; i++) out.fill(0, i * (W + n) + Math.max(i + 1, W - present), i * (W + n) + i + W + 1);
  if (bands.size >= 8) bands.clear();
  bands.set(key, out);
  return out;
}
