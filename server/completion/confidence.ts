/**
 * How sure the model is that a completion is right, and how much of it to offer. Calibrated on validation repositories
 * by model/byteline_model/scorecard/calibrate.py, whose twin of this file is scorecard/offer.py;
 * test/fixtures/offers.json holds the two together.
 */

/** `confidence` of model.json. */
export interface Confidence {
  bias: number;
  /** For the logit of the text's own probability e^S, S the sum of its log-probabilities in nats. */
  logprob: number;
  /** For ln(1 + bytes). */
  length: number;
  /** An automatic offer has at least this probability of being right, 0 to 1. */
  threshold: number;
}

/** No text is surer than this, nats: its logit would be infinite. */
const SUREST = -1e-4;

/** Probability that a text of `bytes` bytes with this sum of log-probabilities (nats) is what follows. */
export function confidenceOf(c: Confidence, logprob: number, bytes: number): number {
  const nats = Math.min(logprob, SUREST);
  const logit = nats - Math.log(-Math.expm1(nats)); // ln(e^S / (1 - e^S))
  return 1 / (1 + Math.exp(-(c.bias + c.logprob * logit + c.length * Math.log1p(bytes))));
}

/**
 * Whether no text of up to `most` bytes that begins with one of this log-probability (nats) can reach the threshold.
 */
export function cannotBeOffered(c: Confidence, logprob: number, bytes: number, most: number): boolean {
  const best = c.length > 0 ? most : bytes;
  return c.logprob >= 0 && confidenceOf(c, logprob, best) < c.threshold;
}

/**
 * Bytes of the longest beginning of `text` that reaches the threshold and ends where a word ends and text stands, or is
 * the whole; 0 for none. `logps` are the log-probabilities of its bytes, nats.
 */
export function offerLength(text: Uint8Array, logps: ArrayLike<number>, c: Confidence): number {
  let [logprob, offered, visible] = [0, 0, false];
  for (let k = 1; k <= text.length; k++) {
    logprob += logps[k - 1];
    visible ||= !isBlank(text[k - 1]);
    const ends = k === text.length || (!isBlank(text[k - 1]) && !(isWord(text[k - 1]) && isWord(text[k])));
    if (visible && ends && confidenceOf(c, logprob, k) >= c.threshold) offered = k;
  }
  return offered;
}

const isBlank = (b: number) => b === 0x20 || (b >= 0x09 && b <= 0x0d);
/** A byte of a character beyond ASCII counts as a word's, so an offer never ends inside a character. */
const isWord = (b: number) =>
  (b >= 0x30 && b <= 0x39) ||
  (b >= 0x41 && b <= 0x5a) ||
  (b >= 0x61 && b <= 0x7a) ||
  b === 0x5f ||
  b === 0x24 ||
  b >= 0x80;
