/** What was measured on this machine, kept over restarts of the editor: threads and devices, and devices on which the worker died. */
import type * as vscode from 'vscode';
import type { DeviceChoice, InitOptions, Status, Threads } from '../server/protocol.ts';

type Device = NonNullable<Status['device']>;

export class Memory {
  private running: Device = 'cpu';

  constructor(private readonly state: vscode.Memento) {}

  /** What a worker that starts is to know. */
  get known(): Pick<InitOptions, 'knownThreads' | 'knownDevices' | 'avoidDevices'> {
    return { knownThreads: this.state.get('threads', {}), knownDevices: this.state.get('devices', {}), avoidDevices: this.state.get('avoid', []) };
  }

  noteThreads({ key, threads }: Threads): void {
    void this.state.update('threads', { ...this.state.get('threads', {}), [key]: threads });
  }

  noteDevice({ key, device, trials }: DeviceChoice): void {
    void this.state.update('devices', { ...this.state.get('devices', {}), [key]: { device, trials } });
  }

  noteStatus({ device }: Status): void {
    this.running = device ?? this.running;
  }

  /** The worker died: not on that device again. */
  noteDeath(): void {
    if (this.running !== 'cpu') void this.state.update('avoid', [...new Set([...this.state.get<Device[]>('avoid', []), this.running])]);
    this.running = 'cpu';
  }

  /** Everything is to be measured anew. */
  forget(): void {
    for (const key of ['threads', 'devices', 'avoid']) void this.state.update(key, undefined);
  }
}
