/**
 * The exactness contract: for a prompt and the byte b that greedy decoding yields first, greedy(prompt + b) is
 * greedy(prompt) without b. Counted over cuts of real files:
 *
 *     npx tsx test/bench/exactness.ts MODEL_FOLDER CUTS FILE...
 */
import { readFileSync } from 'node:fs';
import { Cache } from '../../server/engine/cache.ts';
import { Engine } from '../../server/engine/engine.ts';
import type { MemoryPredictor } from '../../server/memory/retrieval.ts';
import { promptAt } from '../../server/prompt/around.ts';
import type { Prompt } from '../../server/prompt/sequence.ts';

const BYTES = 16;
export type Kind = 'trailing space' | 'indent' | 'identifier' | 'after CRLF' | 'multi-byte' | 'other';
export interface Count {
  cuts: number;
  same: number;
  kinds: Map<Kind, { cuts: number; same: number }>;
  phases: number[];
}

/**
 * The `n` most probable bytes after `prompt`; with a predictor of the memory, as complete() decodes with one:
 * it guesses ahead, too.
 */
export async function greedy(
  engine: Engine,
  cache: Cache,
  prompt: Uint8Array,
  n: number,
  predictor?: MemoryPredictor,
): Promise<Uint8Array> {
  const { patch } = engine.architecture;
  let [text, ahead] = [prompt, 0];
  while (text.length < prompt.length + n) {
    const known = text.length % patch;
    const draft = predictor?.draft(text, patch - known - 1, ahead, true);
    const { bytes } = await engine.open(cache, text, undefined, draft, predictor?.mix);
    if (draft) ahead = bytes.length > known + draft.length ? Math.max(patch, 2 * ahead) : 0;
    text = Buffer.concat([text, bytes.subarray(known)]);
  }
  return text.subarray(prompt.length, prompt.length + n);
}

export function kindOf(text: string, at: number): Kind {
  const before = text.slice(text.lastIndexOf('\n', at - 1) + 1, at);
  if (text.slice(at - 2, at) === '\r\n') return 'after CRLF';
  if (/[^\x00-\x7f]$/.test(before)) return 'multi-byte';
  if (before !== '' && before.trim() === '') return 'indent';
  if (/[ \t]$/.test(before)) return 'trailing space';
  return /\w$/.test(before) && /^\w/.test(text.slice(at)) ? 'identifier' : 'other';
}

/**
 * Counts cuts of the files, spread evenly over them, every kind in turn; every other continued prompt goes on in the
 * warm cache, as in the worker. `predictorOf` makes the predictor of each completion in a file; `blocks`: FILE blocks
 * before each.
 */
export async function count(
  engine: Engine,
  files: { path: string; text: string }[],
  cuts: number,
  predictorOf?: (path: string) => MemoryPredictor,
  blocks?: Prompt['files'],
): Promise<Count> {
  const out: Count = { cuts: 0, same: 0, kinds: new Map(), phases: new Array(engine.architecture.patch).fill(0) };
  const places: { file: number; at: number; kind: Kind }[] = files.flatMap(({ text }, file) =>
    Array.from({ length: text.length }, (_, i) => ({ file, at: i, kind: kindOf(text, i) })),
  );
  const byKind = new Map<Kind, typeof places>();
  for (const place of places) (byKind.get(place.kind) ?? byKind.set(place.kind, []).get(place.kind)!).push(place);
  const share = Math.ceil(cuts / byKind.size);
  const chosen = [...byKind.values()].flatMap((all) =>
    Array.from(
      { length: Math.min(share, all.length) },
      (_, i) => all[Math.floor((i * all.length) / Math.min(share, all.length))],
    ),
  );
  const rest = places
    .filter((_, i) => i % Math.max(1, Math.floor(places.length / Math.max(1, cuts - chosen.length + 1))) === 0)
    .slice(0, Math.max(0, cuts - chosen.length));
  const cache = new Cache(engine.architecture);
  for (const { file, at, kind } of [...chosen, ...rest]) {
    const { path, text } = files[file];
    // short contexts keep thousands of cuts affordable; every phase
    const start = Math.max(0, at - 240 - (out.cuts % 97));
    const prompt = promptAt(
      text.slice(start, at + 120),
      at - start,
      path,
      { ...engine.architecture, completion: 64 },
      blocks,
    );
    cache.truncate(0); // all but the pad row is read anew
    const whole = await greedy(engine, cache, prompt, BYTES, predictorOf?.(path));
    if (out.cuts % 2 === 0) cache.truncate(0);
    const again = await greedy(
      engine,
      cache,
      Buffer.concat([prompt, whole.subarray(0, 1)]),
      BYTES - 1,
      predictorOf?.(path),
    );
    const same = Buffer.compare(again, whole.subarray(1)) === 0;
    const row = out.kinds.get(kind) ?? { cuts: 0, same: 0 };
    out.kinds.set(kind, { cuts: row.cuts + 1, same: row.same + Number(same) });
    out.phases[prompt.length % engine.architecture.patch]++;
    out.cuts++;
    out.same += Number(same);
  }
  return out;
}

if (process.argv[1]?.endsWith('exactness.ts')) {
  const [folder, cuts, ...paths] = process.argv.slice(2);
  const engine = await Engine.load(folder);
  const result = await count(
    engine,
    paths.map((path) => ({ path, text: readFileSync(path, 'utf8') })),
    Number(cuts),
  );
  console.log(`${engine.manifest.name} ${engine.file.precision}: ${result.same} of ${result.cuts} cuts exact`);
  for (const [kind, row] of result.kinds) console.log(`  ${kind}: ${row.same} of ${row.cuts}`);
  console.log(`  cuts by phase: ${result.phases.join(' ')}`);
}
