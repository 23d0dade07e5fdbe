/** A request that is kept while what is typed agrees with it. */
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { CancellationTokenSource } from 'vscode-jsonrpc/node';
import { Request } from '../../extension/ghostText/request.ts';
import { type Cursor, Session } from '../../extension/ghostText/session.ts';

const at = (marked: string): Cursor => [
  'u',
  marked.indexOf('█'),
  (from, to) => marked.replace('█', '').slice(from, to),
];
const never = new CancellationTokenSource().token;

function running(kept = 10_000) {
  const session = new Session(...at('a = █\n'));
  const told: string[] = [];
  const request: Request = new Request(
    session,
    () => told.push('cancelled'),
    () => (told.push('unwanted'), request.stop()),
    kept,
  );
  const grow = (text: string) => {
    session.text = text;
    request.grew();
  };
  return { request, told, grow };
}

describe('a request', () => {
  it('gives its first text once that has settled, white space not counted', async () => {
    const { request, grow } = running();
    const first = request.first(at('a = █\n'), 20, never);
    grow(' ');
    grow(' co');
    grow(' compute(');
    assert.deepEqual(await first, [' compute(']);
    assert.ok(request.answered);
  });
  it('holds a text back as long as it is undecided, and says so once it is whole', async () => {
    const { request, grow } = running();
    const undecided = (rest: string) => /^\w*$/.test(rest);
    const first = request.first(at('a = c█\n'), 0, never, undecided);
    grow('co');
    await sleep(20);
    assert.ok(!request.answered);
    grow('compute(');
    assert.deepEqual(await first, ['ompute(']);
    const second = running();
    const whole = second.request.first(at('a = c█\n'), 0, never, undecided);
    second.grow('compute');
    second.request.end();
    assert.deepEqual(await whole, ['ompute']);
  });
  it('goes on when the editor cancels, and is taken over where what was typed agrees', async () => {
    const { request, told, grow } = running();
    const source = new CancellationTokenSource();
    const [first] = [request.first(at('a = █\n'), 0, source.token), source.cancel()];
    assert.deepEqual(await first, []);
    const second = request.first(at('a = com█\n'), 0, never);
    grow('co'); // too little to tell
    assert.ok(!request.answered);
    grow('compute(1)');
    assert.deepEqual(await second, ['pute(1)']);
    assert.deepEqual(told, []);
  });
  it('gives nothing as soon as its text disagrees, or when it ends short of what was typed', async () => {
    const [one, two] = [running(), running()];
    const firsts = [one, two].map(({ request }) => request.first(at('a = com█\n'), 0, never));
    one.grow('cat');
    two.grow('co');
    two.request.end();
    assert.deepEqual(await Promise.all(firsts), [[], []]);
    assert.ok(!one.request.ended && !one.request.answered);
  });
  it('is given up once nobody has waited for a while, and not while somebody does', async () => {
    const { request, told } = running(20);
    const source = new CancellationTokenSource();
    const first = request.first(at('a = █\n'), 0, source.token);
    await sleep(60);
    assert.deepEqual(told, []);
    source.cancel();
    assert.deepEqual(await first, []);
    while (!request.ended) await sleep(10);
    assert.deepEqual(told, ['unwanted', 'cancelled']);
    const shown = running(20);
    await shown.request.first(at('a = █\n'), 0, source.token);
    shown.grow('comp');
    shown.request.noteAnswered(); // the editor has asked again, and got that
    await sleep(60);
    assert.deepEqual(shown.told, []);
  });
  it('gives nothing to whoever waits when it is stopped, and what there is when it ends', async () => {
    const [stopped, ended] = [running(), running()];
    const firsts = [stopped, ended].map(({ request, grow }) => {
      const first = request.first(at('a = █\n'), 10_000, never);
      grow('compute');
      return first;
    });
    stopped.request.stop();
    ended.request.end();
    assert.deepEqual(await Promise.all(firsts), [[], ['compute']]);
    assert.deepEqual([stopped.told, ended.told], [['cancelled'], []]);
  });
});
