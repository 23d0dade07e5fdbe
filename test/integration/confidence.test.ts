/** What the threshold in model.json does to offers, through the worker. */
import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CompleteResult, Partial } from '../../server/wire/protocol.ts';
import { sourceText } from '../sourceText.ts';
import { ROOT, TestWorker } from './worker.ts';

const SOURCE = sourceText('cache.ts');
/** Cursors all over a real file, after its next text is taken away. */
const LINES = SOURCE.split('\n')
  .map((text, line) => ({ text, line }))
  .filter(({ text }) => text.trim().length > 12)
  .filter((_, i) => i % 4 === 0);

describe('confidence', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'byteline-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  /** Asks at every cursor with a copy of micro that has this threshold; also gives the streamed texts. */
  async function offers(
    threshold: number,
    more: object = {},
  ): Promise<{ results: CompleteResult[]; parts: string[][] }> {
    cpSync(join(ROOT, 'model/models/micro'), folder, { recursive: true });
    const file = join(folder, 'model.json');
    const json = JSON.parse(readFileSync(file, 'utf8'));
    json.confidence = { bias: 1, logprob: 1, length: 0.2, threshold };
    writeFileSync(file, JSON.stringify(json));
    const worker = await TestWorker.start({ streaming: true, model: folder });
    try {
      const parts: string[][] = [];
      worker.connection.onNotification(
        'byteline/partial',
        ({ id, text }: Partial) => void (parts[id] ??= []).push(text),
      );
      const results: CompleteResult[] = [];
      for (const [id, { text, line }] of LINES.entries()) {
        const [uri, character] = [`file:///ws/${id}.ts`, text.length - 8];
        await worker.open(uri, [...SOURCE.split('\n').slice(0, line), text.slice(0, character)].join('\n'));
        results.push(
          await worker.connection.sendRequest('byteline/complete', {
            id,
            uri,
            position: { line, character },
            multiline: false,
            maxBytes: 64,
            ...more,
          }),
        );
      }
      return { results, parts: results.map((_, id) => parts[id] ?? []) };
    } finally {
      await worker.stop();
    }
  }

  it('a threshold of 1 withholds everything and says so, unless it is asked for by hand', async () => {
    assert.ok(
      (await offers(1)).results.every(
        (r) => r.kind === 'none' && ['low-confidence', 'blank', 'empty', 'repetition'].includes(r.reason),
      ),
    );
    assert.ok((await offers(1, { always: true })).results.some((r) => r.kind === 'text'));
  });

  it('what is offered reaches the threshold and begins what would be offered without one', async () => {
    const [sure, all] = [await offers(0.6), await offers(0)];
    let [shortened, withheld] = [0, 0];
    sure.results.forEach((r, i) => {
      const whole = all.results[i];
      if (r.kind === 'none') return void (withheld += whole.kind === 'text' ? 1 : 0);
      assert.ok(r.confidence! >= 0.6 && whole.kind === 'text' && whole.text.startsWith(r.text));
      if (r.text.length < whole.text.length) shortened += r.stop === 'confidence' ? 1 : NaN;
      for (const part of sure.parts[i]) assert.ok(r.text.startsWith(part), `${part} was shown, then ${r.text}`);
    });
    assert.ok(
      shortened > 0 && withheld > 0 && withheld < sure.results.length,
      `${shortened} shortened, ${withheld} withheld of ${sure.results.length}`,
    );
  });
});
