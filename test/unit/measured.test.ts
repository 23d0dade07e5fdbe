/** What the extension remembers of a machine. */
import assert from 'node:assert/strict';
import { Measured } from '../../extension/worker/measured.ts';
import { endOf } from '../../extension/worker/process.ts';

const CRASH = endOf(null, 'SIGSEGV', []);

const state = () => {
  const kept = new Map<string, unknown>();
  return {
    get: (key: string, otherwise?: unknown) => kept.get(key) ?? otherwise,
    update: async (key: string, value: unknown) => void kept.set(key, value),
    keys: () => [...kept.keys()],
  };
};

describe('what was measured', () => {
  it('keeps threads and devices by machine and model, over restarts', () => {
    const kept = state();
    const measured = new Measured(kept as never, assert.fail);
    measured.noteThreads({ key: 'a', threads: 2 });
    measured.noteThreads({ key: 'b', threads: 4 });
    measured.noteDevice({ key: 'a', device: 'webgpu', trials: [{ device: 'webgpu', ms: 1, cpuMs: 2 }] });
    for (const key of ['c', 'd', 'c']) measured.noteVetted({ key });
    assert.deepEqual(new Measured(kept as never, assert.fail).known, {
      knownThreads: { a: 2, b: 4 },
      knownDevices: { a: { device: 'webgpu', trials: [{ device: 'webgpu', ms: 1, cpuMs: 2 }] } },
      avoidDevices: [],
      vetted: ['c', 'd'],
    });
  });
  it('avoids a device on which the worker died, not the CPU, until it is to forget', () => {
    const measured = new Measured(state() as never, assert.fail);
    measured.noteStatus({ state: 'ready', device: 'cpu' });
    measured.noteDeath(CRASH);
    assert.deepEqual(measured.known.avoidDevices, []);
    measured.noteStatus({ state: 'ready', device: 'webgpu' });
    measured.noteStatus({ state: 'generating' });
    measured.noteDeath(CRASH);
    measured.noteDeath(CRASH); // the next worker began on the CPU
    assert.deepEqual(measured.known.avoidDevices, ['webgpu']);
    measured.forget();
    assert.deepEqual(measured.known, { knownThreads: {}, knownDevices: {}, avoidDevices: [], vetted: [] });
  });
  it('does not believe what 0.5.0 kept of devices: it blamed them for deaths from outside', () => {
    const old = state();
    void old.update('avoid', ['webgpu']);
    void old.update('devices', {
      a: { device: 'cpu', trials: [{ device: 'webgpu', reason: 'the worker died on it' }] },
    });
    const { avoidDevices, knownDevices } = new Measured(old as never, assert.fail).known;
    assert.deepEqual({ avoidDevices, knownDevices }, { avoidDevices: [], knownDevices: {} });
  });
  it('blames a device for ends that a driver can cause, and for no others', () => {
    const blamed = (end: Parameters<Measured['noteDeath']>[0]) => {
      const measured = new Measured(state() as never, assert.fail);
      measured.noteStatus({ state: 'ready', device: 'webgpu' });
      measured.noteDeath(end);
      return measured.known.avoidDevices!.length > 0;
    };
    const said: string[] = [];
    const crashes = ['SIGSEGV', 'SIGABRT', 'SIGBUS', 'SIGILL', 'SIGFPE'];
    for (const signal of crashes) assert.ok(blamed(endOf(null, signal, said)), signal);
    for (const code of [1, 134, 0xc0000005]) assert.ok(blamed(endOf(code, null, said)), `${code}`);
    assert.ok(blamed('hung'));
    const outside = ['SIGKILL', 'SIGTERM', 'SIGINT', 'SIGHUP'];
    for (const signal of outside) assert.ok(!blamed(endOf(null, signal, said)), signal);
    assert.ok(!blamed(endOf(0, null, said)));
    assert.ok(!blamed(endOf(null, 'SIGABRT', ['JavaScript heap out of memory'])));
  });
  it('blames none while the next worker loads on the CPU, and the device that is tried while it is', () => {
    const measured = new Measured(state() as never, assert.fail);
    measured.noteStatus({ state: 'ready', device: 'webgpu' });
    measured.noteStart(); // restarted by hand: nothing died
    measured.noteStatus({ state: 'loading', model: 'nano' });
    measured.noteDeath(CRASH);
    assert.deepEqual(measured.known.avoidDevices, []);
    measured.noteStart();
    measured.noteStatus({ state: 'ready', device: 'cpu', trying: 'dml' });
    measured.noteStatus({ state: 'generating' });
    measured.noteDeath(CRASH);
    assert.deepEqual(measured.known.avoidDevices, ['dml']);
    measured.noteStart();
    measured.noteStatus({ state: 'ready', device: 'cpu', trying: 'webgpu' });
    measured.noteStatus({ state: 'ready', device: 'cpu' }); // it could not be loaded there
    measured.noteDeath(CRASH);
    assert.deepEqual(measured.known.avoidDevices, ['dml']);
  });
  it('goes on where nothing can be kept, as on a full disk, and says so in the log', async () => {
    const said: string[] = [];
    const full = { ...state(), update: () => Promise.reject(new Error('ENOSPC: no space left on device')) };
    const measured = new Measured(full as never, (message) => said.push(message));
    measured.noteThreads({ key: 'a', threads: 2 });
    measured.forget();
    await new Promise((resolve) => setTimeout(resolve)); // a rejection that nobody handles ends mocha's process here
    assert.equal(said.length, 5);
    assert.match(said[0], /not kept \(threads\): ENOSPC/);
  });
});
