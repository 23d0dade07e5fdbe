/** A minute of the soak (test/bench/soak.ts): someone types, and the worker's memory stays where it is. */
import assert from 'node:assert/strict';
import { User, work } from '../bench/user.ts';
import { TestWorker } from './worker.ts';

/** Seconds that are typed, and those of them in which caches fill. */
const [ALL, WARM] = [60, 18];
/**
 * So much more may be resident in the last third than in the first one, 10^6 bytes: V8's garbage comes and goes (11
 * were seen in a minute, 4 in three). The weights do not count: they are mapped, and read bit by bit.
 */
const MARGIN = 20;

describe('soak', function () {
  this.timeout(120_000);
  it('a minute of typing leaves the memory flat', async function () {
    if (process.platform !== 'linux') this.skip();
    const worker = await TestWorker.start({
      streaming: true,
      model: 'nano',
      threads: 1,
      device: 'cpu',
      cacheMegabytes: 16,
      memory: { megabytes: 1 },
    });
    const stop = new AbortController();
    const user = new User(worker, stop);
    const seen: number[] = [];
    const sample = setInterval(() => seen.push(worker.resident('RssAnon') ?? 0), 500);
    const end = setTimeout(() => stop.abort('time'), ALL * 1000);
    try {
      worker.process.once('exit', (code, signal) =>
        stop.abort(new Error(`the worker ended by itself: ${signal ?? code}`)),
      );
      await work(user).catch((error) =>
        assert.equal(stop.signal.reason, 'time', stop.signal.reason instanceof Error ? stop.signal.reason : error),
      );
    } finally {
      clearInterval(sample);
      clearTimeout(end);
      worker.process.removeAllListeners('exit');
      await worker.stop();
    }
    const settled = seen.slice(Math.floor((seen.length * WARM) / ALL));
    const third = Math.floor(settled.length / 3);
    const mean = (values: number[]) => values.reduce((a, b) => a + b, 0) / values.length;
    const [first, last] = [mean(settled.slice(0, third)), mean(settled.slice(-third))];
    console.log(
      `      ${first.toFixed(0)} MB after ${WARM} s, ${last.toFixed(0)} at the end, ` +
        `${Math.max(...seen).toFixed(0)} at most; ${user.asked.length} requests`,
    );
    assert.ok(user.asked.filter(({ kind }) => kind === 'text').length > 20, `${user.asked.length} requests`);
    assert.ok(last - first < MARGIN, `${seen.map((mb) => mb.toFixed(0)).join(' ')} MB`);
  });
});
