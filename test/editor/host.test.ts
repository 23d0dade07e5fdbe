/**
 * The mocha suites inside the extension host (host/), through @vscode/test-electron: VSCODE_EXECUTABLE_PATH names the
 * editor; unset, VS Code is downloaded. test/editor/code stands in for it where there is no desktop: the browser
 * workbench.
 */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runTests } from '@vscode/test-electron';
import { build } from 'esbuild';
import { ROOT } from './server.ts';

describe('inside the extension host', function () {
  this.timeout(600_000);
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'bh-'));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  it('every test of the suite passes', async () => {
    const out = join(ROOT, '.cache/host');
    await build({
      entryPoints: ['index', 'commands', 'completions', 'keys', 'models', 'places', 'servers'].map((name) =>
        join(ROOT, `test/editor/host/${name}.ts`),
      ),
      outdir: out,
      outExtension: { '.js': '.cjs' },
      bundle: true,
      platform: 'node',
      format: 'cjs',
      external: ['vscode', 'mocha'],
    });
    const results = join(folder, 'results.json');
    await runTests({
      vscodeExecutablePath: process.env.VSCODE_EXECUTABLE_PATH || undefined,
      extensionDevelopmentPath: ROOT.replace(/\/$/, ''),
      extensionTestsPath: join(out, 'index.cjs'),
      launchArgs: [folder, '--disable-extensions'],
      extensionTestsEnv: { BYTELINE_RESULTS: results },
    });
    const { passed, failed } = JSON.parse(readFileSync(results, 'utf8')) as { passed: string[]; failed: string[] };
    for (const title of passed) console.log(`      ✓ ${title}`);
    assert.deepEqual(failed, []);
    assert.ok(passed.length > 0);
  });
});
