/** What was measured on this machine, kept over restarts of the editor: threads and devices, and devices on which the worker died. */
import type * as vscode from 'vscode';
import { messageOf } from '../server/errors.ts';
import type { DeviceChoice, InitOptions, Status, Threads } from '../server/protocol.ts';

type Device = NonNullable<Status['device']>;

export class Memory {
  private running: Device = 'cpu';

  /** `log` hears of what could not be kept: a disk may be full, or not to be written. */
  constructor(private readonly state: vscode.Memento, private readonly log: (message: string) => void) {}

  /** What a worker that starts is to know. */
  get known(): Pick<InitOptions, 'knownThreads' | 'knownDevices' | 'avoidDevices'> {
    return { knownThreads: this.state.get('threads', {}), knownDevices: this.state.get('devices', {}), avoidDevices: this.state.get('avoid', []) };
  }

  noteThreads({ key, threads }: Threads): void {
    this.keep('threads', { ...this.state.get('threads', {}), [key]: threads });
  }

  noteDevice({ key, device, trials }: DeviceChoice): void {
    this.keep('devices', { ...this.state.get('devices', {}), [key]: { device, trials } });
  }

  noteStatus({ device }: Status): void {
    this.running = device ?? this.running;
  }

  /** The worker died: not on that device again. */
  noteDeath(): void {
    if (this.running !== 'cpu') this.keep('avoid', [...new Set([...this.state.get<Device[]>('avoid', []), this.running])]);
    this.running = 'cpu';
  }

  /** Everything is to be measured anew. */
  forget(): void {
    for (const key of ['threads', 'devices', 'avoid']) this.keep(key, undefined);
  }

  private keep(key: string, value: unknown): void {
    void Promise.resolve(this.state.update(key, value)).catch((error) => this.log(`what was measured is not kept (${key}): ${messageOf(error)}`));
  }
}
