/** The worker's model: loaded by its name, one load at a time; a graph of unknown origin is vetted first. */
import { realpath } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Connection } from 'vscode-languageserver/node';
import { vet } from './engine/deviceSelection.ts';
import { bundledModels, DEFAULT_MODEL, resolveModel } from './engine/find.ts';
import { LoadedModel } from './engine/loadedModel.ts';
import { choose, findModels, nameOf, readManifest } from './engine/manifest.ts';
import { machineKey } from './engine/threads.ts';
import { BytelineError, messageOf } from './errors.ts';
import { Placement } from './placement.ts';
import { SerialQueue } from './serialQueue.ts';
import { type InitOptions, vettedNotification } from './wire/protocol.ts';

export class ModelLifecycle {
  loaded = new LoadedModel();
  /** The name of the model that is loaded. */
  name: string | undefined;
  /** The name of the model that is being loaded. */
  loading: string | undefined;
  readonly loads = new SerialQueue();
  readonly placement: Placement;
  private options: InitOptions = {};
  private vetted = new Set<string>();
  /** So many loads were asked for. */
  private asked = 0;

  /** `onChange`: what a status says of the model may be another thing now. */
  constructor(
    private readonly client: Pick<Connection, 'console' | 'sendNotification'>,
    private readonly onChange: () => void,
  ) {
    this.placement = new Placement(this, client, onChange);
  }

  /** Takes the options of `initialize`; until then there are none. */
  configure(options: InitOptions): void {
    this.options = options;
    const { threads, cacheMegabytes } = options;
    this.loaded = new LoadedModel({ threads, cacheMegabytes }, (device, error) =>
      this.placement.failed(this.loaded.engine!, device, error),
    );
    this.placement.configure(options);
    this.vetted = new Set(options.vetted);
  }

  /** Loads the model that the client's options name. */
  start(): Promise<void> {
    return this.load(this.options.model ?? DEFAULT_MODEL);
  }

  /**
   * Loads a model by its name or folder; a failure keeps the old one, is logged, and is thrown (a BytelineError). The
   * model asked for last is the one that stays, and those asked for between it and the one that loads are not loaded.
   */
  load(name: string): Promise<void> {
    const number = ++this.asked;
    return this.loads.run(async () => {
      if (number !== this.asked) throw new BytelineError('model', `${name}: another model was asked for meanwhile`);
      await this.loadNow(name);
    });
  }

  /** Folders of models by their names. */
  available(): Promise<Map<string, string>> {
    return findModels([...(this.options.modelFolders ?? []), bundledModels()]);
  }

  /** Models are found in other folders from now on, and the loaded one may have another name. */
  async searchIn(modelFolders: string[]): Promise<void> {
    this.options.modelFolders = modelFolders;
    const available = await this.available();
    if (this.loaded.engine) this.name = nameOf(this.loaded.engine.folder, available);
    this.onChange();
  }

  private async loadNow(name: string): Promise<void> {
    this.loading = name;
    this.onChange();
    try {
      const folder = await resolveModel(name, this.options.modelFolders);
      this.loading = nameOf(folder, await this.available());
      this.onChange();
      await this.vetUnknown(folder);
      const engine = await this.loaded.switchTo(folder);
      this.name = nameOf(folder, await this.available());
      const { manifest, file } = engine;
      this.client.console.info(`model ${this.name} ${manifest.version}, ${file.precision}, on the CPU`);
      void this.placement.settle(engine).catch((error) => this.client.console.error(messageOf(error)));
    } catch (error) {
      this.client.console.error(messageOf(error));
      this.loaded.failure = { model: this.loading, message: messageOf(error) };
      throw error;
    } finally {
      this.loading = undefined;
      this.onChange();
    }
  }

  /** A model that is not ours is tried in a process of its own, once for its graph: the client remembers those. */
  private async vetUnknown(folder: string): Promise<void> {
    const real = (path: string) => realpath(path).catch(() => path); // a copy of the worker has a link to our models
    if ((await real(dirname(folder))) === (await real(bundledModels()))) return;
    const file = choose(await readManifest(folder), 'cpu');
    const key = file && machineKey(file);
    if (!key || this.vetted.has(key)) return;
    if (this.options.knownThreads?.[key]) return; // clients of before 0.5.1 remember threads alone
    await vet(folder);
    this.vetted.add(key);
    void this.client.sendNotification(vettedNotification, { key });
  }
}
