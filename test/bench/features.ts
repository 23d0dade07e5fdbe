/**
 * What the gate is trained on (model/byteline_model/gate.py), from what a model says of the files of repositories
 * (test/bench/distributions.ts) and what the memory finds in each repository's other files:
 *
 *     npx tsx test/bench/features.ts DISTRIBUTIONS_FOLDER OUT [--one-in N] [--beginnings] [--nameless]
 *       [--starterless] [--idioms] [--most BYTES]
 *
 * Names of a language server are those of NAME.names.json, where test/bench/serverNames.ts wrote it. A repository is
 * indexed once, at most 2 MB of it (--most), the nearest to the files by path; each file and those that hold half of
 * its lines are taken out for its turn. With --one-in only so many of the places are written, by
 * chance; with --beginnings those of files' beginnings; with --nameless without names; with --starterless without the
 * texts of model/starter; with --idioms the files of test/bench/idioms.ts are no repository, but what comes with
 * Byteline.
 */
import { existsSync, mkdirSync, openSync, readdirSync, readFileSync, writeFileSync, writeSync } from 'node:fs';
import { basename, join } from 'node:path';
import { parseArgs } from 'node:util';
import { ELSEWHERE, Evidence, STARTER } from '../../server/memory/evidence.ts';
import { BYTE, Description, describe, PLACE } from '../../server/memory/gate.ts';
import { KnownNames } from '../../server/memory/knownNames.ts';
import { Recent } from '../../server/memory/recent.ts';
import { gather } from '../../server/memory/retrieval.ts';
import { Starter } from '../../server/memory/starter.ts';
import { TextIndex } from '../../server/memory/textIndex.ts';
import type { Asked } from './asked.ts';
import { distributionAt, type Scored } from './scored.ts';
import { copies, type File, filesOf } from './sources.ts';

/** One text of so many is given no other file: texts come in pairs, and both kinds take their turn. */
const ALONE = 7;
/** One text of so many is given no names, where there are some. */
const UNNAMED = 3;

/** Files that are written as they grow: arrays that numpy reads. */
class Columns {
  private readonly files = new Map<string, number>();
  places = 0;

  constructor(private readonly folder: string) {
    mkdirSync(folder, { recursive: true });
  }

  add({ size, bytes, place, rows }: Description, truth: number, logp: number): void {
    this.put('sizes.u8', Uint8Array.of(size));
    this.put('truths.i8', Int8Array.of(bytes.subarray(0, size).indexOf(truth)));
    this.put('logps.f32', Float32Array.of(logp));
    this.put('places.f32', place);
    this.put('rows.f32', rows.subarray(0, size * BYTE));
    this.places++;
  }

  private put(name: string, data: NodeJS.TypedArray): void {
    let file = this.files.get(name);
    if (file === undefined) this.files.set(name, (file = openSync(join(this.folder, name), 'w')));
    writeSync(file, data);
  }
}

/** The files around those of `paths`, as far as there is room. */
function around(files: File[], paths: Set<string>, most: number): File[] {
  const centres = files.flatMap(({ path }, i) => (paths.has(path) ? [i] : []));
  const taken = new Set<File>();
  let room = most;
  for (let away = 0; away < files.length; away++)
    for (const file of centres.flatMap((i) => [files[i - away], files[i + away]])) {
      if (!file || taken.has(file) || room < file.size) continue;
      taken.add(file);
      room -= file.size;
    }
  return files.filter((file) => taken.has(file));
}

function put(index: TextIndex, { path, text }: File): void {
  for (const _ of index.put(path, text));
}

const {
  values: { 'one-in': oneIn, beginnings, nameless, starterless, idioms: asIdioms, most },
  positionals: [from, out],
} = parseArgs({
  allowPositionals: true,
  options: {
    'one-in': { type: 'string', default: '1' },
    beginnings: { type: 'boolean' },
    nameless: { type: 'boolean' },
    starterless: { type: 'boolean' },
    idioms: { type: 'boolean' },
    most: { type: 'string', default: '2e6' },
  },
});
if (!out)
  throw new Error(
    'usage: features.ts DISTRIBUTIONS_FOLDER OUT [--one-in N] [--beginnings] [--nameless] [--starterless] [--idioms] ' +
      '[--most BYTES]',
  );
const columns = new Columns(out);
const starter = new Starter('model/starter', (message) => {
  throw new Error(message);
});
const ends: [string, number][] = [];
const [recent, evidence, description] = [new Recent(), new Evidence(), new Description()];
let [seed, texts] = [1, 0];
const chosen = () => {
  seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
  return seed < 2 ** 32 / Number(oneIn);
};
for (const name of readdirSync(from)
  .filter((file) => file.endsWith('.json') && !file.endsWith('.names.json'))
  .sort()) {
  const about = JSON.parse(readFileSync(join(from, name), 'utf8')) as { folder: string; texts: Scored[] };
  const logps = readFileSync(join(from, name.replace('.json', '.u16')));
  const namesFile = join(from, name.replace('.json', '.names.json'));
  const names: Asked[][] = existsSync(namesFile) ? JSON.parse(readFileSync(namesFile, 'utf8')) : [];
  const files = around(filesOf(about.folder, asIdioms), new Set(about.texts.map(({ path }) => path)), Number(most));
  const bytes = files.reduce((n, { text }) => n + text.length, 0);
  const index = new TextIndex(3 * bytes + 2 ** 20, asIdioms ? STARTER : ELSEWHERE);
  for (const file of files) put(index, file);
  let spent = 0;
  for (const path of new Set(about.texts.map((text) => text.path))) {
    const own = files.find((file) => file.path === path)!;
    const out = files.filter((file) => file === own || copies(own, file));
    for (const file of out) for (const _ of index.remove(file.path));
    for (const _ of index.settle());
    const idioms = starterless || asIdioms ? undefined : await starter.indexFor(path);
    for (const scored of about.texts) {
      if (scored.path !== path || (beginnings && scored.kind !== 'beginning')) continue;
      const text = Buffer.from(scored.text, 'base64');
      texts++;
      const isAlone = !beginnings && !asIdioms && texts % ALONE === 0;
      const known = new KnownNames();
      const isUnnamed = nameless || (!beginnings && texts % UNNAMED === 0);
      const asked = isUnnamed ? [] : [...(names[about.texts.indexOf(scored)] ?? [])];
      for (let at = scored.from; at < text.length; at++) {
        for (; asked[0]?.at <= at; asked.shift()) known.set(text, asked[0].at, asked[0].first, asked[0].others);
        if (!chosen()) continue;
        const dist = distributionAt(logps, scored.row + at - scored.from);
        const began = process.cpuUsage();
        gather(evidence, recent, text.subarray(0, at), isAlone ? undefined : index, { names: known, starter: idioms });
        const used = process.cpuUsage(began);
        spent += used.user + used.system;
        describe(evidence, dist, description);
        columns.add(description, text[at], dist[text[at]]);
      }
    }
    for (const file of out) put(index, file);
  }
  const places = columns.places - (ends.at(-1)?.[1] ?? 0);
  ends.push([basename(name, '.json'), columns.places]);
  process.stderr.write(`${name}: ${places} places, ${(spent / places).toFixed(1)} microseconds each\n`);
}
writeFileSync(join(out, 'about.json'), `${JSON.stringify({ byte: BYTE, place: PLACE, ends })}\n`);
