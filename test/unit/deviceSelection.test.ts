/** Devices: which are tried, which are real, which is taken. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  devicesOf,
  residentIn,
  selectDevice,
  softwareAdapter,
  type Trial,
  type TrialRequest,
  tryApart,
} from '../../server/engine/deviceSelection.ts';
import { UnusableDevices } from '../../server/engine/unusableDevices.ts';

describe('devices', () => {
  it('are those of the platform, and none on Linux without a GPU', () => {
    assert.deepEqual(
      devicesOf('linux', 'x64', () => false),
      [],
    );
    assert.deepEqual(
      devicesOf('linux', 'x64', (path) => path === '/dev/dri'),
      ['cuda', 'webgpu'],
    );
    assert.deepEqual(
      devicesOf('linux', 'arm64', () => true),
      [],
    );
    assert.deepEqual(devicesOf('win32', 'arm64'), ['webgpu', 'dml']);
    assert.deepEqual(devicesOf('darwin', 'arm64'), ['webgpu', 'coreml']);
  });
  it('are software where no driver of a GPU is loaded beside the renderer', () => {
    const node = ['/usr/bin/node', '/usr/lib/libvulkan.so.1'];
    assert.equal(softwareAdapter([...node, '/usr/lib/libvulkan_lvp.so']), 'libvulkan_lvp.so');
    assert.equal(softwareAdapter([...node, '/usr/lib/chromium/libvk_swiftshader.so']), 'libvk_swiftshader.so');
    assert.equal(
      softwareAdapter(['C:\\Windows\\System32\\D3D12.dll', 'C:\\Windows\\System32\\d3d10warp.dll']),
      'd3d10warp.dll',
    );
    for (const driver of ['libvulkan_radeon.so', 'libvulkan_intel.so', 'libGLX_nvidia.so.0'])
      assert.equal(softwareAdapter([...node, '/usr/lib/libvulkan_lvp.so', `/usr/lib/${driver}`]), undefined);
    assert.equal(softwareAdapter(node), undefined);
  });
  it('the fastest that is left runs the model, or the CPU', async () => {
    const trials: Record<string, Trial> = {
      webgpu: { device: 'webgpu', ms: 5, cpuMs: 20 },
      dml: { device: 'dml', ms: 4, cpuMs: 20 },
      cuda: { device: 'cuda', ms: 1, cpuMs: 20, reason: 'differs' },
    };
    const attempt = (device: string) => Promise.resolve(trials[device]);
    assert.equal((await selectDevice(['webgpu', 'dml'], attempt)).device, 'dml');
    assert.equal((await selectDevice(['cuda', 'webgpu'], attempt)).device, 'webgpu');
    const none = await selectDevice(['cuda'], attempt);
    assert.deepEqual(none, { device: 'cpu', trials: [trials.cuda] });
    assert.equal((await selectDevice([], attempt)).device, 'cpu');
  });
  it('are not tried any further once the model was switched', async () => {
    const asked: string[] = [];
    const attempt = async (device: Trial['device']) => (asked.push(device) > 1 ? undefined : { device, ms: 1 });
    assert.equal(await selectDevice(['cuda', 'webgpu', 'dml'], attempt), undefined);
    assert.deepEqual(asked, ['cuda', 'webgpu']);
  });
  it('that failed or were died on are out, each alone; the first for this life only', () => {
    const out = new UnusableDevices(['cuda']);
    assert.equal(out.why('webgpu'), undefined);
    assert.match(out.why('cuda')!.reason!, /the worker died on it/);
    assert.ok(out.lasting(['cuda', 'webgpu', 'dml']));
    out.note('webgpu', 'device lost');
    assert.deepEqual(out.why('webgpu'), { device: 'webgpu', reason: 'device lost' });
    assert.equal(out.why('dml'), undefined);
    assert.ok(!out.lasting(['cuda', 'webgpu']) && out.lasting(['cuda', 'dml']));
    const trials: Trial[] = [
      { device: 'webgpu', ms: 1 },
      { device: 'dml', ms: 2 },
      { device: 'coreml', reason: 'differs' },
    ];
    const rejected = out
      .rejected({ trials }, ['cuda', 'webgpu', 'dml'])
      .map(({ device, reason }) => `${device}: ${reason}`);
    assert.deepEqual(rejected.sort(), ['coreml: differs', 'cuda: the worker died on it', 'webgpu: device lost']);
  });
  it('have their memory measured in kB, not in pages of any size', () => {
    // of a linux-arm64 with pages of 64 kB, where statm says 4096 pages for it
    const status = 'Name:\tnode\nVmHWM:\t  300000 kB\nVmRSS:\t  262144 kB\nRssAnon:\t  100 kB\n';
    assert.equal(residentIn(status), 262_144 * 1024);
    assert.equal(residentIn(''), 0);
    if (process.platform !== 'linux') return;
    const seen = residentIn(readFileSync('/proc/self/status', 'latin1'));
    assert.ok(Math.abs(seen - process.memoryUsage().rss) < 50e6, `${seen}`);
  });
  it('are judged by what a trial says, whatever its driver prints', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'byteline-devices-'));
    const request = { device: 'webgpu' } as TrialRequest;
    const said = (code: string) => {
      writeFileSync(join(folder, 'cli.cjs'), code);
      return tryApart(request, join(folder, 'cli.cjs'));
    };
    try {
      assert.deepEqual(await said(`console.log('{"device":"webgpu","ms":1}\\n{ driver: unloaded }\\nbye')`), {
        device: 'webgpu',
        ms: 1,
      });
      assert.deepEqual(await said(`console.log('no trial')`), { device: 'webgpu', reason: 'its trial said nothing' });
      assert.match((await said('process.abort()')).reason!, /its driver ended the process \(SIGABRT\)/);
      if (process.platform !== 'linux') return;
      writeFileSync(join(folder, 'cli.cjs'), 'const all = []; setInterval(() => all.push(Buffer.alloc(1e7, 1)), 10)');
      const { reason } = await tryApart(request, join(folder, 'cli.cjs'), 60_000, 200e6);
      assert.match(reason!, /it took more than 200 MB of memory/);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
