/**
 * A request of LSP's textDocument/inlineCompletion: what it asks for, of the text as it is when it comes, and the items
 * that answer it. Pure.
 */
import type { Position, Range, SelectedCompletionInfo } from 'vscode-languageserver';
import type { None } from './completion/complete.ts';
import { besideWidget, editFor } from './completion/item.ts';
import type { Document } from './documents/document.ts';
import type { CompleteParams, CompleteResult } from './wire/protocol.ts';

export class InlineCompletionRequest {
  /** Where, as `completeIn` takes it. */
  readonly asked: Pick<CompleteParams, 'position' | 'selected'>;
  /** Why nothing can be offered, whatever the model says. */
  readonly refusal: None | undefined;
  private readonly row: number;
  private readonly columns: [number, number];
  private readonly item: string;
  private readonly line: string;
  private readonly cursor: number;

  /**
   * `now`: a snapshot. A position beyond its line, or the text, means that end. `selected`: the suggest widget's item,
   * completed as if it were accepted.
   */
  constructor(now: Document, position: Position, selected?: SelectedCompletionInfo | null) {
    const inside = (at: Position) => now.positionAt(now.offsetAt(at));
    const { start, end } = selected?.range ?? { start: position, end: position };
    const range = { start: inside(start), end: inside(end) };
    this.asked = { position: inside(position), ...(selected && { selected: { range, text: selected.text } }) };
    const several = range.start.line !== range.end.line || selected?.text.includes('\n');
    this.refusal = several ? { kind: 'none', reason: 'item-of-lines' } : undefined;
    this.row = range.start.line;
    this.columns = [range.start.character, range.end.character];
    this.item = selected?.text ?? '';
    this.line = now.line(this.row);
    this.cursor = inside(position).character;
  }

  /** One for each text, the most probable first; each within the line. */
  items(result: CompleteResult): { insertText: string; range: Range }[] {
    if (result.kind === 'none') return [];
    const texts = [result, ...(result.others ?? [])].map(({ text }) => text);
    return besideWidget(texts, this.columns[1] > this.cursor).map((text) => {
      const { from, to, insertText } = editFor(this.line, this.columns, this.item, text);
      const [start, end] = [from, to].map((character) => ({ line: this.row, character }));
      return { insertText, range: { start, end } };
    });
  }
}
