/** A worker over IPC, started by the extension's own code, with micro loaded. */
import {
  createMessageConnection,
  IPCMessageReader,
  IPCMessageWriter,
  type MessageConnection,
} from 'vscode-jsonrpc/node';
import { startProcess, type WorkerProcess } from '../../extension/worker/process.ts';
import type { Status } from '../../server/wire/protocol.ts';

export async function overIpc(module: string): Promise<{ process: WorkerProcess; connection: MessageConnection }> {
  const worker = startProcess(module, undefined, () => undefined);
  const connection = createMessageConnection(new IPCMessageReader(worker.child), new IPCMessageWriter(worker.child));
  const ready = new Promise<void>((resolve, reject) =>
    connection.onNotification('byteline/status', ({ state, message }: Status) => {
      if (state === 'ready') resolve();
      else if (state === 'error') reject(new Error(message));
    }),
  );
  connection.listen();
  await connection.sendRequest('initialize', {
    processId: process.pid,
    rootUri: null,
    workspaceFolders: null,
    capabilities: {},
    initializationOptions: { streaming: true, model: 'micro', threads: 1, device: 'cpu' },
  });
  await connection.sendNotification('initialized', {});
  await ready;
  return { process: worker, connection };
}
