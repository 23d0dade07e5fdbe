/** What was just written of a document: typed, or taken of a completion. Pure; no editor in here. */
import { type Change, grown, moved, type Span, union, writtenBy } from './movedSpans.ts';

/** A paste of more lines is no edit that one looks at a name of. */
const LONGEST = 60;

export class Written {
  /** Lines that were written one after the other; undefined where nothing was. */
  span: Span | undefined;
  /** When, on the clock of `performance`. */
  at = 0;

  /** Notes an event's changes; what is not `typed`, as what comes of many places at once, only moves what was. */
  note(changes: readonly Change[], typed: boolean, now: number): void {
    for (const change of changes) {
      const before = this.span;
      this.span = before && (grown(before, change) ?? moved(before, change));
      if (!typed || change.text === '') continue;
      const own = writtenBy(change);
      const isNear = this.span && own.start.line <= this.span.end.line + 1 && own.end.line >= this.span.start.line - 1;
      this.span = isNear ? union(this.span!, own) : own;
      this.at = now;
    }
    if (this.span && this.span.end.line - this.span.start.line >= LONGEST) this.span = undefined;
  }
}
