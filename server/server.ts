/** The worker: an LSP 3.18 server over stdio or IPC. */
import { createConnection, InlineCompletionTriggerKind, LSPErrorCodes, ProposedFeatures, ResponseError, TextDocuments, TextDocumentSyncKind } from 'vscode-languageserver/node';
import { TextDocument } from 'vscode-languageserver-textdocument';
import { bundledModels, DEFAULT_MODEL, resolveModel } from './cli/models.ts';
import { itemFor } from './completion/item.ts';
import { findModels, readManifest } from './engine/manifest.ts';
import { Slot } from './engine/slot.ts';
import { completeIn, scoreIn, warmIn } from './documents.ts';
import { messageOf } from './errors.ts';
import * as protocol from './protocol.ts';

/** Bytes of a completion for clients that cannot say how many they want. */
const STANDARD_BYTES = 128;

export function serve(): void {
  const connection = createConnection(ProposedFeatures.all);
  const documents = new TextDocuments(TextDocument);
  let init: protocol.InitOptions = {};
  let slot = new Slot();
  let root: string | undefined;
  let loading: string | undefined;
  const status = (s: protocol.Status) => void connection.sendNotification(protocol.statusNotification, s);
  const idle = () => {
    if (loading) status({ state: 'loading', model: loading });
    else if (slot.engine) status({ state: 'ready', model: slot.engine.manifest.name, device: 'cpu' });
    else status({ state: 'error', message: 'no model is loaded' });
  };

  let loads: Promise<unknown> = Promise.resolve();
  /** One load at a time: the model asked for last is the one that stays. */
  function load(name: string): Promise<void> {
    const result = loads.then(() => loadNow(name));
    loads = result.catch(() => undefined);
    return result;
  }

  async function loadNow(name: string): Promise<void> {
    loading = name;
    idle();
    try {
      const engine = await slot.switchTo(await resolveModel(name, init.modelFolders));
      connection.console.info(`model ${engine.manifest.name} ${engine.manifest.version}, ${engine.file.precision}, on the CPU`);
      loading = undefined;
      idle();
    } catch (error) {
      connection.console.error(messageOf(error));
      loading = undefined;
      if (slot.engine) idle();
      else status({ state: 'error', model: name, message: messageOf(error) });
      throw error;
    }
  }

  async function models(): Promise<protocol.ModelInfo[]> {
    const out: protocol.ModelInfo[] = [];
    for (const [name, folder] of await findModels([...(init.modelFolders ?? []), bundledModels()])) {
      const base = { name, folder, current: slot.engine?.folder === folder, speed: slot.speeds.get(name) };
      try {
        const { version, files: [file] } = await readManifest(folder);
        out.push({ ...base, version, bytes: file.bytes, precision: file.precision, device: file.device });
      } catch (error) {
        out.push({ ...base, version: '', bytes: 0, precision: '', device: '', error: messageOf(error) });
      }
    }
    return out;
  }

  connection.onInitialize((params) => {
    init = (params.initializationOptions as protocol.InitOptions | undefined) ?? {};
    root = params.workspaceFolders?.[0]?.uri;
    slot = new Slot({ threads: init.threads, cacheMegabytes: init.cacheMegabytes });
    return {
      serverInfo: { name: 'byteline' },
      capabilities: {
        textDocumentSync: TextDocumentSyncKind.Incremental,
        ...(init.streaming ? {} : { inlineCompletionProvider: true }),
      },
    };
  });
  connection.onInitialized(() => void load(init.model ?? DEFAULT_MODEL).catch(() => undefined));

  connection.onRequest(protocol.modelsRequest, models);
  connection.onRequest(protocol.switchModelRequest, async ({ name }: { name: string }) => {
    try {
      await load(name);
    } catch (error) {
      throw new ResponseError(LSPErrorCodes.RequestFailed, messageOf(error));
    }
    return (await models()).find((m) => m.current);
  });
  connection.onRequest(protocol.completeRequest, async (params: protocol.CompleteParams, token): Promise<protocol.CompleteResult> => {
    const document = documents.get(params.uri);
    if (!document) throw new ResponseError(LSPErrorCodes.RequestFailed, `${params.uri} is not open`);
    if (slot.engine && !loading) status({ state: 'generating', model: slot.engine.manifest.name });
    try {
      return await completeIn(slot, document, params, token, root, (text) => void connection.sendNotification(protocol.partialNotification, { id: params.id, text }));
    } finally {
      idle();
    }
  });
  connection.onNotification(protocol.warmNotification, (params: protocol.WarmParams) => {
    const document = documents.get(params.uri);
    if (document) warmIn(slot, document, params, root).catch((error) => connection.console.error(messageOf(error)));
  });
  connection.onRequest(protocol.scoreRequest, async ({ uri, range }: protocol.ScoreParams): Promise<protocol.ScoreResult> => {
    const document = documents.get(uri);
    if (!document) throw new ResponseError(LSPErrorCodes.RequestFailed, `${uri} is not open`);
    return scoreIn(slot, document, range, root).catch((error) => { throw new ResponseError(LSPErrorCodes.RequestFailed, messageOf(error)); });
  });
  connection.languages.inlineCompletion.on(async ({ textDocument, position, context }, token) => {
    const document = documents.get(textDocument.uri);
    if (!document) return [];
    const result = await completeIn(slot, document, { position, multiline: false, maxBytes: STANDARD_BYTES, always: context.triggerKind === InlineCompletionTriggerKind.Invoked }, token, root);
    if (result.kind === 'none') {
      connection.console.log(`nothing offered: ${result.reason}`);
      return [];
    }
    const line = document.getText({ start: { line: position.line, character: 0 }, end: { line: position.line + 1, character: 0 } }).replace(/\r?\n$/, '');
    const { insertText, end } = itemFor(line, position.character, result.text);
    return [{ insertText, range: { start: { line: position.line, character: 0 }, end: { line: position.line, character: end } } }];
  });
  documents.listen(connection);
  connection.listen();
}
