/**
 * A completion's view of the memory: what the index and the text itself know of the next byte, mixed with the model by
 * its gate.
 */
import type { Mix } from '../engine/verification.ts';
import { LF } from '../prompt/sequence.ts';
import { Evidence, type Match, STARTER_INDEX, TEXT } from './evidence.ts';
import type { Gate } from './gate.ts';
import { indentBefore, UNKNOWN, type Unit } from './indentation.ts';
import type { KnownNames } from './knownNames.ts';
import { Recent } from './recent.ts';
import { isOwn } from './starter.ts';
import type { Part, TextIndex } from './textIndex.ts';

/** A match of so many bytes is a guess at what follows: shorter ones are wrong too often. */
const DRAFT_REACH = 20;
/** From so many bytes on it is right nine times in ten: a guess of some bytes beyond the patch pays. */
const [BOLD_REACH, BOLD] = [32, 12];
/** One of so many says why something was offered. */
const WHY_REACH = 8;

/** What the memory has seen like a text that was offered. */
export interface Why {
  /** The part of the text that was seen before, with what stands before it. */
  seen: string;
  /** So many times, at least. */
  times: number;
  /** Where it was seen last: line from 1 on; absent where that is in the document itself, near the cursor. */
  path?: string;
  line?: number;
  /** It was seen in what comes with Byteline: there is no path. */
  bundled?: boolean;
}

/** What the memory is told of the document that is completed. */
export interface About {
  /** The part of the index that is the document itself, around the cursor. */
  own?: Part;
  /** The document's. */
  unit?: Unit;
  /** What a language server says of it. */
  names?: KnownNames;
  /** What comes with Byteline for its language (starter.ts). */
  starter?: TextIndex;
}

/**
 * Whether a language server gave the members of what stands before bytes [start, end) of a text, and those are none of
 * them.
 */
export type IsUnknownMember = (text: Uint8Array, start: number, end: number) => boolean;

/** What a completion is decoded with beside the model: see Engine.open. */
export interface MemoryPredictor {
  /** The gate's mixture of the model's distribution and of what was retrieved (gate.ts). */
  mix: Mix;
  /**
   * A guess at what follows `text`, for the model to check: at most `rest` bytes, the rest of the patch, and `ahead`
   * more; where the match is very long some more by itself. `line`: no further than a line feed.
   */
  draft(text: Uint8Array, rest: number, ahead: number, line: boolean): Uint8Array | undefined;
  /** Undefined where no language server said anything. */
  isUnknownMember?: IsUnknownMember;
}

/** Gathers what is known of the byte behind `text`. The gate is trained on what this finds. */
export function gather(
  evidence: Evidence,
  recent: Recent,
  text: Uint8Array,
  index: TextIndex | undefined,
  { own, unit, names, starter }: About,
): void {
  evidence.begin(text, text.length);
  index?.find(evidence, own, unit);
  recent.set(text);
  recent.find(evidence);
  if (!isOwn(evidence)) starter?.find(evidence, undefined, unit);
  names?.find(evidence);
}

export class Retrieval {
  private readonly recent = new Recent();
  private readonly evidence = new Evidence();
  /** The predictor that looked last: what it found is gone once another one, or why(), has looked. */
  private latest: unknown;

  constructor(private readonly index: () => TextIndex | undefined) {}

  /** What is known of `text` behind `before`: the longest match that goes on with it. */
  why(before: Uint8Array, text: Uint8Array, about: About = {}): Why | undefined {
    const index = this.index();
    const all = Buffer.concat([before, text]);
    const seen = { ...about, names: undefined }; // a language server's were not seen anywhere
    let best: (Match & { end: number }) | undefined;
    for (let end = before.length; end < all.length; end++) {
      this.look(all.subarray(0, end), index, seen);
      const found = this.evidence.best(all[end]);
      if (found && found.length > (best?.length ?? WHY_REACH - 1)) best = { end, ...found };
    }
    if (!best) return undefined;
    const part = all.subarray(Math.max(0, best.end - best.length), best.end + 1).toString();
    const { times, source } = best;
    if (source === STARTER_INDEX) return { seen: part, times, bundled: true };
    return { seen: part, times, ...(source === TEXT ? {} : index?.fileAt(best.place)) };
  }

  /** For one completion, while the index stays as it is. */
  predictor(gate: Gate, about: About = {}): MemoryPredictor {
    const index = this.index();
    const { unit = UNKNOWN, names, starter } = about;
    let last: Uint8Array = new Uint8Array();
    const look = (text: Uint8Array) => {
      if (this.latest === look && Buffer.compare(last, text) === 0) return;
      this.look(text, index, about);
      [last, this.latest] = [text, look];
    };
    return {
      mix: (text, dist) => {
        look(text);
        return gate.mix(this.evidence, dist);
      },
      draft: (text, rest, ahead, line) => {
        look(text);
        const found = this.evidence.best();
        if (!found || found.length < DRAFT_REACH) return undefined;
        const most = rest + Math.max(ahead, found.length < BOLD_REACH ? 0 : BOLD);
        if (most < 1) return undefined;
        const from = found.source === STARTER_INDEX ? starter : index;
        const next =
          found.source === TEXT
            ? this.recent.after(found.place, most)
            : from!.read(found.place, most, unit, indentBefore(text));
        const end = line ? next.indexOf(LF, 1) : -1;
        return end < 0 ? next : next.subarray(0, end + 1);
      },
      isUnknownMember: names && ((text, start, end) => names.lacks(text, start, end)),
    };
  }

  private look(text: Uint8Array, index: TextIndex | undefined, about: About): void {
    this.latest = undefined;
    gather(this.evidence, this.recent, text, index, about);
  }
}
