/** Completions and scores for open documents: a newer request for the same document replaces an older one. */
import { fileURLToPath } from 'node:url';
import type { CancellationToken, Range } from 'vscode-languageserver';
import type { TextDocument } from 'vscode-languageserver-textdocument';
import { complete } from './completion/complete.ts';
import { scoreBytes } from './completion/score.ts';
import type { Engine } from './engine/engine.ts';
import type { Slot } from './engine/slot.ts';
import { BytelineError } from './errors.ts';
import { encode, limitsOf, promptAt } from './prompt/around.ts';
import type { CompleteParams, CompleteResult, ScoreResult, WarmParams } from './protocol.ts';

const running = new Map<string, AbortController>();
let warming: AbortController | undefined;

export async function completeIn(slot: Slot, document: TextDocument, params: Omit<CompleteParams, 'id' | 'uri'>, token: CancellationToken,
  root: string | undefined, onText?: (text: string) => void): Promise<CompleteResult> {
  const { uri } = document;
  running.get(uri)?.abort();
  warming?.abort();
  const abort = new AbortController();
  running.set(uri, abort);
  const subscription = token.onCancellationRequested(() => abort.abort());
  if (token.isCancellationRequested) abort.abort();
  const text = document.getText();
  const offset = document.offsetAt(params.position);
  try {
    return await slot.run(async () => {
      const { engine } = slot;
      if (!engine) return { kind: 'none', reason: 'no-model' };
      if (abort.signal.aborted) return { kind: 'none', reason: 'cancelled' };
      if (text.slice(0, 8192).includes('\0')) return { kind: 'none', reason: 'binary' };
      const prompt = promptOf(engine, text, offset, uri, root, params.maxBytes);
      const began = performance.now();
      const result = await complete(engine, slot.cacheFor(prompt), prompt, {
        maxBytes: params.maxBytes, multiline: params.multiline, gate: !params.always && !params.detail, detail: params.detail, rest: text.slice(offset).split(/\r?\n/, 1)[0], signal: abort.signal, onText,
      });
      if (result.kind === 'text') slot.speeds.set(engine.manifest.name, Math.round((result.bytes * 1000) / (performance.now() - began)));
      return result;
    });
  } finally {
    subscription.dispose();
    if (running.get(uri) === abort) running.delete(uri);
  }
}

/** Reads what stands around a cursor into the cache, so that a completion there starts warm. A completion stops it. */
export async function warmIn(slot: Slot, document: TextDocument, { position, maxBytes }: WarmParams, root: string | undefined): Promise<void> {
  warming?.abort();
  const { signal } = (warming = new AbortController());
  const [text, offset] = [document.getText(), document.offsetAt(position)];
  await slot.run(async () => {
    if (!slot.engine || signal.aborted || text.slice(0, 8192).includes('\0')) return;
    const prompt = promptOf(slot.engine, text, offset, document.uri, root, maxBytes);
    await slot.engine.open(slot.cacheFor(prompt), prompt, signal).catch((error) => {
      if (!signal.aborted) throw error;
    });
  });
}

function promptOf(engine: Engine, text: string, offset: number, uri: string, root: string | undefined, maxBytes: number): Uint8Array {
  return promptAt(text, offset, displayPath(uri, root), limitsOf(engine.architecture, maxBytes));
}

/** Bits of a document, or of a range given what stands before and after it. */
export function scoreIn(slot: Slot, document: TextDocument, range: Range | undefined, root: string | undefined): Promise<ScoreResult> {
  const path = displayPath(document.uri, root);
  const text = document.getText();
  return slot.run(async () => {
    const { engine } = slot;
    if (!engine) throw new BytelineError('model', 'no model is loaded');
    if (!range) {
      const bytes = encode(text);
      return { bytes: bytes.length, bits: await scoreBytes(engine, bytes, path), logps: [] };
    }
    const [from, to] = [document.offsetAt(range.start), document.offsetAt(range.end)];
    const middle = encode(text.slice(from, to));
    const { context } = engine.architecture;
    if (middle.length > context / 4) throw new BytelineError('argument', `range: ${middle.length} bytes, at most ${context / 4} are scored`);
    const prompt = promptAt(text.slice(0, from) + text.slice(to), from, path, limitsOf(engine.architecture, context / 4));
    const all = Buffer.concat([prompt, middle]);
    const logps = await engine.score(all, prompt.length, slot.cacheFor(all));
    return { bytes: middle.length, bits: -logps.reduce((a, b) => a + b, 0) / Math.LN2, logps: [...logps] };
  });
}

/** The name that the model sees: relative to the workspace, with forward slashes. */
function displayPath(uri: string, root: string | undefined): string {
  if (root && uri.startsWith(root + '/')) return decodeURIComponent(uri.slice(root.length + 1));
  try {
    return fileURLToPath(uri).replaceAll('\\', '/').split('/').slice(-2).join('/');
  } catch {
    return 'untitled';
  }
}
