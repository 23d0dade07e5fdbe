/** What the worker answers to requests and notifications of wire/protocol.ts, and to LSP's own inline completion. */
import {
  type Connection,
  InlineCompletionTriggerKind,
  LSPErrorCodes,
  ResponseError,
  type TextDocuments,
} from 'vscode-languageserver/node';
import { type CompletionEnvironment, completeIn, scoreIn, warmIn } from './completing.ts';
import type { Eagerness } from './completion/eagerness.ts';
import type { Document } from './documents/document.ts';
import { Editing } from './editing.ts';
import { checkFolder } from './engine/checkFolder.ts';
import { messageOf } from './errors.ts';
import { InlineCompletionRequest } from './inlineCompletion.ts';
import type { ModelLifecycle } from './modelLifecycle.ts';
import { listModels } from './modelList.ts';
import type { OpenWorkspace } from './openWorkspace.ts';
import type { StatusReporter } from './statusReporter.ts';
import * as protocol from './wire/protocol.ts';

/** Bytes of a completion for clients that cannot say how many they want. */
const STANDARD_BYTES = 128;

/** What the answers are made of. */
export interface Served {
  connection: Connection;
  documents: TextDocuments<Document>;
  model: ModelLifecycle;
  status: StatusReporter;
  workspace: OpenWorkspace;
  /** Of requests that say none; undefined: balanced. */
  eagerness?: Eagerness;
}

/** Answers the request with an error: a notification never gets here. */
function refuse(error: unknown): never {
  throw new ResponseError(LSPErrorCodes.RequestFailed, messageOf(error));
}

function opened({ documents }: Served, uri: string): Document {
  return documents.get(uri) ?? refuse(`${uri} is not open`);
}

const environmentOf = ({ model, workspace, eagerness }: Served): CompletionEnvironment => ({
  model: model.loaded,
  roots: workspace.roots,
  memory: workspace.memory,
  secrets: workspace.secrets,
  eagerness,
});

/** Which models there are, and which one is loaded. */
export function answerModelRequests({ connection, model, workspace }: Served): void {
  const list = async () => listModels(await model.available(), model.loaded, workspace.memory !== undefined);
  let listing: Promise<protocol.ModelInfo[]> | undefined; // those that ask meanwhile share it
  connection.onRequest(protocol.modelsRequest, () => (listing ??= list().finally(() => (listing = undefined))));
  connection.onRequest(protocol.switchModelRequest, async ({ name }: protocol.SwitchModelParams) => {
    await model.load(name).catch(refuse);
    return (await list()).find(({ current }) => current);
  });
  connection.onRequest(
    protocol.checkModelRequest,
    async ({ folder }: protocol.CheckModelParams): Promise<protocol.CheckedFolder> => {
      const available = await model.available();
      return checkFolder(folder, available).catch(refuse);
    },
  );
  connection.onNotification(protocol.modelFoldersNotification, ({ folders }: protocol.ModelFoldersParams) =>
    model.searchIn(folders),
  );
}

/** Completions, of both protocols, and what is made as they are: warm caches and scores. */
export function answerCompletionRequests(served: Served): void {
  const { connection, documents, status, workspace } = served;
  connection.onRequest(
    protocol.completeRequest,
    async (params: protocol.CompleteParams, token): Promise<protocol.CompleteResult> => {
      const document = opened(served, params.uri);
      const onText = (text: string) =>
        void connection.sendNotification(protocol.partialNotification, { id: params.id, text });
      return status.whileGenerating(() => completeIn(environmentOf(served), document, params, token, onText));
    },
  );
  connection.onNotification(protocol.warmNotification, (params: protocol.WarmParams) => {
    const document = documents.get(params.uri);
    if (!document) return;
    warmIn(environmentOf(served), document, params).catch((error) => connection.console.error(messageOf(error)));
  });
  connection.onNotification(protocol.namesNotification, ({ uri, position, first, others }: protocol.NamesParams) => {
    const document = documents.get(uri);
    if (document) workspace.memory?.learnNames(document, position, first, others);
  });
  connection.onRequest(
    protocol.scoreRequest,
    async ({ uri, range }: protocol.ScoreParams): Promise<protocol.ScoreResult> =>
      scoreIn(environmentOf(served), opened(served, uri), range).catch(refuse),
  );
  connection.languages.inlineCompletion.on(async ({ textDocument, position, context }, token) => {
    const document = documents.get(textDocument.uri);
    if (!document) return [];
    // Of the text as it is now: keys come while it is made
    const request = new InlineCompletionRequest(document.snapshot(), position, context.selectedCompletionInfo);
    const always = context.triggerKind === InlineCompletionTriggerKind.Invoked;
    const candidates = always ? protocol.CANDIDATES : 1;
    const asked = { ...request.asked, multiline: 'auto' as const, maxBytes: STANDARD_BYTES, always, candidates };
    const result = request.refusal ?? (await completeIn(environmentOf(served), document, asked, token));
    if (result.kind === 'none') connection.console.log(`nothing offered: ${result.reason}`);
    return request.items(result);
  });
}

/** Where the user's last edits can be made again. */
export function answerEditRequests(served: Served): void {
  const { connection, documents, workspace } = served;
  const editing = new Editing(workspace, documents);
  connection.onRequest(
    protocol.nextEditRequest,
    async (params: protocol.NextEditParams): Promise<protocol.NextEditResult> =>
      editing.next(opened(served, params.uri), params),
  );
  connection.onNotification(protocol.refuseEditNotification, (params: protocol.RefuseEditParams) =>
    editing.refuse(params),
  );
}

/** What the memory holds, and why a text was offered. */
export function answerMemoryRequests(served: Served): void {
  const { connection, workspace } = served;
  connection.onRequest(protocol.memoryRequest, (): protocol.MemoryStatus | null => workspace.memory?.status ?? null);
  connection.onRequest(
    protocol.whyRequest,
    async ({ uri, position, text }: protocol.WhyParams): Promise<protocol.Why | null> => {
      const document = opened(served, uri);
      return (await workspace.memory?.why(document, position, text)) ?? null;
    },
  );
}
