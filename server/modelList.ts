/** The models that there are, as the client shows them. */
import { fitFor, offersOf } from './completion/eagerness.ts';
import type { LoadedModel } from './engine/loadedModel.ts';
import { choose, nameOf, readManifest, sizeOf } from './engine/manifest.ts';
import { messageOf } from './errors.ts';
import type { ModelInfo } from './wire/protocol.ts';

/**
 * All models of `available` (folders by their names), and the loaded one where that was named by its path. One that
 * cannot be read says why; nothing is thrown. `memory`: completions are mixed with the workspace's, where a model can.
 */
export async function listModels(
  available: Map<string, string>,
  loaded: LoadedModel,
  memory: boolean,
): Promise<ModelInfo[]> {
  const folders = new Map(available);
  const own = loaded.engine?.folder;
  if (own) folders.set(nameOf(own, folders), own);
  const out: ModelInfo[] = [];
  for (const [name, folder] of folders) {
    const base = { name, folder, current: loaded.engine?.folder === folder, speed: loaded.speeds.get(folder) };
    out.push({ ...base, ...(await describe(folder, memory)) });
  }
  return out;
}

async function describe(
  folder: string,
  memory: boolean,
): Promise<Pick<ModelInfo, 'version' | 'bytes' | 'precision' | 'device' | 'offers' | 'error'>> {
  try {
    const manifest = await readManifest(folder);
    const file = choose(manifest, 'cpu')!;
    const { version, confidence } = manifest;
    const offers = confidence && offersOf(fitFor(confidence, memory && manifest.memory !== undefined));
    return { version, bytes: sizeOf(file), precision: file.precision, device: file.device, offers };
  } catch (error) {
    return { version: '', bytes: 0, precision: '', device: '', error: messageOf(error) };
  }
}
