/**
 * One model, loaded: prefill and greedy decoding of one text or a batch, and scores. A call takes whole patches in and
 * brings the next patch's bytes out (forward.ts).
 */
import { join } from 'node:path';
import { BytelineError, messageOf } from '../errors.ts';
import { Batch } from './batch.ts';
import { Cache } from './cache.ts';
import type { Device } from './devices.ts';
import { ForwardPass } from './forward.ts';
import { countGarbage } from './garbage.ts';
import { checkSizes } from './graphSizes.ts';
import { type Graphs, openGraphs } from './graphs.ts';
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
import { type Patch, patchesOf } from './patch.ts';
import { distOf, type Mix, verify } from './verification.ts';

/** Patches a call while prefilling: cancellation is looked for between calls. */
const CHUNK = 24;
const NOTHING = new Uint8Array();

export interface EngineOptions {
  /** One that model.json lists; else the fastest that loses little. */
  precision?: string;
  /** Where the global model runs; the rest runs on the CPU always. */
  device?: Device;
  /** Threads inside a call. */
  threads?: number;
}

export class Engine {
  private readonly forward: ForwardPass;

  private constructor(
    readonly manifest: Manifest,
    readonly folder: string,
    readonly file: ModelFile,
    readonly device: Device,
    readonly threads: number,
    private readonly graphs: Graphs,
  ) {
    this.forward = new ForwardPass(graphs, manifest.architecture, device === 'cpu');
  }

