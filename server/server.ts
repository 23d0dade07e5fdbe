/** The worker: an LSP 3.18 server over stdio or IPC. */
import {
  type ClientCapabilities,
  ErrorCodes,
  type InitializeResult,
  ResponseError,
  TextDocumentSyncKind,
  TextDocuments,
} from 'vscode-languageserver/node';
import { Document } from './documents/document.ts';
import { ModelLifecycle } from './modelLifecycle.ts';
import { OpenWorkspace } from './openWorkspace.ts';
import { foldersOf } from './paths.ts';
import {
  answerCompletionRequests,
  answerEditRequests,
  answerMemoryRequests,
  answerModelRequests,
  type Served,
} from './requests.ts';
import { StatusReporter } from './statusReporter.ts';
import { connectionTo } from './wire/connection.ts';
import { orEmpty } from './wire/params.ts';
import { type InitOptions, pingRequest } from './wire/protocol.ts';
import { RequestDecoder } from './wire/requestDecoder.ts';

/** Serves the client at standard input and output, or at IPC with `--node-ipc`, until it goes. */
export function serve(): void {
  const documents = new TextDocuments(Document);
  const decoder = new RequestDecoder((uri) => {
    const own = documents.get(uri)?.length ?? 0;
    return { own, units: documents.all().reduce((n, { length }) => n + length, 0) - own };
  });
  const connection = connectionTo(decoder);
  const model = new ModelLifecycle(connection, () => status.report());
  const status = new StatusReporter(connection, model);
  const workspace = new OpenWorkspace(connection, documents);
  const served: Served = { connection, documents, model, status, workspace };
  answerInitialize(served);
  answerModelRequests(served);
  answerCompletionRequests(served);
  answerEditRequests(served);
  answerMemoryRequests(served);
  connection.onRequest(pingRequest, () => null);
  process.once('disconnect', () => process.exit()); // the editor's side of the IPC died
  documents.listen(connection);
  connection.listen();
}

/** Each of the two counts once: what they begin cannot begin again. */
function answerInitialize(served: Served): void {
  const { connection, model, workspace } = served;
  let client: ClientCapabilities | undefined;
  let begun = false;
  connection.onInitialize((params): InitializeResult => {
    if (client) throw new ResponseError(ErrorCodes.InvalidRequest, 'initialize: came before');
    client = params.capabilities;
    const options = orEmpty<InitOptions>(params.initializationOptions);
    workspace.configure(foldersOf(params), options);
    model.configure(options);
    served.eagerness = options.eagerness;
    return {
      serverInfo: { name: 'byteline' },
      capabilities: {
        textDocumentSync: TextDocumentSyncKind.Incremental,
        ...(options.streaming ? {} : { inlineCompletionProvider: true }),
        workspace: { workspaceFolders: { supported: true, changeNotifications: true } },
      },
    };
  });
  connection.onInitialized(() => {
    if (begun) return;
    begun = true;
    void model.start().catch(() => undefined);
    workspace.start(client ?? {});
  });
}
