/** Tells the client how things stand: which model loads, answers or failed, and where it runs. */
import { isDeepStrictEqual } from 'node:util';
import type { Connection } from 'vscode-languageserver/node';
import type { ModelLifecycle } from './modelLifecycle.ts';
import { type Status, statusNotification } from './wire/protocol.ts';

export class StatusReporter {
  /** Completions under way for who speaks `byteline/complete`. */
  private generating = 0;
  private told: Status | undefined;

  constructor(
    private readonly client: Pick<Connection, 'sendNotification'>,
    private readonly model: ModelLifecycle,
  ) {}

  /** Says how things stand, unless that was said last. */
  report(): void {
    const { now } = this;
    if (isDeepStrictEqual(now, this.told)) return;
    this.told = now;
    void this.client.sendNotification(statusNotification, now);
  }

  /** Work that makes a completion. */
  async whileGenerating<T>(work: () => Promise<T>): Promise<T> {
    this.generating++;
    this.report();
    try {
      return await work();
    } finally {
      this.generating--;
      this.report();
    }
  }

  private get now(): Status {
    const { loading, name, loaded, placement } = this.model;
    const { trying, rejected } = placement;
    const { engine } = loaded;
    if (loading) return { state: 'loading', model: loading };
    if (!engine) return { state: 'error', model: loaded.failure?.model, message: loaded.unloaded };
    if (this.generating) return { state: 'generating', model: name, trying };
    return { state: 'ready', model: name, device: engine.device, threads: engine.threads, rejected, trying };
  }
}
