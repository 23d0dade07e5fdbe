/** Where the worker would write a new name in place of an old one, in one document: by the text, no server knows it. */
import type * as vscode from 'vscode';
import { messageOf } from '../../server/errors.ts';
import type { PlacedEdit } from './proposal.ts';
import { askedUntilFree, type EditWorker, placed } from './repeatedEdits.ts';

/** As RenameHost has it: the user has just made that change at `at`. */
export function workerPlaces(worker: Pick<EditWorker, 'nextEdit'>, log: (message: string) => void) {
  return async (
    { uri }: vscode.TextDocument,
    from: string,
    to: string,
    { line, character }: vscode.Position,
    token: vscode.CancellationToken,
  ): Promise<PlacedEdit[]> => {
    const params = { uri: `${uri}`, position: { line, character }, always: true };
    try {
      const found = await askedUntilFree(worker, params, token);
      if (found.kind !== 'edits' || found.name?.from !== from || found.name.to !== to) return [];
      return found.edits.map(placed).filter((edit) => `${edit.uri}` === `${uri}`);
    } catch (error) {
      if (!token.isCancellationRequested) log(`the worker has no places of a name: ${messageOf(error)}`);
      return [];
    }
  };
}
