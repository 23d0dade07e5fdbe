// Bundles the extension and the worker (which is also the command line) into dist/. onnxruntime-node stays outside: it is native.
import { build, context } from 'esbuild';

const options = {
  entryPoints: { extension: 'extension/extension.ts', byteline: 'server/cli/main.ts' },
  outdir: 'dist', outExtension: { '.js': '.cjs' }, format: 'cjs', platform: 'node', target: 'node20',
  bundle: true, sourcemap: true, external: ['vscode', 'onnxruntime-node'], logLevel: 'warning',
  mainFields: ['module', 'main'],
};
if (process.argv.includes('--watch')) await (await context(options)).watch();
else await build(options);
