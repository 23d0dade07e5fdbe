/**
 * A completion that the worker is making: who waits for it, and how long it goes on when nobody does. No editor in
 * here.
 */
import type { CancellationToken } from '../timers.ts';
import type { Cursor, Session } from './session.ts';

/**
 * Nobody waiting, it goes on for so long, ms: the editor asks again 50 ms after the next key, if what was typed
 * agrees.
 */
const KEPT = 400;

export class Request {
  /** Whole, or given up: it does not grow any more. */
  ended = false;
  /** Something of it was given to the editor. */
  answered = false;
  private stopped = false;
  private readonly waiting = new Set<() => void>();
  private giveUp: NodeJS.Timeout | undefined;

  /** `cancel` tells the worker; `unwanted` is called once nobody has waited for `kept` ms. */
  constructor(
    readonly session: Session,
    private readonly cancel: () => void,
    private readonly unwanted: () => void,
    private readonly kept = KEPT,
  ) {}

  /**
   * Resolves with what can be shown at a place, `settle` ms after the first of it (more may come); with nothing where
   * it disagrees, ends without any or the token is cancelled. `undecided`: that much of a text does not yet tell
   * whether it may be shown.
   */
  first(
    cursor: Cursor,
    settle: number,
    token: CancellationToken,
    undecided = (_rest: string) => false,
  ): Promise<string[]> {
    clearTimeout(this.giveUp);
    return new Promise((resolve) => {
      let timer: NodeJS.Timeout | undefined;
      const finish = (rests: string[]) => {
        if (!this.waiting.delete(look)) return;
        clearTimeout(timer);
        subscription.dispose();
        if (rests.length) this.noteAnswered();
        else if (!this.ended && !this.answered && this.waiting.size === 0)
          this.giveUp = setTimeout(this.unwanted, this.kept);
        resolve(rests);
      };
      const look = () => {
        const rests = this.stopped ? [] : this.session.restsAt(...cursor);
        // white space alone is invisible
        const visible = rests.some((rest) => rest.trim() !== '' && (this.ended || !undecided(rest)));
        if (this.ended || !this.session.mayFit(...cursor)) finish(visible ? rests : []);
        else if (visible) timer ??= setTimeout(() => finish(this.session.restsAt(...cursor)), settle);
      };
      const subscription = token.onCancellationRequested(() => finish([]));
      this.waiting.add(look);
      if (token.isCancellationRequested) finish([]);
      else look();
    });
  }

  /** Something of it is given to the editor: it goes on, whoever waits. */
  noteAnswered(): void {
    clearTimeout(this.giveUp);
    this.answered = true;
  }

  /** The session has grown. */
  grew(): void {
    for (const look of [...this.waiting]) look();
  }

  /** The worker has said all. */
  end(): void {
    this.ended = true;
    clearTimeout(this.giveUp);
    this.grew();
  }

  /** The worker need not go on; whoever waits gets nothing. */
  stop(): void {
    if (this.ended) return;
    this.stopped = true;
    this.cancel();
    this.end();
  }
}
