/** Completions and scores for open documents: a newer request for the same document replaces an older one. */
import type { CancellationToken, Position, Range } from 'vscode-languageserver';
import { candidates } from './completion/candidates.ts';
import type { Eagerness } from './completion/eagerness.ts';
import { scoreBytes } from './completion/score.ts';
import { aroundOf, inWord, shapeAt } from './completion/shape.ts';
import { Document } from './documents/document.ts';
import type { Engine } from './engine/engine.ts';
import type { LoadedModel } from './engine/loadedModel.ts';
import { BytelineError } from './errors.ts';
import { displayPath, pathWithin } from './paths.ts';
import { encode, limitsOf, promptAt } from './prompt/around.ts';
import { aboveOf, joined } from './prompt/cells.ts';
import { Secrets } from './secrets.ts';
import type { CompleteParams, CompleteResult, ScoreResult, WarmParams } from './wire/protocol.ts';
import type { WorkspaceMemory } from './workspaceMemory.ts';

/** What completions are made with. */
export interface CompletionEnvironment {
  model: LoadedModel;
  /** Of the workspace. */
  roots: string[];
  memory?: WorkspaceMemory;
  /** Nothing is offered by itself in a document that they name; unless said, those that are known. */
  secrets?: Secrets;
  /** Where a request says none. */
  eagerness?: Eagerness;
}

/** Documents that wait for a completion: beyond it the oldest requests are cancelled, for people type in one place. */
const MOST_RUNNING = 8;
/** Scores that wait, and UTF-16 units of a document that is scored whole: nothing cuts a score short. */
const [MOST_SCORING, MOST_SCORED] = [4, 1 << 18];
let scoring = 0;

/**
 * Where several wait, so many messages are heard first: a flood makes most requests moot, and a model's call would
 * come between each two messages.
 */
const TURNS = 32;

/** Oldest first. */
const running = new Map<string, AbortController>();
let warming: AbortController | undefined;

/** Whether a completion is being made. */
export const busy = () => running.size > 0;

/**
 * The completion that `params` ask for, of the document as it is now; `onText` hears the whole text so far as it grows.
 * It cancels the one before of the same document. Without a model, or cancelled, there is none, and a reason. Throws
 * what the engine throws (BytelineError).
 */
export async function completeIn(
  environment: CompletionEnvironment,
  document: Document,
  params: Omit<CompleteParams, 'id' | 'uri'>,
  token: CancellationToken,
  onText?: (text: string) => void,
): Promise<CompleteResult> {
  const { uri } = document;
  const { model, memory, roots, secrets = new Secrets() } = environment;
  drop(uri);
  warming?.abort();
  if (!params.always && !params.detail && secrets.in(pathWithin(uri, roots))) return { kind: 'none', reason: 'secret' };
  const abort = new AbortController();
  running.set(uri, abort);
  for (const old of running.keys()) if (running.size > MOST_RUNNING) drop(old);
  const subscription = token.onCancellationRequested(() => abort.abort());
  if (token.isCancellationRequested) abort.abort();
  const { maxBytes, always, candidates: count, detail, selected } = params;
  try {
    const now = document.snapshot();
    const position = selected ? edit(now, selected) : now.positionAt(now.offsetAt(params.position)); // within its line
    const around = aroundOf(now, position);
    const shape =
      params.multiline === 'auto'
        ? shapeAt({ ...around, accepted: !!params.accepted })
        : { multiline: params.multiline };
    const result = await model.use(async (engine): Promise<CompleteResult> => {
      for (let i = 0; i < TURNS && running.size > 1; i++) await new Promise(setImmediate);
      if (abort.signal.aborted) return { kind: 'none', reason: 'cancelled' };
      if (isBinary(now)) return { kind: 'none', reason: 'binary' };
      if (!always && !detail && !params.midWord && inWord(around.before, around.rest))
        return { kind: 'none', reason: 'mid-word' };
      const prompt = await promptOf(engine, environment, document, now, { ...params, position });
      const began = performance.now();
      const { first, others } = await candidates(engine, model.cacheFor(prompt), prompt, count ?? 1, {
        memory: await memory?.predictor(engine, now, position),
        ...around,
        maxBytes,
        multiline: shape.multiline,
        gate: !always && !detail,
        eagerness: params.eagerness ?? environment.eagerness,
        detail: !!detail,
        signal: abort.signal,
        onText,
      });
      if (first.kind === 'none') return first;
      const bytes = [first, ...others].reduce((n, made) => n + made.bytes, 0);
      model.speeds.set(engine.folder, Math.round((bytes * 1000) / (performance.now() - began)));
      return { ...first, ...('reason' in shape && { shape: shape.reason }), ...(others.length && { others }) };
    });
    return result ?? { kind: 'none', reason: 'no-model' };
  } finally {
    subscription.dispose();
    if (running.get(uri) === abort) running.delete(uri);
  }
}

