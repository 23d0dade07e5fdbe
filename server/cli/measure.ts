/** What `byteline bench` measures of one model in a process of its own: the values, not their summary. */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { complete } from '../completion/complete.ts';
import { Document } from '../documents/document.ts';
import { Cache } from '../engine/cache.ts';
import type { Device } from '../engine/devices.ts';
import { Engine } from '../engine/engine.ts';
import { resolveModel, shownName } from '../engine/find.ts';
import { limitsOf, promptAt } from '../prompt/around.ts';
import { WorkspaceMemory } from '../workspaceMemory.ts';
import { busy, MAX_BYTES, typing } from './typing.ts';

export interface Values {
  name: string;
  fileBytes: number;
  /** Measured with the memory of the workspace. */
  memory: boolean;
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
  /** A folder that the memory knows; without one there is no memory. */
  workspace?: string;
}
/** What the memory held. */
export interface Indexed {
  folder: string;
  files: number;
  bytes: number;
}
export interface Measured {
  model: string;
  precision: string;
  device: string;
  threads: number;
  workspace?: Indexed;
  rows: Values[];
}

const KB = 1024;
/**
 * What is completed: a fixed file (esbuild.config.mjs puts it beside this bundle), so that versions can be compared; as
 * often as a longer one needs, for nobody sees so far. Files of its name are left out of the memory: this repository
 * has some like it.
 */
const NAME = 'provider.ts';
const FILE = join(__dirname, `${NAME}.txt`);

/** Measures one configuration in this process. Throws a BytelineError where its model cannot be loaded. */
export async function measure(c: Config): Promise<Measured> {
  const rows: Values[] = [];
  const add = (name: string, fileBytes: number, unit: Values['unit'], values: number[], memory = false) =>
    void rows.push({ name, fileBytes, memory, unit, values });
  const once = readFileSync(FILE, 'utf8');
  const source = once.repeat(Math.ceil((1000 * KB) / once.length));
  const folder = await resolveModel(c.model);
  let began = performance.now();
  const engine = await Engine.load(folder, { device: c.device, threads: c.threads, precision: c.precision });
  add('load', 0, 'ms', [performance.now() - began]);
  const { architecture } = engine;
  /** A file of `size` bytes, and its prompt with a quarter of it after the cursor, `typed` bytes more before that. */
  const fileOf = (size: number) => Document.create('file:///bench.ts', 'typescript', 0, source.slice(0, size));
  const promptIn = (file: Document, size: number, typed = 0) =>
    promptAt(file, Math.floor(size * 0.75) + typed, 'src/bench.ts', limitsOf(architecture, MAX_BYTES));
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
        Document.update(file, [{ range: { start: position, end: position }, text: source[10_000 + i] }], i);
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
  const resident = () => [process.memoryUsage().rss / 1e6];
  add('memory of the process', 0, 'MB', resident());
  const withMemory =
    c.workspace && c.neighbours.length && engine.manifest.memory ? await indexOf(c.workspace) : undefined;
  if (withMemory) add('memory of the process', 0, 'MB', resident(), true);
  for (const n of c.neighbours) {
    const neighbours = Array.from({ length: n }, () =>
      spawn(process.execPath, ['-e', 'for (;;);'], { stdio: 'ignore' }),
    );
    try {
      for (const memory of withMemory ? [withMemory.memory, undefined] : [undefined]) {
        const uri = pathToFileURL(join(c.workspace ?? '/', 'byteline-bench.ts')).href;
        const { first, full } = await typing(engine, once.slice(0, 8000), uri, c.keys, memory);
        const beside = n ? `, ${n} busy neighbour${n > 1 ? 's' : ''}` : '';
        add(`typing: key to first byte${beside}`, 8000, 'ms', first, !!memory);
        add(`typing: key to full line${beside}`, 8000, 'ms', full, !!memory);
        if (n > 0) continue;
        const { cpu } = await typing(engine, once.slice(0, 8000), uri, c.keys, memory, true);
        add('typing: CPU time of a key, as offered', 8000, 'ms', [cpu], !!memory);
      }
    } finally {
      for (const child of neighbours) child.kill('SIGKILL');
    }
  }
  withMemory?.memory.stop();
  return {
    workspace: withMemory?.indexed,
    model: await shownName(folder),
    precision: engine.file.precision,
    device: c.device,
    threads: c.threads,
    rows,
  };
}

/** The memory of a folder as the worker keeps it, once all that it may read is indexed. */
async function indexOf(folder: string): Promise<{ memory: WorkspaceMemory; indexed: Indexed }> {
  const memory = new WorkspaceMemory(
    { exclude: [NAME, `${NAME}.txt`] },
    {
      folders: [pathToFileURL(folder).href],
      documents: () => [],
      busy,
      log: () => undefined,
      onProgress: () => undefined,
    },
  );
  while (memory.status.state === 'indexing') await sleep(20);
  const { files, bytes } = memory.status;
  return { memory, indexed: { folder, files, bytes } };
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
