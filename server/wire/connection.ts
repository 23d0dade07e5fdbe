/** The worker's connection to its client, over standard input and output or IPC. */
import {
  type Connection,
  createConnection,
  ErrorCodes,
  IPCMessageReader,
  IPCMessageWriter,
  type MessageReader,
  MessageType,
  type MessageWriter,
  ProposedFeatures,
  StreamMessageWriter,
} from 'vscode-languageserver/node';
import { messageOf } from '../errors.ts';
import { decodedReader, type Refusal, type RequestDecoder } from './requestDecoder.ts';
import { StdioReader } from './stdio.ts';

/** Lines about what a client does wrong, a second. */
const MOST_LINES = 20;

/** Each message passes the decoder first. Not listening yet. `argv`: `--node-ipc` is IPC, else it is stdio. */
export function connectionTo(decoder: RequestDecoder, argv = process.argv): Connection {
  const ipc = argv.includes('--node-ipc');
  const writer: MessageWriter = ipc ? new IPCMessageWriter(process) : new StreamMessageWriter(process.stdout);
  // A message that cannot be written is nobody's: the client is gone
  const send = (message: object) => void writer.write({ jsonrpc: '2.0', ...message } as never).catch(() => undefined);
  let [lines, since] = [0, 0];
  const refuse = ({ code, message, quiet }: Refusal, what?: unknown) => {
    const { id, method } = (what ?? {}) as { id?: unknown; method?: unknown };
    const known = typeof id === 'string' || typeof id === 'number';
    if (id !== undefined || typeof method !== 'string')
      return send({ id: known ? id : null, error: { code, message } });
    if (Date.now() - since > 1000) [lines, since] = [0, Date.now()];
    if (lines++ < MOST_LINES)
      send({ method: 'window/logMessage', params: { type: quiet ? MessageType.Debug : MessageType.Error, message } });
  };
  let reader: MessageReader;
  if (ipc) reader = new IPCMessageReader(process);
  else {
    console.log = console.info = console.debug = console.error; // standard output is the protocol's
    reader = new StdioReader(process.stdin, (code, message) => refuse({ code, message }));
  }
  const connection = createConnection(ProposedFeatures.all, decodedReader(reader, decoder, refuse), writer);
  let down = false;
  connection.onShutdown(() => void (down = true));
  if (!ipc) reader.onClose(() => process.exit(down ? 0 : 1));
  reader.onError((error) => refuse({ code: ErrorCodes.InternalError, message: messageOf(error) }));
  return connection;
}