/** Cancels the completion of a document. */
function drop(uri: string): void {
  running.get(uri)?.abort();
  running.delete(uri);
}

/** Reads what stands around a cursor into the cache, so that a completion there starts warm. A completion stops it. */
export async function warmIn(
  environment: CompletionEnvironment,
  document: Document,
  params: WarmParams,
): Promise<void> {
  warming?.abort();
  const { signal } = (warming = new AbortController());
  const [now, { model }] = [document.snapshot(), environment];
  await model
    .use(async (engine) => {
      if (signal.aborted || isBinary(now)) return;
      const prompt = await promptOf(engine, environment, document, now, params);
      await engine.open(model.cacheFor(prompt), prompt, signal);
    })
    .catch((error) => {
      if (!signal.aborted) throw error;
    });
}

/** Makes an edit in a snapshot. Returns the position behind it. */
function edit(snapshot: Document, { range, text }: NonNullable<CompleteParams['selected']>): Position {
  const from = snapshot.offsetAt(range.start);
  Document.update(snapshot, [{ range, text }], snapshot.version);
  return snapshot.positionAt(from + text.replaceAll('\r\n', '\n').length);
}

/** `now`: what the document was when it was asked for. */
async function promptOf(
  engine: Engine,
  { roots, memory }: CompletionEnvironment,
  document: Document,
  now: Document,
  { position, above, maxBytes }: Omit<WarmParams, 'uri'>,
): Promise<Uint8Array> {
  const before = above ? aboveOf(above, document.language) : '';
  const path = displayPath(document.uri, roots, document.language);
  const files = await memory?.files(engine, document, now, position);
  return promptAt(
    joined(before, now),
    before.length + now.offsetAt(position),
    path,
    limitsOf(engine.architecture, maxBytes),
    files,
  );
}

const isBinary = (document: Document) => document.slice(0, 8192).includes('\0');

/**
 * Bits of a document, or of a range given what stands before and after it. Throws a BytelineError where there is no
 * model or too much is asked for.
 */
export async function scoreIn(
  { model, roots, memory }: CompletionEnvironment,
  document: Document,
  range: Range | null | undefined,
): Promise<ScoreResult> {
  const path = displayPath(document.uri, roots, document.language);
  const now = document.snapshot();
  if (!range && now.length > MOST_SCORED)
    throw new BytelineError(
      'argument',
      `uri: ${document.uri} has ${now.length} characters, at most ${MOST_SCORED} are scored`,
    );
  if (scoring >= MOST_SCORING)
    throw new BytelineError('argument', `${MOST_SCORING} scores are waiting: one more is too many`);
  scoring++;
  const result = await model
    .use(async (engine) => {
      const mix = (await memory?.predictor(engine, now))?.mix;
      if (!range) {
        const bytes = encode(now.slice());
        return { bytes: bytes.length, bits: await scoreBytes(engine, bytes, path, mix), logps: [] };
      }
      const [from, to] = [now.offsetAt(range.start), now.offsetAt(range.end)];
      const middle = encode(now.slice(from, to));
      const { context } = engine.architecture;
      if (middle.length > context / 4)
        throw new BytelineError('argument', `range: ${middle.length} bytes, at most ${context / 4} are scored`);
      const prompt = promptAt(
        now.slice(0, from) + now.slice(to),
        from,
        path,
        limitsOf(engine.architecture, context / 4),
      );
      const all = Buffer.concat([prompt, middle]);
      const logps = await engine.score(all, prompt.length, model.cacheFor(all), mix);
      return { bytes: middle.length, bits: -logps.reduce((a, b) => a + b, 0) / Math.LN2, logps: [...logps] };
    })
    .finally(() => scoring--);
  if (!result) throw new BytelineError('model', model.unloaded);
  return result;
}
