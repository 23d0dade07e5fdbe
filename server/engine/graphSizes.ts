/** The sizes that a graph says of itself against those of model.json. */
import { BytelineError } from '../errors.ts';
import type { Graphs } from './graphs.ts';
import type { Architecture } from './manifest.ts';

/** Throws a BytelineError with the code `model` that names the graph's file, `path`, and the field at fault. */
export function checkSizes(shapes: Graphs['inputs'], a: Architecture, onCpu: boolean, path: string): void {
  const want: [string, number, number, string][] = [
    ['forced', 1, a.patch, 'patch'],
    ['g0', 2, a.globalWidth, 'globalWidth'],
    ['known', 2, a.localWidth, 'localWidth'],
    onCpu ? ['gk0', 0, a.globalHeads, 'globalHeads'] : ['gk0', 1, a.globalWidth, 'globalWidth'],
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
