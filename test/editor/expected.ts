/**
 * What the editor must show: what the command line completes at the same place, with a model that offers everything.
 */
import { spawnSync } from 'node:child_process';
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './server.ts';

/** A text that every model knows by heart and no rule stops. */
export const KNOWN = '# License\n\nPermission is hereby granted, free of charge, to any person obtaining █\n';

/**
 * A copy of a model below `folder` that offers by itself from this confidence on: at 0 everything. Its name,
 * MODEL-THRESHOLD, is what the status shows once it is in use.
 */
export function withThreshold(folder: string, model: string, threshold: number): string {
  const copy = join(folder, `${model}-${threshold}`);
  cpSync(join(ROOT, 'model/models', model), copy, { recursive: true });
  const manifest = JSON.parse(readFileSync(join(copy, 'model.json'), 'utf8'));
  manifest.name = `${model}-${threshold}`;
  const { levels: _, withMemory: __, ...fit } = { bias: 0, logprob: 1, length: 0, ...manifest.confidence };
  manifest.confidence = { ...fit, threshold }; // of every level, with the memory, too
  writeFileSync(join(copy, 'model.json'), JSON.stringify(manifest));
  return copy;
}

/** The command line's completion at the █; `more`: further arguments, the model among them. */
export function completed(file: string, marked: string, ...more: string[]): string {
  const before = marked.slice(0, marked.indexOf('█')).split('\n');
  const r = spawnSync(
    process.execPath,
    [
      join(ROOT, 'dist/byteline.cjs'),
      'complete',
      '-',
      '--path',
      file,
      '--line',
      `${before.length}`,
      '--column',
      `${before.at(-1)!.length + 1}`,
      '--json',
      ...(more.includes('--multiline') ? [] : ['--multiline', 'auto']),
      ...more,
    ],
    { input: marked.replace('█', ''), encoding: 'utf8' },
  );
  return JSON.parse(r.stdout).text;
}
