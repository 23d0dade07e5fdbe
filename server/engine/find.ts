/** Where models are: the released ones beside the bundle, then folders that the user names. */
import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { BytelineError } from '../errors.ts';
import { findModels, nameOf } from './manifest.ts';

export const DEFAULT_MODEL = 'nano';

/** model/models of the repository or of the installed extension. */
export const bundledModels = (from = __dirname) => bundled('models', from);

/** A folder below model/ of the repository or of the installed extension. */
export function bundled(name: string, from = __dirname): string {
  for (let folder = from; folder !== dirname(folder); folder = dirname(folder)) {
    const found = join(folder, 'model', name);
    if (existsSync(found)) return found;
  }
  return join(from, name);
}

/** The folder of a model given by name or by path. Throws an error that lists what there is. */
export async function resolveModel(nameOrPath: string, extraRoots: string[] = []): Promise<string> {
  if (/[\\/]/.test(nameOrPath)) return resolve(nameOrPath);
  const models = await findModels([...extraRoots, bundledModels()]);
  const folder = models.get(nameOrPath);
  if (!folder)
    throw new BytelineError(
      'model',
      `no model named ${nameOrPath}; there is ${[...models.keys()].join(', ') || 'none'}`,
    );
  return folder;
}

/** What the command line calls the model in `folder`: see nameOf. */
export const shownName = async (folder: string) => nameOf(folder, await findModels([bundledModels()]));
