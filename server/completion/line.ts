/** A text that grows behind a prompt until a rule ends it, and where other texts leave it. */
import type { Patch } from '../engine/patch.ts';
import { distOf } from '../engine/verification.ts';
import { SENTINELS } from '../prompt/sequence.ts';
import type { Completion, Growing, Judge, None } from './complete.ts';

/** Log-probability of a byte that the UTF-8 mask forbids, or above. */
const IMPOSSIBLE = -1e8;

/** A text that begins as `line` does, up to byte `at`, and goes on with another byte. */
export interface Fork {
  line: Line;
  at: number;
  byte: number;
  /** Of the byte, and of all up to it; nats. */
  logp: number;
  logprob: number;
}

/**
 * The logarithm of what `characters` are worth to who asked by hand. They count by their own logarithm: twice as many
 * for half of the probability are not worth it, but one bracket does not stand before eight characters that are half as
 * probable. By the probability alone the shortest line often wins; by the characters themselves long ones do that are
 * hardly ever right (RESULTS.md, "Whole lines").
 */
export const logWorth = (characters: number): number => Math.log(Math.log1p(characters));

export class Line implements Growing {
  text: Uint8Array;
  logps: number[];
  /** The sum of all log-probabilities, that of the byte that ended it included; nats. */
  logprob: number;
  /** Once a rule has ended it. */
  result: Completion | None | undefined;

  /** `prompt`, or what a fork has in common with its line and its byte. */
  constructor(
    prompt: Uint8Array,
    private readonly judge: Judge,
    fork?: Fork,
  ) {
    [this.text, this.logps, this.logprob] = [prompt, [], 0];
    if (!fork) return;
    const { line, at, byte, logp } = fork;
    this.text = line.text.subarray(0, at);
    this.logps = line.logps.slice(0, at - prompt.length);
    this.logprob = this.logps.reduce((a, b) => a + b, 0);
    this.append(byte, logp);
  }

  /**
   * Takes in the bytes of a patch from number `known` on, up to its end. Returns the forks on the way: at each byte the
   * second choice, and all that are more probable than e^floor.
   */
  take({ bytes, logp, dist }: Patch, known: number, floor = Infinity): Fork[] {
    const forks: Fork[] = [];
    const unsaid = bytes.length - dist.length / 256;
    for (let i = known; i < bytes.length && !this.result; i++) {
      if (i >= unsaid) forks.push(...this.forks(distOf(dist, i - unsaid), bytes[i], floor));
      this.append(bytes[i], logp[i]);
    }
    return forks;
  }

  /** What a line may be expected to be worth, log; nothing where a rule made it no completion. */
  get worth(): number {
    return this.result?.kind === 'text' ? this.logprob + logWorth(this.result.text.trim().length) : -Infinity;
  }

  private forks(dist: Float32Array, chosen: number, floor: number): Fork[] {
    let second = -1;
    for (let byte = 0; byte < 256; byte++)
      if (byte !== chosen && byte !== SENTINELS.EOM && (second < 0 || dist[byte] > dist[second])) second = byte;
    const forks: Fork[] = [];
    dist.forEach((logp, byte) => {
      const logprob = this.logprob + logp;
      if (byte === chosen || logp < IMPOSSIBLE || (byte !== second && logprob <= floor)) return;
      forks.push({ line: this, at: this.text.length, byte, logp, logprob });
    });
    return forks;
  }

  private append(byte: number, logp: number): void {
    this.text = Buffer.concat([this.text, Uint8Array.of(byte)]);
    this.logps.push(logp);
    this.logprob += logp;
    this.result = this.judge(this, this.text.length);
  }
}
