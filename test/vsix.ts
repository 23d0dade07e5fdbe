/** Packs the VSIX of one platform, with only that platform's onnxruntime files. */

import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { createVSIX } from '@vscode/vsce';

/**
 * Bridges of CUDA and TensorRT are useless without their providers; macOS's library lies there twice (the binding asks
 * for the short name).
 */
const LEFT_OUT = [/_cuda/, /_tensorrt/, /^libonnxruntime\.1\.\d+\.\d+\.dylib$/];

const root = fileURLToPath(new URL('..', import.meta.url));

/** `version`: another one than package.json's, which stays as it is. */
export async function pack(target: string, packagePath: string, version?: string): Promise<void> {
  const [os, arch] = target.split('-');
  const ignoreFile = `${root}.cache/vscodeignore-${target}`;
  const base = readFileSync(root + '.vscodeignore', 'utf8');
  const folder = `node_modules/onnxruntime-node/bin/napi-v6/${os}/${arch}`;
  const kept = readdirSync(root + folder).filter((name) => !LEFT_OUT.some((pattern) => pattern.test(name)));
  // vsce cannot ignore again what a ! kept
  writeFileSync(ignoreFile, base + kept.map((name) => `!${folder}/${name}\n`).join(''));
  await createVSIX({
    cwd: root,
    target,
    packagePath,
    version,
    updatePackageJson: false,
    ignoreFile,
    dependencies: true,
  });
}
