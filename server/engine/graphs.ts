/**
 * The sessions that one call of the engine goes through: one on the CPU, or three where a device runs the global model.
 */
import { readFile } from 'node:fs/promises';
import { InferenceSession } from 'onnxruntime-node';
import { BytelineError, messageOf } from '../errors.ts';
import type { Cache } from './cache.ts';
import { DeviceGlobal, locations } from './deviceGlobal.ts';
import type { Device } from './devices.ts';
import type { Tensors } from './feeds.ts';
import { checkGraph } from './graphFile.ts';
import { type Architecture, type ModelFile, modelPath } from './manifest.ts';

export interface Graphs {
  /** Shapes of all inputs. */
  readonly inputs: ReadonlyMap<string, readonly (number | string)[]>;
  /** `fdist`: bring that output, too; prefilling has no use for it. */
  run(feeds: Tensors, cache: Cache, fdist: boolean): Promise<Tensors>;
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
  const create = async (part: { path: string }, on: Device) => {
    const path = modelPath(folder, part);
    let checked = false;
    try {
      checkGraph(await readFile(path), file.weights);
      checked = true;
      const session = await InferenceSession.create(path, {
        executionProviders: [on],
        intraOpNumThreads: threads,
        interOpNumThreads: 1,
        logSeverityLevel: 3,
        ...(on === 'webgpu' && { preferredOutputLocation: locations(a) }),
        // an operator that a provider lacks would run on the CPU in silence
        extra: {
          session: { intra_op: { allow_spinning: '0' }, ...(on !== 'cpu' && { disable_cpu_ep_fallback: '1' }) },
        },
      });
      made.push(session);
      return session;
    } catch (error) {
      throw new BytelineError(checked && on !== 'cpu' ? 'device' : 'model', `${path}: ${messageOf(error)}`);
    }
  };
  try {
    if (device === 'cpu') return new Whole(await create(file, 'cpu'));
    const [encode, local] = [await create(file.encode!, 'cpu'), await create(file.local!, 'cpu')];
    return new Split(encode, await create(file, device), local, a, device === 'webgpu');
  } catch (error) {
    for (const session of made) await session.release();
    throw error;
  }
}

class Whole implements Graphs {
  readonly inputs;

  constructor(private readonly session: InferenceSession) {
    this.inputs = shapes(session);
  }
  run(feeds: Tensors, _: Cache, fdist: boolean): Promise<Tensors> {
    return this.session.run(feeds, outputs(this.session, fdist)) as Promise<Tensors>;
  }
  release(): Promise<void> {
    return this.session.release();
  }
}

class Split implements Graphs {
  readonly inputs;
  private readonly global: DeviceGlobal;

  constructor(
    private readonly encode: InferenceSession,
    global: InferenceSession,
    private readonly local: InferenceSession,
    a: Architecture,
    onDevice: boolean,
  ) {
    this.inputs = new Map([...shapes(encode), ...shapes(global), ...shapes(local)]);
    this.global = new DeviceGlobal(global, a, onDevice);
  }

  async run(feeds: Tensors, cache: Cache, fdist: boolean): Promise<Tensors> {
    const encoded = (await this.encode.run(pick(feeds, this.encode))) as Tensors;
    const g = await this.global.run(encoded.h, cache);
    const decoded = (await this.local.run(
      pick({ ...feeds, ...encoded, g }, this.local),
      outputs(this.local, fdist),
    )) as Tensors;
    return { ...encoded, ...decoded, g };
  }

  async release(): Promise<void> {
    for (const part of [this.encode, this.global, this.local]) await part.release();
  }
}

const shapes = (session: InferenceSession) =>
  new Map(session.inputMetadata.map((m) => [m.name, m.isTensor ? m.shape : []]));
const outputs = ({ outputNames }: InferenceSession, fdist: boolean) =>
  outputNames.filter((name) => fdist || name !== 'fdist');
const pick = (feeds: Tensors, { inputNames }: InferenceSession) =>
  Object.fromEntries(inputNames.map((name) => [name, feeds[name]]));
