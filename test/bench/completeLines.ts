/**
 * A model of trained weights in llama.cpp that completes lines, as a peer of the score card
 * (`python -m byteline_model.scorecard.peers`):
 *
 *     npx tsx test/bench/completeLines.ts LLAMA FILE.gguf [THREADS]
 *
 * LLAMA is a folder with node-llama-cpp. Reads requests from stdin, a JSON line each, `{ text, maxBytes }`, and answers
 * `{ text, firstMs, ms }`: the most probable tokens after the text, up to a line feed. The last token of the text is
 * taken back, and the first new one begins with it (token healing), so that a text may end inside a token. What the
 * text has in common with the one before is not read again.
 */
import { existsSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { runtime } from './llama.ts';

/** Tokens: 4 kB of text, a byte each at worst, and a line. */
const CONTEXT = 4096 + 256;

async function main(): Promise<void> {
  const [folder, file, threads = '1'] = process.argv.slice(2);
  if (!folder || !file) throw new Error('usage: completeLines.ts LLAMA FILE.gguf [THREADS]');
  if (!existsSync(file)) throw new Error(`${file}: not there`);
  const llama = await runtime(folder);
  const model = await llama.loadModel({ modelPath: file });
  const context = await model.createContext({ contextSize: CONTEXT, threads: Number(threads) });
  const sequence = context.getSequence();
  const texts: string[] = [];
  for (const token of model.iterateAllTokens()) texts[token] = model.detokenize([token]);
  const first = model.tokens.shouldPrependBosToken && model.tokens.bos !== null ? [model.tokens.bos] : [];

  /** The most probable tokens behind `tokens`, one after the other; the text of the first begins with `held`. */
  async function* following(tokens: number[], held: string): AsyncGenerator<number> {
    await sequence.adaptStateToTokens(tokens.slice(0, -1), false);
    let unread = tokens.slice(sequence.nextTokenIndex);
    if (held) {
      const allowed = [...texts.keys()].filter((token) => texts[token]?.startsWith(held));
      const asked = { generateNext: { logits: { filter: { tokens: allowed } } } };
      const said = await sequence.controlledEvaluate([...unread.slice(0, -1), [unread.at(-1), asked]]);
      const logits: Map<number, number> = said.at(-1).next.logits;
      const best = [...logits].reduce((a, b) => (b[1] > a[1] ? b : a))[0];
      yield best;
      unread = [best];
    }
    yield* sequence.evaluate(unread, { temperature: 0, yieldEogToken: true });
  }

  async function complete(text: string, maxBytes: number): Promise<{ text: string; firstMs: number; ms: number }> {
    const began = performance.now();
    const tokens: number[] = [...first, ...model.tokenize(text, false)];
    const held = tokens.length > first.length + 1 ? texts[tokens.pop() as number] : '';
    let [made, firstMs] = ['', 0];
    for await (const token of following(tokens, held)) {
      if (model.isEogToken(token)) break;
      made += texts[token];
      const visible = made.slice(held.length);
      if (visible && !firstMs) firstMs = performance.now() - began;
      if (visible.includes('\n') || Buffer.byteLength(visible) >= maxBytes) break;
    }
    const ms = performance.now() - began;
    return { text: made.slice(held.length).split('\n')[0], firstMs: firstMs || ms, ms };
  }

  console.log(JSON.stringify({ ready: true }));
  for await (const line of createInterface(process.stdin)) {
    const { text, maxBytes } = JSON.parse(line);
    console.log(JSON.stringify(await complete(text, maxBytes)));
  }
  process.exit(0); // llama.cpp keeps the process
}

await main();
