/** One model in one onnxruntime session: a call takes whole patches in and brings the next patch's bytes out (graph.py). */
import { join } from 'node:path';
import { BytelineError, messageOf } from '../errors.ts';
import { next, stateAfter } from '../prompt/utf8.ts';
import { Cache } from './cache.ts';
import { floats, forcedFeed, ints, matchFeeds, NO, placeFeeds, recentBytes, rowsOf, type Tensors } from './feeds.ts';
import { leave } from './garbage.ts';
import { type Device, type Graphs, openGraphs } from './graphs.ts';
import { Lanes } from './lanes.ts';
import {
  type Architecture,
  checkFile,
  checkPart,
  choose,
  type Manifest,
  type ModelFile,
  modelPath,
  readManifest,
} from './manifest.ts';
import { NO_MATCH, ngramCodes } from './matches.ts';

/** Patches a call while prefilling: cancellation is looked for between calls. */
const CHUNK = 24;
const NOTHING = new Uint8Array();

/** The open patch: its bytes, and the log-probability (nats) of each under the UTF-8 mask. After a draft, more than a patch or less. */
export interface Patch {
  bytes: Uint8Array;
  logp: Float32Array;
  /** Log-probabilities of all bytes in the places of the last few, those that were decoded at least: [places, 256]. */
  dist: Float32Array;
}

/** What else knows about the byte behind `text`: log-probabilities (nats) of all bytes, from the model's. Every byte's choice goes through it. */
export type Mix = (text: Uint8Array, dist: Float32Array) => Float32Array;

/** What a call says of the bytes that it read. */
interface Block {
  /** Log-probability of each, unmasked. */
  score: Float32Array;
  /** Log-probabilities that bytes in their places would be chosen by: [N, 256]; empty unless asked for. */
  fdist: Float32Array;
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
  private constructor(
    readonly manifest: Manifest,
    readonly folder: string,
    readonly file: ModelFile,
    readonly device: Device,
    readonly threads: number,
    private readonly graphs: Graphs,
  ) {}

