/** Paths of models in the settings, read as the worker does: relative ones begin where it stands. Pure. */
import { resolve } from 'node:path';
import { basename } from 'node:path/posix';

/** The entries of `modelFolders` but those that mean the folder `root`. `base`: where the worker stands. */
export function without(entries: string[], root: string, base: string): string[] {
  return entries.filter((entry) => resolve(base, entry) !== resolve(base, root));
}

/** Whether a setting's value, a model's name or its path, means one of `models`. */
export function means(value: string, models: { name: string; folder: string }[], base: string): boolean {
  const path = /[\\/]/.test(value) ? resolve(base, value) : undefined;
  return models.some(({ name, folder }) => (path === undefined ? value === name : path === resolve(base, folder)));
}

/** A model without its folder, on whatever system that was written. */
export const modelName = (model: string): string => basename(model.replaceAll('\\', '/'));
