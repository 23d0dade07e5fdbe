/** Devices: which are tried, which are real, which is taken. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { climb, devicesOf, softwareAdapter, tryApart, type Trial, type TrialRequest } from '../../server/engine/ladder.ts';

describe('devices', () => {
  it('are those of the platform, and none on Linux without a GPU', () => {
    assert.deepEqual(devicesOf('linux', 'x64', () => false), []);
    assert.deepEqual(devicesOf('linux', 'x64', (path) => path === '/dev/dri'), ['cuda', 'webgpu']);
    assert.deepEqual(devicesOf('linux', 'arm64', () => true), []);
    assert.deepEqual(devicesOf('win32', 'arm64'), ['webgpu', 'dml']);
    assert.deepEqual(devicesOf('darwin', 'arm64'), ['webgpu', 'coreml']);
  });
  it('are software where no driver of a GPU is loaded beside the renderer', () => {
    const node = ['/usr/bin/node', '/usr/lib/libvulkan.so.1'];
    assert.equal(softwareAdapter([...node, '/usr/lib/libvulkan_lvp.so']), 'libvulkan_lvp.so');
    assert.equal(softwareAdapter([...node, '/usr/lib/chromium/libvk_swiftshader.so']), 'libvk_swiftshader.so');
    assert.equal(softwareAdapter(['C:\\Windows\\System32\\D3D12.dll', 'C:\\Windows\\System32\\d3d10warp.dll']), 'd3d10warp.dll');
    for (const driver of ['libvulkan_radeon.so', 'libvulkan_intel.so', 'libGLX_nvidia.so.0']) assert.equal(softwareAdapter([...node, '/usr/lib/libvulkan_lvp.so', `/usr/lib/${driver}`]), undefined);
    assert.equal(softwareAdapter(node), undefined);
  });
  it('the fastest that is left runs the model, or the CPU', async () => {
    const trials: Record<string, Trial> = {
      webgpu: { device: 'webgpu', ms: 5, cpuMs: 20 }, dml: { device: 'dml', ms: 4, cpuMs: 20 }, cuda: { device: 'cuda', ms: 1, cpuMs: 20, reason: 'differs' },
    };
    const attempt = (device: string) => Promise.resolve(trials[device]);
    assert.equal((await climb(['webgpu', 'dml'], attempt)).device, 'dml');
    assert.equal((await climb(['cuda', 'webgpu'], attempt)).device, 'webgpu');
    const none = await climb(['cuda'], attempt);
    assert.deepEqual(none, { device: 'cpu', trials: [trials.cuda] });
    assert.equal((await climb([], attempt)).device, 'cpu');
  });
  it('are judged by what a trial says, whatever its driver prints', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'byteline-ladder-'));
    const request = { device: 'webgpu' } as TrialRequest;
    const said = (code: string) => {
      writeFileSync(join(folder, 'cli.cjs'), code);
      return tryApart(request, join(folder, 'cli.cjs'));
    };
    try {
      assert.deepEqual(await said(`console.log('{"device":"webgpu","ms":1}\\n{ driver: unloaded }\\nbye')`), { device: 'webgpu', ms: 1 });
      assert.deepEqual(await said(`console.log('no trial')`), { device: 'webgpu', reason: 'its trial said nothing' });
      assert.match((await said('process.abort()')).reason!, /its driver ended the process \(SIGABRT\)/);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
