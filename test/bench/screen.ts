/**
 * From a key to the screen in the real editor with its default settings, with Byteline on and off, with the list of
 * suggestions and without: types lines of a source into a small project, eight keys a second, each line in all four
 * set-ups, whose order changes from line to line. A key's time is from its event to the end of the frame that draws it:
 *
 *     npx tsx test/bench/screen.ts FILE.vsix [--keys 500]
 *
 * At least so many keys for each set-up, besides those that draw nothing (a bracket typed over the one that the editor
 * closed) and the rest of a line that an item of the list changed.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { Server } from '../editor/server.ts';
import { Workbench } from '../editor/workbench.ts';
import { sourceText } from '../sourceText.ts';

/** From key to key, ms. */
const KEY = 125;
/** The project's files, and where the lines are from. */
const FILES = ['item.ts', 'around.ts', 'cells.ts'];
const TYPED = ['cachePool.ts', 'cache.ts', 'engine.ts'];
/** Lines that the editor does not make several of. */
const LINE = /^[^{}`/*]{20,70};$/;
const WITHOUT_LIST = {
  'editor.quickSuggestions': { other: 'off', comments: 'off', strings: 'off' },
  'editor.suggestOnTriggerCharacters': false,
};

/** The cursor's line as it is drawn, without ghost text: source for the page. */
const DRAWN = `(editor) => {
  const top = editor.querySelector('.cursors-layer > .cursor')?.style.top;
  const line = [...editor.querySelectorAll('.view-lines > .view-line')].find((one) => one.style.top === top);
  if (!line) return '';
  const [texts, parts] = [document.createTreeWalker(line, NodeFilter.SHOW_TEXT), []];
  for (let node = texts.nextNode(); node; node = texts.nextNode())
    if (!node.parentElement.closest('.ghost-text-decoration, .ghost-text-decoration-preview')) parts.push(node.data);
  return parts.join('').replaceAll('\\u00a0', ' ').trimStart();
}`;

/**
 * Times the keys of `text` from now on: source for the page. A message that is sent while a frame is made comes when it
 * is painted.
 */
const times = (text: string) => `{
  const editor = document.activeElement.closest('.monaco-editor');
  const drawn = ${DRAWN};
  const [text, ms, pending] = [${JSON.stringify(text)}, [], []];
  let [typed, beside] = [0, 0];
  const note = (event) => {
    if (event.key.length > 1) return;
    beside += editor.querySelector('.ghost-text-decoration, .ghost-text-decoration-preview') ? 1 : 0;
    const prefix = text.slice(0, ++typed);
    if (!drawn(editor).startsWith(prefix)) pending.push({ since: event.timeStamp, prefix });
  };
  const observer = new MutationObserver(() => {
    const line = pending.length ? drawn(editor) : '';
    while (pending.length && line.startsWith(pending[0].prefix)) {
      const { since } = pending.shift();
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = () => ms.push(performance.now() - since);
      port2.postMessage(0);
    }
  });
  addEventListener('keydown', note, true);
  observer.observe(editor.querySelector('.view-lines'), { childList: true, characterData: true, subtree: true });
  window.timed_ = () => {
    removeEventListener('keydown', note, true);
    observer.disconnect();
    return { ms, lost: pending.length, beside };
  };
}`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { keys: { type: 'string', default: '500' } },
});
const most = Number(values.keys);
const setUps = [
  { list: true, on: true },
  { list: true, on: false },
  { list: false, on: false },
  { list: false, on: true },
].map((setUp) => ({ ...setUp, ms: [] as number[], lost: 0, beside: 0 }));
type SetUp = (typeof setUps)[number];

const folder = mkdtempSync(join(tmpdir(), 'ws-'));
mkdirSync(join(folder, '.vscode'));
writeFileSync(join(folder, '.vscode/settings.json'), '{}');
for (const file of FILES) writeFileSync(join(folder, file), sourceText(file));
const lines = TYPED.flatMap((file) => sourceText(file).split('\n'))
  .map((line) => line.trim())
  .filter((line) => LINE.test(line));
const server = await Server.start(folder, {}, { vsix: resolve(positionals[0]) });
const w = await Workbench.open(server);
const drawn = () =>
  w.page.evaluate(`(${DRAWN})(document.activeElement.closest('.monaco-editor'))`).catch(() => '') as Promise<string>;
let switches = 0;

/**
 * The editor's settings are the workspace's: the browser does not look at the user's again. The cursor's form says when
 * they are there, the status item when Byteline's are.
 */
async function switchTo({ list, on }: SetUp): Promise<void> {
  const form = switches++ % 2 ? 'line' : 'line-thin';
  const editor = { 'editor.cursorStyle': form, ...(list ? {} : WITHOUT_LIST) };
  writeFileSync(join(folder, '.vscode/settings.json'), JSON.stringify(editor));
  server.set({ 'byteline.enable': on });
  await w.page.waitForSelector(`.cursors-layer.cursor-${form}-style`, { state: 'attached' }); // it has no size
  await w.page.waitForSelector(`[aria-label^="Byteline, ${on ? 'ready' : 'paused'}"]`);
}

/** Types a line and empties it again. */
async function type(text: string, setUp: SetUp): Promise<void> {
  await w.page.evaluate(times(text));
  await w.page.keyboard.type(text, { delay: KEY });
  const { ms, lost, beside } = (await w.page.evaluate('window.timed_()')) as Record<'lost' | 'beside', number> & {
    ms: number[];
  };
  setUp.ms.push(...ms);
  setUp.lost += lost;
  setUp.beside += beside;
  await w.until(
    async () => {
      for (const key of ['Home', 'Shift+End', 'Delete']) await w.page.keyboard.press(key);
      return (await drawn()).trim() === '';
    },
    'an empty line',
    30_000,
  );
}

const at = (sorted: number[], part: number) => sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))];
const of = ({ ms }: SetUp) => {
  const sorted = ms.toSorted((a, b) => a - b);
  return [at(sorted, 0.5), at(sorted, 0.95)];
};
const shown = (values: number[]) => values.map((ms) => ms.toFixed(1)).join(' | ');

try {
  const source = sourceText('item.ts');
  const head = source.slice(0, source.lastIndexOf('\n}\n', 1500) + 3);
  await w.edit('a.ts', `${head}\nfunction typed(text: string, line: string) {\n  █\n}\n`);
  for (const setUp of setUps) {
    await switchTo(setUp);
    await type(lines[0], setUp); // the editor's parts and the language service start
    Object.assign(setUp, { ms: [], lost: 0, beside: 0 });
  }
  for (let i = 1; setUps.some(({ ms }) => ms.length < most); i++)
    for (let j = 0; j < setUps.length; j++) {
      const setUp = setUps[(i + j) % setUps.length];
      await switchTo(setUp);
      await type(lines[i % lines.length], setUp);
    }
  console.log('| list | Byteline | keys | p50, ms | p95, ms |\n|---|---|---:|---:|---:|');
  for (const list of [true, false]) {
    const [on, off] = [true, false].map((is) => setUps.find((one) => one.list === list && one.on === is)!);
    for (const one of [on, off])
      console.log(`| ${list ? 'with' : 'without'} | ${one.on ? 'on' : 'off'} | ${one.ms.length} | ${shown(of(one))} |`);
    const more = of(on).map((ms, i) => ms - of(off)[i]);
    console.log(`| | on minus off | | ${shown(more)} |`);
  }
  console.log(
    `keys never drawn: ${setUps.map(({ lost }) => lost).join(', ')}; keys at which ghost text stood: ` +
      `${setUps.map(({ beside }) => beside).join(', ')}; load ${loadavg().map((load) => load.toFixed(1))}`,
  );
} finally {
  await w.close();
  server.stop();
  rmSync(folder, { recursive: true });
}
