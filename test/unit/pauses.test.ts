/** Snooze and battery: on the clock, and on files as Linux has them. */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CancellationTokenSource } from 'vscode-jsonrpc/node';
import { Battery, discharging } from '../../extension/switches/battery.ts';
import { Snooze } from '../../extension/switches/snooze.ts';
import { pause, within } from '../../extension/timers.ts';

describe('battery', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'byteline-power-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));
  const supply = (name: string, files: Record<string, string>) => {
    mkdirSync(join(folder, name), { recursive: true });
    for (const [file, text] of Object.entries(files)) writeFileSync(join(folder, name, file), `${text}\n`);
  };

  it('is no where nothing tells, or no battery is there', async () => {
    assert.equal(await discharging(join(folder, 'none')), false);
    assert.equal(await discharging(folder), false);
    supply('AC', { type: 'Mains', online: '0' });
    assert.equal(await discharging(folder), false);
  });
  it('is yes while a battery is emptied and no mains is there', async () => {
    supply('AC', { type: 'Mains', online: '0' });
    supply('BAT0', { type: 'Battery', status: 'Discharging', scope: 'System' });
    assert.equal(await discharging(folder), true);
    supply('BAT0', { status: 'Charging' });
    assert.equal(await discharging(folder), false);
    supply('BAT0', { status: 'Discharging' });
    supply('ucsi', { type: 'USB', online: '1' }); // a charger too weak for the load
    assert.equal(await discharging(folder), false);
  });
  it('does not count what a mouse has', async () => {
    supply('mouse', { type: 'Battery', status: 'Discharging', scope: 'Device' });
    assert.equal(await discharging(folder), false);
  });
  it('is looked at again after 30 s, not before, and tells of a change once', async () => {
    let [time, changes] = [0, 0];
    const battery = new Battery(
      () => changes++,
      folder,
      () => time,
    );
    await battery.look();
    supply('BAT0', { type: 'Battery', status: 'Discharging' });
    time = 29_999;
    await battery.look();
    assert.deepEqual([battery.onBattery, changes], [false, 0]);
    time = 30_000;
    await battery.look();
    assert.deepEqual([battery.onBattery, changes], [true, 1]);
    time = 60_000;
    await battery.look();
    assert.equal(changes, 1);
  });
});

describe('snooze', () => {
  it('says when it ends, ends by itself, and can be ended before', async () => {
    const ends: (string | undefined)[] = [];
    const snooze: Snooze = new Snooze(() => ends.push(snooze.end));
    snooze.start(60);
    assert.match(ends[0]!, /^\d\d:\d\d$/);
    snooze.start(0);
    snooze.start(0.001);
    assert.equal(ends[1], undefined);
    assert.equal(typeof ends[2], 'string');
    while (ends.length < 4) await new Promise((resolve) => setTimeout(resolve, 5));
    assert.deepEqual([ends.length, ends[3], snooze.end], [4, undefined, undefined]);
  });
  it('lasts longer than the longest timer', async () => {
    let changes = 0;
    const snooze = new Snooze(() => changes++);
    snooze.start(60 * 24 * 60); // more than 2 ** 31 ms
    await new Promise((resolve) => setTimeout(resolve, 50));
    assert.notEqual(snooze.end, undefined);
    assert.equal(changes, 1, 'it began and did not end');
    snooze.dispose();
  });
  it('begins anew with another time', () => {
    const snooze = new Snooze(() => undefined);
    snooze.start(0.001);
    snooze.start(5);
    assert.equal(typeof snooze.end, 'string');
    snooze.dispose();
  });
});

describe('a wait', () => {
  it('of more than the longest timer ends when it is cancelled, and not at once', async () => {
    const source = new CancellationTokenSource();
    let ended = false;
    const waited = pause(2 ** 31, source.token).then(() => (ended = true));
    await new Promise((resolve) => setTimeout(resolve, 20));
    assert.equal(ended, false);
    source.cancel();
    await waited;
  });
  it('within a time ends with it, or with what cancels it before, and not again', async () => {
    const never = new CancellationTokenSource();
    const short = within(5, never.token);
    assert.equal(short.isCancellationRequested, false);
    await pause(2 ** 31, short);
    assert.equal(short.isCancellationRequested, true);
    assert.equal(never.token.isCancellationRequested, false);
    await pause(2 ** 31, short); // it is over: nobody waits for it any more

    const source = new CancellationTokenSource();
    const long = within(2 ** 30, source.token);
    let heard = 0;
    long.onCancellationRequested(() => heard++);
    const gone = long.onCancellationRequested(() => assert.fail('it was disposed of'));
    gone.dispose();
    const waited = pause(2 ** 31, long);
    source.cancel();
    await waited;
    assert.equal(heard, 1);
    assert.equal(long.isCancellationRequested, true);
  });
});
