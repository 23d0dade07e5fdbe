/** The typing replay of `byteline bench`: someone types into a source file, a line completed at each key. */
import { complete } from '../completion/complete.ts';
import { Document } from '../documents/document.ts';
import { CachePool } from '../engine/cachePool.ts';
import type { Engine } from '../engine/engine.ts';
import { CACHE_MEGABYTES } from '../engine/loadedModel.ts';
import { limitsOf, promptAt } from '../prompt/around.ts';
import type { WorkspaceMemory } from '../workspaceMemory.ts';

/** Keys come so often, ms: eight a second. */
const KEY = 125;
/** Longest completion of the bench, bytes. */
export const MAX_BYTES = 128;
/** What is typed: it is cut out of the source. */
const [FROM, TO] = [3000, 4500];

let completing = false;
/** Whether a line is being completed. */
export const busy = () => completing;

export interface Typed {
  /** Milliseconds from each key to its first byte, and to the whole line. */
  first: number[];
  full: number[];
  /** Milliseconds of the process's CPU time for each key: of all that it did meanwhile. */
  cpu: number;
}

/**
 * Types into `source`, which stands at `uri`, at eight keys a second. In turn: 60 keys, a pause, three deleted and
 * typed again, and a jump to another place, which is read ahead as the extension does. The memory hears of each edit.
 * With `gate` a line ends where the model is not sure enough, as what is offered by itself does.
 */
export async function typing(
  engine: Engine,
  source: string,
  uri: string,
  keys: number,
  memory?: WorkspaceMemory,
  gate = false,
): Promise<Typed> {
  const pool = new CachePool(engine.architecture, CACHE_MEGABYTES * 1e6);
  const document = Document.create(uri, 'typescript', 0, source.slice(0, FROM) + source.slice(TO));
  const [first, full]: [number[], number[]] = [[], []];
  let at = FROM;
  memory?.changed(document);
  const promptHere = () => promptAt(document, at, 'src/typed.ts', limitsOf(engine.architecture, MAX_BYTES));
  const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, Math.max(0, ms)));
  const ahead = async () => {
    const prompt = promptHere();
    await engine.open(pool.take(prompt), prompt);
    await sleep(4 * KEY);
  };
  const edit = (from: number, text: string) => {
    const range = { start: document.positionAt(from), end: document.positionAt(at) };
    Document.update(document, [{ range, text }], document.version + 1);
    at = from + text.length;
    memory?.changed(document);
  };
  const press = async (key: () => void) => {
    const began = performance.now();
    key();
    const prompt = promptHere();
    const position = document.positionAt(at);
    let seen = NaN;
    completing = true;
    await complete(engine, pool.take(prompt), prompt, {
      maxBytes: MAX_BYTES,
      multiline: false,
      rest: document.line(position.line).slice(position.character),
      memory: await memory?.predictor(engine, document.snapshot(), position),
      gate,
      onFirstByte: () => (seen = performance.now()),
    });
    completing = false;
    first.push(seen - began);
    full.push(performance.now() - began);
    await sleep(KEY - (performance.now() - began));
  };
  const insert = (letter: string) => press(() => edit(at, letter));
  const backspace = () => press(() => edit(at - 1, ''));
  await ahead();
  const before = process.cpuUsage();
  for (let typed = 0; typed < keys; typed++) {
    await insert(source[FROM + (typed % (TO - FROM))]);
    if (typed % 60 !== 59) continue;
    await sleep(4 * KEY);
    const last = document.slice(at - 3, at);
    for (let i = 0; i < 3; i++) await backspace();
    for (const letter of last) await insert(letter);
    const back = at;
    at = document.slice().indexOf('\n', 1000 + typed * 10);
    await ahead();
    for (let i = 0; i < 5; i++) await insert(' ');
    for (let i = 0; i < 5; i++) await backspace();
    at = back;
    await ahead();
  }
  const { user, system } = process.cpuUsage(before);
  memory?.closed(document);
  return { first, full, cpu: (user + system) / 1000 / full.length };
}
