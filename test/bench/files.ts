/**
 * What FILE blocks are worth to a model, in bits per byte:
 *
 *     npx tsx test/bench/files.ts MODEL_FOLDER FILES REPOSITORY_FOLDER...
 *
 * FILES files of each repository, 256 bytes at three places of each, given what stands before and after them: alone,
 * and behind blocks of a quarter of the context from files that the file imports, or that import it (those that share
 * most words with what is seen of the file, at the lines that share most). Each without and with all other files in the
 * memory; files that hold half of a file's lines are no other files. Without an import there is nothing to compare: the
 * file is left out.
 */
import { cpus } from 'node:os';
import { basename, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { Document } from '../../server/documents/document.ts';
import { RecentDocuments } from '../../server/documents/recentDocuments.ts';
import { Cache } from '../../server/engine/cache.ts';
import { Engine } from '../../server/engine/engine.ts';
import { Evidence } from '../../server/memory/evidence.ts';
import { readGate } from '../../server/memory/gate.ts';
import { Workspace } from '../../server/memory/readable.ts';
import { Recent } from '../../server/memory/recent.ts';
import { TextIndex } from '../../server/memory/textIndex.ts';
import { filesLimit, limitsOf, promptAt } from '../../server/prompt/around.ts';
import { blocksOf, type SourceLocation } from '../../server/prompt/nearby.ts';
import { characterStart } from '../../server/prompt/utf8.ts';
import { copies, type File, filesOf, SMALLEST, spread } from './sources.ts';

const MIDDLE = 256;
const NEIGHBOURS = 2;
const SEEN = 3000;

const stem = (path: string) => basename(path).replace(/\.\w+$/, '');
const words = (text: string) => new Set(text.match(/[A-Za-z_]\w{3,}/g));
const common = (a: Set<string>, b: Set<string>) => [...a].filter((word) => b.has(word)).length;
/** Whether one file names the other in a line that imports. */
const imports = (file: File, other: File) =>
  file.text
    .toString()
    .split('\n')
    .some(
      (line) =>
        /\b(import|require|from|use|include)\b/.test(line) &&
        new RegExp(`['"/.\\s]${stem(other.path).replace(/\W/g, '\\$&')}(\\.\\w+)?['"\\s;>]`).test(line + '\n'),
    );

/** The places in other files that share most words with `seen`: one for each file, the best first. */
function placesIn(others: File[], seen: Set<string>): SourceLocation[] {
  const best = others.map((other) => {
    const text = other.text.toString();
    const lines = text.split('\n');
    let [most, offset, start] = [-1, 0, 0];
    for (const [i, line] of lines.entries()) {
      const score = i % 4 ? -1 : common(words(lines.slice(Math.max(0, i - 6), i + 6).join('\n')), seen);
      if (score > most) [most, offset] = [score, start];
      start += line.length + 1;
    }
    return { most, path: other.path, text, offset };
  });
  return best.sort((a, b) => b.most - a.most).slice(0, NEIGHBOURS);
}

/**
 * Milliseconds of the process in the median to choose the blocks of a document where the user comes to one, eight
 * others edited before: rules of git, layout and all.
 */
async function choosing(folder: string, files: File[], budget: number): Promise<number> {
  const workspace = new Workspace({ roots: [resolve(folder)], exclude: [], secrets: [] });
  const times: number[] = [];
  for (let i = 0; i < 50; i++) {
    const recent = new RecentDocuments({
      mayRead: (uri, known) => workspace.mayRead(fileURLToPath(uri), known),
      nameOf: ({ uri }) => uri,
    });
    for (const { path, text } of [...files].sort((a, b) => b.text.length - a.text.length).slice(0, 8)) {
      const document = Document.create(pathToFileURL(resolve(folder, path)).href, '', 1, text.toString());
      const place = document.positionAt(Math.floor(document.length / 2));
      recent.changed(Document.update(document, [{ range: { start: place, end: place }, text: 'x' }], 2));
    }
    const began = process.cpuUsage();
    await recent.blocks(Document.create('file:///new.ts', '', 1, ''), 0, budget);
    const { user, system } = process.cpuUsage(began);
    times.push((user + system) / 1000);
  }
  return times.sort((a, b) => a - b)[25];
}

async function main(): Promise<void> {
  const {
    positionals: [model, files, ...folders],
  } = parseArgs({ allowPositionals: true });
  if (!folders.length) throw new Error('usage: files.ts MODEL_FOLDER FILES REPOSITORY_FOLDER...');
  const engine = await Engine.load(model);
  const gate = await readGate(engine.folder, engine.manifest);
  if (!gate) throw new Error(`${model} has no gate`);
  const { architecture } = engine;
  const limits = limitsOf(architecture, MIDDLE);
  const [cache, recent, evidence] = [new Cache(architecture), new Recent(), new Evidence()];
  const rows: { name: string; bytes: number; bits: Record<string, number> }[] = [];
  let [spent, choices, size] = [0, 0, 0];
  for (const folder of folders) {
    const all = filesOf(folder);
    const row = {
      name: basename(folder),
      bytes: 0,
      bits: { model: 0, both: 0, modelWith: 0, bothWith: 0 } as Record<string, number>,
    };
    const long = all
      .filter(({ text }) => text.length >= SMALLEST)
      .map((file) => ({
        file,
        near: all.filter(
          (other) =>
            other !== file &&
            other.text.length > 300 &&
            !copies(file, other) &&
            (imports(file, other) || imports(other, file)),
        ),
      }))
      .filter(({ near }) => near.length);
    const chosen = spread(long, Number(files));
    for (const { file, near } of chosen) {
      const others = all.filter((other) => other !== file && !copies(file, other));
      const index = new TextIndex(others.reduce((n, { text }) => n + text.length, 2 ** 20));
      for (const other of others) for (const _ of index.put(other.path, other.text));
      for (const _ of index.settle());
      for (const share of [0.25, 0.5, 0.75]) {
        const from = characterStart(file.text, Math.floor(share * (file.text.length - MIDDLE)));
        const middle = file.text.subarray(from, from + MIDDLE);
        const [before, after] = [file.text.subarray(0, from).toString(), file.text.subarray(from + MIDDLE).toString()];
        const places = placesIn(near, words(before.slice(-SEEN) + after.slice(0, SEEN)));
        const began = performance.now();
        const blocks = blocksOf(places, filesLimit(architecture.context, before.length, after.length));
        spent += performance.now() - began;
        choices++;
        size += blocks.reduce((n, block) => n + block.text.length, 0);
        row.bytes += middle.length;
        for (const [key, given] of [
          ['', []],
          ['With', blocks],
        ] as const) {
          const prompt = promptAt(before + after, before.length, file.path, limits, [...given]);
          await engine.score(Buffer.concat([prompt, middle]), prompt.length, cache, (text, dist) => {
            const byte = middle[text.length - prompt.length];
            evidence.begin(text, text.length);
            index.find(evidence);
            recent.set(text);
            recent.find(evidence);
            row.bits[`model${key}`] -= dist[byte] / Math.LN2;
            row.bits[`both${key}`] -= gate.mix(evidence, dist)[byte] / Math.LN2;
            return dist;
          });
        }
      }
    }
    rows.push(row);
    process.stderr.write(
      `${row.name}: ${row.bytes} bytes of ${chosen.size} files, ${long.length} import or are imported\n`,
    );
  }
  console.log(
    `${engine.manifest.name} ${engine.manifest.version}, ${cpus()[0].model.trim()}, ` +
      `${new Date().toISOString().slice(0, 10)}: blocks of ${Math.round(size / choices)} bytes in the mean, ` +
      `laid out in ${((1000 * spent) / choices).toFixed(0)} microseconds`,
  );
  const folder = folders.at(-1)!;
  const median = await choosing(folder, filesOf(folder), filesLimit(architecture.context, 0, 0));
  console.log(`chosen in ${median.toFixed(1)} ms of CPU time (median), of eight documents of ${basename(folder)}`);
  await engine.release();
  const line = (name: string, bits: number[]) => {
    const change = (i: number) => ` (${((bits[i] / bits[i - 1] - 1) * 100).toFixed(1)}%)`;
    return `| ${name} | ${bits.map((b, i) => b.toFixed(3) + (i % 2 ? change(i) : '')).join(' | ')} |`;
  };
  const keys = ['model', 'modelWith', 'both', 'bothWith'];
  console.log('| repository | model | with blocks | model and memory | with blocks |\n|---|---:|---:|---:|---:|');
  for (const { name, bytes, bits } of rows)
    console.log(
      line(
        name,
        keys.map((key) => bits[key] / bytes),
      ),
    );
  console.log(
    line(
      '**mean**',
      keys.map((key) => rows.reduce((sum, { bytes, bits }) => sum + bits[key] / bytes, 0) / rows.length),
    ),
  );
}

await main();
