/**
 * What the workspace's memory is worth to a model, in bits per byte:
 *
 *     npx tsx test/bench/memory.ts MODEL_FOLDER FILES BYTES REPOSITORY_FOLDER...
 *
 * FILES files of each repository, the first BYTES bytes each, given the file's beginning (the model) and all other
 * files and the file's beginning (the memory). Files that hold half of a file's lines are no other files.
 */
import { cpus } from 'node:os';
import { basename } from 'node:path';
import { Cache } from '../../server/engine/cache.ts';
import { Engine } from '../../server/engine/engine.ts';
import { Evidence } from '../../server/memory/evidence.ts';
import { readGate } from '../../server/memory/gate.ts';
import { Recent } from '../../server/memory/recent.ts';
import { TextIndex } from '../../server/memory/textIndex.ts';
import { beginning } from './scored.ts';
import { copies, filesOf, SMALLEST, spread } from './sources.ts';

/** Where the model knows nothing: every byte is as probable as the next. */
const IGNORANT = new Float32Array(256).fill(-Math.log(256));

async function main(): Promise<void> {
  const [model, files, bytes, ...folders] = process.argv.slice(2);
  if (!folders.length) throw new Error('usage: memory.ts MODEL_FOLDER FILES BYTES REPOSITORY_FOLDER...');
  const engine = await Engine.load(model);
  const gate = await readGate(engine.folder, engine.manifest);
  if (!gate) throw new Error(`${model} has no gate`);
  const [cache, recent, evidence] = [new Cache(engine.architecture), new Recent(), new Evidence()];
  const rows: { name: string; bytes: number; model: number; memory: number; both: number }[] = [];
  let [places, spent, near] = [0, 0, 0];
  for (const folder of folders) {
    const all = filesOf(folder);
    const long = all.filter(({ text }) => text.length >= SMALLEST);
    const chosen = spread(long, Number(files));
    const index = new TextIndex(3 * all.reduce((n, { text }) => n + text.length, 2 ** 20));
    for (const { path, text } of all) for (const _ of index.put(path, text));
    const row = { name: basename(folder), bytes: 0, model: 0, memory: 0, both: 0 };
    for (const file of chosen) {
      const out = all.filter((other) => other === file || copies(file, other));
      near += out.length - 1;
      for (const { path } of out) for (const _ of index.remove(path));
      for (const _ of index.settle());
      const [text, from] = beginning(file, engine.architecture, Number(bytes));
      await engine.score(text, from, cache, (before, dist) => {
        const began = process.cpuUsage();
        const byte = text[before.length];
        evidence.begin(before, before.length);
        index.find(evidence);
        recent.set(before);
        recent.find(evidence);
        const both = gate.mix(evidence, dist);
        const used = process.cpuUsage(began);
        spent += used.user + used.system;
        places++;
        row.bytes++;
        row.model -= dist[byte] / Math.LN2;
        row.both -= both[byte] / Math.LN2;
        row.memory -= gate.mix(evidence, IGNORANT)[byte] / Math.LN2;
        return both;
      });
      for (const { path, text } of out) for (const _ of index.put(path, text));
    }
    rows.push(row);
    process.stderr.write(`${row.name}: ${row.bytes} bytes\n`);
  }
  console.log(
    `${engine.manifest.name} ${engine.manifest.version}, ${cpus()[0].model.trim()}, ` +
      `${new Date().toISOString().slice(0, 10)}: ${places} bytes, ${near} near-copies left out, ` +
      `${(spent / places).toFixed(1)} microseconds of CPU a byte`,
  );
  await engine.release();
  const means = (key: 'model' | 'memory' | 'both') =>
    rows.reduce((sum, row) => sum + row[key] / row.bytes, 0) / rows.length;
  const line = (name: string, model: number, memory: number, both: number) =>
    `| ${name} | ${model.toFixed(3)} | ${memory.toFixed(3)} | ${both.toFixed(3)} | ` +
    `${((both / Math.min(model, memory) - 1) * 100).toFixed(0)}% |`;
  console.log('| repository | model | memory | both | |\n|---|---:|---:|---:|---:|');
  for (const r of rows) console.log(line(r.name, r.model / r.bytes, r.memory / r.bytes, r.both / r.bytes));
  console.log(line('**mean**', means('model'), means('memory'), means('both')));
}

await main();
