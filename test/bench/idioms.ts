/**
 * Parts the texts of model/starter at two blank lines into files, a folder for each text, so that the gate can be
 * trained where one of them is typed and the others are what comes with Byteline (model/gate.sh):
 *
 *     npx tsx test/bench/idioms.ts OUT
 */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';

const STARTER = 'model/starter';
/** How files of a text end, where they do not end as it is called. */
const ENDINGS: Record<string, string> = {
  typescript: 'ts',
  react: 'tsx',
  javascript: 'js',
  python: 'py',
  rust: 'rs',
  csharp: 'cs',
  shell: 'sh',
  ruby: 'rb',
  kotlin: 'kt',
  config: 'yml',
};

const [out] = process.argv.slice(2);
if (!out) throw new Error('usage: idioms.ts OUT');
for (const file of readdirSync(STARTER)) {
  const name = basename(file, '.txt');
  mkdirSync(join(out, name), { recursive: true });
  const parts = readFileSync(join(STARTER, file), 'utf8').trim().split('\n\n\n');
  for (const [i, part] of parts.entries())
    writeFileSync(join(out, name, `${i}.${ENDINGS[name] ?? name}`), `${part.trimStart()}\n`);
}
