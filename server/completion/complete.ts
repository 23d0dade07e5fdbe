/** Decodes one completion, patch by patch: greedy, valid UTF-8, stopped by rules, streamed in whole characters. */
import type { Cache } from '../engine/cache.ts';
import type { Engine } from '../engine/engine.ts';
import type { Patch } from '../engine/patch.ts';
import type { MemoryPredictor } from '../memory/retrieval.ts';
import { encode } from '../prompt/around.ts';
import { isBlank, SENTINELS } from '../prompt/sequence.ts';
import { stateAfter, wholeCharacters } from '../prompt/utf8.ts';
import { atCloserOf, atUnopened } from './balance.ts';
import { cannotBeOffered, confidenceOf, offerLength } from './confidence.ts';
import { draftAfter } from './draft.ts';
import { confidenceFor, type Eagerness } from './eagerness.ts';
import { unknownMember } from './members.ts';
import { atRepetition, mayRepeat } from './repetition.ts';
import { atBlanks, atBlockEnd, atEnd, atLength, atLineEnd, atLineOf, mayDouble, scopeAt } from './stop.ts';
import { firstStop, type StopReason } from './stopRule.ts';
import { wordEnd } from './words.ts';

export interface Completion {
  kind: 'text';
  text: string;
  /** UTF-8 bytes of `text`. */
  bytes: number;
  stop: StopReason;
  /** Sum of the log-probabilities (nats) of the bytes of `text`. */
  logprob: number;
  /** Calibrated probability that `text` is right; absent where the model is not calibrated. */
  confidence?: number;
  /** The log-probability of each byte of `text`, where asked for. */
  logps?: number[];
}
export type NoneReason =
  | 'blank'
  | 'repetition'
  | 'mid-word'
  | 'unbalanced'
  | 'low-confidence'
  | 'unknown-name'
  | 'cancelled'
  | 'repeats-what-follows'
  | 'binary'
  | 'no-model'
  | 'empty'
  | 'item-of-lines'
  | 'secret';
/** Every non-result is a value with a reason. */
export interface None {
  kind: 'none';
  reason: NoneReason;
}

export interface CompleteOptions {
  maxBytes: number;
  multiline: boolean;
  /** Text on the cursor's line after the cursor: it is not repeated. */
  rest?: string;
  /** The lines nearby that are not blank, above and below the cursor's, nearest first: those below are not repeated. */
  above?: string[];
  below?: string[];
  /** Brackets that stand open at the cursor: no others are closed. */
  open?: string[];
  /**
   * Ends the offer where its confidence falls below the threshold of `eagerness`, and in front of a name that is known
   * not to exist; else all of it is offered.
   */
  gate?: boolean;
  /** Balanced unless said. */
  eagerness?: Eagerness;
  /** Guess ahead where the text repeats itself (the bytes are the same without); on unless false. */
  draft?: boolean;
  /** The workspace's memory: it is mixed into each byte's distribution, and drafts. */
  memory?: MemoryPredictor;
  /** Return `logps`. */
  detail?: boolean;
  signal?: AbortSignal;
  /** Called with the text so far, whole characters only, whenever it grew. */
  onText?: (text: string) => void;
  /** Called with what each call brought, and where in the text that begins. */
  onPatch?: (patch: Patch, at: number) => void;
  /** Called once, when the first byte is known. */
  onFirstByte?: () => void;
}

/** A text that grows behind a prompt, with the log-probability (nats) of each byte. */
export interface Growing {
  text: Uint8Array;
  logps: number[];
}

/** The result at `end` bytes, the end of a patch, or undefined while it goes on. */
export type Judge = (growing: Growing, end: number) => Completion | None | undefined;

/** So much text before the cursor is looked at for what the completion repeats, bytes. */
const CONTEXT = 4096;

/**
 * The result is that of looking after each byte, whatever patches the bytes come in: where a patch ends, and drafts,
 * change nothing.
 */
