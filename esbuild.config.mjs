// Bundles the extension and the worker (which is also the command line) into dist/, with the licences of what is
// bundled. onnxruntime-node stays outside: it is native.
import { chmodSync, copyFileSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { build, context } from 'esbuild';

const watching = process.argv.includes('--watch');
const options = {
  entryPoints: { extension: 'extension/extension.ts', byteline: 'server/cli/main.ts' },
  outdir: 'dist',
  outExtension: { '.js': '.cjs' },
  format: 'cjs',
  platform: 'node',
  target: 'node20',
  bundle: true,
  sourcemap: true,
  metafile: true,
  external: ['vscode', 'onnxruntime-node'],
  logLevel: watching ? 'info' : 'warning', // .vscode/tasks.json waits for what it says
  mainFields: ['module', 'main'],
};

/** Name, version and licence text of each package among the bundle's inputs, and of onnxruntime beside it. */
function notices(inputs) {
  const folders = inputs.map((path) => /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)?.[0]).filter(Boolean);
  return [...new Set([...folders, 'node_modules/onnxruntime-node', 'node_modules/onnxruntime-common'])]
    .sort()
    .map((folder) => {
      const { name, version, license } = JSON.parse(readFileSync(`${folder}/package.json`, 'utf8'));
      const file = readdirSync(folder).find((f) => /^licen[cs]e/i.test(f));
      const text = file ? readFileSync(`${folder}/${file}`, 'utf8').trim() : 'Its package holds no licence text.';
      return `${name} ${version} (${license})\n\n${text}\n`;
    })
    .join(`\n${'-'.repeat(80)}\n\n`);
}

if (watching) await (await context(options)).watch();
else {
  writeFileSync('dist/NOTICES.txt', notices(Object.keys((await build(options)).metafile.inputs)));
  chmodSync('dist/byteline.cjs', 0o755); // npx runs it as it is
  copyFileSync('test/fixtures/sources/provider.ts.txt', 'dist/provider.ts.txt'); // what `byteline bench` completes
}
