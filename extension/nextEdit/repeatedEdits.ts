/** Proposals of edits that repeat what the user has just done: the worker finds them. */
import * as vscode from 'vscode';
import { messageOf } from '../../server/errors.ts';
import type { NextEditParams, NextEditResult, ProposedEdit, RefuseEditParams } from '../../server/wire/protocol.ts';
import { settings } from '../settings.ts';
import { pause } from '../timers.ts';
import type { NoProposal, PlacedEdit, Proposal, ProposalSource } from './proposal.ts';

/** A worker that decodes a completion is asked again after so long, ms, and so often. */
const [AGAIN, TRIES] = [120, 10];

/** The worker, as this source sees it. */
export interface EditWorker {
  nextEdit(params: NextEditParams, token: vscode.CancellationToken): Promise<NextEditResult>;
  refuseEdit(params: RefuseEditParams): void;
}

/** The worker's answer, once it decodes no completion; a cancelled request is not sent again. Throws as the worker. */
export async function askedUntilFree(
  worker: Pick<EditWorker, 'nextEdit'>,
  params: NextEditParams,
  token: vscode.CancellationToken,
): Promise<NextEditResult> {
  for (let tries = 1; ; tries++) {
    const found = await worker.nextEdit(params, token);
    if (found.kind === 'edits' || found.reason !== 'busy' || tries === TRIES) return found;
    await pause(AGAIN, token);
    if (token.isCancellationRequested) return found;
  }
}

export class RepeatedEdits implements ProposalSource {
  readonly saysWhy = true;

  constructor(private readonly worker: EditWorker) {}

  async propose(
    { document, selection }: vscode.TextEditor,
    always: boolean,
    token: vscode.CancellationToken,
  ): Promise<Proposal | NoProposal> {
    const params = {
      uri: document.uri.toString(),
      position: { line: selection.active.line, character: selection.active.character },
      always,
      precision: settings(document).get<number>('nextEditPrecision'),
    };
    try {
      const found = await askedUntilFree(this.worker, params, token);
      if (token.isCancellationRequested) return { kind: 'none', reason: 'cancelled' };
      return found.kind === 'edits' ? this.proposal(found.rule, found.edits) : found;
    } catch (error) {
      return { kind: 'none', reason: token.isCancellationRequested ? 'cancelled' : messageOf(error) };
    }
  }

  private proposal(rule: number, edits: ProposedEdit[]): Proposal {
    const [{ textDocument, range }] = edits;
    return {
      kind: 'edit',
      edits: edits.map(placed),
      rule,
      refuse: () => this.worker.refuseEdit({ rule, uri: textDocument.uri, range }),
    };
  }
}

/** An edit of the worker's as the editor has it. */
export function placed({ textDocument, range: { start, end }, newText, oldText }: ProposedEdit): PlacedEdit {
  const range = new vscode.Range(start.line, start.character, end.line, end.character);
  return { uri: vscode.Uri.parse(textDocument.uri), range, newText, oldText };
}
