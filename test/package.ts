/**
 * Builds the VSIX of each platform, with only that platform's onnxruntime files:
 *
 *     npm run package [-- linux-x64 ...]
 */
import { readFileSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { pack } from './vsix.ts';

const TARGETS = ['linux-x64', 'linux-arm64', 'win32-x64', 'win32-arm64', 'darwin-arm64'];
/**
 * The most that a VSIX may weigh, bytes. Windows' are the largest: DirectML and WebGPU's shader compiler are 19 MB of
 * them, the models 37.
 */
const BUDGET = 70e6;

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
  const packagePath = `${root}byteline-${target}-${version}.vsix`;
  await pack(target, packagePath);
  const { size } = statSync(packagePath);
  console.log(`${packagePath.slice(root.length)}: ${(size / 1e6).toFixed(1)} MB`);
  if (size > BUDGET) {
    console.error(`${target}: over the budget of ${BUDGET / 1e6} MB`);
    over++;
  }
}
process.exitCode = over ? 1 : 0;
