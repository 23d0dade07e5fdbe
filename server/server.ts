/** The worker: an LSP 3.18 server over stdio or IPC. */
import { dirname } from 'node:path';
import { DidChangeWatchedFilesNotification, ErrorCodes, InlineCompletionTriggerKind, LSPErrorCodes, ResponseError, TextDocuments, TextDocumentSyncKind, type ClientCapabilities, type WorkspaceFolder } from 'vscode-languageserver/node';
import { bundledModels, DEFAULT_MODEL, resolveModel } from './cli/models.ts';
import { connectionTo } from './connection.ts';
import { Document } from './document.ts';
import { busy, completeIn, scoreIn, warmIn, type Context } from './documents.ts';
import { Door } from './door.ts';
import { checkFolder } from './engine/checkFolder.ts';
import { Engine } from './engine/engine.ts';
import type { Device } from './engine/graphs.ts';
import { climb, devicesOf, tryApart, vet, type Trial } from './engine/ladder.ts';
import { choose, findModels, readManifest, sizeOf } from './engine/manifest.ts';
import { Slot } from './engine/slot.ts';
import { candidates, cost, machineKey, probe } from './engine/threads.ts';
import { BytelineError, messageOf } from './errors.ts';
import { Inline } from './inline.ts';
import { orEmpty } from './params.ts';
import { foldersOf } from './paths.ts';
import * as protocol from './protocol.ts';
import { Secrets } from './secrets.ts';
import { Turns } from './turns.ts';
import { WorkspaceMemory } from './workspaceMemory.ts';

/** The threads are measured so long after a model was loaded, ms: the first completions go first. */
const PROBE_AFTER = 3000;
/** Bytes of a completion for clients that cannot say how many they want. */
const STANDARD_BYTES = 128;

