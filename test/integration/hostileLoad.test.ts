/**
 * A hostile client that sends too much: memory stays, and the next honest request is answered as if nothing had been.
 */
import assert from 'node:assert/strict';
import { ASK, at, RawClient, TEXT, URI } from './rawClient.ts';

describe('a hostile client', () => {
  let client: RawClient;
  let honest: string;
  before(async () => {
    client = await RawClient.start();
    client.open(TEXT);
    honest = await client.text();
  });
  afterEach(async () => {
    client.open(TEXT);
    assert.equal(await client.text(), honest);
  });
  after(() => void client.process.kill());

  it('100 MB documents are not read, many large ones not kept, and memory stays', async function () {
    if (process.platform !== 'linux') this.skip();
    let most = client.megabytes;
    const watch = setInterval(() => (most = Math.max(most, client.megabytes)), 20);
    let from = client.received.length;
    client.open('const a = 1;\n'.repeat(7_700_000), 'file:///ws/huge.ts');
    await client.until(
      ({ error }) => /Content-Length: \d{9} bytes, at most 64000000 are read/.test(error?.message ?? ''),
      from,
    );
    await client.refused('byteline/complete', { ...ASK, uri: 'file:///ws/huge.ts' }, /huge\.ts is not open/, -32803);
    const long = `${'a = b; '.repeat(10)}\n`;
    for (const [i, line] of [long, 'x', 'é😀'.repeat(20) + '\n'].entries())
      client.open(line.repeat(15e6 / line.length), `file:///ws/large${i}.ts`); // 15 MB and more, one in a single line
    const { result } = await client.request('byteline/complete', {
      ...ASK,
      uri: 'file:///ws/large1.ts',
      position: at(0, 7e6),
    });
    assert.ok(result, 'a line of 15 MB');
    from = client.received.length;
    for (let i = 3; i < 6; i++) client.open(long.repeat(15e6 / long.length), `file:///ws/large${i}.ts`);
    await client.logged(
      /large5\.ts: \d+ characters beside \d+ of what is open already: at most 64000000 are kept/,
      from,
    );
    await client.refused(
      'byteline/complete',
      { ...ASK, uri: 'file:///ws/large5.ts' },
      /at most 64000000 are kept/,
      -32803,
    );
    for (let i = 0; i < 6; i++)
      client.notify('textDocument/didClose', { textDocument: { uri: `file:///ws/large${i}.ts` } });
    assert.equal(await client.text(), honest);
    clearInterval(watch);
    console.log(`      at most ${most.toFixed(0)} MB`);
    assert.ok(most < 1200, `${most} MB`);
  });

  it('a flood of 1,000 requests a second is answered, all of them, and memory stays', async function () {
    if (process.platform !== 'linux') this.skip();
    this.timeout(300_000);
    const [seconds, before, first] = [
      Number(process.env.BYTELINE_FLOOD ?? 3),
      client.megabytes,
      client.received.length,
    ];
    for (let i = 0; i < 50; i++) client.open(`${TEXT}// ${i}\n`, `file:///ws/flood${i}.ts`);
    let sent = 0;
    const began = performance.now();
    for (let tick = 1; tick <= seconds * 50; tick++) {
      // 20 messages each 20 ms
      for (let i = 0; i < 20; i++) {
        const uri = i % 4 === 0 ? URI : i % 19 === 0 ? 'file:///ws/none.ts' : `file:///ws/flood${sent % 50}.ts`;
        const method = [
          'byteline/complete',
          'byteline/complete',
          'byteline/models',
          'byteline/score',
          'byteline/switchModel',
        ][sent % 400 === 0 ? 4 : i % 4];
        client.send({
          jsonrpc: '2.0',
          id: `flood${sent++}`,
          method,
          params: { ...ASK, uri, name: sent % 2 ? 'micro' : 'none' },
        });
      }
      const wait = began + tick * 20 - performance.now();
      if (wait > 0) await new Promise((r) => setTimeout(r, wait));
    }
    assert.equal(await client.text(), honest);
    const answers = () =>
      client.received.slice(first).filter(({ id, method }) => String(id).startsWith('flood') && !method);
    while (answers().length < sent) await new Promise((r) => setTimeout(r, 50));
    console.log(
      `      ${sent} requests in ${seconds} s, ` +
        `all answered after ${((performance.now() - began) / 1000).toFixed(1)} s; ` +
        `${before.toFixed(0)} MB before, ${client.megabytes.toFixed(0)} MB after`,
    );
    assert.ok(client.megabytes < before + 150);
  });
});
