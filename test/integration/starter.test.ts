/** Idioms that come with Byteline, through a real worker: in an empty file, and beside the user's own code. */
import assert from 'node:assert/strict';
import type { CompleteResult, MemoryOptions, Why } from '../../server/wire/protocol.ts';
import { TestWorker } from './worker.ts';

const MAIN = 'def main():\n    print("hello")\n\n\nif __name__';
/** The user's own ways to say it. */
const OWN = ['if __name__ == "__app__":\n    launch()\n\n\n', 'if __name__ in ENTRY_POINTS:\n    launch()\n\n\n'];

describe('starter memory', () => {
  const workers: TestWorker[] = [];
  after(async () => {
    for (const worker of workers) await worker.stop();
  });

  async function start(memory?: MemoryOptions): Promise<TestWorker> {
    const worker = await TestWorker.start({ streaming: true, model: 'nano', threads: 1, device: 'cpu', memory });
    workers.push(worker);
    return worker;
  }

  /** What is offered by hand at the end of a new document. */
  async function completed(worker: TestWorker, uri: string, text: string): Promise<string> {
    await worker.open(uri, text, 'python');
    const lines = text.split('\n');
    const position = { line: lines.length - 1, character: lines.at(-1)!.length };
    const asked = { id: 1, uri, position, multiline: false, midWord: false, maxBytes: 64, always: true };
    const made = (await worker.connection.sendRequest('byteline/complete', asked)) as CompleteResult;
    return made.kind === 'text' ? made.text : '';
  }

  /** Whether that text was seen in what comes with Byteline. */
  async function isBundled(worker: TestWorker, uri: string, text: string): Promise<boolean> {
    const asked = { uri, position: { line: 0, character: 0 }, text };
    return ((await worker.connection.sendRequest('byteline/why', asked)) as Why | null)?.bundled === true;
  }

  it('completes an idiom in an empty file, and says where that was seen', async () => {
    const worker = await start();
    assert.equal(await completed(worker, 'untitled:main.py', MAIN), " == '__main__':".replaceAll("'", '"'));
    assert.ok(await isBundled(worker, 'untitled:main.py', 'if __name__ == "__main__":\n    main()\n'));
  });

  it('knows only idioms of the language of a document, and none without one', async () => {
    const worker = await start();
    await worker.open('untitled:a.go', '\n', 'go');
    await worker.open('untitled:a.ada', '\n', 'ada');
    assert.ok(await isBundled(worker, 'untitled:a.go', 'if err != nil {\n\t\tlog.Fatal(err)\n'));
    for (const uri of ['untitled:a.go', 'untitled:a.ada'])
      assert.ok(!(await isBundled(worker, uri, 'if __name__ == "__main__":\n    main()\n')), uri);
  });

  it("goes behind the user's own code", async () => {
    const worker = await start();
    assert.equal(await completed(worker, 'untitled:app.py', OWN[0]! + MAIN), ' == "__app__":');
    // the network itself knows the idiom better than a single place of anything less alike
    assert.equal(await completed(worker, 'untitled:points.py', OWN[1]!.repeat(2) + MAIN), ' in ENTRY_POINTS:');
  });

  it('stays away where it is turned off, and with the memory', async () => {
    for (const memory of [{ starter: false }, { enable: false }]) {
      const worker = await start(memory);
      await worker.open('untitled:a.py', '\n', 'python');
      assert.ok(!(await isBundled(worker, 'untitled:a.py', 'if __name__ == "__main__":\n')), JSON.stringify(memory));
    }
  });
});
