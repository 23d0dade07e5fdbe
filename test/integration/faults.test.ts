/**
 * What happens to the worker's process: its parent dies, the disk is full, memory runs out, its module is gone. The
 * editor's side of it: test/editor/faults.test.ts.
 */
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { endProcess, startProcess } from '../../extension/worker/process.ts';
import type { CompleteResult, MemoryStatus } from '../../server/wire/protocol.ts';
import { sourceText } from '../sourceText.ts';
import { overIpc } from './overIpc.ts';
import { CLI, ROOT, TestWorker } from './worker.ts';

/** Neither home nor the folder for temporary files can be written, and no file may grow: as on a full disk. */
const FULL = [
  'env',
  ...['HOME', 'TMPDIR', 'XDG_CACHE_HOME', 'XDG_CONFIG_HOME', 'XDG_DATA_HOME', 'XDG_RUNTIME_DIR'].map(
    (name) => `${name}=/proc`,
  ),
  'bash',
  '-c',
  'ulimit -f 0; exec "$@"',
  'bash',
];
const TEXT = sourceText('provider.ts');
const URI = 'file:///ws/ghostText.ts';

const exists = (pid: number): boolean => {
  const state = spawnSync('ps', ['-o', 'stat=', '-p', `${pid}`], { encoding: 'utf8' }).stdout.trim();
  return state !== '' && !state.startsWith('Z'); // nobody may be there to bury it
};
async function gone(pid: number): Promise<void> {
  for (const end = Date.now() + 10_000; exists(pid); await sleep(50))
    assert.ok(Date.now() < end, `the worker ${pid} is still there`);
}

describe('faults of the worker', function () {
  this.timeout(60_000);
  before(function () {
    if (process.platform !== 'linux') this.skip();
  });

  for (const [signal, meanwhile] of [
    ['SIGKILL', undefined],
    ['SIGTERM', 'SIGSTOP'],
  ] as const) {
    it(
      meanwhile
        ? 'a worker that hangs goes with its parent, too'
        : 'a worker whose parent is killed in the middle of a completion is no orphan',
      async () => {
        const parent = spawn(process.execPath, ['--import=tsx', fileURLToPath(new URL('parent.ts', import.meta.url))], {
          cwd: ROOT,
          stdio: ['ignore', 'pipe', 'inherit'],
        });
        const worker = Number(String((await once(parent.stdout, 'data'))[0]));
        assert.ok(exists(worker));
        await sleep(500);
        if (meanwhile) process.kill(worker, meanwhile);
        parent.kill(signal);
        await once(parent, 'exit');
        await gone(worker);
      },
    );
  }

  it('completes, indexes and switches models where nothing can be written', async () => {
    const writes = spawnSync(FULL[0], [
      ...FULL.slice(1),
      process.execPath,
      '-e',
      `require('fs').writeFileSync('/dev/shm/byteline-${process.pid}', 'x')`,
    ]);
    assert.notEqual(writes.status, 0, 'a file could be written');
    const worker = await TestWorker.start({ streaming: true, model: 'micro', threads: 1, device: 'cpu' }, FULL, [
      join(ROOT, 'test/fixtures'),
    ]);
    try {
      await worker.open(URI, TEXT);
      const complete = () =>
        worker.connection.sendRequest<CompleteResult>('byteline/complete', {
          id: 1,
          uri: URI,
          position: { line: 40, character: 4 },
          multiline: false,
          maxBytes: 32,
          always: true,
        });
      assert.equal((await complete()).kind, 'text');
      await worker.connection.sendRequest('byteline/switchModel', { name: 'nano' });
      assert.equal((await complete()).kind, 'text');
      const memory = () => worker.connection.sendRequest<MemoryStatus>('byteline/memory');
      for (const end = Date.now() + 20_000; (await memory()).state !== 'ready'; await sleep(50))
        assert.ok(Date.now() < end, 'never indexed');
      assert.ok((await memory()).files > 0);
      assert.equal(worker.process.exitCode, null);
    } finally {
      await worker.stop();
    }
  });

  it('ends for lack of memory with that reason', async () => {
    process.env.NODE_OPTIONS = '--max-old-space-size=30'; // V8 gets no more, 10^6 bytes
    const { process: worker, connection } = await overIpc(CLI).finally(() => delete process.env.NODE_OPTIONS);
    connection.onClose(() => connection.dispose());
    for (let i = 0; worker.child.signalCode === null && worker.child.exitCode === null; i++) {
      void connection
        .sendNotification('textDocument/didOpen', {
          textDocument: { uri: `file:///ws/${i}.ts`, languageId: 'typescript', version: 1, text: TEXT.repeat(20) },
        })
        .catch(() => undefined);
      await sleep(20);
    }
    assert.deepEqual(await worker.ended, { kind: 'memory' });
  });

  it('is ended where it was told to end and hangs', async () => {
    const { process: worker } = await overIpc(CLI);
    worker.child.kill('SIGSTOP');
    await endProcess(worker);
    assert.equal(worker.child.signalCode, 'SIGKILL');
  });

  it('says which file is missing, and what one that cannot start said', async () => {
    assert.throws(
      () => startProcess('/nowhere/byteline.cjs', undefined, () => undefined),
      /^BytelineError: \/nowhere\/byteline\.cjs is missing$/,
    );
    const end = await startProcess(join(ROOT, 'test/fixtures/sample/numbers.py'), undefined, () => undefined).ended;
    assert.equal(end.kind === 'code' && /^\w*Error\b/.test(end.said), true, JSON.stringify(end));
  });
});
