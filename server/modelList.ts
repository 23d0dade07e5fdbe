/** The models that there are, as the client shows them. */
import type { LoadedModel } from './engine/loadedModel.ts';
import { choose, nameOf, readManifest, sizeOf } from './engine/manifest.ts';
import { messageOf } from './errors.ts';
import type { ModelInfo } from './wire/protocol.ts';

/**
 * All models of `available` (folders by their names), and the loaded one where that was named by its path. One that
 * cannot be read says why; nothing is thrown.
 */
export async function listModels(available: Map<string, string>, loaded: LoadedModel): Promise<ModelInfo[]> {
  const folders = new Map(available);
  const own = loaded.engine?.folder;
  if (own) folders.set(nameOf(own, folders), own);
  const out: ModelInfo[] = [];
  for (const [name, folder] of folders) {
    const base = { name, folder, current: loaded.engine?.folder === folder, speed: loaded.speeds.get(folder) };
    out.push({ ...base, ...(await describe(folder)) });
  }
  return out;
}

async function describe(
  folder: string,
): Promise<Pick<ModelInfo, 'version' | 'bytes' | 'precision' | 'device' | 'error'>> {
  try {
    const manifest = await readManifest(folder);
    const file = choose(manifest, 'cpu')!;
    return { version: manifest.version, bytes: sizeOf(file), precision: file.precision, device: file.device };
  } catch (error) {
    return { version: '', bytes: 0, precision: '', device: '', error: messageOf(error) };
  }
}
