/**
 * Devices that are not used in this life of the worker: those that failed in it, and those on which an earlier one
 * died. Each rules out itself alone.
 */

import type { Choice, Trial } from './deviceSelection.ts';
import type { Device } from './devices.ts';

export class UnusableDevices {
  /** They stay failed whatever model comes next: the runtime keeps one device for the whole process. */
  private readonly failed = new Map<Device, Trial>();

  /** `avoid`: on which a worker died. */
  constructor(private readonly avoid: Device[] = []) {}

  /** A device failed. */
  note(device: Device, reason: string): void {
    this.failed.set(device, { device, reason });
  }

  /** Why a device is not used, or undefined. */
  why(device: Device): Trial | undefined {
    const died = this.avoid.includes(device) ? { device, reason: 'the worker died on it' } : undefined;
    return this.failed.get(device) ?? died;
  }

  /** Whether a choice can be kept over restarts: a device that failed may be well again in the next life. */
  lasting(devices: Device[]): boolean {
    return !devices.some((device) => this.failed.has(device));
  }

  /** Trials of devices that are not used: those of a choice that say why, and of those `devices` that are ruled out. */
  rejected({ trials }: Pick<Choice, 'trials'>, devices: Device[]): Trial[] {
    const all = [...trials.filter(({ reason }) => reason), ...devices.flatMap((device) => this.why(device) ?? [])];
    return [...new Map(all.map((trial) => [trial.device, trial])).values()];
  }
}
