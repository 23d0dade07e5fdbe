/** Next edits over LSP: what was done twice is proposed where it can be done again. */
import assert from 'node:assert/strict';
import type { NextEditResult, NextEdits } from '../../server/wire/protocol.ts';
import { TestWorker } from './worker.ts';

const URI = 'file:///ws/a.ts';
const TEXT = ['open(first);', 'open(second);', 'read();', 'open(third);', 'open(fourth);', ''].join('\n');

describe('next edits', () => {
  let worker: TestWorker;
  let version = 1;
  before(async () => (worker = await TestWorker.start()));
  after(() => worker.stop());
  const ask = (uri: string, line: number, more = {}) =>
    worker.connection.sendRequest('byteline/nextEdit', {
      uri,
      position: { line, character: 0 },
      ...more,
    }) as Promise<NextEditResult>;
  const insert = (line: number, character: number, text: string) =>
    worker.connection.sendNotification('textDocument/didChange', {
      textDocument: { uri: URI, version: ++version },
      contentChanges: [{ range: { start: { line, character }, end: { line, character } }, text }],
    });

  it('an argument that was added twice is proposed for the next call', async () => {
    await worker.open(URI, TEXT);
    await insert(0, 10, ', true');
    await insert(1, 11, ', true');
    const found = await ask(URI, 1);
    assert.equal(found.kind, 'edits', JSON.stringify(found));
    console.log(JSON.stringify(found as NextEdits, undefined, 1));
  });
});
