/** `npm run lint`: no file is over 300 lines, no line over 120 characters; formatters break code, but no comments. */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const LINES = 300;
const CHARACTERS = 120;
const WRITTEN = /\.(ts|mjs|cjs|py|sh|lua|md|ya?ml|toml)$|^(biome|tsconfig)\.json$|^\.vscode\/.*\.json$/;
/** Written by programs, or as others wrote it. WRITTEN leaves out JSON with texts for the user: it breaks no string. */
const LEFT_OUT = [/(^|\/)fixtures\//, /^model\/models\//, /^model\/results\//];
/** Its sections are versions; it grows. */
const ENDLESS = ['CHANGELOG.md'];

const root = fileURLToPath(new URL('../..', import.meta.url));
const list = ['ls-files', '-z', '--cached', '--others', '--exclude-standard'];
const files = execFileSync('git', list, { cwd: root, encoding: 'utf8' })
  .split('\0')
  .filter((file) => WRITTEN.test(file) && !LEFT_OUT.some((pattern) => pattern.test(file)) && existsSync(root + file));

let faults = 0;
function fault(where: string, what: string): void {
  console.error(`${where}: ${what}`);
  faults++;
}

for (const file of files) {
  const lines = readFileSync(root + file, 'utf8')
    .replace(/\n$/, '')
    .split('\n');
  if (lines.length > LINES && !ENDLESS.includes(file)) fault(file, `${lines.length} lines, ${LINES} at most`);
  lines.forEach((line, i) => {
    const { length } = [...line];
    if (length > CHARACTERS) fault(`${file}:${i + 1}`, `${length} characters, ${CHARACTERS} at most`);
  });
}
console.log(`${files.length} files, ${faults} too long`);
process.exitCode = faults ? 1 : 0;
