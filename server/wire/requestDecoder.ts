/**
 * What a client sends is looked at here, in the order in which it came and before anything else sees it: a request that
 * makes no sense gets an error that names the argument, such a notification a line in the log. Nothing that is let in
 * can be of a wrong type.
 */
import {
  type DataCallback,
  ErrorCodes,
  LSPErrorCodes,
  Message,
  type MessageReader,
  type NotificationMessage,
  type RequestMessage,
} from 'vscode-languageserver/node';
import { wrongWith } from './params.ts';

/** Text of all open documents together, 10^6 UTF-16 units. */
export const MOST_TEXT = 64;
/** What a document takes beside its text, in units of it. */
const BESIDE = 1000;
/** So many documents are remembered for what is wrong with them. */
const MOST_REFUSED = 1000;

const NOT_OPEN = ' is not open';

/** Why a message is not let in. */
export interface Refusal {
  code: number;
  message: string;
  /** Nothing is lost: editors change what they have closed. */
  quiet?: boolean;
}
interface Change {
  range?: unknown;
  text: string;
}
/** What is looked at in parameters that fit their schema: a document's URI, and the text that comes with it. */
interface DocumentParams {
  uri?: string;
  version?: number | null;
  textDocument?: { uri: string; version: number; text: string };
  contentChanges?: Change[];
}

/** It knows which documents are open, by the messages that it let in: all of them must pass it in their order. */
export class RequestDecoder {
  /** Versions of the open documents. */
  private readonly versions = new Map<string, number>();
  /**
   * Documents that cannot be served, and why: too large, or a change to them was refused, and their text is no longer
   * the editor's.
   */
  private readonly refused = new Map<string, string>();

  /** `size`: UTF-16 units of the documents that are open, all but the one named. */
  constructor(private readonly size: (but: string) => { units: number; own: number }) {}

  /** Why `message` is not to be let in, or undefined. */
  refusal(message: unknown): Refusal | undefined {
    if (Message.isResponse(message as Message)) return undefined;
    const { method, id, params } = (typeof message === 'object' && message !== null ? message : {}) as RequestMessage &
      NotificationMessage;
    if (typeof method !== 'string')
      return { code: ErrorCodes.InvalidRequest, message: 'method: a message must have one, or be a response' };
    if (id !== undefined && typeof id !== 'string' && typeof id !== 'number')
      return { code: ErrorCodes.InvalidRequest, message: `${method.slice(0, 200)}: id: must be a string or a number` };
    if (params !== undefined && typeof params !== 'object')
      return {
        code: ErrorCodes.InvalidRequest,
        message: `${method.slice(0, 200)}: params: must be an object or an array`,
      };
    const wrong = wrongWith(method, params);
    if (wrong) {
      if (method === 'textDocument/didChange') this.lose(params, wrong);
      return { code: ErrorCodes.InvalidParams, message: wrong };
    }
    const why = this.ofDocument(method, params as DocumentParams | undefined);
    return why
      ? { code: LSPErrorCodes.RequestFailed, message: `${method}: ${why}`, quiet: why.endsWith(NOT_OPEN) }
      : undefined;
  }

  private ofDocument(method: string, params: DocumentParams | undefined): string | undefined {
    const uri = params?.textDocument?.uri ?? params?.uri;
    if (uri === undefined) return undefined;
    switch (method) {
      case 'textDocument/didOpen':
        return this.opens(uri, params!.textDocument!);
      case 'textDocument/didChange':
        return this.changes(uri, params!.textDocument!.version, params!.contentChanges!);
      case 'textDocument/didClose': {
        this.refused.delete(uri);
        return this.versions.delete(uri) ? undefined : uri + NOT_OPEN;
      }
      case 'byteline/names':
        return this.outdated(uri, params!.version) ?? this.refused.get(uri);
      default:
        return this.refused.get(uri);
    }
  }

  /** A position in a version that the document no longer has is a place elsewhere. */
  private outdated(uri: string, version?: number | null): string | undefined {
    const known = this.versions.get(uri);
    if (known === undefined) return uri + NOT_OPEN;
    return (version ?? known) === known ? undefined : `${uri} in version ${version}${NOT_OPEN}`;
  }

  private opens(uri: string, { version, text }: { version: number; text: string }): string | undefined {
    this.refused.delete(uri);
    this.versions.set(uri, version);
    return this.room(uri, text.length);
  }

  private changes(uri: string, version: number, changes: Change[]): string | undefined {
    const known = this.versions.get(uri);
    if (known === undefined) return uri + NOT_OPEN;
    if (version < known) return this.refuse(uri, `${uri}: version ${version} came after ${known}`);
    this.versions.set(uri, version);
    const whole = changes.findLastIndex(({ range }) => range === undefined);
    if (whole >= 0) this.refused.delete(uri);
    else if (this.refused.has(uri)) return this.refused.get(uri);
    const added = changes.slice(Math.max(0, whole)).reduce((n, { text }) => n + text.length, 0);
    return this.room(uri, added + (whole >= 0 ? 0 : this.size(uri).own));
  }

  private room(uri: string, units: number): string | undefined {
    const others = this.size(uri).units + BESIDE * this.versions.size;
    if (units + others <= MOST_TEXT * 1e6) return undefined;
    return this.refuse(
      uri,
      `${uri}: ${units} characters beside ${others} of what is open already: at most ${MOST_TEXT * 1e6} are kept`,
    );
  }

  /** A change that nobody understands: the text that it was for is lost. */
  private lose(params: unknown, why: string): void {
    const uri = (params as DocumentParams | undefined)?.textDocument?.uri;
    if (uri !== undefined && this.versions.has(uri))
      this.refuse(uri, `${uri}: a change was refused (${why}); open it again or send the whole text`);
  }

  private refuse(uri: string, why: string): string {
    this.refused.set(uri, why);
    if (this.refused.size > MOST_REFUSED) this.refused.delete(this.refused.keys().next().value!);
    return why;
  }
}

/** A reader of what the decoder lets in; `onRefusal` gets the other messages. */
export function decodedReader(
  reader: MessageReader,
  decoder: RequestDecoder,
  onRefusal: (refusal: Refusal, message: unknown) => void,
): MessageReader {
  const listen = (callback: DataCallback) =>
    reader.listen((message) => {
      const refusal = decoder.refusal(message);
      if (refusal) onRefusal(refusal, message);
      else callback(message);
    });
  return {
    onError: reader.onError,
    onClose: reader.onClose,
    onPartialMessage: reader.onPartialMessage,
    listen,
    dispose: () => reader.dispose(),
  };
}