  /** Checks the folder, makes a session and compares the graph with model.json. Throws BytelineError; nothing is kept then. */
  static async load(folder: string, options: EngineOptions = {}): Promise<Engine> {
    const manifest = await readManifest(folder);
    const { precision, device = 'cpu', threads = 1 } = options;
    const kind = device === 'cpu' ? 'cpu' : 'gpu';
    const file = choose(manifest, kind, precision);
    if (!file)
      throw new BytelineError(
        'model',
        `${join(folder, 'model.json')}: files: none for the ${kind === 'cpu' ? 'CPU' : 'GPU'}${precision ? ` in ${precision}` : ''}`,
      );
    await checkFile(folder, file);
    if (manifest.memory) await checkPart(folder, manifest.memory);
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
   * (speculative decoding, Leviathan et al. 2023, greedy). With `mix`, the bytes go no further than the first that it changes.
   */
  async open(
    cache: Cache,
    text: Uint8Array,
    signal?: AbortSignal,
    draft: Uint8Array = NOTHING,
    mix?: Mix,
  ): Promise<Patch> {
    const { patch, context } = this.architecture;
    const whole = Math.floor(text.length / patch) * patch;
    if (text.length + patch > context)
      throw new BytelineError('runtime', `${text.length} bytes do not fit a context of ${context}`);
    if (cache.rows === 0) await this.call(cache, new Uint8Array(patch), NOTHING);
    cache.truncate(cache.shared(text));
    cache.take(text);
    for (;;) {
      signal?.throwIfAborted();
      const at = cache.bytes.length;
      if (whole - at <= CHUNK * patch) break;
      await this.call(cache, text.subarray(at, at + CHUNK * patch), NOTHING);
      await new Promise(setImmediate); // let a cancellation in
    }
    const guess = Buffer.concat([text, draft]).subarray(0, context);
    const end = Math.floor(Math.min(guess.length, context - patch) / patch) * patch;
    const at = cache.bytes.length;
    const made = await this.call(cache, guess.subarray(at, end), guess.subarray(end), end > whole);
    if (!mix && guess.length === text.length) return made;
    const all = Buffer.concat([guess.subarray(0, end), made.bytes]);
    const found = chosen(
      all,
      text.length,
      (i) =>
        i < end
          ? made.fdist.subarray((i - at) * 256, (i - at + 1) * 256)
          : made.dist.subarray((i - end) * 256, (i - end + 1) * 256),
      mix,
    );
    cache.truncate(Math.floor(found.right / patch));
    return {
      bytes: Buffer.concat([text.subarray(whole), found.bytes]),
      logp: Float32Array.of(...new Float32Array(text.length - whole), ...found.logp),
      dist: found.dist,
    };
  }

  /**
   * `count` texts that go on from `base`, whole patches of at most the context less `patches`; each call of the result decodes the next patch of
   * each, whose known bytes are given. `cache` is theirs until they are done.
   */
  async lanes(
    cache: Cache,
    base: Uint8Array,
    count: number,
    patches: number,
    mix?: Mix,
  ): Promise<(forced: Uint8Array[]) => Promise<Patch[]>> {
    cache.truncate(cache.shared(base));
    if (cache.rows <= base.length / this.architecture.patch) await this.open(cache, base);
    const texts: Uint8Array[] = Array.from({ length: count }, () => base);
    const lanes = this.device === 'cpu' ? new Lanes(cache, count, patches) : undefined; // a device's rows are those of one text
    leave(lanes?.size ?? 0);
    const decode = async (forced: Uint8Array[]): Promise<Patch[]> => {
      if (lanes) return patchesOf(lanes.take(await this.run(lanes.feeds(forced), cache)));
      const made: Patch[] = [];
      for (const [lane, known] of forced.entries())
        made.push(await this.open(cache, Buffer.concat([texts[lane], known])));
      return made;
    };
    return async (forced) => {
      let made = await decode(forced);
      const results = made.map(({ bytes, logp, dist }, lane) =>
        mix ? { bytes: forced[lane], logp: logp.slice(), dist: dist.slice() } : { bytes, logp, dist },
      );
      // a byte that is chosen otherwise than by the model alone is known to the next try
      while (mix) {
        for (const [lane, { bytes, dist }] of made.entries()) {
          const [result, before] = [results[lane], texts[lane].length];
          const done = result.bytes.length;
          const found = chosen(
            Buffer.concat([texts[lane], bytes]),
            before + done,
            (i) => dist.subarray((i - before) * 256, (i - before + 1) * 256),
            mix,
          );
          result.logp.set(found.logp, done);
          result.dist.set(found.dist, done * 256);
          result.bytes = Buffer.concat([result.bytes, found.bytes]);
        }
        if (made.every(({ bytes }, lane) => Buffer.compare(bytes, results[lane].bytes) === 0)) break;
        made = await decode(results.map(({ bytes }) => bytes));
      }
      lanes?.accept();
      results.forEach(({ bytes }, lane) => (texts[lane] = Buffer.concat([texts[lane], bytes])));
      return results;
    };
  }

  /**
   * Log-probabilities (nats) of the bytes of `text` from byte `from` on, each given those before it; with `mix`, those that decoding would choose
   * by: under the UTF-8 mask.
   */
  async score(text: Uint8Array, from = 0, cache = new Cache(this.architecture), mix?: Mix): Promise<Float32Array> {
    const { patch } = this.architecture;
    if (cache.rows === 0) await this.call(cache, new Uint8Array(patch), NOTHING);
    cache.truncate(Math.min(cache.shared(text), Math.floor(from / patch)));
    const padded = Buffer.concat([text, new Uint8Array((patch - (text.length % patch)) % patch)]);
    const out = new Float32Array(text.length - from);
    for (let at = cache.bytes.length; at < padded.length; at += CHUNK * patch) {
      const { score, fdist } = await this.call(
        cache,
        padded.subarray(at, at + CHUNK * patch),
        NOTHING,
        mix !== undefined,
      );
      for (let i = Math.max(at, from); i < Math.min(at + score.length, text.length); i++) {
        out[i - from] = mix
          ? mix(text.subarray(0, i), fdist.subarray((i - at) * 256, (i - at + 1) * 256))[text[i]]
          : score[i - at];
      }
      await new Promise(setImmediate);
    }
    return out;
  }

  /** One run: the patches `fresh` join the cache, and the patch after them is decoded, its first bytes `forced`. */
  private async call(cache: Cache, fresh: Uint8Array, forced: Uint8Array, fdist = false): Promise<Patch & Block> {
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
    const grams =
      r === 0
        ? new Int32Array(N * hashes.length)
        : Array.from({ length: N }, (_, i) => ngramCodes(text, at + i, hashes)).flat();
    const found = r === 0 ? new Int32Array(N * matchOrders.length * matchDepth).fill(NO_MATCH) : matches.followers(at);
    const feeds: Tensors = {
      ...placeFeeds(
        a,
        at,
        N,
        end,
        Array.from({ length: n }, (_, i) => r + i),
      ),
      patch: ints(Buffer.concat([cache.bytes.subarray(start), fresh]), [1, n * P]),
      fresh: ints(fresh, [1, N]),
      grams: ints(grams, [1, N, hashes.length]),
      mask: floats(new Float32Array(cache.capacity).fill(NO, r), [1, 1, cache.capacity]),
      self: floats(causal(n), [1, n, n]),
      recent: ints(recentBytes(matches.text, end, a.reach), [1, a.reach - 1]),
      known: floats(cache.encoded.subarray(start * D, (at + 1) * D), [1, 1 + at - start, D]),
      g0: floats(cache.outputs.subarray(Math.max(0, r - 1) * globalWidth, Math.max(1, r) * globalWidth), [
        1,
        1,
        globalWidth,
      ]),
      forced: forcedFeed(P, [forced]),
      state: ints(states, [1, N + 1]),
    };
    if (matchOrders.length)
      Object.assign(
        feeds,
        { found: ints(found, [1, N, matchOrders.length * matchDepth]) },
        matchFeeds(matches, matches, 1, matchOrders.length),
      );
    rowsOf('l', a.localLayers).forEach(
      (name, i) => (feeds[name] = floats(cache.local[i].subarray(at * D, (at + W) * D), [1, W, D])),
    );
    const got = await this.run(feeds, cache, fdist);
    const local = {
      local: rowsOf('l', a.localLayers).map((name) => floatsOf(got[`n${name}`])),
      encoded: floatsOf(got.u),
    };
    cache.appendGlobal(
      n,
      this.device === 'cpu' ? rowsOf('g', a.globalLayers).map((name) => floatsOf(got[`n${name}`])) : [],
      floatsOf(got.g),
    );
    if (r > 0) cache.appendLocal(fresh, local);
    else cache.encoded.set(local.encoded.subarray(0, D)); // the pad, which stands for no bytes
    const patch = patchesOf(got)[0];
    cache.offer(patch.bytes, {
      local: rowsOf('l', a.localLayers).map((name) => floatsOf(got[`o${name}`])),
      encoded: floatsOf(got.ou),
    });
    return { ...patch, score: floatsOf(got.score), fdist: fdist ? floatsOf(got.fdist) : new Float32Array() };
  }

  /** Runs the graph with the global keys and values of `cache`. */
  private async run(feeds: Tensors, cache: Cache, fdist = false): Promise<Tensors> {
    const { globalHeads, globalLayers, globalWidth } = this.architecture;
    if (this.device === 'cpu') {
      const dims = [globalHeads, cache.capacity, globalWidth / globalHeads];
      rowsOf('g', globalLayers).forEach((name, i) => (feeds[name] = floats(cache.global[i], dims)));
    }
    const got = await this.graphs.run(feeds, cache, fdist);
    leave(Object.values(got).reduce((bytes, { size }) => bytes + 4 * size, 0));
    return got;
  }

  /** The graph's own shapes against the manifest's numbers. */
  private compareSizes(path: string): void {
    const a = this.architecture;
    const shapes = this.graphs.inputs;
    const want: [string, number, number, string][] = [
      ['forced', 1, a.patch, 'patch'],
      ['g0', 2, a.globalWidth, 'globalWidth'],
      ['known', 2, a.localWidth, 'localWidth'],
      this.device === 'cpu' ? ['gk0', 0, a.globalHeads, 'globalHeads'] : ['gk0', 1, a.globalWidth, 'globalWidth'],
      ['lk0', 1, a.window, 'window'],
      ['recent', 1, a.reach - 1, 'reach'],
    ];
    for (const [input, axis, value, field] of want) {
      const found = shapes.get(input)?.[axis];
      if (found !== value)
        throw new BytelineError(
          'model',
          `${path}: the graph's ${input} has ${found ?? 'no size'}, model.json says architecture.${field} ${value}`,
        );
    }
    for (const [prefix, layers, field] of [
      ['gk', a.globalLayers, 'globalLayers'],
      ['lk', a.localLayers, 'localLayers'],
    ] as const) {
      if (!shapes.has(`${prefix}${layers - 1}`) || shapes.has(`${prefix}${layers}`))
        throw new BytelineError('model', `${path}: the graph does not have ${field} ${layers}`);
    }
  }

  private async warmUp(path: string): Promise<void> {
    try {
      await this.call(new Cache(this.architecture), new Uint8Array(this.architecture.patch), NOTHING);
    } catch (error) {
      throw new BytelineError(error instanceof BytelineError ? error.code : 'model', `${path}: ${messageOf(error)}`);
    }
  }
}

/**
 * The most probable bytes from place `from` of `text` on, as far as `text` goes on with them, and the first that differs. `distAt`: the model's
 * log-probabilities at a place, given that all of `text` before it stands.
 */
function chosen(
  text: Uint8Array,
  from: number,
  distAt: (i: number) => Float32Array,
  mix: Mix = (_, dist) => dist,
): Patch & { right: number } {
  const [bytes, dist] = [text.slice(from), new Float32Array((text.length - from) * 256)];
  const logp = new Float32Array(bytes.length);
  for (let i = 0; i < bytes.length; i++) {
    const here = mix(text.subarray(0, from + i), distAt(from + i));
    const byte = here.reduce((best, value, b) => (value > here[best] ? b : best), 0);
    dist.set(here, i * 256);
    logp[i] = here[byte];
    if (byte === bytes[i]) continue;
    bytes[i] = byte;
    return {
      bytes: bytes.subarray(0, i + 1),
      logp: logp.subarray(0, i + 1),
      dist: dist.subarray(0, (i + 1) * 256),
      right: from + i,
    };
  }
  return { bytes, logp, dist, right: text.length };
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
