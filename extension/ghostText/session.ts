/** One completion as the user types into it: what is left of it at a cursor, if anything. Pure; no editor in here. */

/** How far around the anchor the text must be unchanged, in UTF-16 units. */
const AROUND = 200;

/** Longest typed text that is compared, UTF-16 units: no completion is longer. */
const LONGEST = 1024;

/**
 * The text between two UTF-16 offsets of a document; an offset past its end means its end. A large document is never
 * put together.
 */
export type Slice = (from: number, to: number) => string;

/** A cursor: the document, the cursor's UTF-16 offset in the text, and the text. */
export type Cursor = [uri: string, offset: number, slice: Slice];

/**
 * The place behind `text` where it stands for what is from `from` to `to`: the suggest widget's item as if it were
 * accepted.
 */
export function cursorBehind(uri: string, slice: Slice, from: number, to: number, text: string): Cursor {
  const end = from + text.length;
  const shift = end - to;
  return [
    uri,
    end,
    (a, b) => {
      const [before, after] = [
        [Math.min(a, from), Math.min(b, from)],
        [Math.max(a - shift, to), Math.max(b - shift, to)],
      ];
      return (
        slice(before[0], before[1]) +
        text.slice(Math.max(0, a - from), Math.max(0, b - from)) +
        slice(after[0], after[1])
      );
    },
  ];
}

export class Session {
  text = '';
  /** Other texts that may stand there. */
  others: string[] = [];
  /** The user sent it away: it must not come back. */
  dismissed = false;
  /** It ends where the model became unsure of it. */
  cut = false;
  private readonly before: string;
  private readonly after: string;

  /** `always`: asked for by hand, whole however unsure the model is. */
  constructor(
    readonly uri: string,
    readonly anchor: number,
    slice: Slice,
    readonly always = false,
  ) {
    this.before = slice(Math.max(0, anchor - AROUND), anchor);
    this.after = slice(anchor, anchor + AROUND);
  }

  /** What is still to be shown at a place, or undefined where the completion does not fit any more. */
  restAt(...cursor: Cursor): string | undefined {
    return this.restsAt(...cursor)[0];
  }

  /** What is left of each text that begins with what was typed, the first one's first. */
  restsAt(...cursor: Cursor): string[] {
    const typed = this.typedAt(...cursor);
    return typed === undefined
      ? []
      : this.texts()
          .filter((text) => text.startsWith(typed))
          .map((text) => text.slice(typed.length));
  }

  /**
   * Whether it may have something for the place once it has grown: what there is of it says nothing else than what was
   * typed.
   */
  mayFit(...cursor: Cursor): boolean {
    const typed = this.typedAt(...cursor);
    return typed !== undefined && this.texts().some((text) => text.startsWith(typed) || typed.startsWith(text));
  }

  /** Whether it said this at a place, sent away or not; one of the two texts may be longer. */
  wasFor(rest: string, ...cursor: Cursor): boolean {
    const typed = this.typedSince(...cursor);
    if (typed === undefined) return false;
    const whole = typed + rest;
    return this.texts().some((text) => text.startsWith(typed) && (text.startsWith(whole) || whole.startsWith(text)));
  }

  /** Whether another was made for the same place, with the same text around it. */
  isBeside(other: Session): boolean {
    return (
      other.uri === this.uri &&
      other.anchor === this.anchor &&
      other.before === this.before &&
      other.after === this.after
    );
  }

  private texts(): string[] {
    return [this.text, ...this.others];
  }

  /** What was typed since, line ends as line feeds; undefined where anything else has changed. */
  private typedAt(...cursor: Cursor): string | undefined {
    return this.dismissed ? undefined : this.typedSince(...cursor);
  }

  private typedSince(uri: string, offset: number, slice: Slice): string | undefined {
    if (uri !== this.uri || offset < this.anchor || offset - this.anchor > LONGEST) return undefined;
    const typed = slice(this.anchor, offset).replaceAll('\r\n', '\n');
    // the cheapest check
    if (!this.texts().some((text) => text.startsWith(typed) || typed.startsWith(text))) return undefined;
    if (slice(Math.max(0, this.anchor - AROUND), this.anchor) !== this.before) return undefined;
    const after = slice(offset, offset + AROUND);
    // closers that the editor adds by itself (brackets, quotes) do not count as a change
    return after.startsWith(this.after.slice(0, after.length)) || closed(after, this.after) ? typed : undefined;
  }
}

function closed(after: string, before: string): boolean {
  const added = /^[)\]}'"`]{1,4}/.exec(after)?.[0] ?? '';
  return added !== '' && after.slice(added.length).startsWith(before.slice(0, after.length - added.length));
}
