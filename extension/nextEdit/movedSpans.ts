/** Where a place of a document is after changes that were made elsewhere. Pure; no editor in here. */

export interface Place {
  line: number;
  character: number;
}

export interface Span {
  start: Place;
  end: Place;
}

/** One of the editor's: what stood in `range` is `text` now. */
export interface Change {
  range: Span;
  text: string;
}

/** Below zero where `a` comes first. */
export const compare = (a: Place, b: Place): number => a.line - b.line || a.character - b.character;

/** Whether it lies in the span, its ends counted. */
export const holds = ({ start, end }: Span, place: Place): boolean =>
  compare(start, place) <= 0 && compare(place, end) <= 0;

/** The place after a change in front of it. */
export function movedPlace(place: Place, { range, text }: Change): Place {
  const lines = text.split('\n');
  const added = lines.length - 1 - (range.end.line - range.start.line);
  if (place.line !== range.end.line) return { line: place.line + added, character: place.character };
  const behind = place.character - range.end.character;
  const base = lines.length === 1 ? range.start.character : 0;
  return { line: place.line + added, character: base + lines.at(-1)!.length + behind };
}

/** The span after a change; undefined where the change reaches into it. At an end it is in front or behind. */
export function moved({ start, end }: Span, change: Change): Span | undefined {
  if (compare(change.range.start, end) >= 0) return { start, end };
  if (compare(change.range.end, start) > 0) return undefined;
  return { start: movedPlace(start, change), end: movedPlace(end, change) };
}

/** The span with a change in it, or at one of its ends; undefined where the change reaches out of it. */
export function grown({ start, end }: Span, change: Change): Span | undefined {
  if (!holds({ start, end }, change.range.start) || !holds({ start, end }, change.range.end)) return undefined;
  return { start, end: movedPlace(end, change) };
}

/** Both, and what is between them. */
export function union(a: Span, b: Span): Span {
  return {
    start: compare(a.start, b.start) <= 0 ? a.start : b.start,
    end: compare(a.end, b.end) >= 0 ? a.end : b.end,
  };
}

/** What a change wrote, where it stands then. */
export const writtenBy = (change: Change): Span => ({
  start: change.range.start,
  end: movedPlace(change.range.end, change),
});
