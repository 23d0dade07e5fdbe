/** What the sample of `npm start` promises in its comments is offered by itself, with the memory of its files. */
import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { CompleteResult } from '../../server/wire/protocol.ts';
import { copySample, insertedBehind, start, TRIALS, written } from '../editor/sample.ts';
import { eventually, status } from './indexedWorkspace.ts';
import { TestWorker } from './worker.ts';

describe('the sample', () => {
  let folder: string;
  let worker: TestWorker;
  before(async () => {
    folder = copySample();
    const capabilities = {
      workspace: { workspaceFolders: true, didChangeWatchedFiles: { dynamicRegistration: true } },
    };
    worker = await TestWorker.start(
      { streaming: true, model: 'nano', threads: 1, device: 'cpu' },
      [],
      [folder],
      capabilities,
    );
    await eventually('ready', async () => (await status(worker))!.state === 'ready');
  });
  after(async () => {
    await worker?.stop();
    if (folder) rmSync(dirname(folder), { recursive: true });
  });

  let id = 0;
  for (const trial of TRIALS)
    it(trial.title, async () => {
      const { text, line } = start(trial);
      const uri = pathToFileURL(join(folder, trial.file)).href;
      for (const [i, { typed, grey }] of trial.steps.entries()) {
        const more = written(trial, i) + typed;
        const lines = more.split('\n');
        await worker.open(uri, insertedBehind(text, line, more), trial.file.endsWith('.py') ? 'python' : 'typescript');
        const offered = (await worker.connection.sendRequest('byteline/complete', {
          id: ++id,
          uri,
          position: { line: line + lines.length - 2, character: lines.at(-1)!.length },
          multiline: 'auto',
          maxBytes: 128,
        })) as CompleteResult;
        assert.equal(offered.kind === 'text' ? offered.text : offered.reason, grey);
      }
    });
});
