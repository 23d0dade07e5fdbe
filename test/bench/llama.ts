/**
 * llama.cpp as a peer (peers.ts), through node-llama-cpp in a folder of its own; its types are not there when ours are
 * checked.
 */
import { existsSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { writeRandomQwen } from './gguf.ts';

/** What a token of code stands for, bytes. */
const BYTES_PER_TOKEN = 3.5;

export interface Llama {
  name: string;
  megabytes: number;
  /** Milliseconds from one more token to the next token, the prompt cached. */
  key(): Promise<number>;
  /** Bytes a second over 32 tokens. */
  rate(): Promise<number>;
}

/** The runtime in `folder`. Throws where it is not there. */
export async function runtime(folder: string) {
  const entry = join(resolve(folder), 'node_modules/node-llama-cpp/package.json');
  if (!existsSync(entry))
    throw new Error(`${folder} has no node-llama-cpp: npm install --prefix ${folder} --ignore-scripts node-llama-cpp`);
  const { getLlama } = await import(pathToFileURL(createRequire(entry).resolve('node-llama-cpp')).href);
  return getLlama({ gpu: false, build: 'never', logLevel: 'error' });
}

/** Two models of random weights, written into `folder` if they are not there, with `contextBytes` of prompt read. */
export async function llamas(folder: string, contextBytes: number, threads: number): Promise<Llama[]> {
  const llama = await runtime(folder);
  const out: Llama[] = [];
  for (const quantisation of ['Q8_0', 'Q4_K_M'] as const) {
    const path = join(folder, `random-${quantisation}.gguf`);
    if (!existsSync(path)) writeRandomQwen(path, quantisation);
    const model = await llama.loadModel({ modelPath: path });
    const context = await model.createContext({ contextSize: 2048, threads });
    const sequence = context.getSequence();
    const prompt = Array.from(
      { length: Math.round(contextBytes / BYTES_PER_TOKEN) },
      (_, i) => 1000 + ((i * 7919) % 100_000),
    );
    await sequence.evaluateWithoutGeneratingNewTokens(prompt);
    /** Back to the prompt, then `n` tokens further: milliseconds. */
    const generate = async (n: number): Promise<number> => {
      await sequence.eraseContextTokenRanges([{ start: prompt.length, end: sequence.nextTokenIndex }]);
      const began = performance.now();
      let made = 0;
      for await (const _ of sequence.evaluate([1234], { temperature: 0, yieldEogToken: true })) if (++made === n) break;
      return performance.now() - began;
    };
    out.push({
      name: `llama.cpp, 0.5B ${quantisation}`,
      megabytes: statSync(path).size / 1e6,
      key: () => generate(1),
      rate: async () => (32 * BYTES_PER_TOKEN * 1000) / (await generate(32)),
    });
  }
  return out;
}
