/** What `byteline bench` measures of one model in a process of its own: the values, not their summary. */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { complete } from '../completion/complete.ts';
import { Document } from '../documents/document.ts';
import { Cache } from '../engine/cache.ts';
import { CachePool } from '../engine/cachePool.ts';
import type { Device } from '../engine/devices.ts';
import { Engine } from '../engine/engine.ts';
import { resolveModel, shownName } from '../engine/find.ts';
import { CACHE_MEGABYTES } from '../engine/loadedModel.ts';
import { limitsOf, promptAt } from '../prompt/around.ts';

export interface Values {
  name: string;
  fileBytes: number;
  unit: 'ms' | 'MB' | 'bytes/s';
  values: number[];
}
export interface Config {
  model: string;
  device: Device;
  precision?: string;
  threads: number;
  runs: number;
  keys: number;
  neighbours: number[];
}
export interface Measured {
  model: string;
  precision: string;
  device: string;
  threads: number;
  rows: Values[];
}

const KB = 1024;
/** Keys come so often, ms: eight a second. */
const KEY = 125;
const MAX_BYTES = 128;

/** Measures one configuration in this process. Throws a BytelineError where its model cannot be loaded. */
export async function measure(c: Config): Promise<Measured> {
  const rows: Values[] = [];
  const add = (name: string, fileBytes: number, unit: Values['unit'], values: number[]) =>
    void rows.push({ name, fileBytes, unit, values });
  const source = readFileSync(__filename, 'utf8'); // real JavaScript that is always at hand: this bundle
  const folder = await resolveModel(c.model);
  let began = performance.now();
  const engine = await Engine.load(folder, { device: c.device, threads: c.threads, precision: c.precision });
  add('load', 0, 'ms', [performance.now() - began]);
  const { architecture } = engine;
  /** A file of `size` bytes, and its prompt with a quarter of it after the cursor, `typed` bytes more before that. */
  const fileOf = (size: number) =>
    Document.create('file:///bench.js', 'javascript', 0, source.slice(100_000, 100_000 + size));
  const promptIn = (file: Document, size: number, typed = 0) =>
    promptAt(file, Math.floor(size * 0.75) + typed, 'src/bench.js', limitsOf(architecture, MAX_BYTES));
  const cache = new Cache(architecture);
  const timed = async (values: number[], work: () => Promise<unknown>) => {
    began = performance.now();
    await work();
    values.push(performance.now() - began);
  };

  for (const kb of [1, 4, 8, 32]) {
    const values: number[] = [];
    for (let i = 0; i < Math.max(2, c.runs / 8); i++) {
      cache.clear();
      await timed(values, () => engine.open(cache, promptIn(fileOf(kb * KB), kb * KB)));
    }
    add('prefill, cold', kb * KB, 'ms', values);
  }
  add('cancel during prefill', 8 * KB, 'ms', await cancelling(engine, cache, promptIn(fileOf(8 * KB), 8 * KB), c.runs));
  for (const size of [KB, 4 * KB, 1000 * KB]) {
    const [values, file]: [number[], Document] = [[], fileOf(size)];
    await engine.open(cache, promptIn(file, size));
    for (let i = 0; i < c.runs; i++) {
      await timed(values, () => {
        const position = file.positionAt(Math.floor(size * 0.75) + i);
        Document.update(file, [{ range: { start: position, end: position }, text: source[50_000 + i] }], i);
        return engine.open(cache, promptIn(file, size, i + 1));
      });
    }
    add('key to first byte', size, 'ms', values);
  }
  const prompt = promptIn(fileOf(4 * KB), 4 * KB);
  await engine.open(cache, prompt);
  for (const n of [32, 128]) {
    const values: number[] = [];
    for (let i = 0; i < c.runs; i++)
      await timed(values, () => complete(engine, cache, prompt, { maxBytes: n, multiline: true }));
    add(`${n} bytes, warm`, 4 * KB, 'ms', values);
  }
  const [rates, four]: [number[], number[]] = [[], []];
  const whole = prompt.subarray(0, prompt.length - (prompt.length % architecture.patch));
  for (let i = 0; i < Math.max(2, c.runs / 4); i++) {
    let text: Uint8Array = whole;
    began = performance.now();
    while (text.length < whole.length + 128) text = Buffer.concat([text, (await engine.open(cache, text)).bytes]);
    rates.push(((text.length - whole.length) * 1000) / (performance.now() - began));
    began = performance.now();
    const next = await engine.batch(cache, whole, 4, 128 / architecture.patch);
    for (let bytes = 0; bytes < 128; bytes += architecture.patch)
      await next(Array.from({ length: 4 }, () => new Uint8Array()));
    four.push((4 * 128 * 1000) / (performance.now() - began));
  }
  add('decoding, no drafts', 4 * KB, 'bytes/s', rates);
  add('decoding, 4 candidates', 4 * KB, 'bytes/s', four);
  add('memory of the process', 0, 'MB', [process.memoryUsage().rss / 1e6]);
  for (const n of c.neighbours) {
    const busy = Array.from({ length: n }, () => spawn(process.execPath, ['-e', 'for (;;);'], { stdio: 'ignore' }));
    try {
      const { first, full } = await typing(engine, source.slice(200_000, 208_000), c.keys);
      const beside = n ? `, ${n} busy neighbour${n > 1 ? 's' : ''}` : '';
      add(`typing: key to first byte${beside}`, 8000, 'ms', first);
      add(`typing: key to full line${beside}`, 8000, 'ms', full);
    } finally {
      for (const child of busy) child.kill('SIGKILL');
    }
  }
  return {
    model: await shownName(folder),
    precision: engine.file.precision,
    device: c.device,
    threads: c.threads,
    rows,
  };
}

