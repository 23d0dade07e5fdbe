/**
 * CUDA's provider beside a copy of onnxruntime. No GPU is here: what is tested is that it is placed, tried, and refused
 * with the reason.
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cudaPackage, cudaWorker, download, placeCuda } from '../../extension/worker/cuda.ts';
import { CLI, ROOT, TestWorker } from './worker.ts';

const LIBRARIES = ['libonnxruntime_providers_cuda.so', 'libonnxruntime_providers_shared.so'];

describe('CUDA', () => {
  let folder: string, storage: string, source: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'byteline-'));
    [storage, source] = [join(folder, 'storage'), join(folder, 'source')];
    mkdirSync(storage);
    mkdirSync(join(source, 'capi'), { recursive: true });
    for (const name of LIBRARIES) writeFileSync(join(source, 'capi', name), 'no library');
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));
  const zip = (name: string) => {
    execFileSync('python3', ['-m', 'zipfile', '-c', join(folder, name), join(source, 'capi')]);
    return join(folder, name);
  };

  it('is placed from a folder or an archive, tried, and the CPU goes on', async () => {
    assert.equal(cudaWorker(ROOT, storage), undefined);
    for (const from of [source, zip('onnxruntime_gpu.whl')]) {
      await placeCuda(from, ROOT, storage);
      const worker = cudaWorker(ROOT, storage)!;
      const run = (...args: string[]) =>
        execFileSync(process.execPath, [worker, ...args], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
      const trial = JSON.parse(
        run('try-device', JSON.stringify({ folder: join(ROOT, 'model/models/micro'), device: 'cuda', threads: 1 })),
      );
      assert.match(trial.reason, /Cuda/);
      const file = join(folder, 'a.ts');
      writeFileSync(file, 'for (let i = 0; i < n; ');
      assert.match(
        run('complete', file, '--line', '1', '--column', '24', '--model', join(ROOT, 'model/models/micro')),
        /i\+\+/,
      );
    }
  });

  it('is of the same onnxruntime, and complete; what was there stays', async () => {
    await placeCuda(source, ROOT, storage);
    await assert.rejects(
      placeCuda(zip('onnxruntime_gpu-1.2.3-cp312.whl'), ROOT, storage),
      /onnxruntime_gpu-1\.2\.3-cp312\.whl: is of onnxruntime 1\.2\.3; Byteline has 1\.30/,
    );
    rmSync(join(source, 'capi', LIBRARIES[1]));
    for (const from of [source, zip('half.zip')])
      await assert.rejects(placeCuda(from, ROOT, storage), new RegExp(`${from}: holds no ${LIBRARIES[1]}`));
    writeFileSync(join(folder, 'text.zip'), 'no archive');
    await assert.rejects(placeCuda(join(folder, 'text.zip'), ROOT, storage), /text\.zip: /);
    await assert.rejects(placeCuda(join(folder, 'nowhere'), ROOT, storage), /nowhere: /);
    assert.ok(existsSync(cudaWorker(ROOT, storage)!));
  });

  it('leads to the models of the extension, which are known without a trial', async () => {
    await placeCuda(source, ROOT, storage);
    const copy = cudaWorker(ROOT, storage)!;
    const there = execFileSync(process.execPath, [copy, 'models', '--json'], { encoding: 'utf8' });
    const names = (JSON.parse(there) as { name: string }[]).map(({ name }) => name);
    assert.deepEqual([...new Set(names)].sort(), ['micro', 'nano']);
    if (process.platform !== 'linux') return;
    const trace = join(folder, 'trace');
    const instead = `exec "\${@/#${CLI.replaceAll('/', '\\/')}/${copy}}"`;
    const inCopy = [
      'strace',
      '-f',
      '-qq',
      '-s',
      '500',
      '-e',
      'trace=execve',
      '-o',
      trace,
      'bash',
      '-c',
      instead,
      'bash',
    ];
    const modelFolders = [join(ROOT, 'model/models')]; // as the extension names it
    const worker = await TestWorker.start({ modelFolders, threads: 1, device: 'cpu' }, inCopy);
    await worker.stop();
    const said = readFileSync(trace, 'utf8');
    assert.ok(said.includes(`"${copy}", "serve"`), said);
    assert.ok(!said.includes('try-device'), said);
    assert.deepEqual([worker.statuses.at(-1)!.state, worker.vetted], ['ready', []]);
  });

  it('is downloaded from a feed, checked by its digest, and nothing is left of a download that failed', async () => {
    const name = 'Runtime.Gpu.Linux';
    const bytes = readFileSync(zip('package.nupkg'));
    const digest = createHash('sha512').update(bytes).digest('base64');
    let cut = 0;
    /** What the feed says of the package: with no entry, nothing. */
    let entry: object | undefined = { packageHash: digest, packageHashAlgorithm: 'SHA512' };
    let registers = true;
    let served = 0;
    const server = createServer(({ url }, answer) => {
      const { port } = server.address() as AddressInfo;
      const at = `http://127.0.0.1:${port}`;
      const resources = [{ '@type': 'PackageBaseAddress/3.0.0', '@id': `${at}/flat/` }];
      if (registers) resources.push({ '@type': 'RegistrationsBaseUrl/3.6.0', '@id': `${at}/registration` });
      if (url!.includes('.nupkg')) served++;
      if (url === '/index.json') answer.end(JSON.stringify({ resources }));
      else if (url === '/registration/runtime.gpu.linux/1.30.0.json') {
        answer.end(JSON.stringify({ catalogEntry: `${at}/catalog/1.json` }));
      } else if (url === '/catalog/1.json' && entry) answer.end(JSON.stringify(entry));
      else if (url === '/flat/runtime.gpu.linux/1.30.0/runtime.gpu.linux.1.30.0.nupkg') {
        answer.writeHead(200, { 'content-length': bytes.length });
        answer.write(bytes.subarray(0, bytes.length - cut));
        if (cut) setTimeout(() => answer.destroy(), 50);
        else answer.end();
      } else answer.writeHead(404).end();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    try {
      const feed = {
        index: `http://127.0.0.1:${(server.address() as AddressInfo).port}/index.json`,
        name,
        version: '1.30.0',
      };
      const shares: number[] = [];
      const got = join(folder, 'got');
      const quiet = { onShare: () => undefined, unchecked: () => assert.fail('it can be checked') };
      const file = (await download(feed, got, { ...quiet, onShare: (share) => shares.push(share) }))!;
      assert.ok(readFileSync(file).equals(bytes) && shares.at(-1) === 1);
      await placeCuda(file, ROOT, storage);
      assert.ok(existsSync(cudaWorker(ROOT, storage)!));
      rmSync(file);
      entry = { packageHash: digest.replace(/^./, digest[0] === 'A' ? 'B' : 'A'), packageHashAlgorithm: 'SHA512' };
      const other = /index\.json: Runtime\.Gpu\.Linux 1\.30\.0: its SHA512 is not the one that the feed publishes/;
      await assert.rejects(download(feed, got, quiet), other);
      assert.deepEqual(readdirSync(got), []);
      served = 0;
      const odd = { packageHash: 'x', packageHashAlgorithm: 'CRC32' };
      for (const [published, lists] of [
        [undefined, true],
        [{ packageSize: 5 }, true],
        [odd, true],
        [undefined, false],
      ] as const) {
        [entry, registers] = [published, lists];
        let asked = 0;
        const answered = (yes: boolean) => ({ ...quiet, unchecked: async () => (asked++, yes) });
        assert.equal(await download(feed, got, answered(false)), undefined);
        assert.deepEqual([asked, served, readdirSync(got)], [1, 0, []]); // nothing of it came
        const unchecked = (await download(feed, got, answered(true)))!;
        assert.ok(asked === 2 && readFileSync(unchecked).equals(bytes));
        rmSync(unchecked);
        served = 0;
      }
      [entry, registers] = [{ packageHash: digest, packageHashAlgorithm: 'SHA512' }, true];
      const none = download({ ...feed, version: '9.9.9' }, got, { ...quiet, unchecked: async () => true });
      await assert.rejects(none, /index\.json: Runtime\.Gpu\.Linux 9\.9\.9: .*404/);
      cut = 10;
      await assert.rejects(download(feed, got, quiet), /Runtime\.Gpu\.Linux 1\.30\.0: /);
      const stopped = new AbortController();
      stopped.abort();
      await assert.rejects(download(feed, got, { ...quiet, signal: stopped.signal }), /abort/);
      assert.deepEqual(readdirSync(got), []);
    } finally {
      server.closeAllConnections();
      server.close();
    }
    const { index, version } = cudaPackage();
    assert.match(index, /^https:/);
    assert.equal(
      version,
      JSON.parse(readFileSync(join(ROOT, 'node_modules/onnxruntime-node/package.json'), 'utf8')).version,
    );
  });

  it('follows an update of the extension, and is left where its onnxruntime is another', async () => {
    await placeCuda(source, ROOT, storage);
    const own = join(storage, 'cuda/package.json');
    writeFileSync(own, readFileSync(own, 'utf8').replace(/"version": "[^"]+"/, '"version": "0.0.1"'));
    writeFileSync(join(storage, 'cuda/dist/byteline.cjs'), 'old');
    assert.equal(
      readFileSync(cudaWorker(ROOT, storage)!, 'utf8'),
      readFileSync(join(ROOT, 'dist/byteline.cjs'), 'utf8'),
    );
    const runtime = join(storage, 'cuda/node_modules/onnxruntime-node/package.json');
    writeFileSync(runtime, readFileSync(runtime, 'utf8').replace(/"version": "[^"]+"/, '"version": "1.0.0"'));
    assert.equal(cudaWorker(ROOT, storage), undefined);
  });
});
