/** The worker over stdio in another editor, with that editor's own LSP client: Neovim. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CLI, ROOT } from './worker.ts';

const HEAD = [
  'export function area(width: number, height: number): number {',
  '  return width * height;',
  '}',
  '',
  'const emoji = "😀 é";',
  '',
].join('\n');

describe('Neovim', () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'byteline-'));
  });
  after(() => rmSync(folder, { recursive: true }));

  it('writes to disk what the command line completes there', () => {
    const file = join(folder, 'a.ts');
    const [line, typed] = ['const total = area(3, 4);', 'const half = '];
    writeFileSync(file, `${HEAD}${line}\n\nconst after = 1;\n`);
    const nvim = spawnSync(
      'nvim',
      ['--headless', '-u', 'NONE', '-i', 'NONE', '-n', '-S', join(ROOT, 'test/integration/neovim.lua'), file],
      {
        cwd: folder,
        encoding: 'utf8',
        timeout: 100_000,
        env: {
          ...process.env,
          SERVE: JSON.stringify([process.execPath, CLI, 'serve', '--stdio']),
          TYPED: typed,
          LINE: '7',
        },
      },
    );
    assert.equal(nvim.status, 0, nvim.error?.message ?? nvim.stderr);
    const disk = readFileSync(file, 'utf8');
    const text = `${HEAD}${line}\n${typed}\nconst after = 1;\n`;
    const made = spawnSync(
      process.execPath,
      [
        CLI,
        'complete',
        '-',
        '--path',
        'a.ts',
        '--line',
        '7',
        '--column',
        `${typed.length + 1}`,
        '--model',
        'micro',
        '--json',
      ],
      { input: text, encoding: 'utf8' },
    );
    const completed = (JSON.parse(made.stdout) as { text: string }).text;
    assert.ok(completed.length > 3, made.stderr);
    assert.equal(disk, text.replace(typed, typed + completed));
  });
});
