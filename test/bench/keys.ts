/**
 * What keys cost in the real editor: types a file's beginning at eight keys a second, with pauses, and prints the
 * worker's CPU time for each key, the requests that it cancelled, and the time from a pause's last key to the first
 * ghost text:
 *
 *     npx tsx test/bench/keys.ts FILE.vsix [--model nano] [--workspace FOLDER [--nameless]] [--rounds N]
 *
 * With a FOLDER the memory is on, and knows a copy of it, and the editor's own language server is asked for names
 * unless --nameless says no.
 */
import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { Server } from '../editor/server.ts';
import { Workbench } from '../editor/workbench.ts';
import { sourceText } from '../sourceText.ts';

/** From key to key, ms. */
const KEY = 125;
const SOURCE = sourceText('item.ts');
/** Whole declarations: what is typed behind half a comment would be in it. */
const HEAD = SOURCE.slice(0, SOURCE.lastIndexOf('\n}\n', 1500) + 3);
const LINES = [
  'const half = overlap(text, line);',
  'const open = brackets(text);',
  'return balanced(text) && half > 0;',
  "if (text.includes('\\n')) return 0;",
  'for (const c of text) open.push(c);',
  'const visible = line.trimEnd();',
];

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    model: { type: 'string', default: 'nano' },
    workspace: { type: 'string' },
    nameless: { type: 'boolean' },
    rounds: { type: 'string', default: '1' },
  },
});
const folder = mkdtempSync(join(tmpdir(), 'ws-'));
if (values.workspace) cpSync(values.workspace, folder, { recursive: true });
const server = await Server.start(
  folder,
  {
    'byteline.model': values.model,
    'byteline.memory.enable': !!values.workspace,
    'byteline.languageServerNames': !values.nameless,
    'editor.quickSuggestions': { other: 'off', comments: 'off', strings: 'off' },
  },
  { vsix: resolve(positionals[0]), flags: ['--log', 'debug'] },
);
const w = await Workbench.open(server);
try {
  await w.edit('a.ts', `${HEAD}\nfunction typed(text: string, line: string) {\n█\n}\n`);
  const [pid] = execFileSync('pgrep', ['-f', `^[^ ]*node .*${server.home}.*byteline\\.cjs serve`], { encoding: 'utf8' })
    .trim()
    .split('\n');
  const cpu = () =>
    readFileSync(`/proc/${pid}/stat`, 'utf8')
      .split(') ')[1]
      .split(' ')
      .slice(11, 13)
      .reduce((ms, ticks) => ms + 10 * Number(ticks), 0);
  // what is indexed before the first key is no key's
  for (let [last, now] = [-1, cpu()]; values.workspace && now - last > 50; [last, now] = [now, cpu()])
    await w.page.waitForTimeout(1000);
  const shown = () => w.page.evaluate(`document.querySelector('.ghost-text-decoration') !== null`) as Promise<boolean>;
  const waits: number[] = [];
  let keys = 0;
  const before = cpu();
  for (const line of Array.from({ length: Number(values.rounds) }, () => LINES).flat()) {
    const half = Math.ceil(line.length / 2);
    for (const part of [line.slice(0, half), line.slice(half)]) {
      await w.page.keyboard.type(part, { delay: KEY });
      keys += part.length;
      const began = Date.now();
      while (!(await shown()) && Date.now() - began < 1500) await w.page.waitForTimeout(10);
      if (await shown()) waits.push(Date.now() - began);
    }
    await w.page.keyboard.press('Escape');
    await w.page.keyboard.press('Enter');
    keys++;
  }
  const used = cpu() - before;
  const count = (pattern: RegExp) => server.log().match(pattern)?.length ?? 0;
  waits.sort((a, b) => a - b);
  console.log(
    `${positionals[0]}: ${keys} keys, ${(used / keys).toFixed(1)} ms of the worker's CPU a key, ` +
      `${count(/nothing offered: cancelled/g)} requests cancelled, ` +
      `${waits.length} pauses with ghost text after ${waits[waits.length >> 1]} ms in the median, ` +
      `${waits[Math.floor(0.95 * waits.length)]} ms at most in 95 of 100; ` +
      `${count(/names in front/g)} answers with names`,
  );
} finally {
  await w.close();
  server.stop();
  rmSync(folder, { recursive: true });
}
