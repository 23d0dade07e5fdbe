/**
 * Builds the VSIX of each platform, with only that platform's onnxruntime files:
 *
 *     npm run package [-- linux-x64 ...]
 */
import { createVSIX } from '@vscode/vsce';
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const TARGETS = ['linux-x64', 'linux-arm64', 'win32-x64', 'win32-arm64', 'darwin-arm64'];
/** The most that a VSIX may weigh, bytes. */
const BUDGET = 65e6;
/**
 * Bridges of CUDA and TensorRT are useless without their providers; macOS's library lies there twice (the binding asks for
 * the short name).
 */
const LEFT_OUT = [/_cuda/, /_tensorrt/, /^libonnxruntime\.1\.\d+\.\d+\.dylib$/];

const root = fileURLToPath(new URL('..', import.meta.url));
const wanted = process.argv.slice(2);
const unknown = wanted.find((t) => !TARGETS.includes(t));
if (unknown) {
  console.error(`no such target: ${unknown}; there is ${TARGETS.join(', ')}`);
  process.exit(2);
}
const { version } = JSON.parse(readFileSync(root + 'package.json', 'utf8'));
let over = 0;
for (const target of wanted.length ? wanted : TARGETS) {
  const [os, arch] = target.split('-');
  const ignoreFile = `${root}.cache/vscodeignore-${target}`;
  const base = readFileSync(root + '.vscodeignore', 'utf8');
  const folder = `node_modules/onnxruntime-node/bin/napi-v6/${os}/${arch}`;
  const kept = readdirSync(root + folder).filter((name) => !LEFT_OUT.some((pattern) => pattern.test(name)));
  writeFileSync(ignoreFile, base + kept.map((name) => `!${folder}/${name}\n`).join('')); // vsce cannot ignore again what a ! kept
  const packagePath = `${root}byteline-${target}-${version}.vsix`;
  await createVSIX({ cwd: root, target, packagePath, ignoreFile, dependencies: true, allowMissingRepository: true, rewriteRelativeLinks: false });
  const { size } = statSync(packagePath);
  console.log(`${packagePath.slice(root.length)}: ${(size / 1e6).toFixed(1)} MB`);
  if (size > BUDGET) {
    console.error(`${target}: over the budget of ${BUDGET / 1e6} MB`);
    over++;
  }
}
process.exitCode = over ? 1 : 0;
