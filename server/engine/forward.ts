/**
 * One call of the graph for one text (MEGABYTE, Yu et al. 2023, eq. 1-6): whole patches join its cache, and the patch
 * after them is decoded. model/byteline_model/graph.py says what goes in and comes out.
 */
import { next, stateAfter } from '../prompt/utf8.ts';
import type { Cache } from './cache.ts';
import {
  floats,
  forcedFeed,
  ints,
  MASKED,
  matchFeeds,
  placeFeeds,
  recentBytes,
  rowsOf,
  type Tensors,
} from './feeds.ts';
import { countGarbage } from './garbage.ts';
import type { Graphs } from './graphs.ts';
import type { Architecture } from './manifest.ts';
import { NO_MATCH, ngramCodes } from './matches.ts';
import { type Patch, patchesOf } from './patch.ts';

/** What a call says of the N bytes that it read. */
interface Scores {
  /** Log-probability (nats) of each, unmasked: [N]. */
  score: Float32Array;
  /** Log-probabilities (nats) that bytes in their places would be chosen by: [N, 256]; empty unless asked for. */
  fdist: Float32Array;
}

export class ForwardPass {
  /** `onCpu`: the graph reads the global keys and values of `cache`; else a device has them. */
  constructor(
    private readonly graphs: Graphs,
    private readonly architecture: Architecture,
    private readonly onCpu: boolean,
  ) {}

  /**
   * The whole patches `fresh` join the cache, and the patch after them is decoded, its first bytes `forced`; at first a
   * patch of anything, which stands for the pad. `fdist`: say it, too. Throws what the runtime throws.
   */
  async step(cache: Cache, fresh: Uint8Array, forced: Uint8Array, fdist = false): Promise<Patch & Scores> {
    const at = cache.bytes.length;
    const got = await this.run(this.feeds(cache, fresh, forced), cache, fdist);
    this.append(cache, fresh, got);
    if (!this.decodesAt(cache, at)) cache.localFrom = at + this.settling - this.architecture.window;
    const patch = patchesOf(got)[0];
    cache.offer(patch.bytes, {
      local: rowsOf('l', this.architecture.localLayers).map((name) => floatsOf(got[`o${name}`])),
      encoded: floatsOf(got.ou),
    });
    return { ...patch, score: floatsOf(got.score), fdist: fdist ? floatsOf(got.fdist) : new Float32Array() };
  }

  /**
   * The whole patches `fresh` join the cache, but for their local rows behind the encoder: `runUp` patches more have to
   * join it by `step` before it decodes. Throws what the runtime throws.
   */
  async prefill(cache: Cache, fresh: Uint8Array): Promise<void> {
    const feeds = this.withGlobal(this.feeds(cache, fresh, new Uint8Array()), cache);
    this.append(cache, fresh, counted(await this.graphs.prefill(feeds, cache)));
    cache.localFrom = cache.bytes.length;
  }

  /** Whether all local rows that a call behind byte `at` reads are there. */
  decodesAt({ localFrom }: Cache, at: number): boolean {
    return localFrom === 0 || at - this.architecture.window >= localFrom;
  }

  /**
   * Patches behind which a cache whose local rows begin with them decodes as one that has them all, and still does
   * after the loss of a window.
   */
  get runUp(): number {
    const { window, patch } = this.architecture;
    return Math.ceil((this.settling + window) / patch);
  }

  /** Each local layer behind the encoder sees a window of the one before: so many bytes reach what decodes. */
  private get settling(): number {
    const { localLayers, window } = this.architecture;
    return (localLayers - this.graphs.encoderLayers) * window;
  }

  /** Runs the graph with the global keys and values of `cache`. */
  async run(feeds: Tensors, cache: Cache, fdist = false): Promise<Tensors> {
    return counted(await this.graphs.run(this.withGlobal(feeds, cache), cache, fdist));
  }

  private withGlobal(feeds: Tensors, cache: Cache): Tensors {
    const { globalHeads, globalLayers, globalWidth } = this.architecture;
    if (this.onCpu) {
      const dims = [globalHeads, cache.capacity, globalWidth / globalHeads];
      rowsOf('g', globalLayers).forEach((name, i) => (feeds[name] = floats(cache.global[i], dims)));
    }
    return feeds;
  }

