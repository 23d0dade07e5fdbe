/**
 * Whole lines: greedy bytes against the lines that a search finds (candidates.ts), by several rules for which of them
 * stands first, at CURSORS random cursors inside lines of each repository, with the memory of all of it but the file
 * itself:
 *
 *     npx tsx test/bench/lines.ts MODEL_FOLDER CURSORS REPOSITORY_FOLDER... [--seed N] [--changed N]
 *
 * What stands behind the cursor on its line is gone, and what is below is there. An offer is right where the line goes
 * on with it; only right ones save characters. All rules choose among the lines that are found for the one that is
 * shipped. Then the contract, at every third cursor: how often what is asked for again, after the first character of
 * the first of four candidates was typed, is its rest. --changed prints so many of the offers that are not greedy.
 */
import { cpus } from 'node:os';
import { basename } from 'node:path';
import { parseArgs } from 'node:util';
import { candidates, type Decoded, linesAt } from '../../server/completion/candidates.ts';
import { type CompleteOptions, type Completion, complete, type None } from '../../server/completion/complete.ts';
import { offerLength } from '../../server/completion/confidence.ts';
import { confidenceFor } from '../../server/completion/eagerness.ts';
import { aroundOf } from '../../server/completion/shape.ts';
import { Document } from '../../server/documents/document.ts';
import { Cache } from '../../server/engine/cache.ts';
import { Engine } from '../../server/engine/engine.ts';
import { readGate } from '../../server/memory/gate.ts';
import { unitOf } from '../../server/memory/indentation.ts';
import { Retrieval } from '../../server/memory/retrieval.ts';
import { TextIndex } from '../../server/memory/textIndex.ts';
import { limitsOf, promptAt } from '../../server/prompt/around.ts';
import { copies, filesOf, SMALLEST, spread } from './sources.ts';

const [MAX_BYTES, COUNT] = [128, 4];
/** A longer rest of a line is not asked for, characters. */
const LONGEST = 120;

class Way {
  private readonly ms: number[] = [];
  private readonly sums = { offered: 0, right: 0, exact: 0, saved: 0 };
  readonly byRepository = new Map<string, number>();

  add(repository: string, text: string, truth: string, ms?: number): void {
    const exact = Number(text.trim() === truth.trim());
    const right = text.trim() !== '' && truth.startsWith(text.trimEnd());
    this.sums.offered += Number(text.trim() !== '');
    this.sums.right += Number(right);
    this.sums.exact += exact;
    this.sums.saved += right ? text.trimEnd().length : 0;
    this.byRepository.set(repository, (this.byRepository.get(repository) ?? 0) + exact);
    if (ms !== undefined) this.ms.push(ms);
  }

  row(name: string, cursors: number): string {
    const { offered, right, exact, saved } = this.sums;
    const share = (n: number, of: number) => `${((100 * n) / Math.max(1, of)).toFixed(1)}%`;
    const sorted = this.ms.sort((a, b) => a - b);
    const at = (q: number) => (sorted.length ? sorted[Math.floor(q * (sorted.length - 1))].toFixed(1) : '');
    return (
      `| ${name} | ${share(offered, cursors)} | ${share(right, offered)} | ${share(exact, cursors)} | ` +
      `${(saved / cursors).toFixed(2)} | ${at(0.5)} | ${at(0.95)} |`
    );
  }
}

const textOf = (made: Completion | None) => (made.kind === 'text' ? made.text : '');

