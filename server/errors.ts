/** The one error class: a code for programs, a message that a user can act on, with the file or setting at fault. */
export type ErrorCode = 'model' | 'file' | 'argument' | 'device' | 'runtime';

export class BytelineError extends Error {
  constructor(
    readonly code: ErrorCode,
    message: string,
  ) {
    super(message);
    this.name = 'BytelineError';
  }
}

/** What to tell of anything that was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
