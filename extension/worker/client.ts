/** The language client of one life of the worker: quiet, and with no restarts of its own. */
import type { ChildProcess } from 'node:child_process';
import type * as vscode from 'vscode';
import {
  CloseAction,
  ErrorAction,
  IPCMessageReader,
  IPCMessageWriter,
  LanguageClient,
  RevealOutputChannelOn,
} from 'vscode-languageclient/node';
import type { InitOptions } from '../../server/wire/protocol.ts';
import { SELECTOR } from '../documents.ts';

/** The client's own errors are in the log; it would pop up those of a start that fails. */
class QuietClient extends LanguageClient {
  error(message: string, data?: unknown): void {
    super.error(message, data, false);
  }
}

/** Speaks with a process that was started. `init`: asked when the client starts. */
export function clientOf(child: ChildProcess, log: vscode.LogOutputChannel, init: () => InitOptions): LanguageClient {
  return new QuietClient(
    'byteline',
    'Byteline',
    () => Promise.resolve({ reader: new IPCMessageReader(child), writer: new IPCMessageWriter(child) }),
    {
      documentSelector: SELECTOR,
      outputChannel: log,
      revealOutputChannelOn: RevealOutputChannelOn.Never, // else a notification lost with the worker pops up
      initializationOptions: init,
      initializationFailedHandler: () => false,
      errorHandler: {
        error: () => ({ action: ErrorAction.Continue, handled: true }),
        closed: () => ({
          action: CloseAction.DoNotRestart,
          handled: true,
          message: 'the connection to the worker is closed',
        }), // the next life has its own client
      },
    },
  );
}
