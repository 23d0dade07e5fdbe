/**
 * Messages from standard input, as the base protocol of LSP frames them. What is no message is refused and skipped, and
 * what comes after it is read.
 */
import type { Readable } from 'node:stream';
import {
  AbstractMessageReader,
  type DataCallback,
  type Disposable,
  ErrorCodes,
  type MessageReader,
} from 'vscode-languageserver/node';
import { messageOf } from '../errors.ts';

/** Larger messages are not read, bytes: the editor itself sends no document above 50 MB. */
export const LARGEST_MESSAGE = 64_000_000;
/** Longest header, bytes. */
const LONGEST_HEADER = 4096;
const END = '\r\n\r\n';
/** Not at a line's start only: the rest of a body that was longer than its header said stands before. */
const LENGTH = /content-length:[ \t]*(\d{1,15})[ \t]*(?=\r\n)/gi;

/** Says that something that came in was no message. */
export type Refuse = (code: number, message: string) => void;

/** One message a turn of the event loop, and no more is read than is taken: a flood waits in the pipe. */
export class StdioReader extends AbstractMessageReader implements MessageReader {
  constructor(
    private readonly input: Readable,
    private readonly refuse: Refuse,
  ) {
    super();
  }

  listen(callback: DataCallback): Disposable {
    void this.read(callback).then(
      () => this.fireClose(),
      (error) => {
        this.fireError(error);
        this.fireClose();
      },
    );
    return { dispose: () => void this.input.destroy() };
  }

  private async read(callback: DataCallback): Promise<void> {
    for await (const body of bodies(this.input, this.refuse)) {
      try {
        callback(JSON.parse(body.toString('utf8')));
      } catch (error) {
        if (error instanceof SyntaxError)
          this.refuse(ErrorCodes.ParseError, `content: ${messageOf(error).slice(0, 200)}`);
        else this.fireError(error);
      }
      await new Promise(setImmediate);
    }
  }
}

/** The contents of the messages in a stream. What is no message is told to `refuse` and skipped; nothing is thrown. */
export async function* bodies(input: AsyncIterable<Buffer>, refuse: Refuse): AsyncGenerator<Buffer> {
  let header = '';
  let left = -1; // bytes of the content that are still to come; -1 in a header
  let kept: Buffer[] | undefined;
  let garbage = false; // said once
  for await (let chunk of input) {
    while (chunk.length > 0) {
      if (left < 0) {
        const before = header.length;
        header += chunk.toString('latin1', 0, LONGEST_HEADER);
        const end = header.indexOf(END, Math.max(0, before - END.length));
        if (end < 0) {
          chunk = chunk.subarray(header.length - before);
          if (header.length <= LONGEST_HEADER) continue;
          if (!garbage) refuse(ErrorCodes.ParseError, `header: no end in ${LONGEST_HEADER} bytes`);
          garbage = true;
          header = header.slice(-LONGEST_HEADER / 2);
          continue;
        }
        chunk = chunk.subarray(end + END.length - before);
        const whole = header.slice(0, end + 2);
        const found = [...whole.matchAll(LENGTH)].at(-1);
        header = '';
        if (!found) {
          if (!garbage) refuse(ErrorCodes.ParseError, 'header: no Content-Length that is a whole number');
          garbage = false;
          continue;
        }
        if (
          !garbage &&
          whole
            .split('\r\n')
            .slice(0, -1)
            .some((line) => !/^[\w-]+:/.test(line))
        )
          refuse(ErrorCodes.ParseError, 'header: something stands before Content-Length');
        garbage = false;
        left = Number(found[1]);
        kept = left > LARGEST_MESSAGE ? undefined : [];
        if (!kept)
          refuse(ErrorCodes.InvalidRequest, `Content-Length: ${left} bytes, at most ${LARGEST_MESSAGE} are read`);
      }
      kept?.push(chunk.subarray(0, left));
      const taken = Math.min(left, chunk.length);
      [left, chunk] = [left - taken, chunk.subarray(taken)];
      if (left > 0) continue;
      left = -1;
      const body = kept && (kept.length === 1 ? kept[0] : Buffer.concat(kept));
      kept = undefined;
      if (body) yield body;
    }
  }
}
