/** Next edits for open documents: what the engine in edits/ finds, as LSP says it. */
import type { Range, TextDocuments } from 'vscode-languageserver';
import { busy } from './completing.ts';
import { Document } from './documents/document.ts';
import { type NextEditHost, NextEdits, type Rated } from './edits/nextEdit.ts';
import type { OpenWorkspace } from './openWorkspace.ts';
import { pathWithin } from './paths.ts';
import type { NextEditParams, NextEditResult, ProposedEdit, RefuseEditParams } from './wire/protocol.ts';

/** Of one connection. */
export class Editing {
  private readonly edits: NextEdits;

  constructor(
    private readonly workspace: OpenWorkspace,
    private readonly documents: TextDocuments<Document>,
  ) {
    const host: NextEditHost = {
      busy,
      others: async (but) =>
        (await this.workspace.memory?.readable(this.documents.all().filter((document) => document !== but))) ?? [],
      files: (word) => this.filesWith(word),
    };
    this.edits = new NextEdits(workspace.edits, host);
  }

  /** Where the user's last edits can be made again, from `position` of a document on. */
  async next(document: Document, { position, always, precision }: NextEditParams): Promise<NextEditResult> {
    if (busy()) return { kind: 'none', reason: 'busy' };
    if (!always && this.workspace.secrets.in(pathWithin(document.uri, this.workspace.roots)))
      return { kind: 'none', reason: 'secret' };
    const found = await this.edits.propose(document, position, {
      precision: precision ?? undefined,
      always: !!always,
    });
    if (typeof found === 'string') return { kind: 'none', reason: found };
    const { rule, name, known } = found;
    const edits = found.found.map((one) => this.proposed(one));
    return { kind: 'edits', rule, times: known.uses.length, ...(name && { name }), edits };
  }

  refuse({ rule, uri, range }: RefuseEditParams): void {
    const document = this.documents.get(uri);
    if (document) this.edits.refuse(rule, document, document.offsetAt(range.start));
  }

  private async *filesWith(word: string): AsyncGenerator<{ uri: string; text: string }> {
    yield* this.workspace.memory?.filesWith(word) ?? [];
  }

  private proposed({ place, probability }: Rated): ProposedEdit {
    const { uri, tokenised } = place.document;
    const open = this.documents.get(uri);
    // positions are those of a text with its own line ends: lines are the same
    const at = open ?? Document.create(uri, '', 0, tokenised.text);
    const range: Range = { start: at.positionAt(place.from), end: at.positionAt(place.to) };
    return {
      textDocument: { uri, version: open?.version ?? null },
      range,
      newText: place.newText,
      oldText: tokenised.text.slice(place.from, place.to),
      probability: Math.round(1000 * probability) / 1000,
    };
  }
}
