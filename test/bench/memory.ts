/**
 * What the workspace's memory is worth to a model, in bits per byte:
 *
 *     npx tsx test/bench/memory.ts MODEL_FOLDER FILES BYTES REPOSITORY_FOLDER...
 *     npx tsx test/bench/memory.ts MODEL_FOLDER FILES BYTES REPOSITORY_FOLDER... --features FOLDER
 *
 * FILES files of each repository, the first BYTES bytes each, given the file's beginning (the model) and all other
 * files and the file's beginning (the memory). Files that hold half of a file's lines are no other files. With
 * --features it writes what the gate is trained on (model/byteline_model/gate.py), a part of each file given what
 * stands before and after it among it; without, it prints a table with the model's own gate.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { basename, join } from 'node:path';
import { parseArgs } from 'node:util';
import { Cache } from '../../server/engine/cache.ts';
import { Engine } from '../../server/engine/engine.ts';
import { Evidence } from '../../server/memory/evidence.ts';
import { BYTE, Description, describe, PLACE, readGate } from '../../server/memory/gate.ts';
import { Recent } from '../../server/memory/recent.ts';
import { TextIndex } from '../../server/memory/textIndex.ts';
import { limitsOf, promptAt } from '../../server/prompt/around.ts';
import { plain } from '../../server/prompt/sequence.ts';
import { characterStart } from '../../server/prompt/utf8.ts';
import { copies, type File, filesOf, SMALLEST } from './sources.ts';

/** A part of a file given what stands before and after it, and where it begins. */
function between({ path, text }: File, a: Engine['architecture']): [Buffer, number] {
  const [from, to] = [0.4, 0.6].map((share) => characterStart(text, Math.floor(share * text.length)));
  const middle = text.subarray(from, Math.min(to, from + a.context / 4));
  const prompt = promptAt(
    text.subarray(0, from).toString() + text.subarray(from + middle.length).toString(),
    text.subarray(0, from).toString().length,
    path,
    limitsOf(a, a.context / 4),
  );
  return [Buffer.concat([prompt, middle]), prompt.length];
}

/** Numbers for training, in arrays that numpy reads. */
class Features {
  private readonly sizes: number[] = [];
  private readonly truths: number[] = [];
  private readonly logps: number[] = [];
  private readonly places: Float32Array[] = [];
  private readonly rows: Float32Array[] = [];
  readonly repositories: [string, number][] = [];

  add({ size, bytes, place, rows }: Description, truth: number, logp: number): void {
    this.sizes.push(size);
    this.truths.push(bytes.subarray(0, size).indexOf(truth));
    this.logps.push(logp);
    this.places.push(place.slice());
    this.rows.push(rows.slice(0, size * BYTE));
  }
  close(repository: string): void {
    this.repositories.push([repository, this.sizes.length]);
  }
  write(folder: string): void {
    mkdirSync(folder, { recursive: true });
    const put = (name: string, data: NodeJS.TypedArray) => writeFileSync(join(folder, name), data);
    put('sizes.u8', Uint8Array.from(this.sizes));
    put('truths.i8', Int8Array.from(this.truths));
    put('logps.f32', Float32Array.from(this.logps));
    put('places.f32', joined(this.places));
    put('rows.f32', joined(this.rows));
    writeFileSync(
      join(folder, 'about.json'),
      JSON.stringify({ byte: BYTE, place: PLACE, ends: this.repositories }) + '\n',
    );
  }
}

function joined(parts: Float32Array[]): Float32Array {
  const out = new Float32Array(parts.reduce((n, part) => n + part.length, 0));
  parts.reduce((at, part) => (out.set(part, at), at + part.length), 0);
  return out;
}

/** Where the model knows nothing: every byte is as probable as the next. */
const IGNORANT = new Float32Array(256).fill(-Math.log(256));

async function main(): Promise<void> {
  const {
    values,
    positionals: [model, files, bytes, ...folders],
  } = parseArgs({ allowPositionals: true, options: { features: { type: 'string' } } });
  if (!folders.length)
    throw new Error('usage: memory.ts MODEL_FOLDER FILES BYTES REPOSITORY_FOLDER... [--features FOLDER]');
  const engine = await Engine.load(model);
  const gate = values.features ? undefined : await readGate(engine.folder, engine.manifest);
  if (!gate && !values.features) throw new Error(`${model} has no gate`);
  const { patch } = engine.architecture;
  const [cache, recent, evidence, description, features] = [
    new Cache(engine.architecture),
    new Recent(),
    new Evidence(),
    new Description(),
    new Features(),
  ];
  const rows: { name: string; bytes: number; model: number; memory: number; both: number }[] = [];
  let [places, spent, near] = [0, 0, 0];
  for (const folder of folders) {
    const all = filesOf(folder);
    const long = all.filter(({ text }) => text.length >= SMALLEST);
    const chosen = [
      ...new Set(
        Array.from({ length: Number(files) }, (_, i) => long[Math.floor(((i + 0.5) * long.length) / Number(files))]),
      ),
    ];
    const row = { name: basename(folder), bytes: 0, model: 0, memory: 0, both: 0 };
    for (const file of chosen) {
      const others = all.filter((other) => other !== file && !copies(file, other));
      near += all.length - 1 - others.length;
      const index = new TextIndex(others.reduce((n, { text }) => n + text.length, 2 ** 20));
      for (const other of others) for (const _ of index.put(other.path, other.text));
      for (const _ of index.settle());
      const head = plain(Buffer.from(file.path), patch);
      const start = Buffer.concat([head, file.text.subarray(0, Number(bytes))]);
      const texts: [Buffer, number][] = [[start.subarray(0, start.length - (start.length % patch)), head.length]];
      if (values.features) texts.push(between(file, engine.architecture)); // completions stand in front of something
      for (const [text, from] of texts)
        await engine.score(text, from, cache, (before, dist) => {
          const began = performance.now();
          const byte = text[before.length];
          evidence.clear();
          index.find(before, before.length, evidence);
          recent.set(before);
          recent.find(evidence);
          const both = gate?.mix(evidence, dist) ?? dist;
          spent += performance.now() - began;
          places++;
          row.bytes++;
          row.model -= dist[byte] / Math.LN2;
          if (gate) {
            row.both -= both[byte] / Math.LN2;
            row.memory -= gate.mix(evidence, IGNORANT)[byte] / Math.LN2;
          } else {
            describe(evidence, dist, description);
            features.add(description, byte, dist[byte]);
          }
          return both;
        });
    }
    features.close(row.name);
    rows.push(row);
    process.stderr.write(`${row.name}: ${row.bytes} bytes\n`);
  }
  console.log(
    `${engine.manifest.name} ${engine.manifest.version}, ${cpus()[0].model.trim()}, ` +
      `${new Date().toISOString().slice(0, 10)}: ${places} bytes, ${near} near-copies left out, ` +
      `${((1000 * spent) / places).toFixed(1)} microseconds a byte`,
  );
  await engine.release();
  if (values.features) return features.write(values.features);
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
