/**
 * What a model says of files of repositories, kept once: what the gate is trained on is made from it and any index in
 * a minute or two (test/bench/memory.ts --features):
 *
 *     npx tsx test/bench/distributions.ts MODEL_FOLDER FILES OUT REPOSITORY_FOLDER... [--unseen CORPUS.json...]
 *       [--idioms]
 *
 * For FILES files of each repository, spread evenly over it by path: the first 3,400 bytes given the file's beginning,
 * and a part of its middle given what stands around it. With --unseen, files that are in the corpus (the .json that
 * model/byteline_model/corpus/build.py wrote) are not taken, and a repository with fewer than three others is left
 * out: the gate would trust a model more than it may that has learned its files by heart. OUT/NAME.json describes the
 * texts and OUT/NAME.u16 holds -ln p of each byte's 256 successors, in steps of 1/2048 nat.
 * With --idioms the folders are those of test/bench/idioms.ts: files of every size and ending, their beginnings alone.
 * What is there already is not made again.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { parseArgs } from 'node:util';
import { Cache } from '../../server/engine/cache.ts';
import { Engine } from '../../server/engine/engine.ts';
import { beginning, LEAST, middle, type Scored, STEPS } from './scored.ts';
import { filesOf, SMALLEST, spread } from './sources.ts';

/** Fewer files are no picture of a repository. */
const FEWEST = 3;
/** The paths of each repository, by the end of its name, that a corpus holds. */
function pathsIn(corpora: string[]): Map<string, Set<string>> {
  const found = new Map<string, Set<string>>();
  for (const corpus of corpora) {
    const about = JSON.parse(readFileSync(corpus, 'utf8'));
    for (const [i, path] of about.path.entries()) {
      const name = about.repositories[about.repository[i]].name.replace('/', '+');
      if (!found.has(name)) found.set(name, new Set());
      found.get(name)!.add(path);
    }
  }
  return found;
}

async function main(): Promise<void> {
  const {
    values: { unseen, idioms },
    positionals: [model, count, out, ...folders],
  } = parseArgs({
    allowPositionals: true,
    options: { unseen: { type: 'string', multiple: true }, idioms: { type: 'boolean' } },
  });
  if (!folders.length) throw new Error('usage: distributions.ts MODEL_FOLDER FILES OUT REPOSITORY_FOLDER...');
  const seen = pathsIn(unseen ?? []);
  const engine = await Engine.load(model);
  const cache = new Cache(engine.architecture);
  mkdirSync(out, { recursive: true });
  for (const folder of folders) {
    const name = basename(folder);
    if (existsSync(join(out, `${name}.json`))) continue;
    const files = filesOf(folder, idioms).filter(
      ({ path, size }) => (idioms || size >= SMALLEST) && !seen.get(name)?.has(path),
    );
    if (files.length < FEWEST) continue;
    const chosen = spread(files, Number(count));
    const [texts, rows]: [Scored[], Uint16Array[]] = [[], []];
    let nats = 0;
    for (const file of chosen)
      for (const kind of idioms ? (['beginning'] as const) : (['beginning', 'middle'] as const)) {
        const [text, from] = (kind === 'beginning' ? beginning : middle)(file, engine.architecture);
        texts.push({ path: file.path, kind, text: text.toString('base64'), from, row: rows.length });
        await engine.score(text, from, cache, (before, dist) => {
          rows.push(Uint16Array.from(dist, (logp) => Math.min(LEAST, Math.round(-logp * STEPS))));
          nats -= dist[text[before.length]];
          return dist;
        });
      }
    writeFileSync(join(out, `${name}.u16`), Buffer.concat(rows.map((row) => Buffer.from(row.buffer))));
    writeFileSync(join(out, `${name}.json`), JSON.stringify({ model: engine.manifest.version, folder, texts }));
    process.stderr.write(
      `${name}: ${chosen.size} of ${files.length} files, ${rows.length} bytes, ` +
        `${(nats / Math.LN2 / rows.length).toFixed(3)} bits a byte\n`,
    );
  }
  await engine.release();
}

await main();
