/** The worker: an LSP 3.18 server over stdio or IPC. */
import { realpath } from 'node:fs/promises';
import { dirname } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import {
  type ClientCapabilities,
  DidChangeWatchedFilesNotification,
  ErrorCodes,
  InlineCompletionTriggerKind,
  LSPErrorCodes,
  ResponseError,
  TextDocumentSyncKind,
  TextDocuments,
  type WorkspaceFolder,
} from 'vscode-languageserver/node';
import { busy, type Context, completeIn, scoreIn, warmIn } from './completing.ts';
import { Document } from './documents/document.ts';
import { checkFolder } from './engine/checkFolder.ts';
import { type Choice, devicesOf, reasonOf, selectDevice, type Trial, tryApart, vet } from './engine/deviceSelection.ts';
import { Engine } from './engine/engine.ts';
import { bundledModels, DEFAULT_MODEL, resolveModel } from './engine/find.ts';
import type { Device } from './engine/graphs.ts';
import { LoadedModel, ofDevice } from './engine/loadedModel.ts';
import { choose, findModels, nameOf, readManifest, sizeOf } from './engine/manifest.ts';
import { candidates, cost, machineKey, probe } from './engine/threads.ts';
import { UnusableDevices } from './engine/unusableDevices.ts';
import { BytelineError, messageOf } from './errors.ts';
import { Inline } from './inlineCompletion.ts';
import { foldersOf } from './paths.ts';
import { Secrets } from './secrets.ts';
import { Turns } from './serialQueue.ts';
import { connectionTo } from './wire/connection.ts';
import { orEmpty } from './wire/params.ts';
import * as protocol from './wire/protocol.ts';
import { Door } from './wire/requestDecoder.ts';
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
  let slot = new LoadedModel();
  let client: ClientCapabilities = {};
  let folders: WorkspaceFolder[] = [];
  let memory: WorkspaceMemory | undefined;
  let secrets = new Secrets();
  const given = (): Context => ({ slot, roots: folders.map(({ uri }) => uri), memory, secrets });
  let loading: string | undefined;
  /** The name of the model that is loaded. */
  let model: string | undefined;
  let trying: Device | undefined;
  let rejected: Trial[] = [];
  let ruledOut = new UnusableDevices();
  let vetted = new Set<string>();
  /** Completions under way for who speaks `byteline/complete`. */
  let generating = 0;
  let told: protocol.Status | undefined;
  /** Says how things stand, unless that was said last. */
  const tell = () => {
    const { engine } = slot;
    const now: protocol.Status = loading
      ? { state: 'loading', model: loading }
      : !engine
        ? { state: 'error', model: slot.failure?.model, message: slot.unloaded }
        : generating
          ? { state: 'generating', model, trying }
          : { state: 'ready', model, device: engine.device, threads: engine.threads, rejected, trying };
    if (!isDeepStrictEqual(now, told)) void connection.sendNotification(protocol.statusNotification, (told = now));
  };
  const found = () => findModels([...(init.modelFolders ?? []), bundledModels()]);

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
    tell();
    try {
      const folder = await resolveModel(name, init.modelFolders);
      loading = nameOf(folder, await found());
      tell();
      await tryUnknown(folder);
      const engine = await slot.switchTo(folder);
      model = nameOf(folder, await found());
      connection.console.info(`model ${model} ${engine.manifest.version}, ${engine.file.precision}, on the CPU`);
      void settle(engine).catch((error) => connection.console.error(messageOf(error)));
    } catch (error) {
      connection.console.error(messageOf(error));
      slot.failure = { model: loading, message: messageOf(error) };
      throw error;
    } finally {
      loading = undefined;
      tell();
    }
  }

  /** A model that is not ours is tried in a process of its own, once for its graph: the client remembers those. */
  async function tryUnknown(folder: string): Promise<void> {
    const real = (path: string) => realpath(path).catch(() => path); // a copy of the worker has a link to our models
    if ((await real(dirname(folder))) === (await real(bundledModels()))) return;
    const file = choose(await readManifest(folder), 'cpu');
    const key = file && machineKey(file);
    if (!key || vetted.has(key) || init.knownThreads?.[key]) return; // clients of before 0.5.1 remember threads alone
    await vet(folder);
    vetted.add(key);
    void connection.sendNotification(protocol.vettedNotification, { key });
  }

  /** The model answers with one thread on the CPU at once; where more threads or a device pay, it is loaded again. */
  async function settle(engine: Engine): Promise<void> {
    const settled = init.threads ? engine : await chooseThreads(engine);
    if (settled && current(settled)) await chooseDevice(settled);
  }

  /** Nobody wants to know any more what would be best for an engine once another one is there. */
  const current = (engine: Engine) => slot.engine === engine;

  /** The engine with as many threads as pay, or undefined where another model came meanwhile. */
  async function chooseThreads(engine: Engine): Promise<Engine | undefined> {
    const key = machineKey(engine.file);
    let threads = init.knownThreads?.[key] ?? (candidates().length === 1 ? 1 : undefined);
    if (!threads) {
      await new Promise((resolve) => setTimeout(resolve, PROBE_AFTER));
      threads = await probe(async (n) => {
        if (!current(engine)) return undefined;
        const candidate = n === 1 ? engine : await Engine.load(engine.folder, { threads: n });
        try {
          return await slot.run(() => (current(engine) ? cost(candidate) : Promise.resolve(undefined)));
        } finally {
          if (candidate !== engine) await candidate.release();
        }
      });
      if (!threads) return undefined;
      init.knownThreads = { ...init.knownThreads, [key]: threads }; // the model may be switched to again
      void connection.sendNotification(protocol.threadsNotification, { key, threads });
    }
    if (threads === 1) return engine;
    const fast = await loads.run(async () => (current(engine) ? slot.switchTo(engine.folder, { threads }) : undefined));
    if (fast) connection.console.info(`${threads} threads for each call of ${model}`);
    tell();
    return fast;
  }

  async function chooseDevice(engine: Engine): Promise<void> {
    const { folder, threads } = engine;
    const { device: wanted = 'auto' } = init;
    if (wanted === 'cpu') return;
    const auto = wanted === 'auto';
    const devices = auto ? devicesOf() : [wanted];
    const key = machineKey(engine.file);
    const known = auto ? init.knownDevices?.[key] : undefined;
    const all = known ? [...devices, known.device] : devices;
    let choice: Choice | undefined = known && !ruledOut.why(known.device) ? known : undefined;
    if (!choice) {
      if (auto) await new Promise((resolve) => setTimeout(resolve, PROBE_AFTER));
      choice = await selectDevice(devices, async (device) => {
        if (!current(engine)) return undefined;
        return ruledOut.why(device) ?? tryApart({ folder, device, threads, byName: !auto });
      });
      if (!choice) return;
      if (auto) keep(key, choice, ruledOut.lasting(all));
    }
    if (!current(engine)) return;
    const { device } = choice;
    rejected = ruledOut.rejected(choice, all);
    for (const t of rejected) connection.console.info(`${t.device} is not used: ${t.reason}`);
    await loads.run(async () => {
      if (device === 'cpu' || !current(engine)) return;
      trying = device;
      tell();
      try {
        await slot.switchTo(folder, { threads, device });
        connection.console.info(`the global model of ${model} runs on ${device}`);
      } catch (error) {
        if (!ofDevice(error)) throw error;
        failed(engine, device, error);
      } finally {
        trying = undefined;
      }
    });
    tell();
  }

  /** Where a model runs from now on, in this life and (`lasting`) in those that come. */
  function keep(key: string, choice: Choice, lasting: boolean): void {
    init.knownDevices = { ...init.knownDevices, [key]: choice };
    if (lasting) void connection.sendNotification(protocol.deviceNotification, { key, ...choice });
  }

  /** A device failed; `engine` goes on, on the CPU. */
  function failed(engine: Engine, device: Device, error: unknown): void {
    ruledOut.note(device, reasonOf(messageOf(error)));
    rejected = ruledOut.rejected({ trials: rejected }, [device]);
    connection.console.error(`${device} failed, the CPU goes on: ${messageOf(error)}`);
    if (init.device !== device) keep(machineKey(engine.file), { device: 'cpu', trials: rejected }, true);
  }

  let listing: Promise<protocol.ModelInfo[]> | undefined;
  const models = () => (listing ??= list().finally(() => (listing = undefined)));

  async function list(): Promise<protocol.ModelInfo[]> {
    const out: protocol.ModelInfo[] = [];
    const there = await found();
    const own = slot.engine?.folder; // one that was named by its path
    if (own) there.set(nameOf(own, there), own);
    for (const [name, folder] of there) {
      const base = { name, folder, current: slot.engine?.folder === folder, speed: slot.speeds.get(folder) };
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
    const options = { threads: init.threads, cacheMegabytes: init.cacheMegabytes };
    slot = new LoadedModel(options, (device, error) => failed(slot.engine!, device, error));
    ruledOut = new UnusableDevices(init.avoidDevices);
    vetted = new Set(init.vetted);
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
    if (client.workspace?.workspaceFolders)
      connection.workspace.onDidChangeWorkspaceFolders(({ added, removed }) => {
        folders = [...folders.filter(({ uri }) => !removed.some((gone) => gone.uri === uri)), ...added];
        remember();
      });
    if (memory && client.workspace?.didChangeWatchedFiles?.dynamicRegistration) {
      void connection.client
        .register(DidChangeWatchedFilesNotification.type, { watchers: [{ globPattern: '**/*' }] })
        .catch((error) => connection.console.error(messageOf(error)));
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
    memory = !enable
      ? undefined
      : new WorkspaceMemory(options, {
          folders: trusted ? folders.map(({ uri }) => uri) : [],
          documents: () => documents.all(),
          busy,
          log: (message) => connection.console.info(message),
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
  connection.onRequest(
    protocol.checkModelRequest,
    async ({ folder }: { folder: string }): Promise<protocol.CheckedFolder> => {
      const there = await found();
      return checkFolder(folder, there).catch((error) => {
        throw new ResponseError(LSPErrorCodes.RequestFailed, messageOf(error));
      });
    },
  );
  connection.onNotification(protocol.modelFoldersNotification, async ({ folders }: { folders: string[] }) => {
    init.modelFolders = folders;
    const there = await found();
    if (slot.engine) model = nameOf(slot.engine.folder, there);
    tell();
  });
  connection.onRequest(
    protocol.completeRequest,
    async (params: protocol.CompleteParams, token): Promise<protocol.CompleteResult> => {
      const document = documents.get(params.uri);
      if (!document) throw new ResponseError(LSPErrorCodes.RequestFailed, `${params.uri} is not open`);
      generating++;
      tell();
      try {
        return await completeIn(
          given(),
          document,
          params,
          token,
          (text) => void connection.sendNotification(protocol.partialNotification, { id: params.id, text }),
        );
      } finally {
        generating--;
        tell();
      }
    },
  );
  connection.onNotification(protocol.warmNotification, (params: protocol.WarmParams) => {
    const document = documents.get(params.uri);
    if (document) warmIn(given(), document, params).catch((error) => connection.console.error(messageOf(error)));
  });
  connection.onRequest(
    protocol.scoreRequest,
    async ({ uri, range }: protocol.ScoreParams): Promise<protocol.ScoreResult> => {
      const document = documents.get(uri);
      if (!document) throw new ResponseError(LSPErrorCodes.RequestFailed, `${uri} is not open`);
      return scoreIn(given(), document, range).catch((error) => {
        throw new ResponseError(LSPErrorCodes.RequestFailed, messageOf(error));
      });
    },
  );
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
    const result = inline.refusal ?? (await completeIn(given(), document, asked, token));
    if (result.kind === 'none') connection.console.log(`nothing offered: ${result.reason}`);
    return inline.items(result);
  });
  documents.listen(connection);
  connection.listen();
}
