/**
 * The browser workbench with Byteline in it, for `npm start`: serves a copy of the sample on loopback until Ctrl+C.
 * PORT chooses the port.
 */
import { spawn } from 'node:child_process';
import { readdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { copySample, FILE, start, TRIALS } from './sample.ts';
import { ROOT, Server } from './server.ts';

const vsix = readdirSync(ROOT).find((f) => f.startsWith(`byteline-linux-${process.arch}-`) && f.endsWith('.vsix'));
if (!vsix) throw new Error('no VSIX: npm run package');
const sample = copySample();
const server = await Server.start(sample, {}, { vsix: join(ROOT, vsix), port: Number(process.env.PORT ?? 8765) });
const { line, column } = start(TRIALS[0]);
const page = server.urlAt(FILE, line, column);
console.log(
  `\nByteline is ready. Open this page; ${FILE} says what to try:\n\n  ${page}\n\n` +
    'It is a copy of the sample, changed as you like. Ctrl+C ends it.',
);
if (process.env.DISPLAY || process.env.WAYLAND_DISPLAY)
  spawn('xdg-open', [page], { stdio: 'ignore' }).on('error', () => undefined);
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.on(signal, () => {
    server.stop();
    rmSync(dirname(sample), { recursive: true, force: true });
    process.exit();
  });
