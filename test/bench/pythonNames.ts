/**
 * What a language server for Python knows of names in files, asked where the extension asks: at each member, and at
 * the first word of a line that stands alone, in code. The document is what a person has at that time: what stands
 * before the place, of a word its first letter, and the lines behind the part that is scored.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { isMemberBehind, nameStart } from '../../extension/names/namePlace.ts';
import { scopeAt, WINDOW } from '../../extension/switches/scope.ts';
import type { Asked, NamesSource, Part } from './asked.ts';
import { endOfLine } from './cursors.ts';
import { LanguageServer } from './languageServer.ts';
import { File } from './sources.ts';

/** So long a server is asked in a text, ms: what numpy's types say may take it seconds a place. */
const LONGEST = 15_000;
const NAME = /[\p{L}_][\p{L}\p{M}\p{N}_]*/gu;

interface Place {
  /** UTF-16 unit. */
  at: number;
  line: number;
  column: number;
  isMember: boolean;
}

/** Where the extension asks for names in [from, to) of a text. */
export function* placesIn(text: string, from: number, to: number): Generator<Place> {
  let asked = -1;
  for (const { 0: name, index: at } of text.matchAll(NAME)) {
    if (at < from) continue;
    if (at >= to) return;
    const start = text.lastIndexOf('\n', at - 1) + 1;
    const before = text.slice(start, at);
    if (nameStart(before + name) !== before.length) continue;
    const isMember = isMemberBehind(before);
    if ((!isMember && start === asked) || !isCode(text, at)) continue;
    if (!isMember) asked = start;
    yield { at, line: text.slice(0, start).split('\n').length - 1, column: before.length, isMember };
  }
}

function isCode(text: string, at: number): boolean {
  const from = at <= WINDOW ? 0 : text.indexOf('\n', at - WINDOW) + 1;
  return scopeAt(text.slice(from, at), 'python') === 'code';
}

export class PythonNames implements NamesSource {
  private readonly server: LanguageServer;

  constructor(
    command: string,
    private readonly folder: string,
  ) {
    this.server = new LanguageServer(command, 'python', folder);
  }

  textOf(path: string): string | undefined {
    const full = join(this.folder, path);
    return existsSync(full) ? new File(path, full, 0).text.toString() : undefined;
  }

  async *namesIn(path: string, { from, to, isBeginning }: Part): AsyncGenerator<Asked> {
    const text = this.textOf(path)!;
    // half of a line may be behind the part, which nobody has who has not written the other half
    const behind = isBeginning ? '' : text.slice(endOfLine(text, to));
    const began = performance.now();
    for (const { at, line, column, isMember } of placesIn(text, from, to)) {
      if (performance.now() - began > LONGEST) {
        if (isMember) continue;
        yield { at, first: [], others: [] }; // what was in scope further up is not known to be there
        return;
      }
      const typed = text.slice(0, isMember ? at : at + String.fromCodePoint(text.codePointAt(at)!).length);
      const names = await this.server.names(path, typed + behind, { line, character: column }, isMember);
      if (names.first.length + names.others.length > 0) yield { at, ...names };
    }
  }

  stop(): Promise<void> {
    return this.server.stop();
  }
}
