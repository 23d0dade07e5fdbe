/**
 * The global model on a device, for which Chromium's software Vulkan (SwiftShader) stands in: it runs what a GPU runs,
 * slowly. The worker refuses it unless BYTELINE_SOFTWARE_GPU is set.
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { completeIn } from '../../server/completing.ts';
import { Document } from '../../server/documents/document.ts';
import { LoadedModel } from '../../server/engine/loadedModel.ts';
import { choose, readManifest } from '../../server/engine/manifest.ts';
import { machineKey } from '../../server/engine/threads.ts';
import { messageOf } from '../../server/errors.ts';
import { limitsOf, promptAt } from '../../server/prompt/around.ts';
import type { CompleteResult, DeviceChoice, InitOptions } from '../../server/wire/protocol.ts';
import { sourceText } from '../sourceText.ts';
import { CLI, POINT, ROOT, TestWorker, TOKEN } from './worker.ts';

const VULKAN = '/usr/lib/chromium/vk_swiftshader_icd.json';
const SOFTWARE = ['env', `VK_ICD_FILENAMES=${VULKAN}`];
const ALLOWED = [...SOFTWARE, 'BYTELINE_SOFTWARE_GPU=1'];
const TEXT = sourceText('errors.ts');
const URI = 'file:///ws/errors.ts';

/** Asks after the text up to each offset; the answers, and what the worker said. */
async function answers(
  init: InitOptions,
  command: string[],
  offsets: number[],
): Promise<{ texts: string[]; worker: TestWorker }> {
  const worker = await TestWorker.start({ streaming: true, ...init }, command);
  const texts: string[] = [];
  try {
    if (init.device !== 'cpu') {
      // it settles after the first answers
      for (let i = 0; i < 600 && !worker.logs.some((l) => l.includes(init.device!)); i++)
        await new Promise((r) => setTimeout(r, 100));
    }
    await worker.open(URI, '');
    for (const [i, at] of offsets.entries()) {
      await worker.connection.sendNotification('textDocument/didChange', {
        textDocument: { uri: URI, version: i + 2 },
        contentChanges: [{ text: TEXT.slice(0, at) }],
      });
      const lines = TEXT.slice(0, at).split('\n');
      const result = await worker.connection.sendRequest<CompleteResult>('byteline/complete', {
        id: i,
        uri: URI,
        position: { line: lines.length - 1, character: lines.at(-1)!.length },
        multiline: true,
        maxBytes: 16,
        always: true,
      });
      texts.push(result.kind === 'text' ? result.text : result.reason);
    }
    await new Promise((r) => setTimeout(r, 100));
  } finally {
    await worker.stop();
  }
  return { texts, worker };
}

/**
 * A worker whose client remembers WebGPU for micro and nano, once `there` holds; what it sends to be remembered, and
 * the models' keys.
 */
async function remembered(init: InitOptions, command: string[], there: (worker: TestWorker) => boolean) {
  const manifest = (model: string) => readManifest(join(ROOT, 'model/models', model));
  const key = async (model: string) => machineKey(choose(await manifest(model), 'cpu')!);
  const keys = { micro: await key('micro'), nano: await key('nano') };
  const knownDevices = Object.fromEntries(
    Object.values(keys).map((one) => [one, { device: 'webgpu' as const, trials: [] }]),
  );
  const worker = await TestWorker.start({ streaming: true, threads: 1, knownDevices, ...init }, command);
  const choices: DeviceChoice[] = [];
  worker.connection.onNotification('byteline/device', (choice: DeviceChoice) => void choices.push(choice));
  for (let i = 0; i < 600 && !there(worker); i++) await new Promise((r) => setTimeout(r, 100));
  if (!there(worker)) {
    await worker.stop();
    assert.fail(worker.logs.join('\n'));
  }
  return { worker, choices, keys };
}

