/**
 * What an index of a repository's other files would be worth to a model, in bits per byte:
 *
 *     npx tsx test/bench/memory.ts MODEL_FOLDER FILES BYTES REPOSITORY_FOLDER...
 *
 * FILES files of each repository, the first BYTES bytes each, given the file's beginning (the model) and all other files and the file's
 * beginning (the index). Files that hold half of a file's lines are no other files. Weights are learned on the other repositories.
 */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { cpus } from 'node:os';
import { basename, extname, join } from 'node:path';
import { Cache } from '../../server/engine/cache.ts';
import { Engine } from '../../server/engine/engine.ts';
import { kindOf, learn, mixed, type Case } from '../../server/memory/mixture.ts';
import { TextIndex } from '../../server/memory/textIndex.ts';
import { clean, plain } from '../../server/prompt/sequence.ts';

const TYPES = new Set(['.ts', '.tsx', '.js', '.jsx', '.mjs', '.vue']);
const LEFT_OUT = /(^|\/)(node_modules|dist|build|vendor|\.\w+)\/|\.min\.|\.d\.ts$/;
const [SMALLEST, LARGEST] = [1500, 100_000];

interface File { path: string; text: Buffer; lines: Set<string> }

function filesOf(folder: string): File[] {
  return (readdirSync(folder, { recursive: true }) as string[]).map((path) => path.replaceAll('\\', '/'))
    .filter((path) => TYPES.has(extname(path)) && !LEFT_OUT.test(path) && statSync(join(folder, path)).isFile() && statSync(join(folder, path)).size <= LARGEST)
    .sort().map((path) => {
      const text = Buffer.from(clean(readFileSync(join(folder, path))));
      return { path, text, lines: new Set(text.toString('latin1').split('\n').map((line) => line.trim()).filter((line) => line.length > 20)) };
    });
}

function copies(file: File, other: File): boolean {
  let same = 0;
  for (const line of file.lines) if (other.lines.has(line)) same++;
  return same >= file.lines.size / 2;
}

/** Probabilities of each byte of `text` under the model, given those before it. */
async function modelOf(engine: Engine, cache: Cache, path: string, text: Buffer): Promise<Float64Array> {
  const { patch } = engine.architecture;
  const head = plain(Buffer.from(path), patch);
  const whole = text.subarray(0, text.length - (text.length % patch));
  const logps = await engine.score(Buffer.concat([head, whole]), head.length, cache);
  return Float64Array.from(logps, Math.exp);
}

async function main(): Promise<void> {
  const [model, files, bytes, ...folders] = process.argv.slice(2);
  if (folders.length < 2) throw new Error('usage: memory.ts MODEL_FOLDER FILES BYTES REPOSITORY_FOLDER... (two or more)');
  const engine = await Engine.load(model);
  const cache = new Cache(engine.architecture);
  const found = new Map<string, Case[]>();
  let [queries, spent, near] = [0, 0, 0];
  for (const folder of folders) {
    const all = filesOf(folder);
    const long = all.filter(({ text }) => text.length >= SMALLEST);
    const cases: Case[] = [];
    for (let i = 0; i < Number(files); i++) {
      const file = long[Math.floor(((i + 0.5) * long.length) / Number(files))];
      const text = file.text.subarray(0, Number(bytes));
      const model = await modelOf(engine, cache, file.path, text);
      const others = all.filter((other) => other !== file && !copies(file, other));
      near += all.length - 1 - others.length;
      const index = new TextIndex(2 ** 23);
      for (const other of others) index.put(other.path, other.text);
      const began = performance.now();
      model.forEach((p, at) => {
        const followers = index.followers(text.subarray(Math.max(0, at - 64), at));
        cases.push({ model: p, index: followers.bytes.find(({ byte }) => byte === text[at])?.share ?? 0, kind: kindOf(followers) });
        index.append(text[at]);
      });
      spent += performance.now() - began;
      queries += model.length;
    }
    found.set(basename(folder), cases);
  }
  const bits = (cases: Case[], p: (c: Case) => number) => cases.reduce((sum, c) => sum - Math.log2(Math.max(1e-9, p(c))), 0) / cases.length;
  const rows = [...found].map(([name, cases]) => {
    const learned = (model: boolean) => {
      const others = [...found].filter(([other]) => other !== name).flatMap(([, cases]) => cases);
      const given = (c: Case) => (model ? c : { ...c, model: 1 / 256 });
      const weights = learn(others.map(given));
      return bits(cases, (c) => mixed(given(c), weights));
    };
    return { name, model: bits(cases, (c) => c.model), index: learned(false), both: learned(true) };
  });
  console.log(`${engine.manifest.name} ${engine.manifest.version}, ${cpus()[0].model.trim()}, ${new Date().toISOString().slice(0, 10)}: ${queries} bytes, ${near} near-copies left out, ${(1000 * spent / queries).toFixed(1)} microseconds for a look-up and a byte put`);
  console.log('| repository | model | index | both | |\n|---|---:|---:|---:|---:|');
  const mean = (key: 'model' | 'index' | 'both') => rows.reduce((sum, row) => sum + row[key], 0) / rows.length;
  for (const row of [...rows, { name: '**mean**', model: mean('model'), index: mean('index'), both: mean('both') }]) {
    console.log(`| ${row.name} | ${row.model.toFixed(3)} | ${row.index.toFixed(3)} | ${row.both.toFixed(3)} | ${((row.both / Math.min(row.model, row.index) - 1) * 100).toFixed(0)}% |`);
  }
  await engine.release();
}

await main();
