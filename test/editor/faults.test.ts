/**
 * Faults under a user who types, in a real VS Code with the packed VSIX: the text is what was typed, the status tells,
 * the worker comes back by itself, there is one of it, and nothing pops up. BYTELINE_KILLS=200 kills it so often (10
 * times unless said), BYTELINE_SLEEP=60 has the machine sleep so long (15 s), BYTELINE_BEAT=5000 has the watchdog ask
 * as rarely as at the user's (every 2000 ms).
 */
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { packed, ROOT, Server } from './server.ts';
import { Workbench } from './workbench.ts';

const { BYTELINE_KILLS = 10, BYTELINE_SLEEP = 15, BYTELINE_BEAT = 2000 } = process.env;
const KILLS = Number(BYTELINE_KILLS);
const FILE = 'typed.ts';
const HEAD = 'export function area(width: number, height: number): number {\n  return width * height;\n}\n';

describe('faults in a real editor (autoClosingBrackets and autoIndent off)', function () {
  this.timeout(240_000);
  let server: Server;
  let w: Workbench;
  let folder: string;
  let model: string;
  /** All that FILE must hold. */
  let text = HEAD;
  let lines = 0;

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'ws-'));
    model = join(mkdtempSync(join(tmpdir(), 'models-')), 'micro-0');
    cpSync(join(ROOT, 'model/models/micro'), model, { recursive: true });
    const manifest = JSON.parse(readFileSync(join(model, 'model.json'), 'utf8'));
    writeFileSync(
      join(model, 'model.json'),
      JSON.stringify({ ...manifest, name: 'micro-0', confidence: { bias: 0, logprob: 1, length: 0, threshold: 0 } }),
    ); // offers everything by itself
    process.env.BYTELINE_BEAT = `${BYTELINE_BEAT}`; // the watchdog ends a worker after four beats of silence
    server = await Server.start(
      folder,
      {
        'byteline.model': model,
        'byteline.memory.enable': false,
        'byteline.threads': 1,
        'byteline.device': 'cpu',
        'editor.autoClosingBrackets': 'never',
        'editor.autoIndent': 'none',
      },
      { vsix: packed() },
    );
    w = await Workbench.open(server);
    await w.edit(FILE, `${HEAD}█`);
    await w.state('ready', 'micro-0');
    await w.page.evaluate(`{
      window.popups = [];
      new MutationObserver((changes) => {
        for (const { addedNodes } of changes) for (const node of addedNodes) {
          if (!node.querySelector) continue;
          if (node.matches('.notification-toast') || node.querySelector('.notification-toast'))
            window.popups.push(node.textContent);
        }
      }).observe(document.body, { childList: true, subtree: true });
      window.states = []; // one may last for 200 ms only
      new MutationObserver((changes) => {
        for (const { target } of changes) window.states.push(target.getAttribute('aria-label') ?? '');
      }).observe(document.body, { attributes: true, attributeFilter: ['aria-label'], subtree: true });
    }`);
  });
  after(async () => {
    await w?.close();
    if (process.env.BYTELINE_LOG) console.log(server?.log());
    server?.stop();
    for (const made of [folder, model && join(model, '..')]) if (made) rmSync(made, { recursive: true });
  });
  afterEach(async function () {
    if (this.currentTest!.state === 'failed') console.log(server.log().split('\n').slice(-60).join('\n'));
    await w.screenshot(`faults-${this.currentTest!.title.replaceAll(/\W+/g, '-').slice(0, 40)}`);
    assert.deepEqual(await w.page.evaluate('window.popups'), []);
  });

  const workers = () =>
    spawnSync('pgrep', ['-f', `^[^ ]*node .*${server.home}.*byteline\\.cjs serve`], { encoding: 'utf8' })
      .stdout.split('\n')
      .filter(Boolean)
      .map(Number);
  const theWorker = (): number => {
    const there = workers();
    assert.equal(there.length, 1, `workers: ${there}`);
    return there[0];
  };
  /** The extension host's process. */
  const hostOf = (worker: number) =>
    Number(execFileSync('ps', ['-o', 'ppid=', '-p', `${worker}`], { encoding: 'utf8' }));
  /** Types a line that wants a completion, while something happens. */
  async function type(meanwhile?: () => Promise<void>): Promise<void> {
    const line = `const typed${++lines} = `;
    await Promise.all([w.page.keyboard.type(`\n${line}`, { delay: 25 }), meanwhile?.()]);
    text += `\n${line}`;
  }
  async function typed(): Promise<void> {
    await w.save(FILE);
    const disk = () => readFileSync(join(folder, FILE), 'utf8');
    await w.until(() => disk() === text, 'the file').catch(() => undefined); // it is read while it is written, too
    assert.equal(disk(), text);
  }
  /** Waits until the status has told of an error since it was asked to remember. */
  async function told(): Promise<void> {
    await w.until(
      async () =>
        ((await w.page.evaluate('window.states')) as string[]).some((label) =>
          label.startsWith('Byteline, error, model micro-0'),
        ),
      'the status tells',
      90_000,
    );
  }
  const forget = () => w.page.evaluate('window.states = []');
  /** The line that was typed last is completed, by itself. */
  const completed = () => w.page.waitForSelector('.ghost-text-decoration', { timeout: 60_000 });
  const killed = () =>
    server.log().match(/restarting in \d+ ms: the worker was ended from outside \(SIGKILL\)/g)?.length ?? 0;
  const sleep = (ms: number) => w.page.waitForTimeout(ms);

  it(`is killed ${KILLS} times while the user types`, async function () {
    this.timeout(60_000 + KILLS * 20_000);
    const began = killed();
    let kills = 0;
    for (let i = 0; i < KILLS; i++) {
      const old = theWorker();
      await type(async () => {
        await sleep((i * 37) % 300);
        process.kill(old, 'SIGKILL');
        kills++;
        if (i % 5 !== 4) return;
        await w.until(() => workers().some((pid) => pid !== old), 'the next worker', 30_000);
        for (const pid of workers()) process.kill(pid, 'SIGKILL'); // it has hardly started
        kills++;
      });
      await completed();
      await typed();
      assert.notEqual(theWorker(), old);
      assert.deepEqual(await w.page.evaluate('window.popups'), []);
    }
    assert.equal(killed() - began, kills); // each was noticed
    await w.state('ready', 'micro-0');
  });

  it('hangs: typing goes on, the status tells, and it is ended and started again', async () => {
    const old = theWorker();
    await forget();
    process.kill(old, 'SIGSTOP');
    await type();
    await typed();
    // all of it was typed and saved while it hung
    assert.equal(execFileSync('ps', ['-o', 'stat=', '-p', `${old}`], { encoding: 'utf8' })[0], 'T');
    await told();
    await completed();
    await typed();
    assert.notEqual(theWorker(), old);
    assert.match(server.log(), /the worker did not answer and was ended/);
  });

  it('completes what is typed while all answers become void', async () => {
    await w.page.keyboard.press('Escape'); // what stands there is sent away, so it does not come back
    const host = hostOf(theWorker());
    process.kill(host, 'SIGSTOP');
    server.set({ 'byteline.maxBytes': 120 });
    await w.settings();
    await type();
    await sleep(500); // the editor asks the provider that was there before the change
    process.kill(host, 'SIGCONT');
    await completed();
    await typed();
  });

  it('sleeps with the machine and is the same afterwards', async () => {
    const worker = theWorker();
    const both = [worker, hostOf(worker)];
    for (const pid of both) process.kill(pid, 'SIGSTOP');
    await type();
    await sleep(Number(BYTELINE_SLEEP) * 1000); // longer than the watchdog bears
    for (const pid of both) process.kill(pid, 'SIGCONT');
    await completed();
    await typed();
    assert.equal(theWorker(), worker);
  });

  it('runs out of memory', async () => {
    const old = theWorker();
    execFileSync('prlimit', ['--pid', `${old}`, '--as=1000000']); // less than it has: it gets no more
    await forget();
    await type();
    await typed();
    await w.edit('large.ts', `█${`// ${'-'.repeat(80)}\n`.repeat(100_000)}`); // there is no room for it
    await told();
    await w.command('Go Back');
    await w.page.waitForSelector(`.tab.active:has-text("${FILE}")`);
    await type();
    await completed();
    await typed();
    assert.notEqual(theWorker(), old);
    assert.match(server.log(), /the worker (ran out of memory|crashed)/); // native code that gets none may just crash
  });

  it('goes on without the folder of the extension, and starts again when it is back', async () => {
    const old = theWorker();
    const home = join(server.home, 'extensions');
    const name = readdirSync(home).find((entry) => entry.startsWith('byteline.'))!;
    cpSync(join(home, name), join(server.home, name), { recursive: true });
    rmSync(join(home, name), { recursive: true });
    await type();
    await completed();
    await typed();
    assert.equal(theWorker(), old);
    process.kill(old, 'SIGKILL');
    await w.state('error', 'micro-0');
    await w.until(() => (server.log().match(/byteline\.cjs is missing/g)?.length ?? 0) >= 2, 'two tries', 30_000);
    await type();
    await typed();
    assert.deepEqual(workers(), []);
    await w.page.hover('[id="byteline.byteline.byteline.status"]');
    await w.page.waitForSelector('.monaco-hover:has-text("byteline.cjs is missing; it is tried again in")');
    await w.screenshot('faults-status-says-why');
    assert.deepEqual(await w.page.evaluate('window.popups'), []);
    await w.command('Byteline: Why Was This Suggested?'); // who asks is told
    await w.page.waitForSelector('.notification-toast:has-text("cannot be said: "):has-text("is missing")');
    await w.command('Notifications: Clear All Notifications');
    await w.page.evaluate('window.popups = []');
    renameSync(join(server.home, name), join(home, name));
    await w.state('ready', 'micro-0', 90_000); // from the fourth try on there are 30 s between them
    await completed();
    await typed();
    theWorker();
  });

  it('goes with the extension host when that is killed', async () => {
    const worker = theWorker();
    process.kill(hostOf(worker), 'SIGKILL');
    await w.until(() => !workers().includes(worker), 'the end of the worker');
    await w.page.evaluate('window.popups = []'); // the editor says that its host ended
  });
});