describe('devices', function () {
  this.timeout(300_000);
  before(() => assert.ok(existsSync(VULKAN), `${VULKAN}: test/editor/install.sh installs it`));
  /** A place, the same after more text, an edit before it, and back: caches grow, are cut, copied and found again. */
  const offsets = [300, 309, 250, 309];

  it('webgpu: the bytes of the CPU, over growing, cut and copied caches', async () => {
    const onCpu = await answers({ device: 'cpu' }, [], offsets);
    const onDevice = await answers({ device: 'webgpu' }, ALLOWED, offsets);
    assert.ok(
      onDevice.worker.statuses.some((s) => s.device === 'webgpu'),
      onDevice.worker.logs.join('\n'),
    );
    assert.deepEqual(onDevice.texts, onCpu.texts);
  });

  it('how many prompts a device continues as the CPU does is counted', () => {
    const script = join(ROOT, 'test/bench/sameBytes.ts');
    const counted = (...args: string[]) =>
      execFileSync(process.execPath, ['--import=tsx', script, ...args], { cwd: ROOT, encoding: 'utf8' });
    const micro = join(ROOT, 'model/models/micro');
    assert.match(
      counted(micro, 'cpu', '3', join(ROOT, 'server/errors.ts')),
      /^3 of 3 prompts: the same 16 bytes on cpu/,
    );
    assert.throws(() => counted(micro, 'abacus', '3', 'x'), /usage: sameBytes.ts MODEL_FOLDER DEVICE PROMPTS FILE/);
  });

  it('a software adapter is recognised and refused, and the reason said', async () => {
    const { texts, worker } = await answers({ device: 'webgpu' }, SOFTWARE, [300]);
    assert.ok(texts[0].length > 0);
    assert.ok(worker.statuses.every((s) => s.device === undefined || s.device === 'cpu'));
    assert.match(
      worker.statuses.findLast((s) => s.rejected?.length)!.rejected![0].reason!,
      /software adapter \(libvk_swiftshader\.so\)/,
    );
    assert.ok(worker.logs.some((l) => /webgpu is not used: a software adapter/.test(l)));
  });

  it('a device that is lost: the CPU answers that very request', async () => {
    process.env.VK_ICD_FILENAMES = VULKAN;
    const failures: string[] = [];
    const model = new LoadedModel({}, (device, error) => void failures.push(`${device}: ${messageOf(error)}`));
    const { uri, text, position } = POINT; // two devices choose alike where the model is sure
    const document = Document.create(uri, 'typescript', 1, text);
    const ask = () =>
      completeIn({ model, roots: [] }, document, { position, multiline: false, maxBytes: 16, always: true }, TOKEN);
    try {
      const folder = join(ROOT, 'model/models/micro');
      const { architecture } = await model.switchTo(folder, { device: 'webgpu' });
      const before = await ask();
      assert.equal(before.kind, 'text');
      // its buffers are gone
      const prompt = promptAt(document, document.offsetAt(position), 'src/a.ts', limitsOf(architecture, 16));
      model.cacheFor(prompt).device!.release();
      const after = await ask();
      assert.equal(after.kind === 'text' && after.text, before.kind === 'text' && before.text);
      assert.equal(model.engine!.device, 'cpu');
      assert.equal(failures.length, 1);
      assert.match(failures[0], /^webgpu: ./);
    } finally {
      delete process.env.VK_ICD_FILENAMES;
      await model.engine?.release();
    }
  });

  it('an error of our own is no failure of the device, which goes on', async () => {
    process.env.VK_ICD_FILENAMES = VULKAN;
    const failures: string[] = [];
    const model = new LoadedModel({}, (device) => void failures.push(device));
    try {
      await model.switchTo(join(ROOT, 'model/models/micro'), { device: 'webgpu' });
      await assert.rejects(
        model.use(async () => (undefined as any).x),
        TypeError,
      );
      assert.deepEqual([model.engine!.device, failures], ['webgpu', []]);
    } finally {
      delete process.env.VK_ICD_FILENAMES;
      await model.engine?.release();
    }
  });

  it('a remembered choice stands while another device is avoided', async () => {
    const runs = (w: TestWorker) => w.statuses.some((s) => s.state === 'ready' && s.device === 'webgpu');
    const { worker, choices } = await remembered({ avoidDevices: ['cuda'] }, ALLOWED, runs);
    await worker.stop();
    const announced = worker.statuses.some((s) => s.trying === 'webgpu' && s.device === 'cpu');
    assert.ok(announced, 'it was said before it was loaded there');
    assert.deepEqual(choices, []);
  });

  it('a device that could not be loaded is out whatever model comes next, and the next start knows', async () => {
    const fails = (w: TestWorker) => w.logs.some((l) => /webgpu failed, the CPU goes on: /.test(l));
    const { worker, choices, keys } = await remembered({}, ['env', 'VK_ICD_FILENAMES=/nowhere'], fails);
    try {
      const rejected = () => worker.statuses.findLast((s) => s.state === 'ready')!.rejected!;
      assert.deepEqual(
        choices.map(({ key, device }) => [key, device]),
        [[keys.micro, 'cpu']],
      );
      const [{ device, reason }] = rejected();
      assert.ok(device === 'webgpu' && reason);
      for (const model of ['nano', 'micro']) {
        await worker.connection.sendRequest('byteline/switchModel', { name: model });
        const said = () => worker.logs.some((l) => l.includes('webgpu is not used') && l.includes(reason));
        for (let i = 0; i < 400 && !said(); i++) await new Promise((r) => setTimeout(r, 50));
        worker.logs.length = 0;
        assert.deepEqual(
          rejected().map((t) => [t.device, t.reason]),
          [['webgpu', reason]],
          model,
        );
      }
      assert.ok(worker.statuses.every((s) => s.device !== 'webgpu'));
      assert.equal(choices.length, 1); // of nano nothing is known
    } finally {
      await worker.stop();
    }
  });

  it('a device on which the worker died is left alone', async () => {
    const { worker } = await answers({ device: 'webgpu', avoidDevices: ['webgpu'] }, ALLOWED, [300]);
    assert.ok(worker.logs.some((l) => /webgpu is not used: the worker died on it/.test(l)));
    assert.ok(worker.statuses.every((s) => s.device === undefined || s.device === 'cpu'));
  });

  it('devices that this build lacks, or whose libraries are not there, are named with the reason', async () => {
    for (const [device, reason] of [
      ['dml', /not in this build/],
      ['cuda', /cuda/i],
    ] as const) {
      const { worker } = await answers({ device }, [], [300]);
      const { rejected } = worker.statuses.findLast((s) => s.rejected?.length)!;
      assert.equal(rejected![0].device, device);
      assert.match(`${rejected![0].device}: ${rejected![0].reason}`, reason);
    }
  });

  it('`byteline devices` says what runs the model', () => {
    const out = JSON.parse(
      execFileSync(process.execPath, [CLI, 'devices', '--model', 'micro', '--json'], { encoding: 'utf8' }),
    ) as { device: string; trials: unknown[] };
    assert.ok(['cpu', 'webgpu', 'cuda'].includes(out.device) && Array.isArray(out.trials));
  });
});
