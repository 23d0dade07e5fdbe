/** What the threshold in model.json does to offers, through the worker. */
import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CompleteResult, InitOptions, ModelInfo, Partial } from '../../server/wire/protocol.ts';
import { sourceText } from '../sourceText.ts';
import { ROOT, TestWorker } from './worker.ts';

const SOURCE = sourceText('cache.ts');
/** Cursors all over a real file, after its next text is taken away. */
const LINES = SOURCE.split('\n')
  .map((text, line) => ({ text, line }))
  .filter(({ text }) => text.trim().length > 12)
  .filter((_, i) => i % 4 === 0);

const FIT = { bias: 1, logprob: 1, length: 0.2 };

describe('confidence', () => {
  let folder: string;
  /** In the worker. */
  const opened = new Set<string>();
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'byteline-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  /** A worker with a copy of micro that is calibrated like this. */
  async function started(confidence: object, options: InitOptions = {}): Promise<TestWorker> {
    cpSync(join(ROOT, 'model/models/micro'), folder, { recursive: true });
    const file = join(folder, 'model.json');
    writeFileSync(file, JSON.stringify({ ...JSON.parse(readFileSync(file, 'utf8')), confidence }));
    return TestWorker.start({ streaming: true, model: folder, ...options });
  }

  /** Asks at every cursor. */
  async function asked(worker: TestWorker, more: object = {}): Promise<CompleteResult[]> {
    const results: CompleteResult[] = [];
    for (const [id, { text, line }] of LINES.entries()) {
      const [uri, character] = [`file:///ws/${id}.ts`, text.length - 8];
      if (!opened.has(uri))
        await worker.open(uri, [...SOURCE.split('\n').slice(0, line), text.slice(0, character)].join('\n'));
      opened.add(uri);
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
    return results;
  }

  /** Asks at every cursor a worker whose model has this threshold; also gives the streamed texts. */
  async function offers(
    threshold: number,
    more: object = {},
  ): Promise<{ results: CompleteResult[]; parts: string[][] }> {
    const worker = await started({ ...FIT, threshold });
    try {
      const parts: string[][] = [];
      worker.connection.onNotification(
        'byteline/partial',
        ({ id, text }: Partial) => void (parts[id] ??= []).push(text),
      );
      const results = await asked(worker, more);
      return { results, parts: results.map((_, id) => parts[id] ?? []) };
    } finally {
      opened.clear();
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

  it('an eager request is offered more than a quiet one, from one request to the next', async () => {
    const levels = { quiet: 0.9, eager: 0.1 };
    const worker = await started({ ...FIT, threshold: 0.5, levels }, { memory: { enable: false } });
    try {
      const of = async (more: object) => asked(worker, more);
      const [quiet, eager] = [await of({ eagerness: 'quiet' }), await of({ eagerness: 'eager' })];
      const count = (results: CompleteResult[]) => results.filter((r) => r.kind === 'text').length;
      assert.ok(count(quiet) < count(eager), `${count(quiet)} quiet, ${count(eager)} eager of ${eager.length}`);
      for (const [i, r] of quiet.entries())
        if (r.kind === 'text') {
          const more = eager[i];
          assert.ok(r.confidence! >= 0.9 && more.kind === 'text' && more.text.startsWith(r.text));
        }
      assert.deepEqual(await of({ eagerness: 0.9 }), quiet);
      assert.deepEqual(await of({ eagerness: 'balanced' }), await of({}));
      assert.deepEqual(await of({ eagerness: 'eager' }), eager);
    } finally {
      opened.clear();
      await worker.stop();
    }
  });

  it('the options say how eager a request is that does not, and the memory has a fit of its own', async () => {
    // Nothing is as sure as the one fit asks, everything as sure as the other
    const confidence = { ...FIT, threshold: 1, withMemory: { ...FIT, threshold: 1, levels: { quiet: 1, eager: 0 } } };
    const some = (results: CompleteResult[]) => results.some((r) => r.kind === 'text');
    for (const enable of [false, true]) {
      const worker = await started(confidence, { eagerness: 'eager', memory: { enable } });
      try {
        assert.equal(some(await asked(worker)), enable);
        assert.ok(!some(await asked(worker, { eagerness: 'balanced' })));
        const models = await worker.connection.sendRequest<ModelInfo[]>('byteline/models');
        const thresholds = { quiet: 1, balanced: 1, eager: enable ? 0 : 1 };
        assert.deepEqual(models.find(({ current }) => current)?.offers, { thresholds, curve: [] });
      } finally {
        opened.clear();
        await worker.stop();
      }
    }
  });
});
