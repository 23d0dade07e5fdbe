/**
 * A copy of micro whose files may be changed, and a worker that must refuse it and go on with the model that it has.
 */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MICRO } from './graphs.ts';
import { POINT, TestWorker } from './worker.ts';

export const MANIFEST = readFileSync(join(MICRO, 'model.json'), 'utf8');
export const WEIGHTS = { path: 'int8.weights', bytes: JSON.parse(MANIFEST).files[0].weights.bytes as number };

/** A copy of micro whose files may be changed. */
export class ModelFolder {
  readonly parent = mkdtempSync(join(tmpdir(), 'byteline-'));
  readonly path = join(this.parent, 'micro');
  constructor() {
    mkdirSync(this.path);
    for (const name of ['int8.onnx', 'int8.weights', 'memory.json', 'model.json'])
      cpSync(join(MICRO, name), join(this.path, name));
  }
  manifest(change: (json: any) => void): this {
    const json = JSON.parse(readFileSync(join(this.path, 'model.json'), 'utf8'));
    change(json);
    writeFileSync(join(this.path, 'model.json'), JSON.stringify(json));
    return this;
  }
  /** Another file, that the manifest calls its own. */
  file(name: string, content: Buffer, part: (json: any) => any = (json) => json.files[0]): this {
    writeFileSync(join(this.path, name), content);
    return this.manifest((json) =>
      Object.assign(part(json), { bytes: content.length, sha256: createHash('sha256').update(content).digest('hex') }),
    );
  }
  remove(): void {
    rmSync(this.parent, { recursive: true, force: true });
  }
}

/** Made by the suite that needs it: one worker for all of its tests, and a folder for each. */
export class Trial {
  folder!: ModelFolder;
  worker!: TestWorker;
  /** What the worker's own model says. */
  honest: unknown;

  constructor() {
    before(async () => {
      this.worker = await TestWorker.start({ streaming: true, threads: 1, device: 'cpu' });
      await this.worker.open(POINT.uri, POINT.text);
      this.honest = await this.said();
    });
    beforeEach(() => void (this.folder = new ModelFolder()));
    afterEach(() => this.folder.remove());
    after(() => this.worker.stop());
  }

  /** What the model in use completes. */
  async said(): Promise<unknown> {
    const { kind, text } = await this.worker.connection.sendRequest<{ kind: string; text: string }>(
      'byteline/complete',
      { id: 1, uri: POINT.uri, position: POINT.position, multiline: false, maxBytes: 32, always: true },
    );
    return { kind, text };
  }

  /** A switch to the folder, which fails with one line, and the model that was there goes on. */
  async refuses(pattern: RegExp): Promise<void> {
    const { folder, worker } = this;
    const error = await worker.connection.sendRequest('byteline/switchModel', { name: folder.path }).then(
      () => undefined,
      (e) => e as Error,
    );
    assert.ok(
      error && pattern.test(error.message) && error.message.startsWith(folder.path),
      error?.message ?? 'it was loaded',
    );
    assert.ok(error.message.length < 1000 && !error.message.trim().includes('\n'), error.message);
    assert.deepEqual(await this.said(), this.honest);
    assert.equal(worker.process.exitCode, null);
  }
}
