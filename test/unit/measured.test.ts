/** What the extension remembers of a machine. */
import assert from 'node:assert/strict';
import { Memory } from '../../extension/worker/measured.ts';
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

describe('memory of the machine', () => {
  it('keeps threads and devices by machine and model, over restarts', () => {
    const kept = state();
    const memory = new Memory(kept as never, assert.fail);
    memory.noteThreads({ key: 'a', threads: 2 });
    memory.noteThreads({ key: 'b', threads: 4 });
    memory.noteDevice({ key: 'a', device: 'webgpu', trials: [{ device: 'webgpu', ms: 1, cpuMs: 2 }] });
    for (const key of ['c', 'd', 'c']) memory.noteVetted({ key });
    assert.deepEqual(new Memory(kept as never, assert.fail).known, {
      knownThreads: { a: 2, b: 4 },
      knownDevices: { a: { device: 'webgpu', trials: [{ device: 'webgpu', ms: 1, cpuMs: 2 }] } },
      avoidDevices: [],
      vetted: ['c', 'd'],
    });
  });
  it('avoids a device on which the worker died, not the CPU, until it is to forget', () => {
    const memory = new Memory(state() as never, assert.fail);
    memory.noteStatus({ state: 'ready', device: 'cpu' });
    memory.noteDeath(CRASH);
    assert.deepEqual(memory.known.avoidDevices, []);
    memory.noteStatus({ state: 'ready', device: 'webgpu' });
    memory.noteStatus({ state: 'generating' });
    memory.noteDeath(CRASH);
    memory.noteDeath(CRASH); // the next worker began on the CPU
    assert.deepEqual(memory.known.avoidDevices, ['webgpu']);
    memory.forget();
    assert.deepEqual(memory.known, { knownThreads: {}, knownDevices: {}, avoidDevices: [], vetted: [] });
  });
  it('does not believe what 0.5.0 kept of devices: it blamed them for deaths from outside', () => {
    const old = state();
    void old.update('avoid', ['webgpu']);
    void old.update('devices', {
      a: { device: 'cpu', trials: [{ device: 'webgpu', reason: 'the worker died on it' }] },
    });
    const { avoidDevices, knownDevices } = new Memory(old as never, assert.fail).known;
    assert.deepEqual({ avoidDevices, knownDevices }, { avoidDevices: [], knownDevices: {} });
  });
  it('blames a device for ends that a driver can cause, and for no others', () => {
    const blamed = (end: Parameters<Memory['noteDeath']>[0]) => {
      const memory = new Memory(state() as never, assert.fail);
      memory.noteStatus({ state: 'ready', device: 'webgpu' });
      memory.noteDeath(end);
      return memory.known.avoidDevices!.length > 0;
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
    const memory = new Memory(state() as never, assert.fail);
    memory.noteStatus({ state: 'ready', device: 'webgpu' });
    memory.noteStart(); // restarted by hand: nothing died
    memory.noteStatus({ state: 'loading', model: 'nano' });
    memory.noteDeath(CRASH);
    assert.deepEqual(memory.known.avoidDevices, []);
    memory.noteStart();
    memory.noteStatus({ state: 'ready', device: 'cpu', trying: 'dml' });
    memory.noteStatus({ state: 'generating' });
    memory.noteDeath(CRASH);
    assert.deepEqual(memory.known.avoidDevices, ['dml']);
    memory.noteStart();
    memory.noteStatus({ state: 'ready', device: 'cpu', trying: 'webgpu' });
    memory.noteStatus({ state: 'ready', device: 'cpu' }); // it could not be loaded there
    memory.noteDeath(CRASH);
    assert.deepEqual(memory.known.avoidDevices, ['dml']);
  });
  it('goes on where nothing can be kept, as on a full disk, and says so in the log', async () => {
    const said: string[] = [];
    const full = { ...state(), update: () => Promise.reject(new Error('ENOSPC: no space left on device')) };
    const memory = new Memory(full as never, (message) => said.push(message));
    memory.noteThreads({ key: 'a', threads: 2 });
    memory.forget();
    await new Promise((resolve) => setTimeout(resolve)); // a rejection that nobody handles ends mocha's process here
    assert.equal(said.length, 5);
    assert.match(said[0], /not kept \(threads\): ENOSPC/);
  });
});
