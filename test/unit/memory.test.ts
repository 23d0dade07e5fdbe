/** What the extension remembers of a machine. */
import assert from 'node:assert/strict';
import { Memory } from '../../extension/memory.ts';

const state = () => {
  const kept = new Map<string, unknown>();
  return { get: (key: string, otherwise?: unknown) => kept.get(key) ?? otherwise, update: async (key: string, value: unknown) => void kept.set(key, value), keys: () => [...kept.keys()] };
};

describe('memory of the machine', () => {
  it('keeps threads and devices by machine and model, over restarts', () => {
    const kept = state();
    const memory = new Memory(kept as never, assert.fail);
    memory.noteThreads({ key: 'a', threads: 2 });
    memory.noteThreads({ key: 'b', threads: 4 });
    memory.noteDevice({ key: 'a', device: 'webgpu', trials: [{ device: 'webgpu', ms: 1, cpuMs: 2 }] });
    assert.deepEqual(new Memory(kept as never, assert.fail).known, {
      knownThreads: { a: 2, b: 4 }, knownDevices: { a: { device: 'webgpu', trials: [{ device: 'webgpu', ms: 1, cpuMs: 2 }] } }, avoidDevices: [],
    });
  });
  it('avoids a device on which the worker died, not the CPU, until it is to forget', () => {
    const memory = new Memory(state() as never, assert.fail);
    memory.noteStatus({ state: 'ready', device: 'cpu' });
    memory.noteDeath();
    assert.deepEqual(memory.known.avoidDevices, []);
    memory.noteStatus({ state: 'ready', device: 'webgpu' });
    memory.noteStatus({ state: 'generating' });
    memory.noteDeath();
    memory.noteDeath(); // the next worker began on the CPU
    assert.deepEqual(memory.known.avoidDevices, ['webgpu']);
    memory.forget();
    assert.deepEqual(memory.known, { knownThreads: {}, knownDevices: {}, avoidDevices: [] });
  });
  it('goes on where nothing can be kept, as on a full disk, and says so in the log', async () => {
    const said: string[] = [];
    const full = { ...state(), update: () => Promise.reject(new Error('ENOSPC: no space left on device')) };
    const memory = new Memory(full as never, (message) => said.push(message));
    memory.noteThreads({ key: 'a', threads: 2 });
    memory.forget();
    await new Promise((resolve) => setTimeout(resolve)); // a rejection that nobody handles ends mocha's process here
    assert.equal(said.length, 4);
    assert.match(said[0], /not kept \(threads\): ENOSPC/);
  });
});
