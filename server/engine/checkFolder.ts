/** Checks a folder that a user would add, before anything in it is used. */
import { stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { BytelineError } from '../errors.ts';
import { checkFile, checkPart, choose, findModels, readManifest } from './manifest.ts';

/** A folder that can be added: what goes into `modelFolders`, and the models that are chosen by name then. */
export interface CheckedFolder {
  root: string;
  models: { name: string; folder: string; version: string }[];
}

/**
 * `folder` is a model's, or holds models': each must be whole, as a load demands (manifest, sizes, hashes), and have a
 * name that no other model of `there` (names to folders) has. Throws a BytelineError that names the first file at
 * fault.
 */
export async function checkFolder(folder: string, there: Map<string, string>): Promise<CheckedFolder> {
  const given = resolve(folder);
  const one = await stat(join(given, 'model.json')).then(
    (found) => found.isFile(),
    () => false,
  );
  const found = one ? new Map([[basename(given), given]]) : await findModels([given]);
  if (found.size === 0)
    throw new BytelineError('model', `${given}: there is no model.json in it, nor in a folder of it`);
  const models: CheckedFolder['models'] = [];
  for (const [name, path] of found) {
    const other = there.get(name);
    if (other !== undefined && resolve(other) !== path)
      throw new BytelineError('model', `${path}: ${other} has the same name; rename the folder`);
    const manifest = await readManifest(path);
    if (!choose(manifest, 'cpu'))
      throw new BytelineError('model', `${join(path, 'model.json')}: files: none for the CPU`);
    const checked = new Map<string, Promise<void>>();
    for (const file of manifest.files) await checkFile(path, file, checked);
    if (manifest.memory) await checkPart(path, manifest.memory);
    models.push({ name, folder: path, version: manifest.version });
  }
  return { root: one ? dirname(given) : given, models };
}