const IMPOSSIBLE = -1e8;
type Found = Decoded['lines'][number];
const characters = ({ result }: Found) => textOf(result!).trim().length;
/** What is highest of the line that stands first, by rule; `greedy` has so many characters. */
const RULES: Record<string, (line: Found, greedy: number) => number> = {
  'the most probable': ({ logprob }) => logprob,
  'of those half as long as greedy': (line, greedy) => (characters(line) >= greedy / 2 ? line.logprob : IMPOSSIBLE),
  'P x characters': (line) => line.logprob + Math.log(characters(line)),
  'P x root of characters': (line) => line.logprob + Math.log(characters(line)) / 2,
  'P x 1.02^characters': (line) => line.logprob + 0.02 * characters(line),
  'confidence x characters': (line) =>
    line.result!.kind === 'text' ? Math.log(line.result!.confidence!) + Math.log(characters(line)) : IMPOSSIBLE,
};

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { seed: { type: 'string', default: '7' }, changed: { type: 'string', default: '0' } },
});
const [model, each, ...folders] = positionals;
if (!folders.length) throw new Error('usage: lines.ts MODEL_FOLDER CURSORS REPOSITORY_FOLDER...');
const engine = await Engine.load(model);
const gate = await readGate(engine.folder, engine.manifest);
const confidence = confidenceFor(engine.manifest.confidence, true);
if (!gate || !confidence) throw new Error(`${model} has no gate or is not calibrated`);
const cache = new Cache(engine.architecture);
const ways: Record<string, Way> = {};
const add = (way: string, ...of: Parameters<Way['add']>) => (ways[way] ??= new Way()).add(...of);
const changed: string[] = [];
let seed = Number(values.seed);
const random = (n: number) => ((seed = (Math.imul(seed, 1103515245) + 12345) & 0x7fffffff) >>> 8) % n;
let [cursors, wins, losses, typed, kept] = [0, 0, 0, 0, 0];
for (const folder of folders) {
  const name = basename(folder);
  const all = filesOf(folder);
  const index = new TextIndex(all.reduce((n, { text }) => n + text.length, 2 ** 20));
  for (const { path, text } of all) for (const _ of index.put(path, text));
  const retrieval = new Retrieval(() => index);
  const long = all.filter((file) => file.text.length >= SMALLEST);
  const chosen = long.filter((file) => !all.some((other) => other !== file && copies(file, other)));
  for (let n = 0; n < Number(each); ) {
    const file = chosen[random(chosen.length)];
    const text = file.text.toString();
    const at = random(text.length);
    const end = (text + '\n').indexOf('\n', at);
    const truth = text.slice(at, end).trimEnd();
    if (!truth.trim() || truth.length > LONGEST || !text.slice(text.lastIndexOf('\n', at - 1) + 1, at).trim()) continue;
    n++;
    cursors++;
    /** The place, with what was typed there. */
    const placeOf = (added: string): [Uint8Array, CompleteOptions] => {
      const document = Document.create(file.path, '', 1, text.slice(0, at) + added + text.slice(end));
      const around = aroundOf(document, document.positionAt(at + added.length));
      const memory = retrieval.predictor(gate, { path: file.path, from: 0, to: Infinity }, unitOf(file.text));
      const limits = limitsOf(engine.architecture, MAX_BYTES);
      return [
        promptAt(document, at + added.length, file.path, limits),
        { ...around, maxBytes: MAX_BYTES, multiline: false, memory, detail: true },
      ];
    };
    const [prompt, o] = placeOf('');
    const timed = async <T>(work: () => Promise<T>): Promise<[T, number]> => {
      await engine.open(cache, prompt, undefined, undefined, o.memory?.mix); // as after a key
      const began = process.cpuUsage();
      const made = await work();
      const { user, system } = process.cpuUsage(began);
      return [made, (user + system) / 1000];
    };
    const [greedy, greedyMs] = await timed(() => complete(engine, cache, prompt, o));
    const [{ first, others }, searchMs] = await timed(() => candidates(engine, cache, prompt, COUNT, o));
    const { lines } = await linesAt(engine, cache, prompt, COUNT, o);
    const [offer, offerMs] = await timed(() => complete(engine, cache, prompt, { ...o, gate: true }));
    add('by hand, greedy', name, textOf(greedy), truth, greedyMs);
    add('by hand, the first of four', name, textOf(first), truth, searchMs);
    const texts = [first, ...others].map(textOf);
    const best = texts.find((made) => made.trim() === truth.trim()) ?? texts[0];
    add('by hand, the best of four', name, best, truth);
    const found = lines.filter(({ result }) => result?.kind === 'text');
    for (const [rule, score] of Object.entries(RULES)) {
      const scoreOf = (line: Found) => score(line, textOf(greedy).trim().length);
      const top = [...found].sort((a, b) => scoreOf(b) - scoreOf(a))[0];
      add(`by hand, ${rule}`, name, textOf(top?.result ?? greedy), truth);
    }
    add('by itself, greedy', name, textOf(offer), truth, offerMs);
    // the search begins with the greedy line, which the offer is a beginning of
    const whole = first.kind === 'text' && offerLength(Buffer.from(first.text), first.logps!, confidence);
    const isSure = first.kind === 'text' && whole === first.bytes;
    add('by itself, the first of four', name, isSure ? first.text : textOf(offer), truth, searchMs);
    if (textOf(first).trim() !== textOf(greedy).trim()) {
      const before = text.slice(text.lastIndexOf('\n', at - 1) + 1, at).trimStart();
      const said = [before, truth, ...[greedy, first].map(textOf)].map((part) => JSON.stringify(part.slice(-80)));
      changed.push(`${said[0]}: ${said[1]}, greedy ${said[2]}, first ${said[3]}`);
    }
    const [was, is] = [greedy, first].map((made) => textOf(made).trim() === truth.trim());
    wins += Number(is && !was);
    losses += Number(was && !is);
    if (n % 3 || first.kind === 'none' || first.text.length < 2) continue;
    const [next, options] = placeOf(first.text[0]);
    const again = await candidates(engine, cache, next, COUNT, options);
    typed++;
    kept += Number(textOf(again.first) === first.text.slice(1));
  }
  process.stderr.write(`${name}: ${cursors} cursors\n`);
}
const { manifest } = engine;
console.log(
  `${manifest.name} ${manifest.version}, ${cpus()[0].model.trim()}, ${new Date().toISOString().slice(0, 10)}, ` +
    `${cursors} cursors: ${wins} lines exact by the search alone, ${losses} by greedy bytes alone; ` +
    `the first of four stayed at ${kept} of ${typed} places further on`,
);
console.log('| | offered | right of these | exact | characters saved | CPU, ms: median | p95 |');
console.log('|---|---:|---:|---:|---:|---:|---:|');
for (const [name, way] of Object.entries(ways)) console.log(way.row(name, cursors));
console.log('\n| exact lines by hand | greedy | the first of four |\n|---|---:|---:|');
for (const [name, exact] of ways['by hand, greedy'].byRepository)
  console.log(`| ${name} | ${exact} | ${ways['by hand, the first of four'].byRepository.get(name)} |`);
console.log(`\n${changed.length} offers by hand are not greedy`);
for (const line of spread(changed, Math.min(changed.length, Number(values.changed)))) console.log(line);
await engine.release();
