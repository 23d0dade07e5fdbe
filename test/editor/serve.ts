/**
 * The browser workbench with Byteline in it, for `npm start`: serves on loopback until Ctrl+C. PORT chooses the port.
 */
import { spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT, Server } from './server.ts';

const vsix = readdirSync(ROOT).find((f) => f.startsWith(`byteline-linux-${process.arch}-`) && f.endsWith('.vsix'));
if (!vsix) throw new Error('no VSIX: npm run package');
const server = await Server.start(
  join(ROOT, 'test/fixtures/sample'),
  {},
  { vsix: join(ROOT, vsix), port: Number(process.env.PORT ?? 8765) },
);
console.log(
  '\nByteline is ready. Open this page, click at the end of a line and type:\n\n' +
    `  ${server.url('shapes.ts')}\n\nCtrl+C ends it.`,
);
if (process.env.DISPLAY || process.env.WAYLAND_DISPLAY)
  spawn('xdg-open', [server.url('shapes.ts')], { stdio: 'ignore' }).on('error', () => undefined);
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.on(signal, () => {
    server.stop();
    process.exit();
  });
