/**
 * What was learned on this machine, kept over restarts of the editor: threads, devices, graphs that do no harm, and
 * devices on which the worker died.
 */
import type * as vscode from 'vscode';
import { messageOf } from '../../server/errors.ts';
import type { DeviceChoice, InitOptions, Status, Threads, Vetted } from '../../server/wire/protocol.ts';
import { type End, ofItself } from './process.ts';

type Device = NonNullable<Status['device']>;
/** So many graphs are remembered, the last ones. */
const MOST_VETTED = 100;
/** Where the state keeps them. `devices` and `avoid` were 0.5.0's, which blamed devices for deaths from outside. */
const [THREADS, DEVICES, AVOID, VETTED] = ['threads', 'deviceChoices', 'avoidDevices', 'vetted'];

export class Measured {
  private running: Device = 'cpu';

  /** `log` hears of what could not be kept: a disk may be full, or not to be written. */
  constructor(
    private readonly state: vscode.Memento,
    private readonly log: (message: string) => void,
  ) {}

  /** What a worker that starts is to know. */
  get known(): Pick<InitOptions, 'knownThreads' | 'knownDevices' | 'avoidDevices' | 'vetted'> {
    const { state } = this;
    return {
      knownThreads: state.get(THREADS, {}),
      knownDevices: state.get(DEVICES, {}),
      avoidDevices: state.get(AVOID, []),
      vetted: state.get(VETTED, []),
    };
  }

  noteThreads({ key, threads }: Threads): void {
    this.keep(THREADS, { ...this.state.get(THREADS, {}), [key]: threads });
  }

  noteDevice({ key, device, trials }: DeviceChoice): void {
    this.keep(DEVICES, { ...this.state.get(DEVICES, {}), [key]: { device, trials } });
  }

  noteVetted({ key }: Vetted): void {
    this.keep(VETTED, [...new Set([...this.state.get<string[]>(VETTED, []), key])].slice(-MOST_VETTED));
  }

  /** A worker starts: on the CPU, wherever the last one was. */
  noteStart(): void {
    this.running = 'cpu';
  }

  noteStatus({ device, trying }: Status): void {
    this.running = trying ?? device ?? this.running;
  }

  /** The worker died, or hung and was ended. Where a driver can have been at fault: not on that device again. */
  noteDeath(end: End | 'hung'): void {
    const blamed = this.running !== 'cpu' && (end === 'hung' || ofItself(end));
    if (blamed) this.keep(AVOID, [...new Set([...this.state.get<Device[]>(AVOID, []), this.running])]);
    this.running = 'cpu';
  }

  /** Everything is to be measured anew. */
  forget(): void {
    for (const key of [THREADS, DEVICES, AVOID, VETTED]) this.keep(key, undefined);
  }

  private keep(key: string, value: unknown): void {
    void Promise.resolve(this.state.update(key, value)).catch((error) =>
      this.log(`what was measured is not kept (${key}): ${messageOf(error)}`),
    );
  }
}
