/** Packs the VSIX of one platform, with only that platform's onnxruntime files. */

import { execFileSync } from 'node:child_process';
import { appendFileSync, cpSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createVSIX } from '@vscode/vsce';

/**
 * Bridges of CUDA and TensorRT are useless without their providers; macOS's library lies there twice (the binding asks
 * for the short name).
 */
const LEFT_OUT = [/_cuda/, /_tensorrt/, /^libonnxruntime\.1\.\d+\.\d+\.dylib$/];
const BINARIES = 'node_modules/onnxruntime-node/bin/napi-v6';

const root = fileURLToPath(new URL('..', import.meta.url));

/** `version`: another one than package.json's, which stays as it is. */
export async function pack(target: string, packagePath: string, version?: string): Promise<void> {
  const [os, arch] = target.split('-');
  const folder = `${BINARIES}/${os}/${arch}`;
  const kept = readdirSync(root + folder).filter((name) => !LEFT_OUT.some((pattern) => pattern.test(name)));
  const cwd = mkdtempSync(join(tmpdir(), 'vsix-'));
  try {
    copyTo(cwd, folder);
    // vsce cannot ignore again what a ! kept
    appendFileSync(join(cwd, '.vscodeignore'), kept.map((name) => `!${folder}/${name}\n`).join(''));
    await createVSIX({ cwd, target, packagePath, version, updatePackageJson: false, dependencies: true });
  } finally {
    rmSync(cwd, { recursive: true });
  }
}

/**
 * Copies what a VSIX may hold: vsce looks at every file below its folder, and takes minutes where a Python environment
 * and an editor are among them.
 */
function copyTo(cwd: string, binaries: string): void {
  const npm = ['ls', '--omit=dev', '--all', '--parseable'];
  const [, ...packages] = execFileSync('npm', npm, { cwd: root, encoding: 'utf8', shell: process.platform === 'win32' })
    .trim()
    .split(/\r?\n/);
  const own = readdirSync(root).filter((name) => !/^(node_modules|test|\..*|.*\.vsix)$/.test(name));
  for (const path of ['.vscodeignore', ...own, ...packages.map((path) => relative(root, path))])
    cpSync(join(root, path), join(cwd, path), {
      recursive: true,
      filter(source) {
        const from = relative(root, source).replaceAll('\\', '/');
        return !from.startsWith(`${BINARIES}/`) || binaries.startsWith(from) || from.startsWith(binaries);
      },
    });
}
