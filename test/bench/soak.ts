/**
 * A user types for an hour (user.ts); what the worker's memory and latency do meanwhile goes to soak.json and soak.svg:
 *
 *     npx tsx test/bench/soak.ts [--model nano] [--minutes 60] [--folder FOLDER] [--most MB] [--out FOLDER]
 *
 * Linux only. Both files are written anew every ten minutes; Ctrl+C ends the run early and writes what there is.
 * `npm run soak` is the four-hour job; it fails where the memory grows.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join, resolve } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { type ModelInfo, modelsRequest } from '../../server/wire/protocol.ts';
import { TestWorker } from '../integration/worker.ts';
import { BLUE, ORANGE, plot } from './plot.ts';
import { type Asked, User, work } from './user.ts';

interface Sample {
  seconds: number;
  megabytes: number;
}

/** The files are written so often, ms. */
const OFTEN = 600_000;

const positive = (value: string) => {
  if (!(Number(value) > 0)) throw new InvalidArgumentError('expected a number above 0');
  return Number(value);
};
const options = new Command('soak')
  .option('--model <name or folder>', 'model', 'nano')
  .option('--minutes <n>', 'how long', positive, 60)
  .option('--folder <folder>', 'the workspace that is in memory; none unless said')
  .option('--most <MB>', 'fails where the memory grows by more in an hour: for runs of an hour or longer', positive)
  .option('--out <folder>', 'where soak.json and soak.svg go', '.cache/soak')
  .parse()
  .opts<{ model: string; minutes: number; folder?: string; most?: number; out: string }>();

async function main(): Promise<void> {
  if (process.platform !== 'linux')
    throw new Error('the soak reads the memory of the worker from /proc: it needs Linux');
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort(signal));
  // in a session of its own, or Ctrl+C would end the worker too
  const worker = await TestWorker.start(
    { streaming: true, model: options.model },
    ['setsid'],
    options.folder ? [resolve(options.folder)] : [],
  );
  try {
    const { state, message } = worker.statuses.at(-1)!;
    if (state === 'error') throw new Error(message);
    worker.process.once('exit', (code, signal) =>
      stop.abort(new Error(`the worker ended by itself: ${signal ?? code}`)),
    );
    const models: ModelInfo[] = await worker.connection.sendRequest(modelsRequest);
    const { name, version, precision } = models.find((m) => m.current)!;

    const user = new User(worker, stop);
    const began = performance.now();
    const samples: Sample[] = [];
    const sample = () => {
      const megabytes = worker.resident();
      if (megabytes) samples.push({ seconds: round((performance.now() - began) / 1000), megabytes: round(megabytes) });
    };
    const title = `${name} ${version}, ${precision}`;
    const timers = [
      setInterval(sample, options.minutes > 5 ? 5000 : 1000),
      setInterval(() => write(title, samples, user, began), OFTEN),
      setTimeout(() => stop.abort('time'), options.minutes * 60_000),
    ];
    sample();
    const end = await work(user).catch((error) => (stop.signal.aborted ? stop.signal.reason : error));
    timers.forEach(clearInterval);
    if (!(end instanceof Error)) sample();
    const grows = write(title, samples, user, began);
    if (end instanceof Error) throw end;
    if (options.most !== undefined && grows > options.most)
      throw new Error(`the memory grows by ${grows} MB an hour, more than ${options.most}`);
  } finally {
    await worker.stop().catch(() => undefined); // dead already
  }
}

