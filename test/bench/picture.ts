/**
 * Makes the moving picture of README and walkthrough from the real editor: types at two places of the sample of
 * `npm start`, with default settings, and takes the ghost text with Tab wherever it is what should stand there.
 * Byteline's text is what it is; how long a frame stands is set here, so that a busy machine gives the same picture:
 *
 *     npx tsx test/bench/picture.ts FILE.vsix [OUT.gif]
 *
 * The frames lie in test/artifacts/picture; test/bench/picture.py puts them together (Pillow, which matplotlib brings).
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { copySample, FILE, start, TRIALS, type Trial } from '../editor/sample.ts';
import { ROOT, Server } from '../editor/server.ts';
import { Workbench } from '../editor/workbench.ts';

/** What is typed at two of the sample's places, the lower one first; the editor itself indents the lines. */
const TYPED: [Trial, string][] = [
  [TRIALS[2], '\nif (!shape) throw new UnknownShape(name);'],
  [TRIALS[1], '\nlet total = 0;\nfor (const shape of shapes) {\ntotal += shape.width;\n}\nreturn space / total;'],
];

/** How long frames stand, ms: one key, ghost text that is read, Tab pressed, the end. */
const [KEY, READ, PRESSED, END] = [110, 900, 400, 1800];
/** Shorter ghost text is typed over. */
const SHORTEST = 3;
/** Ghost text has so long to come, ms. */
const PATIENCE = 3000;
const SIZE = { width: 860, height: 440 };
/** The window's title, which is left out, px. */
const TITLE = 30;
/** Little around the text; Byteline's own settings are the defaults. */
const CALM = {
  'editor.fontSize': 17, // the walkthrough shows it at two thirds
  'editor.cursorBlinking': 'solid',
  'breadcrumbs.enabled': false,
  'window.commandCenter': false,
  'workbench.activityBar.location': 'hidden',
};

/** Shows which key is pressed, as source for the page. */
const KEYCAP = `{
  const cap = document.createElement('div');
  cap.id = 'keycap';
  cap.textContent = 'Tab';
  cap.style = 'position: fixed; right: 40px; bottom: 48px; padding: 6px 22px; font: 20px sans-serif; color: #fff;' +
    'background: #444; border-radius: 8px; z-index: 9999';
  document.body.append(cap);
}`;

const [vsix, out = join(ROOT, 'extension/walkthrough/take.gif')] = process.argv.slice(2);
const frames = join(ROOT, 'test/artifacts/picture');
rmSync(frames, { recursive: true, force: true });
mkdirSync(frames, { recursive: true });
const sample = copySample();
const server = await Server.start(sample, CALM, { vsix: resolve(vsix) });
const w = await Workbench.open(server);
const taken: { file: string; ms: number }[] = [];

async function frame(ms: number): Promise<void> {
  const file = join(frames, `${String(taken.length).padStart(3, '0')}.png`);
  await w.page.screenshot({ path: file, clip: { x: 0, y: TITLE, width: SIZE.width, height: SIZE.height - TITLE } });
  taken.push({ file, ms });
}

/** Ghost text that goes on as `rest` does; an empty string where there is none, or the editor's list is open. */
async function offered(rest: string): Promise<string> {
  const text = await w.ghost(PATIENCE).catch(() => '');
  if (await w.page.locator('.suggest-widget.visible').count()) return '';
  const flat = text.replace(/\n +/g, '\n');
  return flat.length >= SHORTEST && rest.startsWith(flat) ? flat : '';
}

/** Types a text, and takes of it what is offered. */
async function write(text: string): Promise<void> {
  for (let at = 0; at < text.length; ) {
    const grey = at > 0 ? await offered(text.slice(at)) : '';
    if (grey) {
      await frame(READ);
      await w.page.evaluate(KEYCAP);
      await frame(PRESSED);
      await w.page.evaluate(`document.getElementById('keycap').remove()`);
      await w.page.keyboard.press('Tab');
      console.log(`Tab: ${JSON.stringify(grey)}`);
      at += grey.length;
    } else {
      await w.page.keyboard.type(text[at++]);
      await w.page.waitForTimeout(150);
    }
    await frame(KEY);
  }
  taken.at(-1)!.ms = END;
}

try {
  await w.page.setViewportSize(SIZE);
  const first = start(TRIALS[0]);
  await w.page.goto(server.urlAt(FILE, first.line, first.column));
  await w.page.waitForSelector('[aria-label^="Byteline, ready"]', { timeout: 240_000 });
  await w.command('View: Toggle Primary Side Bar Visibility');
  await w.until(() => /indexed \d+ files/.test(server.log()), 'the index', 60_000);
  for (const [trial, text] of TYPED) {
    const { line, column } = start(trial);
    await w.goTo(line, column);
    await frame(READ);
    await write(text);
  }
} finally {
  await w.close();
  server.stop();
  rmSync(dirname(sample), { recursive: true });
}
const list = join(frames, 'frames.json');
writeFileSync(list, JSON.stringify(taken));
execFileSync(join(ROOT, '.venv/bin/python'), [join(ROOT, 'test/bench/picture.py'), list, out], { stdio: 'inherit' });
