/** A declared name that the cursor came to, and its other places, followed through changes. Pure; no editor in here. */
import { isOfName } from '../names/namePlace.ts';
import { type Change, compare, grown, moved, type Span } from './movedSpans.ts';

/** A place that a rename changes. */
export interface RenamePlace {
  uri: string;
  span: Span;
  /** What it becomes, with the placeholder where the new name goes: `{name}` becomes `{name: PLACEHOLDER}`. */
  template: string;
}

/** Edits of a language server for a rename to `placeholder`. */
export interface RenameEdit {
  uri: string;
  span: Span;
  newText: string;
}

/** What a server is asked to rename to: the name with an end that nobody writes. */
const END = '_b7q2x9';
export const placeholderOf = (name: string) => name + END;

/** The text of a place under a new name. */
export const under = (name: string, { template }: RenamePlace, to: string) =>
  template.replaceAll(placeholderOf(name), () => to);

/**
 * The places of a name but its declaration, by what a server would edit; undefined where an edit is none of the name.
 * Some servers send what differs alone, which is the placeholder's end.
 */
export function placesIn(edits: RenameEdit[], name: string, uri: string, declaration: Span): RenamePlace[] | undefined {
  const places: RenamePlace[] = [];
  for (const { span, newText, ...edit } of edits) {
    const { start, end } = span;
    if (start.line !== end.line) return undefined;
    const isEnd = compare(start, end) === 0 && newText === END && start.character >= name.length;
    const from = isEnd ? { line: start.line, character: start.character - name.length } : start;
    const template = isEnd ? placeholderOf(name) : newText;
    if (end.character - from.character !== name.length || !template.includes(placeholderOf(name))) return undefined;
    if (edit.uri === uri && compare(from, declaration.start) === 0) continue;
    places.push({ uri: edit.uri, span: { start: from, end }, template });
  }
  return places;
}

export class WatchedName {
  /** Its other places; undefined where no server has said so far. */
  places: RenamePlace[] | undefined;
  /** The declaration is gone, or is no longer told from what was changed around it. */
  isLost = false;

  constructor(
    readonly uri: string,
    readonly name: string,
    /** Where the declaration is. */
    public span: Span,
    /** It is only being written, so whatever else has its name may be something else. */
    readonly isNew: boolean,
  ) {}

  /** Follows the changes of a document, made one after the other. A place that a change reaches into is left out. */
  note(uri: string, changes: readonly Change[]): void {
    for (const change of changes) {
      if (uri === this.uri && !this.isLost) {
        const now = (isOfName(change.text) && grown(this.span, change)) || moved(this.span, change);
        this.isLost = now === undefined;
        this.span = now ?? this.span;
      }
      this.places = this.places?.flatMap((place) => {
        const span = place.uri === uri ? moved(place.span, change) : place.span;
        return span ? [{ ...place, span }] : [];
      });
    }
  }
}
