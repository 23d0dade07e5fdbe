/** How long the last completion took. Pure; no editor in here. */
import type { CompleteResult } from '../server/protocol.ts';

export class Latency {
  /** From the request, ms: to the first text, and to the whole. */
  last: { first: number; whole: number } | undefined;

  /** `onLast`: there is another one. */
  constructor(private readonly onLast: () => void = () => undefined) {}

  /** Measures what `ask` takes. Where nothing came there is nothing to say. */
  async of(onText: (text: string) => void, ask: (onText: (text: string) => void) => Promise<CompleteResult>): Promise<CompleteResult> {
    const began = performance.now();
    let first: number | undefined;
    const result = await ask((text) => {
      first ??= performance.now() - began;
      onText(text);
    });
    if (result.kind === 'text') {
      const whole = performance.now() - began;
      this.last = { first: first ?? whole, whole };
      this.onLast();
    }
    return result;
  }
}
