/** An index, and what it holds of which files. */
import { createHash } from 'node:crypto';

export interface Sink {
  /** Whether there is room for a file's text. */
  fits(path: string, bytes: Uint8Array): boolean;
  /** Takes a file's text in, in place of what it had of the path, in small steps: each well under a millisecond. */
  put(path: string, bytes: Uint8Array): Iterable<void>;
  /** Forgets a file; one that was never put is no error. */
  remove(path: string): void;
  /** All is put that was found: what is made of the whole, in small steps. */
  settle?(): Iterable<void>;
}

export class Store {
  readonly held = new Map<string, { digest: string; bytes: number }>();
  /** Bytes of what is held. */
  bytes = 0;

  constructor(readonly sink: Sink) {}

  /** Whether just this text is held of the path. */
  holds(path: string, text: Uint8Array): boolean {
    const file = this.held.get(path);
    return file?.bytes === text.length && file.digest === digestOf(text);
  }

  /** Whether there is room for a text, in bytes of UTF-8, in place of what is held of its path. */
  fits(path: string, text: Uint8Array): boolean {
    return this.sink.fits(path, text);
  }

  /** Puts a text in steps. Throws what the index throws, which then holds nothing of the path. */
  *put(path: string, text: Uint8Array): Generator<void> {
    try {
      yield* this.sink.put(path, text);
    } catch (error) {
      this.remove(path); // half a file, or the text of before
      throw error;
    }
    this.forget(path);
    this.held.set(path, { digest: digestOf(text), bytes: text.length });
    this.bytes += text.length;
  }

  remove(path: string): void {
    this.forget(path);
    this.sink.remove(path);
  }

  private forget(path: string): void {
    this.bytes -= this.held.get(path)?.bytes ?? 0;
    this.held.delete(path);
  }
}

function digestOf(text: Uint8Array): string {
  return createHash('sha1').update(text).digest('base64');
}
