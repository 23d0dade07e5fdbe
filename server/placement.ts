/**
 * Where the loaded model runs: it answers with one thread on the CPU at once, and where more threads or a device pay by
 * a measurement, it is loaded again with those. A device that fails is not used again.
 */
import type { Connection } from 'vscode-languageserver/node';
import { type Choice, devicesOf, reasonOf, selectDevice, type Trial, tryApart } from './engine/deviceSelection.ts';
import type { Device } from './engine/devices.ts';
import { Engine } from './engine/engine.ts';
import { type LoadedModel, ofDevice } from './engine/loadedModel.ts';
import { candidates, cost, machineKey, probe } from './engine/threads.ts';
import { UnusableDevices } from './engine/unusableDevices.ts';
import { messageOf } from './errors.ts';
import type { SerialQueue } from './serialQueue.ts';
import { deviceNotification, type InitOptions, threadsNotification } from './wire/protocol.ts';

/** The threads are measured so long after a model was loaded, ms: the first completions go first. */
const PROBE_AFTER = 3000;

/** The model whose place is chosen. */
export interface PlacedModel {
  readonly loaded: LoadedModel;
  readonly name: string | undefined;
  /** Loads take turns here, whoever asks for them. */
  readonly loads: SerialQueue;
}

export class Placement {
  /** A device that the model is being loaded on. */
  trying: Device | undefined;
  /** Devices that are not used, and why. */
  rejected: Trial[] = [];
  private options: InitOptions = {};
  private ruledOut = new UnusableDevices();

  /** `onChange`: what a status says of threads and devices may be another thing now. */
  constructor(
    private readonly model: PlacedModel,
    private readonly client: Pick<Connection, 'console' | 'sendNotification'>,
    private readonly onChange: () => void,
  ) {}

  /** Takes the client's options; what is measured from now on is remembered in them. */
  configure(options: InitOptions): void {
    this.options = options;
    this.ruledOut = new UnusableDevices(options.avoidDevices);
  }

  /** Chooses threads and device for an engine that was just loaded on the CPU. */
  async settle(engine: Engine): Promise<void> {
    const settled = this.options.threads ? engine : await this.chooseThreads(engine);
    if (settled && this.current(settled)) await this.chooseDevice(settled);
  }

  /** A device failed; `engine` goes on, on the CPU. */
  failed(engine: Engine, device: Device, error: unknown): void {
    this.ruledOut.note(device, reasonOf(messageOf(error)));
    this.rejected = this.ruledOut.rejected({ trials: this.rejected }, [device]);
    this.client.console.error(`${device} failed, the CPU goes on: ${messageOf(error)}`);
    if (this.options.device !== device)
      this.keep(machineKey(engine.file), { device: 'cpu', trials: this.rejected }, true);
  }

  /** Nobody wants to know any more what would be best for an engine once another one is there. */
  private current(engine: Engine): boolean {
    return this.model.loaded.engine === engine;
  }

  /** The engine with as many threads as pay, or undefined where another model came meanwhile. */
  private async chooseThreads(engine: Engine): Promise<Engine | undefined> {
    const key = machineKey(engine.file);
    let threads = this.options.knownThreads?.[key] ?? (candidates().length === 1 ? 1 : undefined);
    if (!threads) {
      await new Promise((resolve) => setTimeout(resolve, PROBE_AFTER));
      threads = await probe((n) => this.costWith(engine, n));
      if (!threads) return undefined;
      const { options } = this;
      options.knownThreads = { ...options.knownThreads, [key]: threads }; // the model may be switched to again
      void this.client.sendNotification(threadsNotification, { key, threads });
    }
    if (threads === 1) return engine;
    const fast = await this.model.loads.run(async () =>
      this.current(engine) ? this.model.loaded.switchTo(engine.folder, { threads }) : undefined,
    );
    if (fast) this.client.console.info(`${threads} threads for each call of ${this.model.name}`);
    this.onChange();
    return fast;
  }

  /** Milliseconds of what a completion costs with so many threads; undefined where another model came meanwhile. */
  private async costWith(engine: Engine, threads: number): Promise<number | undefined> {
    if (!this.current(engine)) return undefined;
    const candidate = threads === 1 ? engine : await Engine.load(engine.folder, { threads });
    try {
      return await this.model.loaded.run(async () => (this.current(engine) ? cost(candidate) : undefined));
    } finally {
      if (candidate !== engine) await candidate.release();
    }
  }

  private async chooseDevice(engine: Engine): Promise<void> {
    const { device: wanted = 'auto' } = this.options;
    if (wanted === 'cpu') return;
    const key = machineKey(engine.file);
    const known = wanted === 'auto' ? this.options.knownDevices?.[key] : undefined;
    const devices = wanted === 'auto' ? devicesOf() : [wanted];
    const all = known ? [...devices, known.device] : devices;
    let choice: Choice | undefined = known && !this.ruledOut.why(known.device) ? known : undefined;
    if (!choice) {
      choice = await this.tryDevices(engine, devices, wanted !== 'auto');
      if (!choice) return;
      if (wanted === 'auto') this.keep(key, choice, this.ruledOut.lasting(all));
    }
    if (!this.current(engine)) return;
    this.rejected = this.ruledOut.rejected(choice, all);
    for (const t of this.rejected) this.client.console.info(`${t.device} is not used: ${t.reason}`);
    const { device } = choice;
    await this.model.loads.run(async () => {
      if (device !== 'cpu' && this.current(engine)) await this.moveTo(device, engine);
    });
    this.onChange();
  }

  /** `byName`: the user asked for that device. Undefined where another model came meanwhile. */
  private async tryDevices(engine: Engine, devices: Device[], byName: boolean): Promise<Choice | undefined> {
    const { folder, threads } = engine;
    if (!byName) await new Promise((resolve) => setTimeout(resolve, PROBE_AFTER));
    return selectDevice(devices, async (device) => {
      if (!this.current(engine)) return undefined;
      return this.ruledOut.why(device) ?? tryApart({ folder, device, threads, byName });
    });
  }

  /** Loads the model on a device. Where that fails, the engine stays. */
  private async moveTo(device: Device, engine: Engine): Promise<void> {
    this.trying = device;
    this.onChange();
    try {
      await this.model.loaded.switchTo(engine.folder, { threads: engine.threads, device });
      this.client.console.info(`the global model of ${this.model.name} runs on ${device}`);
    } catch (error) {
      if (!ofDevice(error)) throw error;
      this.failed(engine, device, error);
    } finally {
      this.trying = undefined;
    }
  }

  /** Where a model runs from now on, in this life and (`lasting`) in those that come. */
  private keep(key: string, choice: Choice, lasting: boolean): void {
    const { options } = this;
    options.knownDevices = { ...options.knownDevices, [key]: choice };
    if (lasting) void this.client.sendNotification(deviceNotification, { key, ...choice });
  }
}
