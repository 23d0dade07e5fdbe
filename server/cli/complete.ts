/** `byteline complete FILE --line L --column C` */
import { candidates } from '../completion/candidates.ts';
import type { Eagerness } from '../completion/eagerness.ts';
import { aroundOf, shapeAt } from '../completion/shape.ts';
import { Document } from '../documents/document.ts';
import { Cache } from '../engine/cache.ts';
import type { Device } from '../engine/devices.ts';
import { Engine } from '../engine/engine.ts';
import { resolveModel, shownName } from '../engine/find.ts';
import { limitsOf, promptAt } from '../prompt/around.ts';
import { deviceOf } from './devices.ts';
import { offsetAt, readSource } from './source.ts';

interface Options {
  line: number;
  column: number;
  model: string;
  device: 'auto' | Device;
  threads?: number;
  maxBytes: number;
  multiline?: boolean | 'auto';
  candidates: number;
  offer?: boolean;
  eagerness?: Eagerness;
  json?: boolean;
  path?: string;
}

export async function run(file: string, o: Options): Promise<void> {
  const text = await readSource(file);
  const offset = offsetAt(text, o.line, o.column, file);
  const folder = await resolveModel(o.model);
  const device = await deviceOf(o.device, folder, o.threads);
  const began = performance.now();
  const engine = await Engine.load(folder, { threads: o.threads, device });
  const loaded = performance.now();
  const prompt = promptAt(
    text,
    offset,
    o.path ?? (file === '-' ? 'untitled' : file),
    limitsOf(engine.architecture, o.maxBytes),
  );
  const around = aroundOf(Document.create(file, '', 0, text), { line: o.line - 1, character: o.column - 1 });
  let first = NaN;
  const { first: result, others } = await candidates(engine, new Cache(engine.architecture), prompt, o.candidates, {
    ...around,
    maxBytes: o.maxBytes,
    multiline: o.multiline === 'auto' ? shapeAt(around).multiline : (o.multiline ?? false),
    gate: o.offer || o.eagerness !== undefined,
    eagerness: o.eagerness,
    onFirstByte: () => (first = performance.now()),
  });
  const end = performance.now();
  const ms = (a: number, b: number) => Math.round((b - a) * 100) / 100;
  if (!o.json) {
    if (result.kind === 'text') for (const { text } of [result, ...others]) process.stdout.write(text + '\n');
    if (result.kind === 'none') process.stderr.write(`byteline: nothing to offer: ${result.reason}\n`);
    return;
  }
  const found =
    result.kind === 'text' ? result : { text: '', bytes: 0, stop: result.reason, logprob: 0, confidence: undefined };
  process.stdout.write(
    JSON.stringify({
      text: found.text,
      bytes: found.bytes,
      model: await shownName(folder),
      device,
      precision: engine.file.precision,
      stop: found.stop,
      logprob: found.logprob,
      confidence: found.confidence,
      others,
      timings: {
        loadMs: ms(began, loaded),
        prefillMs: ms(loaded, first),
        firstByteMs: ms(loaded, first),
        totalMs: ms(began, end),
      },
    }) + '\n',
  );
}