/**
 * Milliseconds from a cancellation until `open` has ended, at moments spread evenly over a cold prefill. A call of the
 * model holds timers up, so they count from when the cancellation was due: counted from when it got in, they would
 * leave out the wait for the call.
 */
async function cancelling(engine: Engine, cache: Cache, prompt: Uint8Array, runs: number): Promise<number[]> {
  const open = (signal?: AbortSignal) => {
    cache.clear();
    return engine.open(cache, prompt, signal);
  };
  let whole = Infinity;
  for (let i = 0; i < 3; i++) {
    const began = performance.now();
    await open();
    whole = Math.min(whole, performance.now() - began);
  }
  const values: number[] = [];
  for (let i = 0; values.length < runs; i++) {
    const abort = new AbortController();
    let due = performance.now() + (whole * ((i % runs) + 0.5)) / runs;
    const timer = setTimeout(() => {
      due = Math.min(due, performance.now()); // timers round down
      abort.abort();
    }, due - performance.now());
    await open(abort.signal).catch((error) => {
      if (!abort.signal.aborted) throw error;
    });
    const ended = performance.now();
    clearTimeout(timer);
    if (ended > due) values.push(ended - due); // else it was through before
  }
  return values;
}

/**
 * Types into a real file at eight keys a second, a line completed at each key. In turn: 60 keys, a pause, three deleted
 * and typed again, and a jump to another place, which is read ahead as the extension does.
 */
async function typing(engine: Engine, source: string, keys: number): Promise<{ first: number[]; full: number[] }> {
  const pool = new CachePool(engine.architecture, CACHE_MEGABYTES * 1e6);
  const [first, full]: [number[], number[]] = [[], []];
  let [text, at] = [source.slice(0, 3000) + source.slice(4500), 3000];
  const promptHere = () => promptAt(text, at, 'src/typed.js', limitsOf(engine.architecture, MAX_BYTES));
  const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, Math.max(0, ms)));
  const ahead = async () => {
    const prompt = promptHere();
    await engine.open(pool.take(prompt), prompt);
    await sleep(4 * KEY);
  };
  const press = async (edit: () => void) => {
    const began = performance.now();
    edit();
    const prompt = promptHere();
    let seen = NaN;
    await complete(engine, pool.take(prompt), prompt, {
      maxBytes: MAX_BYTES,
      multiline: false,
      rest: text.slice(at).split('\n', 1)[0],
      onFirstByte: () => (seen = performance.now()),
    });
    first.push(seen - began);
    full.push(performance.now() - began);
    await sleep(KEY - (performance.now() - began));
  };
  const insert = (letter: string) => () => ((text = text.slice(0, at) + letter + text.slice(at)), at++);
  const backspace = () => ((text = text.slice(0, at - 1) + text.slice(at)), at--);
  await ahead();
  for (let typed = 0; typed < keys; typed++) {
    await press(insert(source[3000 + (typed % 1500)]));
    if (typed % 60 !== 59) continue;
    await sleep(4 * KEY);
    const last = text.slice(at - 3, at);
    for (let i = 0; i < 3; i++) await press(backspace);
    for (const letter of last) await press(insert(letter));
    const back = at;
    at = text.indexOf('\n', 1000 + typed * 10);
    await ahead();
    for (let i = 0; i < 5; i++) await press(insert(' '));
    for (let i = 0; i < 5; i++) await press(backspace);
    at = back;
    await ahead();
  }
  return { first, full };
}
