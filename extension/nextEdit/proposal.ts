/** What can be proposed beside ghost text: edits elsewhere, a rename, an import. */
import type * as vscode from 'vscode';

/** An edit that is right as long as `oldText` stands in its range. */
export interface PlacedEdit {
  uri: vscode.Uri;
  range: vscode.Range;
  newText: string;
  oldText: string;
}

export interface Proposal {
  kind: 'edit' | 'rename' | 'import';
  /** What it would change, the next place first. Of an import none is shown: the cursor stays. */
  edits: PlacedEdit[];
  /** What the hint says behind its key; of an edit, the presenter says where it is. */
  title?: string;
  /** Names what its edits have in common: from the second proposal of a rule on, all of its edits can be applied. */
  rule?: number;
  /** Does all of it, where that is no matter of `edits` alone. False where it cannot be done any more. */
  apply?(): Promise<boolean>;
  /** The user does not want it. */
  refuse(): void;
}

/** Why there is no proposal, for the log. */
export interface NoProposal {
  kind: 'none';
  reason: string;
}

/** Who makes proposals. */
export interface ProposalSource {
  /** Where there is no proposal, the user who asked by hand reads this one's reason. */
  readonly saysWhy?: boolean;
  /** For the editor's cursor, after an edit or by hand (`always`). Never rejects. */
  propose(editor: vscode.TextEditor, always: boolean, token: vscode.CancellationToken): Promise<Proposal | NoProposal>;
}
