/**
 * The completions made lately: after an undo, a deletion or a way back the same one appears at once, and the worker is
 * not asked.
 */
import type { Cursor, Session } from './session.ts';

/** So many are kept. */
const MOST = 32;

export class RecentCompletions {
  /** The latest first. */
  private sessions: Session[] = [];

  /** Takes a whole completion in. Of several for one place the latest stays. */
  add(session: Session): void {
    this.sessions = [
      session,
      ...this.sessions.filter((s) => s !== session && !(s.always === session.always && s.isBeside(session))),
    ].slice(0, MOST);
  }

  /**
   * The latest one that has something to show at a place; `always`: asked for by hand, so those made unasked will not
   * do, nor the other way round.
   */
  at(cursor: Cursor, always: boolean): Session | undefined {
    const found = this.sessions.find(
      (s) => s.always === always && s.restsAt(...cursor).some((rest) => rest.trim() !== ''),
    );
    if (found) this.sessions = [found, ...this.sessions.filter((s) => s !== found)];
    return found;
  }

  /** Sent away: it does not come back. */
  forget(session: Session): void {
    this.sessions = this.sessions.filter((s) => s !== session);
  }

  clear(): void {
    this.sessions = [];
  }
}
