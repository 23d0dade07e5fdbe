/** `byteline models`: installed models with size, precision, device and the state of their hashes. */

import { bundledModels } from '../engine/find.ts';
import { checkFile, findModels, readManifest, sizeOf } from '../engine/manifest.ts';
import { messageOf } from '../errors.ts';

export async function run(o: { json?: boolean }): Promise<void> {
  const rows = [];
  for (const [name, folder] of await findModels([bundledModels()])) {
    try {
      const manifest = await readManifest(folder);
      const checked = new Map<string, Promise<void>>();
      for (const file of manifest.files) {
        const hash = await checkFile(folder, file, checked).then(() => 'ok', messageOf);
        rows.push({
          name,
          version: manifest.version,
          bytes: sizeOf(file),
          precision: file.precision,
          device: file.device,
          hash,
          folder,
        });
      }
    } catch (error) {
      rows.push({ name, hash: messageOf(error), folder });
    }
  }
  if (o.json) process.stdout.write(JSON.stringify(rows) + '\n');
  else
    for (const r of rows)
      process.stdout.write(
        `${r.name}  ${r.version ?? ''}  ${((r.bytes ?? 0) / 1e6).toFixed(1)} MB  ` +
          `${r.precision ?? ''}  ${r.device ?? ''}  hash: ${r.hash}\n`,
      );
}
