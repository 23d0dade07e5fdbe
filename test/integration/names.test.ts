/** Names that a client gives for a place, and what a real worker makes of them, without a folder. */
import assert from 'node:assert/strict';
import type { CompleteResult, NamesParams, ScoreResult } from '../../server/wire/protocol.ts';
import { TestWorker } from './worker.ts';

const HEAD = `export interface Shelf {
  valueAt(i: number): number;
}

export function drain(zorblatt: Shelf, depth: number) {
`;
const NAME = 'vexatePendulum';
const [LINE, START] = [5, 11];
/** int8 rounds otherwise in a warm cache, nats of the whole name. */
const SAME = 1;

describe('names of a language server', function () {
  this.timeout(60_000);
  const uri = 'file:///ws/drain.ts';
  let worker: TestWorker;
  /** What the name costs where nobody gave it, nats. */
  let free: number;
  before(async () => {
    worker = await TestWorker.start({ streaming: true, model: 'nano', threads: 1, device: 'cpu' });
    await open();
    free = await cost();
    await close();
  });
  after(() => worker.stop());
  afterEach(close);

  const open = (text = `${HEAD}  zorblatt.${NAME}(depth);\n}\n`) => worker.open(uri, text);
  function close() {
    return worker.connection.sendNotification('textDocument/didClose', { textDocument: { uri } });
  }
  function give(names: Partial<NamesParams> = {}): Promise<void> {
    const given = { uri, version: 1, position: { line: LINE, character: START }, first: [NAME], others: [] };
    return worker.connection.sendNotification('byteline/names', { ...given, ...names });
  }
  async function cost(line = LINE, character = START): Promise<number> {
    const range = { start: { line, character }, end: { line, character: character + NAME.length } };
    const { bits } = (await worker.connection.sendRequest('byteline/score', { uri, range })) as ScoreResult;
    return bits * Math.LN2;
  }
  const costs = async (known: boolean) => {
    const nats = await cost();
    assert.ok(known ? nats < free - 3 : Math.abs(nats - free) < SAME, `${nats} nats, ${free} without names`);
  };

  it('are offered in the place of one that does not exist', async () => {
    const completed = async () => {
      const asked = { id: 1, uri, position: { line: LINE, character: START + 1 }, multiline: false, maxBytes: 32 };
      const made = await worker.connection.sendRequest<CompleteResult>('byteline/complete', { ...asked, always: true });
      return made.kind === 'text' ? made.text : made.reason;
    };
    await open(`${HEAD}  zorblatt.a`);
    assert.doesNotMatch(await completed(), /^dvance\b/);
    await give({ first: ['advance'] });
    assert.match(await completed(), /^dvance\b/);
  });
  it('count for whatever place of the word they are given, with a version or without, in front or not', async () => {
    for (const given of [
      {},
      { version: undefined },
      { version: null },
      { position: { line: LINE, character: START + 3 } },
      { first: [], others: ['children', NAME] },
      { first: Array.from({ length: 500 }, (_, i) => `other${i}`), others: Array(500).fill(NAME) },
    ]) {
      await open();
      await give(given);
      await costs(true);
      await close();
    }
  });
  it('hold behind the same receiver elsewhere, and behind no other one', async () => {
    for (const receiver of ['zorblatt', 'depth']) {
      await open(`${HEAD}  ${receiver}.resize();\n  zorblatt.${NAME}(depth);\n}\n`);
      const before = await cost(LINE + 1);
      await give({ position: { line: LINE, character: receiver.length + 3 } });
      const nats = await cost(LINE + 1);
      assert.ok(receiver === 'depth' ? Math.abs(nats - before) < SAME : nats < before - 3, `${nats}, ${before}`);
      await close();
    }
  });
  it('are gone once the document is closed, or opened with another text', async () => {
    await open();
    await give();
    await costs(true);
    await close();
    await open();
    await costs(false);
    await give();
    await open();
    await costs(false);
  });
  it('are dropped where the document is in another version, or is not open', async () => {
    await open();
    for (const [dropped, line] of [
      [{ version: 7 }, `byteline/names: ${uri} in version 7 is not open`],
      [{ uri: 'file:///ws/none.ts' }, 'byteline/names: file:///ws/none.ts is not open'],
    ] as const) {
      await give(dropped);
      await costs(false);
      assert.ok(worker.logs.includes(line), worker.logs.join('\n'));
    }
  });
  it('that are too many, or too long, change nothing', async () => {
    await open();
    await give({ others: Array(1000).fill(NAME) });
    await give({ others: ['a'.repeat(257)] });
    await give({ others: Array(300).fill('a'.repeat(256)) });
    await costs(false);
  });
  it('are kept for eight documents', async () => {
    const others = Array.from({ length: 8 }, (_, i) => `file:///ws/other${i}.ts`);
    await open();
    await give();
    for (const other of others) await worker.open(other, `${HEAD}  zorblatt.`);
    for (const other of others.slice(1)) await give({ uri: other });
    await costs(true);
    await give({ uri: others[0] });
    await costs(false);
  });
  it('do nothing where the memory is off', async () => {
    const on = worker;
    worker = await TestWorker.start({ streaming: true, model: 'nano', threads: 1, memory: { enable: false } });
    try {
      await open();
      const without = await cost();
      await give();
      const nats = await cost();
      assert.ok(Math.abs(nats - without) < SAME, `${nats}, ${without}`);
    } finally {
      await worker.stop();
      worker = on;
    }
  });
});
