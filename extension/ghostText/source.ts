/** What ghost text is made from, and who is told what becomes of it. */
import type * as vscode from 'vscode';
import type { CompleteResult } from '../../server/wire/protocol.ts';
import type { Selected } from './cursor.ts';
import type { Session } from './session.ts';

/** How a completion is asked for. */
export interface Asked {
  /** By hand: all of it, however unsure the model is. */
  always: boolean;
  /** Where a completion was taken, or typed to its end. */
  accepted?: boolean;
  /** Behind this item of the suggest widget, as if it were accepted. */
  selected?: Selected;
}

/** The worker and the settings, as ghost text sees them. */
export interface CompletionSource {
  /** Why nothing may be offered here by itself, or undefined. */
  offReason(document: vscode.TextDocument, position: vscode.Position): string | undefined;
  /** `onText` gets the whole text so far, each time that it has grown. Rejects where the worker fails. */
  complete(
    document: vscode.TextDocument,
    position: vscode.Position,
    asked: Asked,
    token: vscode.CancellationToken,
    onText: (text: string) => void,
  ): Promise<CompleteResult>;
  /** How long to wait after a key before the worker is asked, ms; undefined: as long as typing and machine call for. */
  delay(): number | undefined;
  log(message: string): void;
  observer?: Observer;
}

/** Is told what becomes of offers; for statistics. */
export interface Observer {
  /** The worker is asked for the session's text, for an editor that asked at `since`, on the clock of `performance`. */
  asked(session: Session, document: vscode.TextDocument, since: number): void;
  /** Some of the text is there, or the whole. */
  arrived(session: Session, whole: boolean): void;
  /** A list, never empty, goes to the editor; the observer may put its command into the items. */
  shown(
    session: Session,
    document: vscode.TextDocument,
    position: vscode.Position,
    items: vscode.InlineCompletionItem[],
  ): void;
}
