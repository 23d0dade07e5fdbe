/** What was just deleted or undone is not offered again: nothing is by itself, until something is typed. Pure. */

/** A change of a document, positions before it. */
export interface Edit {
  range: { start: { line: number; character: number }; end: { line: number; character: number } };
  /** What was replaced, UTF-16 units. */
  rangeLength: number;
  text: string;
}

export class Suppression {
  private why: { uri: string; reason: string } | undefined;
  /** The cursor's line as it was seen last. */
  private line: { uri: string; number: number; text: string; selected: boolean } | undefined;

  /** Why nothing is offered by itself in a document, or undefined. */
  in(uri: string): string | undefined {
    return this.why?.uri === uri ? this.why.reason : undefined;
  }

  /** The document is closed: another one may have its name, an untitled one say. */
  closed(uri: string): void {
    if (this.why?.uri === uri) this.why = undefined;
  }

  /** The cursor is on this line; `selected`: something is selected there. */
  look(uri: string, number: number, text: string, selected = false): void {
    this.line = { uri, number, text, selected };
  }

  /** Must see every change of the active document. `undone`: by undo or redo. `lineEnd`: UTF-16 units of one there. */
  note(uri: string, edits: readonly Edit[], undone: boolean, lineEnd: number): void {
    if (edits.length === 0) return;
    if (undone) this.why = { uri, reason: 'after an undo' };
    else if (edits.some(({ text }) => text !== '')) this.why = undefined;
    else if (edits.some((edit) => this.isMore(uri, edit, lineEnd))) this.why = { uri, reason: 'after a deletion' };
  }

  /** Whether it was a selection, or more than one character or than Backspace takes of an indentation at once. */
  private isMore(uri: string, { range: { start, end }, rangeLength }: Edit, lineEnd: number): boolean {
    if (this.line?.uri === uri && this.line.selected) return true;
    if (rangeLength <= (start.line < end.line ? lineEnd : 1)) return false;
    const { line } = this;
    const known = line?.uri === uri && line.number === start.line && start.line === end.line;
    return !known || line.text.slice(0, end.character).trim() !== '';
  }
}
