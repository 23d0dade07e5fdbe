/** Whether this machine runs on its battery: Linux tells in /sys. Elsewhere nobody does, and that counts as no. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Shortest time between two looks, ms. */
const EVERY = 30_000;

export class Battery {
  private discharging = false;
  private looked = -Infinity;

  /**
   * `onChange`: what `onBattery` says is different now. `folder`: Linux's power supplies. `clock`: ms that only grow.
   */
  constructor(
    private readonly onChange: () => void,
    private readonly folder = '/sys/class/power_supply',
    private readonly clock = () => performance.now(),
  ) {}

  /** As of the last look; has another one taken when that is long ago. */
  get onBattery(): boolean {
    void this.look();
    return this.discharging;
  }

  /** Looks, unless that was done a moment ago. */
  async look(): Promise<void> {
    if (this.clock() - this.looked < EVERY) return;
    this.looked = this.clock();
    const now = await discharging(this.folder);
    if (now === this.discharging) return;
    this.discharging = now;
    this.onChange();
  }
}

/** A battery of the machine's own is emptied, and no mains is there. What a mouse or a headset has does not count. */
export async function discharging(folder: string): Promise<boolean> {
  const names = await readdir(folder).catch(() => []);
  const supplies = await Promise.all(
    names.map(async (name) => {
      const read = (file: string) =>
        readFile(join(folder, name, file), 'utf8').then(
          (text) => text.trim(),
          () => '',
        );
      const [type, scope, status, online] = await Promise.all(['type', 'scope', 'status', 'online'].map(read));
      return { type, scope, status, online };
    }),
  );
  const own = supplies.filter(({ scope }) => scope !== 'Device');
  return (
    own.some(({ type, status }) => type === 'Battery' && status === 'Discharging') &&
    !own.some(({ type, online }) => type !== 'Battery' && online === '1')
  );
}
