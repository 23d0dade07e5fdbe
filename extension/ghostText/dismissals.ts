/** Offers that were sent away: they do not come back where they were by typing and deleting. Pure. */
import { type Place, Session } from './session.ts';

/** So many are kept. */
const MOST = 32;

export class Dismissals {
  /** The latest first: what was offered, and the cursor then. */
  private kept: { session: Session; cursor: Session }[] = [];

  /** The function takes it back. */
  add(session: Session, place: Place): () => void {
    const added = { session, cursor: new Session(...place) };
    this.kept = [added, ...this.kept].slice(0, MOST);
    return () => (this.kept = this.kept.filter((one) => one !== added));
  }

  /** The document is closed: another one may have its name, an untitled one say. */
  closed(uri: string): void {
    this.kept = this.kept.filter(({ cursor }) => cursor.uri !== uri);
  }

  /** Whether something was sent away just there: nothing is offered then. */
  isAt(place: Place): boolean {
    const here = new Session(...place);
    return this.kept.some(({ cursor }) => cursor.isBeside(here));
  }

  /** Whether a text is what was sent away there, or when more of it was typed, which was deleted since. */
  has(place: Place, rest: string): boolean {
    const [uri, offset] = place;
    return this.kept.some(({ session, cursor }) => {
      return cursor.uri === uri && offset <= cursor.anchor && session.wasFor(rest, ...place);
    });
  }
}