export function serve(): void {
  const documents = new TextDocuments(Document);
  const door = new Door((uri) => {
    const own = documents.get(uri)?.length ?? 0;
    return { own, units: documents.all().reduce((n, { length }) => n + length, 0) - own };
  });
  const connection = connectionTo(door);
  let init: protocol.InitOptions = {};
  let slot = new Slot();
  let client: ClientCapabilities = {};
  let folders: WorkspaceFolder[] = [];
  let memory: WorkspaceMemory | undefined;
  let secrets = new Secrets();
  const given = (): Context => ({ slot, roots: folders.map(({ uri }) => uri), memory, secrets });
  let loading: string | undefined;
  let rejected: Trial[] = [];
  const tried = new Set<string>();
  const status = (s: protocol.Status) => void connection.sendNotification(protocol.statusNotification, s);
  const idle = () => {
    if (loading) status({ state: 'loading', model: loading });
    else if (slot.engine) status({ state: 'ready', model: slot.engine.manifest.name, device: slot.engine.device, threads: slot.engine.threads, rejected });
    else status({ state: 'error', message: 'no model is loaded' });
  };

  /** One load at a time: the model asked for last is the one that stays, and those asked for between it and the one that loads are not loaded. */
  const loads = new Turns();
  let asked = 0;
  const load = (name: string) => {
    const number = ++asked;
    return loads.run(async () => {
      if (number !== asked) throw new BytelineError('model', `${name}: another model was asked for meanwhile`);
      await loadNow(name);
    });
  };

  async function loadNow(name: string): Promise<void> {
    loading = name;
    idle();
    try {
      const folder = await resolveModel(name, init.modelFolders);
      await tryUnknown(folder);
      const engine = await slot.switchTo(folder);
      connection.console.info(`model ${engine.manifest.name} ${engine.manifest.version}, ${engine.file.precision}, on the CPU`);
      loading = undefined;
      idle();
      void settle(engine).catch((error) => connection.console.error(messageOf(error)));
    } catch (error) {
      connection.console.error(messageOf(error));
      loading = undefined;
      if (slot.engine) idle();
      else status({ state: 'error', model: name, message: messageOf(error) });
      throw error;
    }
  }

  /** A model that is not ours is tried in a process of its own, once for its graph: one that ran on this machine before is known. */
  async function tryUnknown(folder: string): Promise<void> {
    if (dirname(folder) === bundledModels()) return;
    const file = choose(await readManifest(folder), 'cpu');
    const key = file && machineKey(file);
    if (!key || tried.has(key) || init.knownThreads?.[key]) return;
    await vet(folder);
    tried.add(key);
  }

  /** The model answers with one thread on the CPU at once; where more threads or a device pay, it is loaded again. */
  async function settle(engine: Engine): Promise<void> {
    if (!init.threads) await chooseThreads(engine);
    if (slot.engine?.folder === engine.folder) await chooseDevice(slot.engine);
  }

  async function chooseThreads(engine: Engine): Promise<void> {
    const key = machineKey(engine.file);
    let threads = init.knownThreads?.[key] ?? (candidates().length === 1 ? 1 : undefined);
    if (!threads) {
      await new Promise((resolve) => setTimeout(resolve, PROBE_AFTER));
      threads = await probe(async (n) => {
        const candidate = n === 1 ? engine : await Engine.load(engine.folder, { threads: n });
        try {
          return await slot.run(() => (slot.engine === engine ? cost(candidate) : Promise.resolve(Infinity))); // switched meanwhile
        } finally {
          if (candidate !== engine) await candidate.release();
        }
      });
      if (slot.engine !== engine) return;
      init.knownThreads = { ...init.knownThreads, [key]: threads }; // the model may be switched to again
      void connection.sendNotification(protocol.threadsNotification, { key, threads });
    }
    if (threads === 1) return;
    await loads.run(async () => {
      if (slot.engine !== engine) return;
      await slot.switchTo(engine.folder, { threads });
      connection.console.info(`${threads} threads for each call of ${engine.manifest.name}`);
    });
    idle();
  }

  async function chooseDevice({ file, folder, threads }: Engine): Promise<void> {
    const { device: wanted = 'auto', knownDevices = {}, avoidDevices = [] } = init;
    if (wanted === 'cpu') return;
    const auto = wanted === 'auto';
    const key = machineKey(file);
    let choice = auto && !avoidDevices.length ? knownDevices[key] : undefined;
    if (!choice) {
      const attempt = async (device: Device): Promise<Trial> =>
        avoidDevices.includes(device) ? { device, reason: 'the worker died on it' } : tryApart({ folder, device, threads, byName: !auto });
      if (auto) await new Promise((resolve) => setTimeout(resolve, PROBE_AFTER));
      choice = await climb(auto ? devicesOf() : [wanted], attempt);
      if (auto) {
        init.knownDevices = { ...knownDevices, [key]: choice };
        void connection.sendNotification(protocol.deviceNotification, { key, ...choice });
      }
    }
    const { device, trials } = choice;
    rejected = trials.filter((t) => t.reason);
    for (const t of rejected) connection.console.info(`${t.device} is not used: ${t.reason}`);
    await loads.run(async () => {
      if (device === 'cpu' || slot.engine?.folder !== folder) return;
      await slot.switchTo(folder, { threads, device });
      connection.console.info(`the global model of ${slot.engine.manifest.name} runs on ${device}`);
    });
    idle();
  }

  let listing: Promise<protocol.ModelInfo[]> | undefined;
  const models = () => (listing ??= list().finally(() => (listing = undefined)));

  async function list(): Promise<protocol.ModelInfo[]> {
    const out: protocol.ModelInfo[] = [];
    const found = await findModels([...(init.modelFolders ?? []), bundledModels()]);
    const own = slot.engine?.folder; // one that was named by its path
    if (own && ![...found.values()].includes(own)) found.set(own, own);
    for (const [name, folder] of found) {
      const base = { name, folder, current: slot.engine?.folder === folder, speed: slot.speeds.get(name) };
      try {
        const manifest = await readManifest(folder);
        const { version } = manifest;
        const file = choose(manifest, 'cpu')!;
        out.push({ ...base, version, bytes: sizeOf(file), precision: file.precision, device: file.device });
      } catch (error) {
        out.push({ ...base, version: '', bytes: 0, precision: '', device: '', error: messageOf(error) });
      }
    }
    return out;
  }

  let initialised = false;
  connection.onInitialize((params) => {
    if (initialised) throw new ResponseError(ErrorCodes.InvalidRequest, 'initialize: came before');
    initialised = true;
    init = orEmpty<protocol.InitOptions>(params.initializationOptions);
    folders = foldersOf(params);
    secrets = new Secrets(orEmpty<protocol.MemoryOptions>(init.memory).secrets);
    client = params.capabilities;
    slot = new Slot({ threads: init.threads, cacheMegabytes: init.cacheMegabytes }, (device, error) => {
      rejected = [...rejected, { device, reason: messageOf(error) }];
      connection.console.error(`${device} failed, the CPU goes on: ${messageOf(error)}`);
      if (init.device !== device) void connection.sendNotification(protocol.deviceNotification, { key: machineKey(slot.engine!.file), device: 'cpu', trials: rejected });
    });
    return {
      serverInfo: { name: 'byteline' },
      capabilities: {
        textDocumentSync: TextDocumentSyncKind.Incremental,
        ...(init.streaming ? {} : { inlineCompletionProvider: true }),
        workspace: { workspaceFolders: { supported: true, changeNotifications: true } },
      },
    };
  });
  let begun = false;
  connection.onInitialized(() => {
    if (begun) return;
    begun = true;
    void load(init.model ?? DEFAULT_MODEL).catch(() => undefined);
    remember();
    if (client.workspace?.workspaceFolders) connection.workspace.onDidChangeWorkspaceFolders(({ added, removed }) => {
      folders = [...folders.filter(({ uri }) => !removed.some((gone) => gone.uri === uri)), ...added];
      remember();
    });
    if (memory && client.workspace?.didChangeWatchedFiles?.dynamicRegistration) {
      void connection.client.register(DidChangeWatchedFilesNotification.type, { watchers: [{ globPattern: '**/*' }] }).catch((error) => connection.console.error(messageOf(error)));
    }
  });
  connection.onDidChangeWatchedFiles(({ changes }) => memory?.filesChanged(changes.map(({ uri }) => uri)));
  documents.onDidChangeContent(({ document }) => memory?.changed(document)); // an opened one, too
  documents.onDidClose(({ document }) => memory?.closed(document));

  /** The memory of the folders that are open now. */
  function remember(): void {
    memory?.stop();
    const options = orEmpty<protocol.MemoryOptions>(init.memory);
    const { enable = true, trusted = true } = options;
    memory = !enable ? undefined : new WorkspaceMemory(options, {
      folders: trusted ? folders.map(({ uri }) => uri) : [],
      documents: () => documents.all(), busy, log: (message) => connection.console.info(message),
      onProgress: (progress) => void connection.sendNotification(protocol.memoryNotification, progress),
    });
  }

  process.once('disconnect', () => process.exit()); // the editor's side of the IPC died
  connection.onRequest(protocol.pingRequest, () => null);
  connection.onRequest(protocol.modelsRequest, models);
  connection.onRequest(protocol.switchModelRequest, async ({ name }: { name: string }) => {
    try {
      await load(name);
    } catch (error) {
      throw new ResponseError(LSPErrorCodes.RequestFailed, messageOf(error));
    }
    return (await list()).find((m) => m.current);
  });
  connection.onRequest(protocol.checkModelRequest, async ({ folder }: { folder: string }): Promise<protocol.CheckedFolder> => {
    const there = await findModels([...(init.modelFolders ?? []), bundledModels()]);
    return checkFolder(folder, there).catch((error) => { throw new ResponseError(LSPErrorCodes.RequestFailed, messageOf(error)); });
  });
  connection.onNotification(protocol.modelFoldersNotification, ({ folders }: { folders: string[] }) => void (init.modelFolders = folders));
  connection.onRequest(protocol.completeRequest, async (params: protocol.CompleteParams, token): Promise<protocol.CompleteResult> => {
    const document = documents.get(params.uri);
    if (!document) throw new ResponseError(LSPErrorCodes.RequestFailed, `${params.uri} is not open`);
    if (slot.engine && !loading) status({ state: 'generating', model: slot.engine.manifest.name });
    try {
      return await completeIn(given(), document, params, token, (text) => void connection.sendNotification(protocol.partialNotification, { id: params.id, text }));
    } finally {
      idle();
    }
  });
  connection.onNotification(protocol.warmNotification, (params: protocol.WarmParams) => {
    const document = documents.get(params.uri);
    if (document) warmIn(given(), document, params).catch((error) => connection.console.error(messageOf(error)));
  });
  connection.onRequest(protocol.scoreRequest, async ({ uri, range }: protocol.ScoreParams): Promise<protocol.ScoreResult> => {
    const document = documents.get(uri);
    if (!document) throw new ResponseError(LSPErrorCodes.RequestFailed, `${uri} is not open`);
    return scoreIn(given(), document, range).catch((error) => { throw new ResponseError(LSPErrorCodes.RequestFailed, messageOf(error)); });
  });
  connection.onRequest(protocol.memoryRequest, (): protocol.MemoryStatus | null => memory?.status ?? null);
  connection.onRequest(protocol.whyRequest, ({ uri, position, text }: protocol.WhyParams): protocol.Why | null => {
    const document = documents.get(uri);
    if (!document) throw new ResponseError(LSPErrorCodes.RequestFailed, `${uri} is not open`);
    return memory?.why(document, position, text) ?? null;
  });
  connection.languages.inlineCompletion.on(async ({ textDocument, position, context }, token) => {
    const document = documents.get(textDocument.uri);
    if (!document) return [];
    // Of the text as it is now: keys come while it is made
    const inline = new Inline(document.snapshot(), position, context.selectedCompletionInfo);
    const always = context.triggerKind === InlineCompletionTriggerKind.Invoked;
    const candidates = always ? protocol.CANDIDATES : 1;
    const asked = { ...inline.asked, multiline: 'auto' as const, maxBytes: STANDARD_BYTES, always, candidates };
    const result = inline.refusal ?? await completeIn(given(), document, asked, token);
    if (result.kind === 'none') connection.console.log(`nothing offered: ${result.reason}`);
    return inline.items(result);
  });
  documents.listen(connection);
  connection.listen();
}
