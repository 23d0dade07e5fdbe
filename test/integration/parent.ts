/**
 * Stands in for the extension host: starts a worker as the extension does, has it complete without end, and prints the
 * worker's id. SIGTERM has it leave as a host leaves.
 */

import { overIpc } from './overIpc.ts';
import { CLI } from './worker.ts';

const { process: worker, connection } = await overIpc(CLI);
process.on('SIGTERM', () => process.exit());
console.log(worker.child.pid);
const text = 'const half = 1;\n'.repeat(200);
for (let id = 1; ; id++) {
  await connection.sendNotification('textDocument/didOpen', {
    textDocument: { uri: 'file:///ws/a.ts', languageId: 'typescript', version: id, text: text.slice(id % 1000) },
  });
  await connection.sendRequest('byteline/complete', {
    id,
    uri: 'file:///ws/a.ts',
    position: { line: 100, character: 3 },
    multiline: true,
    maxBytes: 512,
    always: true,
  });
}
