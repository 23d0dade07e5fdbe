/** When the worker counts as hung, how long it waits after a death, and what its end means. */
import assert from 'node:assert/strict';
import { BackOff } from '../../extension/worker/backOff.ts';
import { endOf } from '../../extension/worker/process.ts';
import { Watchdog } from '../../extension/worker/watchdog.ts';

/** What each of so many beats in silence says. */
const beats = (dog: Watchdog, n: number) => Array.from({ length: n }, () => dog.beat());

describe('watchdog', () => {
  it('ends a worker that said nothing for four whole beats, and none that speaks', () => {
    const dog = new Watchdog();
    for (let i = 0; i < 100; i++) {
      assert.deepEqual(beats(dog, 4), ['ask', 'ask', 'ask', 'ask']);
      dog.heard();
    }
    assert.deepEqual(beats(dog, 5), ['ask', 'ask', 'ask', 'ask', 'end']);
  });
  it('gives a worker that it has ended twice as long, up to 32 beats', () => {
    const dog = new Watchdog();
    const lives = [4, 8, 16, 32, 32, 32];
    for (const life of lives) assert.deepEqual(beats(dog, life + 1), [...Array(life).fill('ask'), 'end']);
  });
  it('does not count what the host slept through: beats count, not time, whatever the clock says', () => {
    const { now } = Date;
    const dog = new Watchdog();
    try {
      for (const hours of [0, 9, -48]) {
        // a beat, a night later one, and one after the clock was set back
        Date.now = () => now() + hours * 3_600_000;
        assert.equal(dog.beat(), 'ask');
      }
    } finally {
      Date.now = now;
    }
    dog.heard();
    assert.equal(dog.beat(), 'ask');
  });
});

describe('back-off', () => {
  it('waits longer after each death at the start, and no longer than half a minute', () => {
    const backOff = new BackOff();
    assert.deepEqual(
      Array.from({ length: 6 }, () => backOff.next()),
      [200, 1000, 5000, 30_000, 30_000, 30_000],
    );
  });
  it('starts a worker again at once that has answered, however often it is killed', () => {
    const backOff = new BackOff();
    for (let i = 0; i < 200; i++) {
      assert.equal(backOff.next(), 200);
      backOff.worked();
    }
  });
});

describe("a worker's end", () => {
  it('is for lack of memory where V8, C++ or the system say so', () => {
    const v8 = [
      '<--- Last few GCs --->',
      'FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory',
      '----- Native stack trace -----',
    ];
    assert.deepEqual(endOf(null, 'SIGABRT', v8), { kind: 'memory' });
    assert.deepEqual(endOf(null, 'SIGABRT', ["terminate called after throwing an instance of 'std::bad_alloc'"]), {
      kind: 'memory',
    });
  });
  it('is a crash by signals of its own, or a signal from outside, or a code with the error that was said', () => {
    assert.deepEqual(endOf(null, 'SIGKILL', ['[W:onnxruntime] a warning']), { kind: 'signal', signal: 'SIGKILL' });
    assert.deepEqual(endOf(null, 'SIGSEGV', []), { kind: 'crash', signal: 'SIGSEGV' });
    const thrown = [
      'node:internal/modules/cjs/loader:1228',
      '  throw err;',
      "Error: Cannot find module 'onnxruntime-node'",
      'Require stack:',
      '- /x/dist/byteline.cjs',
    ];
    assert.deepEqual(endOf(1, null, thrown), {
      kind: 'code',
      code: 1,
      said: "Error: Cannot find module 'onnxruntime-node'",
    });
    assert.deepEqual(endOf(0, null, []), { kind: 'code', code: 0, said: '' });
  });
});
