/** The worker keeps what it reads to itself, as its system calls show. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { POINT, TestWorker } from './worker.ts';

const { uri: URI, text: TEXT, position: POSITION } = POINT;

describe('privacy', () => {
  it('connects to nothing and writes nothing', async () => {
    try {
      execFileSync('strace', ['-V'], { stdio: 'ignore' });
    } catch {
      assert.fail('strace is not installed (test/run.sh installs it)');
    }
    const folder = mkdtempSync(join(tmpdir(), 'byteline-'));
    const trace = join(folder, 'trace');
    const worker = await TestWorker.start({ streaming: true }, [
      'strace',
      '-f',
      '-qq',
      '-s',
      '200',
      '-e',
      'trace=connect,openat,open,creat,mkdir,mkdirat',
      '-o',
      trace,
    ]);
    await worker.open(URI, TEXT);
    const complete = () =>
      worker.connection.sendRequest('byteline/complete', {
        id: 1,
        uri: URI,
        position: POSITION,
        multiline: false,
        maxBytes: 64,
      });
    await complete();
    await worker.connection.sendRequest('byteline/models');
    await worker.connection.sendRequest('byteline/switchModel', { name: 'nano' });
    await worker.connection.sendNotification('textDocument/didChange', {
      textDocument: { uri: URI, version: 2 },
      contentChanges: [{ text: `// edited\n${TEXT}` }],
    });
    await complete();
    await worker.stop();
    await new Promise((r) => setTimeout(r, 500));
    const calls = readFileSync(trace, 'utf8').split('\n');
    rmSync(folder, { recursive: true });
    assert.ok(
      calls.some((c) => c.includes('int8.onnx')),
      'the trace saw the worker',
    );
    assert.deepEqual(
      calls.filter((c) => /\bconnect\(/.test(c)),
      [],
    );
    const written = calls.filter(
      (c) => /mkdir|creat\(|O_CREAT|O_WRONLY|O_RDWR/.test(c) && !/\/dev\/|\/proc\/|EEXIST|ENOENT/.test(c),
    );
    assert.deepEqual(written, []);
  });
});
