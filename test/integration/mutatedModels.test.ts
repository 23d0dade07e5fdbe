/**
 * A fuzz of 5,500 manifests and graphs: each is one clear error that names the file, or it works; the worker and its
 * model stay.
 */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { checkGraph } from '../../server/engine/graphFile.ts';
import { readManifest } from '../../server/engine/manifest.ts';
import { BytelineError } from '../../server/errors.ts';
import { GRAPH } from './graphs.ts';
import { MANIFEST, Trial, WEIGHTS } from './modelFolder.ts';

describe('a hostile model folder', () => {
  const trial = new Trial();

  it(
    'of 5,000 mutated manifests and graphs each is refused with the name of its file or loads, ' +
      'and nothing is lost',
    async () => {
      const counts = { refused: 0, valid: 0 };
      const paths = pathsOf(JSON.parse(MANIFEST));
      const odd = fc.constantFrom<unknown>(
        null,
        true,
        -1,
        0,
        1e308,
        0.5,
        2 ** 53,
        '',
        '../x',
        '/dev/zero',
        'x'.repeat(3000),
        [],
        {},
        [[]],
        { __proto__: null },
        8,
        4096,
      );
      for (const edits of fc.sample(
        fc.array(fc.tuple(fc.constantFrom(...paths), odd, fc.boolean()), { minLength: 1, maxLength: 4 }),
        { numRuns: 3000, seed: 18 },
      )) {
        const json = JSON.parse(MANIFEST);
        for (const [path, value, remove] of edits) put(json, path, value, remove);
        writeFileSync(join(trial.folder.path, 'model.json'), JSON.stringify(json));
        await readManifest(trial.folder.path).then(
          () => counts.valid++,
          (error) => {
            assert.ok(
              error instanceof BytelineError &&
                error.message.startsWith(join(trial.folder.path, 'model.json')) &&
                error.message.length < 1000,
              String(error),
            );
            counts.refused++;
          },
        );
      }
      const allowed: Buffer[] = [];
      const bytes = fc.array(
        fc.tuple(fc.nat(GRAPH.length - 1), fc.nat(255), fc.constantFrom('set', 'set', 'cut', 'twice')),
        { minLength: 1, maxLength: 3 },
      );
      for (const edits of fc.sample(bytes, { numRuns: 2500, seed: 18 })) {
        let graph = Buffer.from(GRAPH);
        for (const [at, value, how] of edits) {
          if (how === 'set') graph[at % graph.length] = value;
          else
            graph = Buffer.concat([
              graph.subarray(0, at),
              graph.subarray(how === 'cut' ? at + value : Math.max(0, at - value)),
            ]);
        }
        try {
          checkGraph(graph, WEIGHTS);
          allowed.push(graph);
          counts.valid++;
        } catch (error) {
          assert.ok(error instanceof Error && error.constructor === Error, String(error));
          counts.refused++;
        }
      }
      writeFileSync(join(trial.folder.path, 'model.json'), MANIFEST);
      const reached = { refused: 0, loaded: 0 };
      const step = Math.max(1, Math.floor(allowed.length / 8));
      for (let i = 0; i < allowed.length; i += step) {
        trial.folder.file('int8.onnx', allowed[i]);
        await trial.worker.connection.sendRequest('byteline/switchModel', { name: trial.folder.path }).then(
          () => reached.loaded++,
          (error) => {
            assert.ok(error.message.startsWith(trial.folder.path), error.message);
            reached.refused++;
          },
        );
      }
      await trial.worker.connection.sendRequest('byteline/switchModel', { name: 'micro' });
      assert.deepEqual(await trial.said(), trial.honest);
      console.log(
        `      ${JSON.stringify(counts)}; of ${allowed.length} graphs that are allowed, ` +
          `these reached the runtime: ${JSON.stringify(reached)}`,
      );
      assert.ok(counts.refused > 2000 && counts.valid > 200 && counts.refused + counts.valid >= 5000);
    },
  );
});

/** The path of each value in a JSON. */
function pathsOf(json: unknown, at: string[] = []): string[][] {
  if (typeof json !== 'object' || json === null) return [at];
  return [...(at.length ? [at] : []), ...Object.entries(json).flatMap(([key, value]) => pathsOf(value, [...at, key]))];
}

function put(json: any, path: string[], value: unknown, remove: boolean): void {
  const parent = path.slice(0, -1).reduce((o, key) => (typeof o === 'object' && o !== null ? o[key] : undefined), json);
  if (typeof parent !== 'object' || parent === null) return;
  if (remove) delete parent[path.at(-1)!];
  else parent[path.at(-1)!] = value;
}