/** Writes both files into the folder and prints the summary. Returns by how much the memory grows, MB an hour. */
function write(model: string, samples: Sample[], user: User, began: number): number {
  const minutes = (performance.now() - began) / 60_000;
  const settled = samples.slice(Math.floor(samples.length / 10)); // the first tenth fills the caches
  const count = Math.max(1, Math.round(minutes)); // what is left over counts as the last minute's
  const byMinute = Array.from({ length: count }, (_, i) =>
    user.asked.filter(({ at }) => Math.min(count - 1, Math.floor((at - began) / 60_000)) === i),
  );
  const number = (kind: Asked['kind']) => user.asked.filter((a) => a.kind === kind).length;
  const found = {
    machine: `${cpus()[0].model.trim()}, ${cpus().length} cores, Node ${process.versions.node}`,
    date: new Date().toISOString().slice(0, 10),
    model,
    minutes: round(minutes),
    completions: {
      asked: user.asked.length,
      text: number('text'),
      none: number('none'),
      cancelled: number('cancelled'),
      accepted: user.accepted,
    },
    memory: {
      afterFirstTenth: settled[0].megabytes,
      end: samples.at(-1)!.megabytes,
      most: Math.max(...samples.map((s) => s.megabytes)),
      perHour: slope(settled),
    },
    latency: latency(user.asked),
    latencyByQuarter: quarters(user.asked).map(latency),
    latencyByMinute: byMinute.map(latency),
    samples,
  };
  mkdirSync(options.out, { recursive: true });
  writeFileSync(join(options.out, 'soak.json'), JSON.stringify(found, undefined, 1) + '\n');
  const line = (of: 'first' | 'full') =>
    found.latencyByMinute.flatMap(({ [of]: q }, i): [number, number][] =>
      q.n ? [[Math.min(i + 0.5, minutes), q.p95]] : [],
    );
  writeFileSync(
    join(options.out, 'soak.svg'),
    plot(
      `${model}: ${user.asked.length} requests while typing at eight keys a second`,
      `minutes (${found.machine}, ${found.date})`,
      [
        {
          title: "the worker's resident memory, MB",
          lines: [{ name: 'memory', colour: BLUE, points: samples.map((s) => [s.seconds / 60, s.megabytes]) }],
        },
        {
          title: 'from a key, 95th percentile of each minute, ms',
          lines: [
            { name: 'to the first text', colour: BLUE, points: line('first') },
            { name: 'to the whole answer', colour: ORANGE, points: line('full') },
          ],
        },
      ],
    ),
  );
  const {
    memory: m,
    latency: { first, full },
    latencyByQuarter: q,
    completions: c,
  } = found;
  console.log(
    `${model}, ${found.minutes} minutes: ${m.afterFirstTenth} MB after ${round(settled[0].seconds / 60)} minutes, ` +
      `${m.end} at the end, ${m.most} at most, ${m.perHour} MB per hour; ` +
      `key to first text p50 ${first.p50} p95 ${first.p95} ms, ` +
      `to the whole answer p50 ${full.p50} p95 ${full.p95} ms ` +
      `(p95 by quarters of the run ${q.map(({ full }) => full.p95).join(', ')}); ` +
      `${c.asked} asked, ${c.text} with text, ${c.cancelled} cancelled, ${c.accepted} accepted`,
  );
  return m.perHour;
}

const quarters = <T>(all: T[]) =>
  [0, 1, 2, 3].map((i) => all.slice(Math.floor((i * all.length) / 4), Math.floor(((i + 1) * all.length) / 4)));

/**
 * Cancelled requests are among `full` with the time that they had lasted: without them, the slowest would be missing.
 */
function latency(asked: Asked[]) {
  return { first: quantiles(asked.flatMap((a) => a.first ?? [])), full: quantiles(asked.map((a) => a.full)) };
}

function quantiles(values: number[]) {
  const sorted = values.sort((a, b) => a - b);
  const at = (q: number) => round(sorted[Math.floor(q * sorted.length)] ?? 0);
  return { p50: at(0.5), p95: at(0.95), n: sorted.length };
}

/** Of the line through the samples by least squares, MB per hour. */
function slope(samples: Sample[]): number {
  const mean = (values: number[]) => values.reduce((a, b) => a + b, 0) / values.length;
  const [x, y] = [mean(samples.map((s) => s.seconds)), mean(samples.map((s) => s.megabytes))];
  const [up, over] = [
    mean(samples.map((s) => (s.seconds - x) * (s.megabytes - y))),
    mean(samples.map((s) => (s.seconds - x) ** 2)),
  ];
  return over === 0 ? 0 : round((3600 * up) / over);
}

const round = (n: number) => Math.round(n * 100) / 100;

main().catch((error) => {
  console.error(`soak: ${error instanceof Error ? error.message : error}`);
  process.exitCode = 1;
});
