/**
 * The sessions that one call of the engine goes through: one on the CPU, or three where a device runs the global model.
 */
import { readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { InferenceSession } from 'onnxruntime-node';
import { BytelineError, messageOf } from '../errors.ts';
import type { Cache } from './cache.ts';
import { DeviceGlobal, locations } from './deviceGlobal.ts';
import type { Device } from './devices.ts';
import type { Tensors } from './feeds.ts';
import { checkGraph } from './graphFile.ts';
import { type Architecture, type ModelFile, modelPath } from './manifest.ts';
import { prefillGraph } from './prefillGraph.ts';

export interface Graphs {
  /** Shapes of all inputs. */
  readonly inputs: ReadonlyMap<string, readonly (number | string)[]>;
  /** Local layers before the global model. */
  readonly encoderLayers: number;
  /** `fdist`: bring that output, too; without a draft there is no use for it. */
  run(feeds: Tensors, cache: Cache, fdist: boolean): Promise<Tensors>;
  /** Encoder and global model alone: what they bring. */
  prefill(feeds: Tensors, cache: Cache): Promise<Tensors>;
  release(): Promise<void>;
}

/**
 * Makes the sessions. Throws a BytelineError that names the file, with the code `device` where a device could not make
 * its own; nothing is kept then.
 */
export async function openGraphs(
  folder: string,
  file: ModelFile,
  a: Architecture,
  device: Device,
  threads: number,
): Promise<Graphs> {
  const made: InferenceSession[] = [];
  const read = async (part: { path: string }) => {
    const path = modelPath(folder, part);
    try {
      const bytes = await readFile(path);
      checkGraph(bytes, file.weights);
      return { path, bytes };
    } catch (error) {
      throw new BytelineError('model', `${path}: ${messageOf(error)}`);
    }
  };
  /** The session of a graph that was read, or of what `of` makes of it. */
  const create = async (
    { path, bytes }: { path: string; bytes: Uint8Array },
    on: Device,
    of?: (graph: Uint8Array) => Uint8Array,
  ) => {
    try {
      const options: InferenceSession.SessionOptions = {
        executionProviders: [on],
        intraOpNumThreads: threads,
        interOpNumThreads: 1,
        logSeverityLevel: 3,
        // no block of memory is kept for each shape; a call's own tensors are small, a prefilled chunk's are not
        ...(on === 'cpu' && { enableMemPattern: false, enableCpuMemArena: of !== undefined }),
        ...(on === 'webgpu' && { preferredOutputLocation: locations(a) }),
        // an operator that a provider lacks would run on the CPU in silence
        extra: {
          session: {
            intra_op: { allow_spinning: '0' },
            ...(on !== 'cpu' && { disable_cpu_ep_fallback: '1' }),
            ...(of && { model_external_initializers_file_folder_path: dirname(path) }),
          },
        },
      };
      const session = await (of ? InferenceSession.create(of(bytes), options) : InferenceSession.create(path, options));
      made.push(session);
      return session;
    } catch (error) {
      throw new BytelineError(on === 'cpu' ? 'model' : 'device', `${path}: ${messageOf(error)}`);
    }
  };
  try {
    if (device === 'cpu') {
      const graph = await read(file);
      return new Whole(await create(graph, 'cpu'), await create(graph, 'cpu', prefillGraph));
    }
    const [encode, local] = [
      await create(await read(file.encode!), 'cpu'),
      await create(await read(file.local!), 'cpu'),
    ];
    return new Split(encode, await create(await read(file), device), local, a, device === 'webgpu');
  } catch (error) {
    for (const session of made) await session.release();
    throw error;
  }
}

class Whole implements Graphs {
  readonly inputs;
  readonly encoderLayers;

  constructor(
    private readonly session: InferenceSession,
    private readonly prefilling: InferenceSession,
  ) {
    this.inputs = shapes(session);
    this.encoderLayers = layersOf(prefilling);
  }
  run(feeds: Tensors, _: Cache, fdist: boolean): Promise<Tensors> {
    return this.session.run(feeds, outputs(this.session, fdist)) as Promise<Tensors>;
  }
  prefill(feeds: Tensors): Promise<Tensors> {
    return this.prefilling.run(pick(feeds, this.prefilling)) as Promise<Tensors>;
  }
  async release(): Promise<void> {
    for (const part of [this.session, this.prefilling]) await part.release();
  }
}

class Split implements Graphs {
  readonly inputs;
  readonly encoderLayers;
  private readonly global: DeviceGlobal;

  constructor(
    private readonly encode: InferenceSession,
    global: InferenceSession,
    private readonly local: InferenceSession,
    a: Architecture,
    onDevice: boolean,
  ) {
    this.inputs = new Map([...shapes(encode), ...shapes(global), ...shapes(local)]);
    this.encoderLayers = layersOf(encode);
    this.global = new DeviceGlobal(global, a, onDevice);
  }

  async run(feeds: Tensors, cache: Cache, fdist: boolean): Promise<Tensors> {
    const encoded = await this.prefill(feeds, cache);
    const decoded = (await this.local.run(
      pick({ ...feeds, ...encoded }, this.local),
      outputs(this.local, fdist),
    )) as Tensors;
    return { ...encoded, ...decoded };
  }

  async prefill(feeds: Tensors, cache: Cache): Promise<Tensors> {
    const encoded = (await this.encode.run(pick(feeds, this.encode))) as Tensors;
    return { ...encoded, g: await this.global.run(encoded.h, cache) };
  }

  async release(): Promise<void> {
    for (const part of [this.encode, this.global, this.local]) await part.release();
  }
}

const shapes = (session: InferenceSession) =>
  new Map(session.inputMetadata.map((m) => [m.name, m.isTensor ? m.shape : []]));
/** Whose new local rows a session brings. */
const layersOf = ({ outputNames }: InferenceSession) => outputNames.filter((name) => name.startsWith('nlk')).length;
const outputs = ({ outputNames }: InferenceSession, fdist: boolean) =>
  outputNames.filter((name) => fdist || name !== 'fdist');
const pick = (feeds: Tensors, { inputNames }: InferenceSession) =>
  Object.fromEntries(inputNames.map((name) => [name, feeds[name]]));
