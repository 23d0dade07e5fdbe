/**
 * What indexing costs: the shipped worker in a workspace, timed from outside.
 *
 *     npx tsx test/bench/indexing.ts FOLDER [MODEL [MEGABYTES]]
 *
 * Prints how long the files of FOLDER take alone and while someone types, what memory they take, the latency of
 * completions without memory, while it is indexed and after, and what an edit of an open document of 50 kB costs the
 * completion that follows it.
 */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { cpus } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { CompleteResult, InitOptions, MemoryStatus } from '../../server/wire/protocol.ts';
import { TestWorker } from '../integration/worker.ts';
import { sourceText } from '../sourceText.ts';

const SOURCE = sourceText('engine.ts');
/** The document is the beginning of a real file, which is typed on. */
const START = 6000;
const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const residentMB = (pid: number) =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))![1]) / 1024;

interface Session {
  worker: TestWorker;
  source: string;
  text: string;
  uri: string;
  version: number;
}

const begin = async (folder: string, source: string, init: InitOptions) =>
  open(await TestWorker.start({ threads: 1, device: 'cpu', streaming: true, ...init }, [], [folder]), folder, source);

/** A document that is the beginning of `source`, in a worker that runs. */
async function open(worker: TestWorker, folder: string, source: string, name = '', length = START): Promise<Session> {
  const [text, uri] = [source.slice(0, length), pathToFileURL(join(folder, `byteline-bench${name}.ts`)).href];
  await worker.open(uri, text);
  return { worker, source, text, uri, version: 1 };
}

/** The text of a source file of FOLDER that is long enough to be typed again. */
function indexed(folder: string): string | undefined {
  const path = (readdirSync(folder, { recursive: true }) as string[])
    .sort()
    .find(
      (path) =>
        /\.[jt]s$/.test(path) &&
        !path.includes('node_modules') &&
        (statSync(join(folder, path), { throwIfNoEntry: false })?.size ?? 0) > 2 * START,
    );
  return path && readFileSync(join(folder, path), 'utf8');
}

const statusOf = ({ worker }: Session) => worker.connection.sendRequest<MemoryStatus>('byteline/memory');

/**
 * Types a key at the end and asks for the line, or for a block: milliseconds, of a block for every 100 bytes; nothing
 * where no block comes.
 */
async function key(session: Session, id: number, multiline = false): Promise<number[]> {
  const {
    worker: { connection },
    uri,
  } = session;
  const next = session.source[session.text.length % session.source.length];
  const end = (text: string) => ({
    line: text.split('\n').length - 1,
    character: text.length - text.lastIndexOf('\n') - 1,
  });
  const at = end(session.text);
  session.text += next;
  await connection.sendNotification('textDocument/didChange', {
    textDocument: { uri, version: ++session.version },
    contentChanges: [{ range: { start: at, end: at }, text: next }],
  });
  const began = performance.now();
  const result = await connection.sendRequest<CompleteResult>('byteline/complete', {
    id,
    uri,
    position: end(session.text),
    multiline,
    maxBytes: multiline ? 128 : 64,
    always: true,
  });
  const ms = performance.now() - began;
  return !multiline ? [ms] : result.kind === 'text' ? [(100 * ms) / result.bytes] : [];
}

function summary(name: string, ms: number[]): void {
  const sorted = ms.sort((a, b) => a - b);
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))].toFixed(1);
  console.log(`| ${name} | ${at(0.5)} | ${at(0.95)} | ${sorted.length} |`);
}

const [folder = '.', model = 'nano', megabytes = '32'] = process.argv.slice(2);
const memory = { megabytes: Number(megabytes) };
const root = resolve(folder);
console.log(`${model}, ${cpus()[0].model.trim()}, ${cpus().length} cores, ${new Date().toISOString().slice(0, 10)}\n`);
const [off, during, after, large, copiedOff, copied]: number[][] = [[], [], [], [], [], []];
const copy = indexed(root);

const plain = await begin(root, SOURCE, { model, memory: { enable: false } });
for (let i = 0; i < 60; i++) off.push(...(await key(plain, i)));
if (copy)
  for (let [i, session] = [0, await open(plain.worker, root, copy, '-copy')]; i < 60; i++)
    copiedOff.push(...(await key(session, i, true)));
await plain.worker.stop();

const alone = performance.now();
const idle = await begin(root, SOURCE, { model, memory });
while ((await statusOf(idle)).state === 'indexing') await sleep(50);
const seconds = (performance.now() - alone) / 1000;
await sleep(2000); // what was sorted is freed
const settled = residentMB(idle.worker.process.pid!);
await idle.worker.stop();

const began = performance.now();
const session = await begin(root, SOURCE, { model, memory });
const before = residentMB(session.worker.process.pid!);
for (let i = 0; (await statusOf(session)).state === 'indexing'; i++) {
  during.push(...(await key(session, i)));
  await sleep(125); // eight keys a second
}
const typing = (performance.now() - began) / 1000;
const { files, bytes, skipped } = await statusOf(session);
await session.worker.connection.sendNotification('textDocument/didClose', { textDocument: { uri: session.uri } });
const anew = await open(session.worker, root, SOURCE, '-anew'); // the same keys as without memory
for (let i = 0; i < 60; i++) after.push(...(await key(anew, 1000 + i)));
if (copy)
  for (let [i, again] = [0, await open(session.worker, root, copy, '-copy')]; i < 60; i++)
    copied.push(...(await key(again, 2000 + i, true)));
console.log(
  `${files} files, ${(bytes / 1e6).toFixed(1)} MB indexed in ${seconds.toFixed(1)} s, ` +
    `in ${typing.toFixed(1)} s beside eight keys a second; left out: ${JSON.stringify(skipped)}`,
);
console.log(
  `memory of the process: ${before.toFixed(0)} MB at the start, ` +
    `${settled.toFixed(0)} MB with the index, ` +
    `${residentMB(session.worker.process.pid!).toFixed(0)} MB after all these keys\n`,
);
await session.worker.stop();

const big = await begin(root, SOURCE, { model, memory });
Object.assign(big, await open(big.worker, root, SOURCE.repeat(8), '-large', 50_000));
while ((await statusOf(big)).state === 'indexing') await sleep(100);
await key(big, 0);
for (let i = 1; i < 30; i++) {
  await sleep(700); // the edit before is being put into the index
  large.push(...(await key(big, i)));
}
await big.worker.stop();
console.log('| key to the whole line, ms | median | p95 | n |\n|---|---:|---:|---:|');
summary('without memory', off);
summary('while it is indexed', during);
summary('with memory', after);
if (copy) summary('100 bytes of a file that is there, without memory', copiedOff);
if (copy) summary('100 bytes of a file that is there, with memory', copied);
summary('50 kB document, while each edit is indexed', large);
