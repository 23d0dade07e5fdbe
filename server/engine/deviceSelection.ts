/**
 * Which device runs the global model. Each is tried alone, in a process of its own (a driver may end it), and is kept
 * only if it is a real one, agrees with the CPU and is faster.
 */
import { type ChildProcess, execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { listSupportedBackends } from 'onnxruntime-node';
import { BytelineError, messageOf } from '../errors.ts';
import { Cache } from './cache.ts';
import type { Device } from './devices.ts';
import { Engine } from './engine.ts';
import { choose, modelPath, readManifest, sizeOf } from './manifest.ts';
import { cost, GAIN } from './threads.ts';

export interface Trial {
  device: Device;
  /** Milliseconds of what a completion costs, there and on the CPU (threads.ts: cost). */
  ms?: number;
  cpuMs?: number;
  /** Why it is not used. */
  reason?: string;
}
export interface TrialRequest {
  folder: string;
  device: Device;
  threads: number;
  /** Asked for by name: however slow. */
  byName?: boolean;
}

/** A driver that hangs is given up after so long, ms. */
const TRIAL_TIMEOUT = 120_000;
/**
 * Mean difference of log-probabilities (nats) up to which a device agrees: the CPU rounds activations to 8 bits,
 * devices do not.
 */
const TOLERANCE = 0.1;
const SOFTWARE = /swiftshader|vulkan_lvp|d3d10warp/i;
const HARDWARE =
  /libGLX_nvidia|libvulkan_(?!lvp|gfxstream)|amdvlk|nvwgf2um|nvd3dum|nvoglv|amdxc|amdxx|igd1|igc64|qcdx|metal/i;

/** Where Linux shows GPUs: /dev/dxg is that of Windows below WSL. */
const NODES = ['/dev/dri', '/dev/nvidiactl', '/dev/dxg'];

/** Those that may pay on a platform, the most likely first. */
export function devicesOf(
  platform: string = process.platform,
  arch: string = process.arch,
  exists = existsSync,
): Device[] {
  if (platform === 'linux' && !NODES.some((node) => exists(node))) return [];
  if (platform === 'win32') return ['webgpu', 'dml'];
  if (platform === 'darwin') return ['webgpu', 'coreml'];
  return arch === 'x64' ? ['cuda', 'webgpu'] : [];
}

/**
 * The software renderer that stands in for a GPU, by the libraries that a process has loaded. Vulkan's loader loads the
 * drivers of all adapters.
 */
export function softwareAdapter(libraries: string[]): string | undefined {
  if (libraries.some((path) => HARDWARE.test(path))) return undefined;
  return libraries
    .find((path) => SOFTWARE.test(path))
    ?.split(/[\\/]/)
    .at(-1);
}

/** Tries a device in this process. */
export async function tryHere({ folder, device, threads, byName }: TrialRequest): Promise<Trial> {
  if (!listSupportedBackends().some((b) => b.name === device))
    return { device, reason: 'not in this build of onnxruntime' };
  let engine: Engine;
  try {
    engine = await Engine.load(folder, { device, threads });
  } catch (error) {
    return { device, reason: device === 'cpu' ? messageOf(error) : reasonOf(messageOf(error)) };
  }
  if (device === 'cpu') return { device, reason: await faultOf(engine) };
  const software = softwareAdapter(
    (process.report.getReport() as unknown as { sharedObjects: string[] }).sharedObjects,
  );
  if (software && !process.env.BYTELINE_SOFTWARE_GPU) return { device, reason: `a software adapter (${software})` };
  const text = Buffer.from(String(tryHere)); // real code that is always at hand
  const cpu = await Engine.load(folder, { threads });
  const [want, got] = [await cpu.score(text), await engine.score(text)];
  const difference = got.reduce((sum, logp, i) => sum + Math.abs(logp - want[i]), 0) / want.length;
  if (!(difference <= TOLERANCE))
    return { device, reason: `its log-probabilities differ from the CPU's by ${difference.toFixed(3)} nats a byte` };
  if (byName) return { device };
  const [ms, cpuMs] = [await cost(engine), await cost(cpu)];
  return {
    device,
    ms,
    cpuMs,
    ...(ms > cpuMs * GAIN && { reason: `not faster: ${ms.toFixed(1)} ms, the CPU ${cpuMs.toFixed(1)} ms` }),
  };
}

/** What is wrong with what a model's graph brings, in text and in the bytes that it writes. */
async function faultOf(engine: Engine): Promise<string | undefined> {
  const { patch, context } = engine.architecture;
  const text = Buffer.from(String(tryHere)).subarray(0, context - 2 * patch);
  try {
    const logps = [...(await engine.score(text)), ...(await engine.open(new Cache(engine.architecture), text)).logp];
    return logps.every((logp) => logp < 1e-3 && logp > -Infinity) ? undefined : 'its log-probabilities are none';
  } catch (error) {
    return messageOf(error);
  }
}

/** A model is loaded in so long, ms. */
const LOAD_TIMEOUT = 60_000;
/** Beyond what a model's files take, 10^6 bytes: nano takes 200 in all. */
const MOST_MEMORY = 2000;

/**
 * Loads and runs a model whose origin is unknown in a process of its own: its graph might end the process, or not end
 * at all. Throws a BytelineError that names the model's file.
 */
export async function vet(folder: string, timeout = LOAD_TIMEOUT, cli = __filename): Promise<void> {
  const file = choose(await readManifest(folder), 'cpu');
  if (!file) return; // loading says so
  const { reason } = await tryApart(
    { folder, device: 'cpu', threads: 1 },
    cli,
    timeout,
    MOST_MEMORY * 1e6 + 3 * sizeOf(file),
  );
  if (reason)
    throw new BytelineError('model', reason.startsWith(folder) ? reason : `${modelPath(folder, file)}: ${reason}`);
}

/** Ends a process that takes more memory than that, bytes; where nothing says how much it takes, it goes on. */
function limit(child: ChildProcess, most: number, ended: () => void): NodeJS.Timeout {
  return setInterval(() => {
    if (residentIn(readText(`/proc/${child.pid}/status`)) <= most) return;
    ended();
    child.kill('SIGKILL');
  }, 50);
}

/**
 * Resident memory, bytes, by the text of a /proc/PID/status: it counts in kB, and not in pages, which are of 4 to 64
 * kB. 0 where it does not say.
 */
export function residentIn(status: string): number {
  return 1024 * Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0);
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'latin1');
  } catch {
    return '';
  }
}

