/**
 * Keeps the statistics in the extension's global state. Several windows share it: each adds what it has counted since
 * it wrote last.
 */
import { isDeepStrictEqual } from 'node:util';
import type * as vscode from 'vscode';
import { messageOf } from '../../server/errors.ts';
import { type Counts, count, type Dimensions, merge, nothing, read, type Statistics } from './statistics.ts';

const KEY = 'statistics';
/** Written this long after something was counted, ms. */
const WRITE_AFTER = 5000;

export class StatisticsStore {
  private fresh = nothing();
  private timer: NodeJS.Timeout | undefined;

  /** `log`: for a state that cannot be written (a full disk, a read-only one); nobody is interrupted for numbers. */
  constructor(
    private readonly state: vscode.Memento,
    private readonly log: (message: string) => void,
  ) {}

  /** All windows' as far as they have written them, and this one's. */
  get all(): Statistics {
    return merge(read(this.state.get(KEY)), this.fresh);
  }

  count(dimensions: Dimensions, what: Partial<Counts>): void {
    this.fresh = count(this.fresh, dimensions, what);
    this.timer ??= setTimeout(() => void this.write(), WRITE_AFTER);
  }

  /** Never rejects; what could not be written is tried again with what comes next. */
  async write(): Promise<void> {
    clearTimeout(this.timer);
    this.timer = undefined;
    const { fresh, all } = this;
    if (!fresh.since) return;
    this.fresh = nothing();
    try {
      await this.state.update(KEY, all);
    } catch (error) {
      // where it is there, the editor has it in memory and writes it with what comes next
      if (!isDeepStrictEqual(this.state.get(KEY), all)) this.fresh = merge(fresh, this.fresh);
      this.log(`the statistics cannot be written: ${messageOf(error)}`);
    }
  }

  /** Throws where the state cannot be written. */
  async delete(): Promise<void> {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.fresh = nothing();
    await this.state.update(KEY, undefined);
  }
}
