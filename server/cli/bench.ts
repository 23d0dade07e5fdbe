/** `byteline bench`: the speed table of the README, on this machine. Medians over --runs runs, caches warm where said. */
import { readFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { complete } from '../completion/complete.ts';
import { Cache } from '../engine/cache.ts';
import { Engine } from '../engine/engine.ts';
import { promptAt } from '../prompt/around.ts';
import { resolveModel } from './models.ts';

interface Row { name: string; model: string; precision: string; device: string; threads: number; contextBytes: number; unit: string; p50: number; p95: number; n: number }

export async function run(o: { model: string; threads?: number; runs: number; json?: boolean }): Promise<void> {
  const folder = await resolveModel(o.model);
  const threads = o.threads ?? 1;
  const rows: Row[] = [];
  const e = await Engine.load(folder, { threads });
  const add = (name: string, contextBytes: number, unit: string, values: number[]) => {
    const sorted = [...values].sort((a, b) => a - b);
    const at = (q: number) => Math.round(sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] * 100) / 100;
    rows.push({ name, model: e.manifest.name, precision: e.file.precision, device: 'cpu', threads, contextBytes, unit, p50: at(0.5), p95: at(0.95), n: values.length });
    if (process.stderr.isTTY) process.stderr.write(`${name}\n`);
  };
  const limits = { ...e.architecture, completion: 256 };
  const source = readFileSync(__filename, 'utf8').slice(100_000, 164_000); // real JavaScript that is always at hand: this bundle
  const tail = '\n' + source.slice(32_000, 33_000);
  const prompts = (size: number) => promptAt(source.slice(0, size) + tail, size, 'src/bench.js', limits);
  const cache = new Cache(e.architecture);
  for (const size of [1024, 3072]) {
    const times: number[] = [];
    const prompt = prompts(size);
    for (let i = 0; i < Math.max(3, o.runs / 3); i++) {
      cache.clear();
      const began = performance.now();
      await e.open(cache, prompt);
      times.push(performance.now() - began);
    }
    add('prefill', size, 'ms', times);
  }
  const size = 3072;
  const first: number[] = [];
  for (let i = 1; i <= o.runs; i++) { // one more typed byte at a time
    const prompt = prompts(size + i);
    const began = performance.now();
    await e.open(cache, prompt);
    first.push(performance.now() - began);
  }
  add('first-byte', size, 'ms', first);
  for (const n of [32, 128]) {
    const [times, rates]: [number[], number[]] = [[], []];
    for (let i = 0; i < o.runs; i++) {
      let text = prompts(size);
      const [want, began] = [text.length + n, performance.now()];
      while (text.length < want) text = Buffer.concat([text, (await e.open(cache, text)).bytes.subarray(text.length % e.architecture.patch)]);
      times.push(performance.now() - began);
      rates.push((n * 1000) / times[times.length - 1]);
    }
    add(`complete-${n}`, size, 'ms', times);
    if (n === 128) add('decode', size, 'bytes/s', rates);
  }
  await complete(e, cache, prompts(size), { maxBytes: 64, multiline: true });
  add('memory', size, 'MB', [process.memoryUsage().rss / 1e6]);
  const loads: number[] = [];
  for (let i = 0; i < Math.max(3, o.runs / 3); i++) { // last: sessions that come and go would count as memory
    const began = performance.now();
    const loaded = await Engine.load(folder, { threads });
    loads.push(performance.now() - began);
    await loaded.release();
  }
  add('load', 0, 'ms', loads);
  rows.unshift(rows.pop()!);
  const machine = `${cpus()[0].model.trim()}, ${cpus().length} cores, ${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.versions.node}, ${process.platform}-${process.arch}`;
  const date = new Date().toISOString().slice(0, 10);
  if (o.json) process.stdout.write(JSON.stringify({ machine, date, rows }) + '\n');
  else {
    process.stdout.write(`${machine}, ${date}\n`);
    for (const r of rows) process.stdout.write(`${r.name.padEnd(13)} ${String(r.contextBytes).padStart(5)} bytes  p50 ${String(r.p50).padStart(8)}  p95 ${String(r.p95).padStart(8)} ${r.unit}  (${r.model} ${r.precision}, ${r.threads} threads, n = ${r.n})\n`);
  }
}