/** Tries a device in a process of its own, for at most `timeout` ms. `cli`: the bundle with the command line. */
export function tryApart(
  request: TrialRequest,
  cli = __filename,
  timeout = TRIAL_TIMEOUT,
  memory = Infinity,
): Promise<Trial> {
  return new Promise((resolve) => {
    let large = false;
    const child = execFile(
      process.execPath,
      [cli, 'try-device', JSON.stringify(request)],
      { timeout, killSignal: 'SIGKILL', env: { ...process.env, ELECTRON_RUN_AS_NODE: '1' } },
      (error, out, err) => {
        clearInterval(watch);
        const trial = error ? undefined : trialIn(out);
        if (trial) {
          // onnxruntime says it on standard error alone
          const missing = /(\S+): cannot open shared object file/.exec(err)?.[1];
          return resolve(
            trial.reason && missing ? { ...trial, reason: `${trial.reason}: ${missing} is missing` } : trial,
          );
        }
        if (!error) return resolve({ device: request.device, reason: 'its trial said nothing' });
        const who = request.device === 'cpu' ? 'it' : 'its driver';
        const why = large
          ? `it took more than ${(memory / 1e6).toFixed(0)} MB of memory`
          : error.killed
            ? `no answer in ${timeout / 1000} s`
            : error.signal
              ? `${who} ended the process (${error.signal})`
              : reasonOf(err.trim().split('\n').at(-1) || error.message);
        resolve({ device: request.device, reason: why });
      },
    );
    const watch = memory === Infinity ? undefined : limit(child, memory, () => (large = true));
  });
}

/** What a trial printed, whatever a driver printed around it. */
function trialIn(out: string): Trial | undefined {
  for (const line of out.split('\n').reverse()) {
    try {
      if (line.startsWith('{')) return JSON.parse(line) as Trial;
    } catch {
      /* no trial's */
    }
  }
  return undefined;
}

export interface Choice {
  device: Device;
  trials: Trial[];
}
type Attempt = (device: Device) => Promise<Trial | undefined>;

/**
 * Tries them in turn; the fastest that is left, or the CPU. Undefined as soon as an attempt says undefined: nobody
 * wants to know any more.
 */
export function selectDevice(devices: Device[], attempt: (device: Device) => Promise<Trial>): Promise<Choice>;
export function selectDevice(devices: Device[], attempt: Attempt): Promise<Choice | undefined>;
export async function selectDevice(devices: Device[], attempt: Attempt): Promise<Choice | undefined> {
  const trials: Trial[] = [];
  for (const device of devices) {
    const trial = await attempt(device);
    if (!trial) return undefined;
    trials.push(trial);
  }
  const fit = trials.filter((t) => !t.reason).sort((a, b) => (a.ms ?? 0) - (b.ms ?? 0));
  return { device: fit[0]?.device ?? 'cpu', trials };
}

/** What onnxruntime says, without the file and its own source line. */
export const reasonOf = (text: string) =>
  text
    .split('\n')[0]
    .replace(/^.*\.onnx: /, '')
    .replace(/^.* was false\. /, '')
    .trim()
    .slice(0, 300);