export function judgeOf(
  engine: Pick<Engine, 'architecture' | 'manifest'>,
  prompt: Uint8Array,
  o: CompleteOptions,
): Judge {
  const context = textBefore(prompt);
  const before = context.slice(context.lastIndexOf('\n') + 1);
  const [above, below] = [o.above ?? [], o.below ?? []].map((lines) => lines.map((line) => latin1(encode(line))));
  // the context's last patch is room that not every phase has
  const { context: all, patch } = engine.architecture;
  const most = Math.max(0, Math.min(o.maxBytes, all - patch - prompt.length));
  const rules = [
    atEnd,
    atRepetition(context),
    atBlanks(before),
    atLength(most),
    atCloserOf(o.rest ?? ''),
    atUnopened(o.open),
    atLineOf(below, before, above),
    o.multiline ? atBlockEnd(scopeAt(before, above[0])) : atLineEnd,
  ];
  const pending = stateAfter(prompt) !== 0; // a prompt that ends inside a character: its rest is not text
  const confidence = confidenceFor(engine.manifest.confidence, o.memory !== undefined, o.eagerness);
  const gate = o.gate ? confidence : undefined;
  const isUnknown = o.gate ? o.memory?.isUnknownMember : undefined;
  /** Where an unknown name begins in the first bytes of what was made, at most `most`. */
  const namedOf = (text: Uint8Array, most: number) => {
    const at = isUnknown && unknownMember(text.subarray(0, prompt.length + most), prompt.length, isUnknown);
    return at === undefined ? most : Math.max(0, at - prompt.length);
  };
  const wholeOf = (kept: Uint8Array) => (pending ? 0 : wholeCharacters(kept));
  const repeated = o.onText && mayRepeat(context);
  let [seen, shown] = [0, 0];
  return ({ text, logps }, end) => {
    const made = text.subarray(prompt.length, end);
    const unsure = (n: number) => gate !== undefined && cannotBeOffered(gate, sum(logps, n), n, o.maxBytes);
    const ended = firstStop(rules, made, seen);
    let doubted: number | undefined;
    for (let n = seen + 1; gate && doubted === undefined && n <= (ended?.at ?? made.length); n++) {
      if (unsure(wholeOf(made.subarray(0, n)))) doubted = n;
    }
    const stop = doubted !== undefined && doubted < (ended?.at ?? Infinity) ? undefined : ended;
    seen = made.length;
    const kept = made.subarray(0, stop ? stop.keep : (doubted ?? made.length));
    const whole = wholeOf(kept);
    if (!stop && doubted === undefined) {
      if (!repeated) return undefined;
      const known = namedOf(text, kept.length);
      const sound = Math.min(known, mayDouble(before, latin1(kept), below), repeated(latin1(kept)));
      const settled = wordEnd(kept, Math.min(whole, sound));
      // a word may go on in the next patch
      const sure = gate ? offerLength(kept.subarray(0, settled), logps, gate) : settled;
      if (sure > shown) o.onText?.(decode(kept.subarray(0, sure)));
      shown = Math.max(shown, sure);
      return undefined;
    }
    const known = namedOf(text, kept.length);
    const named = known < whole ? wordEnd(kept, known) : whole;
    const offered = gate ? offerLength(kept.subarray(0, named), logps, gate) : named;
    if (whole === 0) return { kind: 'none', reason: reasonOf(stop?.reason) };
    if (isBlank(kept.subarray(0, whole))) return { kind: 'none', reason: 'blank' };
    if (offered === 0) return { kind: 'none', reason: named === 0 ? 'unknown-name' : 'low-confidence' };
    const out = decode(kept.subarray(0, offered));
    if (o.rest && o.rest.trim() !== '' && o.rest.trim() === out.trim())
      return { kind: 'none', reason: 'repeats-what-follows' };
    const logprob = sum(logps, offered);
    return {
      kind: 'text',
      text: out,
      bytes: offered,
      stop: stop && offered === whole ? stop.reason : named < whole && offered === named ? 'name' : 'confidence',
      logprob,
      ...(confidence && { confidence: confidenceOf(confidence, logprob, offered) }),
      ...(o.detail && { logps: logps.slice(0, offered) }),
    };
  };
}

/** Why nothing stayed where a rule ended a text at its start. */
function reasonOf(stop: StopReason | undefined): NoneReason {
  if (stop === 'below') return 'repeats-what-follows';
  return stop === 'unbalanced' || stop === 'repetition' ? stop : 'empty';
}

/** The text at the end of a prompt, without its header, as latin1. */
function textBefore(prompt: Uint8Array): string {
  const last = latin1(prompt.subarray(Math.max(0, prompt.length - CONTEXT)));
  return last.slice(HEADER.exec(last)?.[0].length ?? 0);
}

/**
 * Up to the end of the line that the last sentinel is in; without one, up to the end of the first line, which may be
 * half a one.
 */
const HEADER = new RegExp(`^(?:[^]*[\\x${SENTINELS.TAIL.toString(16)}-\\xff][^\n]*\n|[^\n]*\n)`);

/** Longest guess of the memory's beyond the patch, bytes. */
const MOST_AHEAD = 64;

/**
 * The completion of `prompt`, most probable byte by most probable byte, or why there is none. Throws what the engine
 * does (BytelineError with the code `runtime` or `device`).
 */
export async function complete(
  engine: Engine,
  cache: Cache,
  prompt: Uint8Array,
  o: CompleteOptions,
): Promise<Completion | None> {
  const { patch, context } = engine.architecture;
  const judge = judgeOf(engine, prompt, o);
  const growing: Growing = { text: prompt, logps: [] };
  let drafting = o.draft ?? true;
  let ahead = 0; // of the patch: a guess of the memory's that was right makes the next one bolder
  for (let end = prompt.length + patch - (prompt.length % patch); ; ) {
    if (o.signal?.aborted) return { kind: 'none', reason: 'cancelled' };
    const { text } = growing;
    const room = context - text.length >= patch;
    if (room) {
      const known = text.length % patch;
      const draft = !drafting
        ? undefined
        : o.memory
          ? o.memory.draft(text, patch - known - 1, ahead, !o.multiline)
          : draftAfter(text, patch, !o.multiline);
      let open: Patch;
      try {
        open = await engine.open(cache, text, o.signal, draft, o.memory?.mix);
      } catch (error) {
        if (o.signal?.aborted) return { kind: 'none', reason: 'cancelled' };
        throw error;
      }
      if (text === prompt) o.onFirstByte?.();
      // wrong once, it is likely to be wrong again
      if (draft && !o.memory && open.bytes.length < 2 * patch) drafting = false;
      if (draft && o.memory)
        ahead = open.bytes.length > known + draft.length ? Math.min(MOST_AHEAD, Math.max(patch, 2 * ahead)) : 0;
      growing.text = Buffer.concat([text, open.bytes.subarray(known)]);
      growing.logps.push(...open.logp.subarray(known));
      o.onPatch?.(open, text.length - known);
    }
    for (; end <= growing.text.length; end += patch) {
      const result = judge(growing, end);
      if (result) return result;
    }
    if (!room) return judge(growing, growing.text.length) ?? { kind: 'none', reason: 'empty' };
    await new Promise(setImmediate); // let a cancellation in
  }
}

const sum = (logps: number[], n: number) => logps.slice(0, n).reduce((a, b) => a + b, 0);
const decode = (bytes: Uint8Array) => Buffer.from(bytes).toString('utf8');
const latin1 = (bytes: Uint8Array) => Buffer.from(bytes).toString('latin1');
