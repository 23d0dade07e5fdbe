/**
 * `byteline bench`: the speed table of the README, on this machine. Every configuration runs in a process of its own,
 * in turns.
 */
import { spawnSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { resolve } from 'node:path';
import { devicesOf, selectDevice, type Trial, tryApart } from '../engine/deviceSelection.ts';
import type { Device } from '../engine/devices.ts';
import { resolveModel } from '../engine/find.ts';
import { BytelineError } from '../errors.ts';
import { ENVIRONMENT, FLAGS } from '../wire/protocol.ts';
import { deviceOf } from './devices.ts';
import { type Config, type Measured, measure, type Values } from './measure.ts';

interface Options {
  model: string;
  device: 'auto' | Device;
  precision?: string;
  threads: string;
  runs: number;
  rounds: number;
  keys: number;
  neighbours: string;
  workspace: string | false;
  json?: boolean;
}
interface Row extends Omit<Values, 'values'> {
  model: string;
  precision: string;
  device: string;
  threads: number;
  p50: number;
  low: number;
  high: number;
  p95: number;
  p99: number;
  n: number;
}

export async function runOne(config: string): Promise<void> {
  process.stdout.write(JSON.stringify(await measure(JSON.parse(config) as Config)));
}

export async function run(o: Options): Promise<void> {
  const [models, threadCounts] = [list(o.model, '--model'), numbers(o.threads, '--threads')];
  const workspace = o.workspace === false || o.keys === 0 ? undefined : folderOf(o.workspace);
  const { devices, rejected } = await devicesFor(o.device, await resolveModel(models[0]));
  const configs = models.flatMap((model) =>
    threadCounts.flatMap((threads) =>
      devices.map(
        (device): Config => ({
          model,
          device,
          precision: o.precision,
          threads,
          runs: o.runs,
          keys: o.keys,
          neighbours: o.keys ? numbers(o.neighbours, '--neighbours') : [],
          workspace,
        }),
      ),
    ),
  );
  const found = new Map<Config, Measured[]>(configs.map((c) => [c, []]));
  for (let round = 0; round < o.rounds; round++) {
    for (const c of configs) {
      if (process.stderr.isTTY)
        process.stderr.write(`round ${round + 1} of ${o.rounds}: ${c.model} on ${c.device}, threads: ${c.threads}\n`);
      found.get(c)!.push(inChild(c));
    }
  }
  const rows = [...found.values()].flatMap(summary);
  const machine = [
    cpus()[0].model.trim(),
    `${cpus().length} cores`,
    `${Math.round(totalmem() / 2 ** 30)} GiB`,
    `Node ${process.versions.node}`,
    `${process.platform}-${process.arch}`,
  ].join(', ');
  const date = new Date().toISOString().slice(0, 10);
  const indexed = [...found.values()].flat().find((measured) => measured.workspace)?.workspace;
  if (o.json)
    return void process.stdout.write(JSON.stringify({ machine, date, workspace: indexed, rows, rejected }) + '\n');
  process.stdout.write(`${machine}, ${date}\n`);
  process.stdout.write(
    indexed
      ? `memory: ${indexed.files} files, ${(indexed.bytes / 1e6).toFixed(1)} MB of ${indexed.folder}\n`
      : 'without the memory\n',
  );
  for (const { device, reason } of rejected) process.stdout.write(`${device} is not measured: ${reason}\n`);
  for (const r of rows) {
    process.stdout.write(
      `${r.model} ${r.precision} on ${r.device}, threads: ${r.threads}  ` +
        `${(r.name + (r.memory ? ', memory' : '')).padEnd(56)} ${String(r.fileBytes).padStart(7)} bytes  ` +
        `p50 ${r.p50} (${r.low} to ${r.high})  p95 ${r.p95}  p99 ${r.p99} ${r.unit}  n = ${r.n}\n`,
    );
  }
}

/** With auto, the CPU and every device that can run the first model; else the one that was asked for. */
async function devicesFor(wanted: 'auto' | Device, folder: string): Promise<{ devices: Device[]; rejected: Trial[] }> {
  if (wanted !== 'auto') return { devices: [await deviceOf(wanted, folder)], rejected: [] };
  const { trials } = await selectDevice(devicesOf(), (device) =>
    tryApart({ folder, device, threads: 1, byName: true }),
  );
  return {
    devices: ['cpu', ...trials.filter((t) => !t.reason).map((t) => t.device)],
    rejected: trials.filter((t) => t.reason),
  };
}

function inChild(c: Config): Measured {
  const child = spawnSync(process.execPath, [...FLAGS, __filename, 'bench-one', JSON.stringify(c)], {
    encoding: 'utf8',
    maxBuffer: 1 << 28,
    env: { ...process.env, ...ENVIRONMENT },
  });
  if (child.status !== 0)
    throw new BytelineError(
      'runtime',
      child.stderr.trim().replace(/^byteline: /, '') ||
        `bench of ${c.model} ended with ${child.signal ?? child.status}`,
    );
  return JSON.parse(child.stdout) as Measured;
}

/** Over all rounds: quantiles, and the 95% interval of the median by order statistics. */
function summary(rounds: Measured[]): Row[] {
  return rounds[0].rows.map(({ name, fileBytes, memory, unit }, i) => {
    const sorted = rounds.flatMap((r) => r.rows[i].values).sort((a, b) => a - b);
    const n = sorted.length;
    const at = (rank: number) => Math.round(sorted[Math.min(n - 1, Math.max(0, Math.floor(rank)))] * 100) / 100;
    const half = 0.98 * Math.sqrt(n);
    const { model, precision, device, threads } = rounds[0];
    return {
      name,
      model,
      precision,
      device,
      threads,
      fileBytes,
      memory,
      unit,
      p50: at(n / 2),
      low: at(n / 2 - half),
      high: at(n / 2 + half),
      p95: at(0.95 * n),
      p99: at(0.99 * n),
      n,
    };
  });
}

function folderOf(workspace: string): string {
  if (!statSync(workspace, { throwIfNoEntry: false })?.isDirectory())
    throw new BytelineError('argument', `--workspace ${workspace}: no such folder`);
  return resolve(workspace);
}

function list(value: string, option: string): string[] {
  const parts = value.split(',').map((part) => part.trim());
  if (parts.some((part) => part === ''))
    throw new BytelineError('argument', `${option} ${value}: expected values with commas between`);
  return parts;
}

function numbers(value: string, option: string): number[] {
  return list(value, option).map((part) => {
    if (!/^\d{1,2}$/.test(part))
      throw new BytelineError('argument', `${option} ${value}: expected whole numbers with commas between`);
    return Number(part);
  });
}
