/** Offers that were sent away: they do not come back where they were by typing and deleting. Pure. */
import { type Cursor, Session } from './session.ts';

/** So many are kept. */
const MOST = 32;

export class Dismissals {
  /** The latest first: what was offered, and the cursor then. */
  private kept: { session: Session; where: Session }[] = [];

  /** The function takes it back. */
  add(session: Session, cursor: Cursor): () => void {
    const added = { session, where: new Session(...cursor) };
    this.kept = [added, ...this.kept].slice(0, MOST);
    return () => (this.kept = this.kept.filter((one) => one !== added));
  }

  /** The document is closed: another one may have its name, an untitled one say. */
  closed(uri: string): void {
    this.kept = this.kept.filter(({ where }) => where.uri !== uri);
  }

  /** Whether something was sent away just there: nothing is offered then. */
  isAt(cursor: Cursor): boolean {
    const here = new Session(...cursor);
    return this.kept.some(({ where }) => where.isBeside(here));
  }

  /** Whether a text is what was sent away there, or when more of it was typed, which was deleted since. */
  has(cursor: Cursor, rest: string): boolean {
    const [uri, offset] = cursor;
    return this.kept.some(({ session, where }) => {
      return where.uri === uri && offset <= where.anchor && session.wasFor(rest, ...cursor);
    });
  }
}
