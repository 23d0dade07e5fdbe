/** `byteline score FILE...`: bits per byte of raw files. */
import { readFile } from 'node:fs/promises';
import { scoreBytes } from '../completion/score.ts';
import type { Device } from '../engine/devices.ts';
import { Engine } from '../engine/engine.ts';
import { resolveModel } from '../engine/find.ts';
import { BytelineError, messageOf } from '../errors.ts';
import { deviceOf } from './devices.ts';

export async function run(
  files: string[],
  o: { model: string; device: 'auto' | Device; threads?: number; json?: boolean },
): Promise<void> {
  const texts = await Promise.all(
    files.map(async (path) => ({
      path,
      raw: await readFile(path).catch((error) => {
        throw new BytelineError('file', `${path}: ${messageOf(error)}`);
      }),
    })),
  );
  const folder = await resolveModel(o.model);
  const engine = await Engine.load(folder, { threads: o.threads, device: await deviceOf(o.device, folder, o.threads) });
  const rows = [];
  for (const { path, raw } of texts) {
    rows.push({ path, bytes: raw.length, bits: await scoreBytes(engine, raw, path) });
    if (process.stderr.isTTY) process.stderr.write(`\r${rows.length} of ${texts.length} files`);
  }
  const bytes = rows.reduce((n, row) => n + row.bytes, 0);
  const bits = rows.reduce((n, row) => n + row.bits, 0);
  const result = { files: rows, bytes, bits, bitsPerByte: bytes ? bits / bytes : 0 };
  if (o.json) process.stdout.write(JSON.stringify(result) + '\n');
  else {
    for (const row of rows)
      process.stdout.write(`${(row.bits / Math.max(1, row.bytes)).toFixed(3)} bits per byte  ${row.path}\n`);
    process.stdout.write(`${result.bitsPerByte.toFixed(3)} bits per byte of ${bytes} bytes\n`);
  }
}
