/**
 * Whether accepted text still stands: its characters are followed through the edits of the document. Pure; no editor
 * in here.
 */

/** A text is looked at so long after it was accepted, ms. */
export const KEPT_AFTER = 30_000;
/**
 * It is kept if this share of its characters still stands, in UTF-16 units. One that was deleted and written again
 * does not.
 */
export const KEPT_SHARE = 0.8;

/** `removed` UTF-16 units at `offset` give way to `text`. */
export interface Change {
  offset: number;
  removed: number;
  text: string;
}

export class Kept {
  private length = 0;
  /** Where the characters stand now: from, to. */
  private pieces: [number, number][] = [];

  /** A part that was just accepted, `length` units at `offset`. Those accepted before must know of the edit already. */
  add(offset: number, length: number): void {
    this.length += length;
    this.pieces.push([offset, offset + length]);
  }

  change({ offset, removed, text }: Change): void {
    const [end, shift] = [offset + removed, text.length - removed];
    this.pieces = this.pieces
      .flatMap(([from, to]): [number, number][] => [
        [from, Math.min(to, offset)],
        [Math.max(from, end) + shift, to + shift],
      ])
      .filter(([from, to]) => from < to);
  }

  /** Characters that still stand, UTF-16 units. */
  get standing(): number {
    return this.pieces.reduce((sum, [from, to]) => sum + to - from, 0);
  }

  get kept(): boolean {
    return this.standing >= KEPT_SHARE * this.length;
  }
}