  /**
   * Checks the folder, makes the sessions and compares the graph with model.json. Throws a BytelineError that names the
   * file at fault; nothing is kept then.
   */
  static async load(folder: string, options: EngineOptions = {}): Promise<Engine> {
    const manifest = await readManifest(folder);
    const { precision, device = 'cpu', threads = 1 } = options;
    const kind = device === 'cpu' ? 'cpu' : 'gpu';
    const file = choose(manifest, kind, precision);
    if (!file) {
      const wanted = kind.toUpperCase() + (precision ? ` in ${precision}` : '');
      throw new BytelineError('model', `${join(folder, 'model.json')}: files: none for the ${wanted}`);
    }
    await checkFile(folder, file);
    if (manifest.memory) await checkPart(folder, manifest.memory);
    const path = modelPath(folder, file);
    const graphs = await openGraphs(folder, file, manifest.architecture, device, threads);
    const engine = new Engine(manifest, folder, file, device, threads, graphs);
    try {
      checkSizes(graphs.inputs, manifest.architecture, device === 'cpu', path);
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
   * Brings `cache` to the whole patches of `text` and decodes the patch after them, whose known bytes are forced.
   * `draft` is a guess at what follows `text`: its patches are checked in one call, and the bytes are those that
   * decoding alone yields (speculative decoding, Leviathan et al. 2023, greedy). With `mix`, the bytes go no further
   * than the first that it changes. Throws a BytelineError (`runtime`) where the text leaves no room for a patch, and
   * the abort's reason.
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
    await this.prefill(cache, text, whole, signal);
    const guess = Buffer.concat([text, draft]).subarray(0, context);
    const end = Math.floor(Math.min(guess.length, context - patch) / patch) * patch;
    const at = cache.bytes.length;
    const made = await this.forward.step(cache, guess.subarray(at, end), guess.subarray(end), end > whole);
    if (!mix && guess.length === text.length) return made;
    const all = Buffer.concat([guess.subarray(0, end), made.bytes]);
    const distAt = (i: number) => (i < end ? distOf(made.fdist, i - at) : distOf(made.dist, i - end));
    const found = verify(all, text.length, distAt, mix);
    cache.truncate(Math.floor(found.right / patch));
    return {
      bytes: Buffer.concat([text.subarray(whole), found.bytes]),
      logp: Float32Array.of(...new Float32Array(text.length - whole), ...found.logp),
      dist: found.dist,
    };
  }

  /** Brings `cache` so near to the first `whole` bytes of `text`, whole patches, that one call takes the rest in. */
  private async prefill(cache: Cache, text: Uint8Array, whole: number, signal?: AbortSignal): Promise<void> {
    const { patch } = this.architecture;
    if (cache.rows === 0) await this.forward.step(cache, new Uint8Array(patch), NOTHING);
    const { runUp } = this.forward;
    cache.truncate(this.goesOnFrom(cache, cache.shared(text), whole));
    cache.take(text);
    for (;;) {
      signal?.throwIfAborted();
      const at = cache.bytes.length;
      const left = (whole - at) / patch;
      if (left <= Math.max(CHUNK, runUp)) break;
      await this.forward.prefill(cache, text.subarray(at, at + Math.min(CHUNK, left - runUp) * patch));
      await new Promise(setImmediate); // let a cancellation in
    }
  }

  /**
   * How many of its first `patches` patches a cache keeps to decode behind byte `whole`: where prefilling left local
   * rows out, those that a run-up to that byte brings are read once more.
   */
  private goesOnFrom(cache: Cache, patches: number, whole: number): number {
    const { patch } = this.architecture;
    if (this.forward.decodesAt(cache, patches * patch)) return patches;
    return Math.max(0, Math.min(patches, Math.floor(whole / patch) - this.forward.runUp));
  }

  /**
   * `count` texts that go on from `base`, whole patches of at most the context less `patches`; each call of the result
   * decodes the next patch of each, whose known bytes are given. `cache` is theirs until they are done. The bytes are
   * those that `open` yields for each text alone. Throws what `open` does.
   */
  async batch(
    cache: Cache,
    base: Uint8Array,
    count: number,
    patches: number,
    mix?: Mix,
  ): Promise<(forced: Uint8Array[]) => Promise<Patch[]>> {
    cache.truncate(cache.shared(base));
    if (cache.rows <= base.length / this.architecture.patch || !this.forward.decodesAt(cache, base.length))
      await this.open(cache, base);
    const texts: Uint8Array[] = Array.from({ length: count }, () => base);
    // a device's rows are those of one text
    const batch = this.device === 'cpu' ? new Batch(cache, count, patches) : undefined;
    countGarbage(batch?.size ?? 0);
    const decode = async (forced: Uint8Array[]): Promise<Patch[]> => {
      if (batch) return patchesOf(batch.take(await this.forward.run(batch.feeds(forced), cache)));
      const made: Patch[] = [];
      for (const [b, known] of forced.entries()) made.push(await this.open(cache, Buffer.concat([texts[b], known])));
      return made;
    };
    return async (forced) => {
      let made = await decode(forced);
      const results = made.map(({ bytes, logp, dist }, b) =>
        mix ? { bytes: forced[b], logp: logp.slice(), dist: dist.slice() } : { bytes, logp, dist },
      );
      // a byte that is chosen otherwise than by the model alone is known to the next try
      while (mix) {
        for (const [b, { bytes, dist }] of made.entries()) {
          const [result, before] = [results[b], texts[b].length];
          const done = result.bytes.length;
          const text = Buffer.concat([texts[b], bytes]);
          const found = verify(text, before + done, (i) => distOf(dist, i - before), mix);
          result.logp.set(found.logp, done);
          result.dist.set(found.dist, done * 256);
          result.bytes = Buffer.concat([result.bytes, found.bytes]);
        }
        if (made.every(({ bytes }, b) => Buffer.compare(bytes, results[b].bytes) === 0)) break;
        made = await decode(results.map(({ bytes }) => bytes));
      }
      batch?.accept();
      results.forEach(({ bytes }, b) => (texts[b] = Buffer.concat([texts[b], bytes])));
      return results;
    };
  }

  /**
   * Log-probabilities (nats) of the bytes of `text` from byte `from` on, each given those before it:
   * [text.length - from]. With `mix`, those that decoding would choose by: under the UTF-8 mask.
   */
  async score(text: Uint8Array, from = 0, cache = new Cache(this.architecture), mix?: Mix): Promise<Float32Array> {
    const { patch } = this.architecture;
    if (cache.rows === 0) await this.forward.step(cache, new Uint8Array(patch), NOTHING);
    cache.truncate(this.goesOnFrom(cache, Math.min(cache.shared(text), Math.floor(from / patch)), from));
    const padded = Buffer.concat([text, new Uint8Array((patch - (text.length % patch)) % patch)]);
    const out = new Float32Array(text.length - from);
    for (let at = cache.bytes.length; at < padded.length; at += CHUNK * patch) {
      const chunk = padded.subarray(at, at + CHUNK * patch);
      const { score, fdist } = await this.forward.step(cache, chunk, NOTHING, mix !== undefined);
      for (let i = Math.max(at, from); i < Math.min(at + score.length, text.length); i++) {
        out[i - from] = mix ? mix(text.subarray(0, i), distOf(fdist, i - at))[text[i]] : score[i - at];
      }
      await new Promise(setImmediate);
    }
    return out;
  }

  private async warmUp(path: string): Promise<void> {
    try {
      const [cache, patch] = [new Cache(this.architecture), new Uint8Array(this.architecture.patch)];
      await this.forward.step(cache, patch, NOTHING);
      await this.forward.prefill(cache, patch);
    } catch (error) {
      throw new BytelineError(error instanceof BytelineError ? error.code : 'model', `${path}: ${messageOf(error)}`);
    }
  }
}
