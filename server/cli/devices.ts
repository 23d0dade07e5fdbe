/** `byteline devices`: every device of this platform, tried as the worker tries it. */

import { devicesOf, selectDevice, type TrialRequest, tryApart, tryHere } from '../engine/deviceSelection.ts';
import type { Device } from '../engine/devices.ts';
import { resolveModel } from '../engine/find.ts';
import { BytelineError } from '../errors.ts';

export async function tryOne(request: string): Promise<void> {
  const parent = process.ppid;
  setInterval(() => process.ppid !== parent && process.exit(1), 1000).unref(); // the worker that asked died
  process.stdout.write(JSON.stringify(await tryHere(JSON.parse(request) as TrialRequest)) + '\n');
  process.exit(0); // some drivers keep a process alive
}

/** The device of `--device`: the CPU for auto. Throws a BytelineError that says why it cannot be used. */
export async function deviceOf(wanted: 'auto' | Device, folder: string, threads = 1): Promise<Device> {
  if (wanted === 'auto' || wanted === 'cpu') return 'cpu';
  const { reason } = await tryApart({ folder, device: wanted, threads, byName: true });
  if (reason) throw new BytelineError('device', `--device ${wanted}: ${reason}`);
  return wanted;
}

export async function run(o: { model: string; threads: number; json?: boolean }): Promise<void> {
  const folder = await resolveModel(o.model);
  const found = await selectDevice(devicesOf(), (device) => tryApart({ folder, device, threads: o.threads }));
  if (o.json) return void process.stdout.write(JSON.stringify(found) + '\n');
  process.stdout.write(`${found.device} runs ${o.model}${found.trials.length ? '' : '; no GPU was found'}\n`);
  for (const t of found.trials)
    process.stdout.write(`${t.device}: ${t.reason ?? `${t.ms!.toFixed(1)} ms, the CPU ${t.cpuMs!.toFixed(1)} ms`}\n`);
}
