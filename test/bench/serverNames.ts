/**
 * What language servers know of names in the texts that a gate is trained on: those that can stand where a name
 * begins. Beside each repository's NAME.json of test/bench/distributions.ts it writes NAME.names.json, which
 * test/bench/features.ts reads:
 *
 *     npx tsx test/bench/serverNames.ts DISTRIBUTIONS_FOLDER [--python 'SERVER COMMAND --stdio']
 *
 * TypeScript and JavaScript by TypeScript's compiler (typescriptNames.ts); Python by a language server
 * (pythonNames.ts), where one is named. Members are asked for at each access, names in scope once a line. What is
 * there already of a language is not made again.
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { type Asked, askedOf, type NamesSource } from './asked.ts';
import { PythonNames } from './pythonNames.ts';
import type { Scored } from './scored.ts';
import { TypeScriptNames } from './typescriptNames.ts';

const {
  values: { python },
  positionals: [folder],
} = parseArgs({ allowPositionals: true, options: { python: { type: 'string' } } });
if (!folder) throw new Error("usage: serverNames.ts DISTRIBUTIONS_FOLDER [--python 'SERVER COMMAND --stdio']");

interface Language {
  endings: string[];
  /** For a repository's folder. */
  source(root: string): NamesSource;
}
const languages: Language[] = [
  { endings: ['.ts', '.tsx', '.js', '.jsx', '.mjs'], source: (root) => new TypeScriptNames(root) },
];
if (python) languages.push({ endings: ['.py'], source: (root) => new PythonNames(python, root) });

for (const name of readdirSync(folder).filter((file) => file.endsWith('.json') && !file.endsWith('.names.json'))) {
  const out = join(folder, name.replace('.json', '.names.json'));
  const about = JSON.parse(readFileSync(join(folder, name), 'utf8')) as { folder: string; texts: Scored[] };
  const asked: Asked[][] = existsSync(out) ? JSON.parse(readFileSync(out, 'utf8')) : about.texts.map(() => []);
  for (const { endings, source } of languages) {
    const own = about.texts.flatMap(({ path }, i) => (endings.includes(extname(path)) ? [i] : []));
    if (own.length === 0 || own.some((i) => asked[i].length > 0)) continue;
    const [names, began] = [source(about.folder), performance.now()];
    let places = 0;
    for (const i of own) places += (asked[i] = await askedOf(names, about.texts[i])).length;
    await names.stop();
    writeFileSync(out, JSON.stringify(asked));
    const seconds = ((performance.now() - began) / 1000).toFixed(0);
    process.stderr.write(`${name}: ${places} places of ${own.length} texts after ${seconds} s\n`);
  }
}
