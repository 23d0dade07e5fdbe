/** One model in one onnxruntime session: a call takes whole patches in and brings the next patch's bytes out (graph.py). */
import { join } from 'node:path';
import { BytelineError, messageOf } from '../errors.ts';
import { next, stateAfter } from '../prompt/utf8.ts';
import { Cache } from './cache.ts';
import { floats, forcedFeed, ints, matchFeeds, NO, placeFeeds, recentBytes, rowsOf, type Tensors } from './feeds.ts';
import { leave } from './garbage.ts';
import { openGraphs, type Device, type Graphs } from './graphs.ts';
import { Lanes } from './lanes.ts';
import { checkFile, choose, modelPath, readManifest, type Architecture, type Manifest, type ModelFile } from './manifest.ts';
import { ngramCodes, NO_MATCH } from './matches.ts';

/** Patches a call while prefilling: cancellation is looked for between calls. */
const CHUNK = 24;

/** The open patch: its bytes, and the log-probability (nats) of each under the UTF-8 mask. After a draft, more than a patch or less. */
export interface Patch {
  bytes: Uint8Array;
  logp: Float32Array;
  /** Log-probabilities of all bytes in the places of the last few: [places, 256]; a draft's bytes have none. */
  dist: Float32Array;
}

/** What a call says of the bytes that it read. */
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
    cache.take(text);
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
    const { bytes, logp, dist, best, top } = await this.call(cache, guess.subarray(at), new Uint8Array());
    let right = known;
    while (right < guess.length && best[right - at] === guess[right]) right++;
    cache.truncate(Math.floor(right / patch));
    // behind what stands: the patch after a guess that is right, or the one byte that it should have had
    const whole = right === guess.length;
    const [after, logpAfter] = whole ? [bytes, logp] : [best.subarray(right - at, right - at + 1), top.subarray(right - at, right - at + 1)];
    return {
      dist: whole ? dist : new Float32Array(),
      bytes: Buffer.concat([guess.subarray(open, right), after]),
      logp: Float32Array.of(...new Float32Array(known - open), ...top.subarray(known - at, right - at), ...logpAfter),
    };
  }

  /**
   * `count` texts that go on from `base`, whole patches of at most the context less `patches`; each call of the result decodes the next patch of
   * each, whose known bytes are given. `cache` is theirs until they are done.
   */
  async lanes(cache: Cache, base: Uint8Array, count: number, patches: number): Promise<(forced: Uint8Array[]) => Promise<Patch[]>> {
    cache.truncate(cache.shared(base));
    if (cache.rows <= base.length / this.architecture.patch) await this.open(cache, base);
    if (this.device === 'cpu') {
      const lanes = new Lanes(cache, count, patches);
      leave(lanes.size);
      return async (forced) => patchesOf(lanes.take(await this.run(lanes.feeds(forced), cache)));
    }
    const texts: Uint8Array[] = Array.from({ length: count }, () => base); // a device's rows are those of one text
    return async (forced) => {
      const made: Patch[] = [];
      for (const [lane, known] of forced.entries()) {
        made.push(await this.open(cache, Buffer.concat([texts[lane], known])));
        texts[lane] = Buffer.concat([texts[lane], made[lane].bytes]);
      }
      return made;
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

  /** One run: the patches `fresh` join the cache, and the patch after them is decoded, its first bytes `forced`. */
  private async call(cache: Cache, fresh: Uint8Array, forced: Uint8Array): Promise<Patch & Block> {
    const a = this.architecture;
    const { patch: P, window: W, localWidth: D, globalWidth, hashOrders: hashes, matchOrders, matchDepth } = a;
    const [r, at, N] = [cache.rows, cache.bytes.length, fresh.length];
    const start = Math.max(0, r - 1) * P; // of the bytes that the global model has not seen
    const n = (at - start + N) / P;
    const end = r === 0 ? 0 : at + N;
    const { matches } = cache;
    if (this.device === 'cpu') cache.reserve(r + n);
    if (r > 0) matches.append(fresh);
    const text = matches.text.subarray(1);
    // before each fresh byte and before the open patch: forced bytes move it on inside the graph
    const states = new Uint8Array(N + 1);
    states[0] = stateAfter(cache.bytes.subarray(-4));
    fresh.forEach((byte, i) => (states[i + 1] = r === 0 ? 0 : next(states[i], byte)));
    const grams = r === 0 ? new Int32Array(N * hashes.length) : Array.from({ length: N }, (_, i) => ngramCodes(text, at + i, hashes)).flat();
    const found = r === 0 ? new Int32Array(N * matchOrders.length * matchDepth).fill(NO_MATCH) : matches.followers(at);
    const feeds: Tensors = {
      ...placeFeeds(a, at, N, end, Array.from({ length: n }, (_, i) => r + i)),
      patch: ints(Buffer.concat([cache.bytes.subarray(start), fresh]), [1, n * P]), fresh: ints(fresh, [1, N]), grams: ints(grams, [1, N, hashes.length]),
      mask: floats(new Float32Array(cache.capacity).fill(NO, r), [1, 1, cache.capacity]), self: floats(causal(n), [1, n, n]),
      recent: ints(recentBytes(matches.text, end, a.reach), [1, a.reach - 1]),
      known: floats(cache.encoded.subarray(start * D, (at + 1) * D), [1, 1 + at - start, D]),
      g0: floats(cache.outputs.subarray(Math.max(0, r - 1) * globalWidth, Math.max(1, r) * globalWidth), [1, 1, globalWidth]),
      forced: forcedFeed(P, [forced]), state: ints(states, [1, N + 1]),
    };
    if (matchOrders.length) Object.assign(feeds, { found: ints(found, [1, N, matchOrders.length * matchDepth]) }, matchFeeds(matches, matches, 1, matchOrders.length));
    rowsOf('l', a.localLayers).forEach((name, i) => (feeds[name] = floats(cache.local[i].subarray(at * D, (at + W) * D), [1, W, D])));
    const got = await this.run(feeds, cache);
    const local = { local: rowsOf('l', a.localLayers).map((name) => floatsOf(got[`n${name}`])), encoded: floatsOf(got.u) };
    cache.appendGlobal(n, this.device === 'cpu' ? rowsOf('g', a.globalLayers).map((name) => floatsOf(got[`n${name}`])) : [], floatsOf(got.g));
    if (r > 0) cache.appendLocal(fresh, local);
    else cache.encoded.set(local.encoded.subarray(0, D)); // the pad, which stands for no bytes
    const patch = patchesOf(got)[0];
    cache.offer(patch.bytes, { local: rowsOf('l', a.localLayers).map((name) => floatsOf(got[`o${name}`])), encoded: floatsOf(got.ou) });
    return { ...patch, score: floatsOf(got.score), best: Uint8Array.from(got.best.data as Int32Array), top: floatsOf(got.top) };
  }

  /** Runs the graph with the global keys and values of `cache`. */
  private async run(feeds: Tensors, cache: Cache): Promise<Tensors> {
    const { globalHeads, globalLayers, globalWidth } = this.architecture;
    if (this.device === 'cpu') {
      const dims = [globalHeads, cache.capacity, globalWidth / globalHeads];
      rowsOf('g', globalLayers).forEach((name, i) => (feeds[name] = floats(cache.global[i], dims)));
    }
    const got = await this.graphs.run(feeds, cache);
    leave(Object.values(got).reduce((bytes, { size }) => bytes + 4 * size, 0));
    return got;
  }

  /** The graph's own shapes against the manifest's numbers. */
  private compareSizes(path: string): void {
    const a = this.architecture;
    const shapes = this.graphs.inputs;
    const want: [string, number, number, string][] = [
      ['forced', 1, a.patch, 'patch'], ['g0', 2, a.globalWidth, 'globalWidth'], ['known', 2, a.localWidth, 'localWidth'],
      this.device === 'cpu' ? ['gk0', 0, a.globalHeads, 'globalHeads'] : ['gk0', 1, a.globalWidth, 'globalWidth'], ['lk0', 1, a.window, 'window'], ['recent', 1, a.reach - 1, 'reach'],
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

const floatsOf = (tensor: Tensors[string]) => tensor.data as Float32Array;

/** The open patch of each lane. */
function patchesOf({ bytes, dist }: Tensors): Patch[] {
  const [lanes, P] = bytes.dims;
  return Array.from({ length: lanes }, (_, lane) => {
    const made = Uint8Array.from((bytes.data as Int32Array).subarray(lane * P, (lane + 1) * P));
    const all = floatsOf(dist).subarray(lane * P * 256, (lane + 1) * P * 256);
    return { bytes: made, logp: Float32Array.from(made, (byte, i) => all[i * 256 + byte]), dist: all };
  });
}
