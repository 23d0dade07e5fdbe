/**
 * Runs the suites beside this inside the extension host and writes what it counted to $BYTELINE_RESULTS: VS Code's own
 * exit code may lie.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Mocha from 'mocha';

export async function run(): Promise<void> {
  const mocha = new Mocha({ ui: 'bdd', timeout: 60_000, reporter: 'dot' });
  for (const suite of ['commands', 'completions', 'keys', 'models', 'places', 'servers'])
    mocha.addFile(join(__dirname, `${suite}.cjs`));
  const [passed, failed]: [string[], string[]] = [[], []];
  const failures = await new Promise<number>((resolve) => {
    mocha
      .run(resolve)
      .on('pass', (test) => passed.push(test.title))
      .on('fail', (test, error) => failed.push(`${test.fullTitle()}: ${error.stack ?? error}`));
  });
  writeFileSync(process.env.BYTELINE_RESULTS!, JSON.stringify({ passed, failed }));
  if (failures > 0) throw new Error(`${failures} failed`);
}
