/**
 * A document as its editor's changes leave it, in CodeMirror's text: a tree of lines, so that a key in a large file
 * costs what it costs in a small one. Line ends are line feeds, whatever they are in the editor; offsets are UTF-16
 * units of this text.
 */
import { Text } from '@codemirror/state';
import type { Position, TextDocumentContentChangeEvent } from 'vscode-languageserver';

/** UTF-16 units [from, to) of the text before gave way to `length` others, with `lineEnds` line ends. */
export interface TextChange {
  from: number;
  to: number;
  length: number;
  lineEnds: number;
}

export class Document {
  /** What the last update changed, one after another; undefined where a whole text came. */
  changes: TextChange[] | undefined = [];

  /** `edited`: where the last change of a part of it ended; undefined where there was none. */
  private constructor(
    readonly uri: string,
    public version: number,
    private text: Text,
    readonly language: string,
    public edited?: number,
  ) {}

  static create(uri: string, language: string, version: number, content: string): Document {
    return new Document(uri, version, textOf(content), language);
  }

  /** Takes an editor's changes in, one after another. */
  static update(document: Document, changes: TextDocumentContentChangeEvent[], version: number): Document {
    document.changes = [];
    for (const change of changes) {
      if (!('range' in change)) {
        document.text = textOf(change.text);
        document.changes = undefined;
        continue;
      }
      const [from, to] = [document.offsetAt(change.range.start), document.offsetAt(change.range.end)];
      const text = textOf(change.text);
      document.text = document.text.replace(from, to, text);
      document.edited = from + text.length;
      document.changes?.push({ from, to, length: text.length, lineEnds: text.lines - 1 });
    }
    document.version = version;
    return document;
  }

  /** What it is now, whatever changes come. */
  snapshot(): Document {
    return new Document(this.uri, this.version, this.text, this.language, this.edited);
  }

  get length(): number {
    return this.text.length;
  }

  /** How many lines it has; one at least. */
  get lines(): number {
    return this.text.lines;
  }

  slice(from = 0, to = this.length): string {
    return from < to ? this.text.sliceString(from, Math.min(to, this.length)) : '';
  }

  /** The line of that number, from 0 on, without its end; the last one for a number too high. */
  line(number: number): string {
    return this.text.line(Math.min(number + 1, this.text.lines)).text;
  }

  /** A place past the end of its line, or of the text, means that end. */
  offsetAt({ line, character }: Position): number {
    if (line >= this.text.lines) return this.length;
    const { from, length } = this.text.line(line + 1);
    return from + Math.min(character, length);
  }

  positionAt(offset: number): Position {
    const { number, from } = this.text.lineAt(offset);
    return { line: number - 1, character: offset - from };
  }
}

const textOf = (content: string) => Text.of(content.split(/\r\n|\r|\n/));
