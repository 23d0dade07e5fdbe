/** What a worker keeps resident while it goes through many documents and two models. */
import assert from 'node:assert/strict';
import { sourceText } from '../sourceText.ts';
import { TestWorker } from './worker.ts';

describe('memory', () => {
  it('nano stays under 250 MB over many documents and a switch there and back', async function () {
    this.timeout(600_000); // it reads half a megabyte, beside what else the machine does
    if (process.platform !== 'linux') this.skip();
    const worker = await TestWorker.start({ streaming: true, model: 'nano' });
    const text = sourceText('provider.ts') + sourceText('engine.ts');
    const seen: number[] = [];
    const work = async (uri: string, size = text.length) => {
      await worker.open(uri, text.slice(0, size));
      for (const line of [5, 20, 60, 120, 180])
        await worker.connection.sendRequest('byteline/complete', {
          id: line,
          uri,
          position: { line, character: 2 },
          multiline: true,
          maxBytes: 256,
        });
      seen.push(worker.resident()!);
    };
    for (let i = 0; i < 8; i++) await work(`file:///ws/${i}.ts`);
    // small caches that grow later
    for (let i = 0; i < 30; i++) await work(`file:///ws/short/${i}.ts`, 300 + 400 * (i % 10));
    for (let i = 0; i < 8; i++) await work(`file:///ws/again/${i}.ts`);
    for (const name of ['micro', 'nano']) await worker.connection.sendRequest('byteline/switchModel', { name });
    await work('file:///ws/last.ts');
    await worker.stop();
    console.log(`      at most ${Math.max(...seen).toFixed(0)} MB`);
    assert.ok(Math.max(...seen) < 250, `${seen.map((mb) => mb.toFixed(0)).join(' ')} MB`);
  });
});