  /** What the graph reads but for the global keys and values; the n-grams of `fresh` join the cache's. */
  private feeds(cache: Cache, fresh: Uint8Array, forced: Uint8Array): Tensors {
    const a = this.architecture;
    const { patch: P, window: W, localWidth: D, globalWidth, hashOrders: hashes, matchOrders, matchDepth } = a;
    const [r, at, N] = [cache.rows, cache.bytes.length, fresh.length];
    const { start, n } = this.unseen(cache, fresh);
    const end = r === 0 ? 0 : at + N;
    const { matches } = cache;
    if (this.onCpu) cache.reserve(r + n);
    if (r > 0) matches.append(fresh);
    const text = matches.text.subarray(1);
    // before each fresh byte and before the open patch: forced bytes move it on inside the graph
    const states = new Uint8Array(N + 1);
    states[0] = stateAfter(cache.bytes.subarray(-4));
    fresh.forEach((byte, i) => (states[i + 1] = r === 0 ? 0 : next(states[i], byte)));
    const grams = new Int32Array(N * hashes.length);
    for (let i = 0; i < N && r > 0; i++) ngramCodes(text, at + i, hashes, grams, i * hashes.length);
    const found = r === 0 ? new Int32Array(N * matchOrders.length * matchDepth).fill(NO_MATCH) : matches.followers(at);
    const numbers = Array.from({ length: n }, (_, i) => r + i);
    const lastOutput = cache.outputs.subarray(Math.max(0, r - 1) * globalWidth, Math.max(1, r) * globalWidth);
    const feeds: Tensors = {
      ...placeFeeds(a, at, N, end, numbers),
      patch: ints(Buffer.concat([cache.bytes.subarray(start), fresh]), [1, n * P]),
      fresh: ints(fresh, [1, N]),
      grams: ints(grams, [1, N, hashes.length]),
      mask: floats(new Float32Array(cache.capacity).fill(MASKED, r), [1, 1, cache.capacity]),
      self: floats(causal(n), [1, n, n]),
      recent: ints(recentBytes(matches.text, end, a.reach), [1, a.reach - 1]),
      known: floats(cache.encoded.subarray(start * D, (at + 1) * D), [1, 1 + at - start, D]),
      g0: floats(lastOutput, [1, 1, globalWidth]),
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
    return feeds;
  }

  /** Takes the new rows into the cache. */
  private append(cache: Cache, fresh: Uint8Array, got: Tensors): void {
    const { globalLayers, localLayers, localWidth } = this.architecture;
    const isPad = cache.rows === 0; // it stands for no bytes
    const { n } = this.unseen(cache, fresh);
    const global = this.onCpu ? rowsOf('g', globalLayers).map((name) => floatsOf(got[`n${name}`])) : [];
    cache.appendGlobal(n, global, floatsOf(got.g));
    const encoded = floatsOf(got.u);
    if (isPad) cache.encoded.set(encoded.subarray(0, localWidth));
    else
      cache.appendLocal(fresh, {
        local: rowsOf('l', localLayers).flatMap((name) => (got[`n${name}`] ? [floatsOf(got[`n${name}`])] : [])),
        encoded,
      });
  }

  /** The patches that the global model has not seen: n, of which the first begins at byte `start`. */
  private unseen(cache: Cache, fresh: Uint8Array): { start: number; n: number } {
    const { patch: P } = this.architecture;
    const start = Math.max(0, cache.rows - 1) * P;
    return { start, n: (cache.bytes.length - start + fresh.length) / P };
  }
}

/** Which of n new rows sees which: [n, n] of 0 and -1e9. */
function causal(n: number): Float32Array {
  const out = new Float32Array(n * n).fill(MASKED);
  for (let i = 0; i < n; i++) out.fill(0, i * n, i * n + i + 1);
  return out;
}

function counted(got: Tensors): Tensors {
  countGarbage(Object.values(got).reduce((bytes, { size }) => bytes + 4 * size, 0));
  return got;
}

const floatsOf = (tensor: Tensors[string]) => tensor.data as Float32Array;
