/**
 * How often and how soon IntelliSense's list opens in a real editor with its default settings, with Byteline on and
 * off: where a name must be imported, where it stands in no file, and behind the `.` of a typed receiver:
 *
 *     npx tsx test/bench/suggestions.ts [TRIES] [ROOT]
 *
 * ROOT: a checkout with a VSIX to install; this one. Times are read in the page, frame by frame.
 */
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { project } from '../editor/hooks.ts';
import { ROOT, Server } from '../editor/server.ts';
import { Workbench } from '../editor/workbench.ts';

/** From key to key, ms: of what is measured, and of the line before it. */
const [PACE, HEAD_PACE] = [140, 40];
/** After the last key the list has so long, ms. */
const WAIT = 2000;
/** So many tries with Byteline on, then as many with it off, and so on. */
const TURN = 5;

interface Situation {
  title: string;
  file: string;
  text: string;
  /** The line, up to what is measured. */
  head: string;
  /** What is typed then; the list has `item`. */
  typed: string;
  item: string;
}

const SHOP =
  'export interface Article {\n  name: string;\n  price: number;\n  priority: number;\n  stock: number;\n}\n';
const UNKNOWN = `export function median(values: number[]): number {
  const sorted = values.slice().sort((a, b) => a - b);
  return sorted[sorted.length >> 1];
}

export function widths(line: string): number[] {
  const parts = line.split(',').map((part) => part.trim());
  █
  return parts.map(Number);
}
`;
const MEMBER = `import type { Article } from './shop';

export function label(item: Article): string {
  return item.name + ': ' + item.stock;
}

export function total(items: Article[]): number {
  let sum = 0;
  for (const item of items) {
    █
  }
  return sum;
}
`;
const SITUATIONS: Situation[] = [
  {
    title: 'a name to import',
    file: 'a.tsx',
    text: '█\n',
    head: 'const [c, setC] = ',
    typed: 'useSt',
    item: 'useState',
  },
  {
    title: 'an unknown name',
    file: 'b.ts',
    text: UNKNOWN,
    head: 'const first = ',
    typed: 'parseFl',
    item: 'parseFloat',
  },
  { title: 'a member', file: 'c.ts', text: MEMBER, head: 'sum += item', typed: '.pr', item: 'price' },
];

/**
 * Notes when keys go down and, of each frame, whether a list with the item, or (`any`) with whatever items, is there;
 * source for the page.
 */
const WATCH = `(item, any) => {
  const seen = (globalThis.watched_ = { keys: [], list: undefined, item: undefined });
  const note = () => seen.keys.push(performance.now());
  addEventListener('keydown', note, true);
  const look = () => {
    if (globalThis.watched_ !== seen) return removeEventListener('keydown', note, true);
    const rows = [...document.querySelectorAll('.suggest-widget.visible .monaco-list-row')];
    const now = performance.now();
    const there = rows.some((row) => row.querySelector('.label-name')?.textContent === item);
    if (there || (any && rows.length)) seen.list ??= now;
    seen.item = there ? (seen.item ?? now) : undefined;
    requestAnimationFrame(look);
  };
  look();
}`;
interface Watched {
  keys: number[];
  list?: number;
  item?: number;
}

/** One try: whether the item was on the screen, and ms to the list from the first key, to the item from the last. */
interface Try {
  opened: boolean;
  fromFirst: number;
  fromLast: number;
  ghostAlone: boolean;
}

const quantile = (values: number[], q: number) =>
  [...values].sort((a, b) => a - b)[Math.min(values.length - 1, Math.floor(q * values.length))];
const figures = (values: number[]) =>
  values.length ? [0.5, 0.95].map((q) => `${Math.round(quantile(values, q))}`).join(' / ') : '-';

const tries = Number(process.argv[2] ?? 40);
const root = process.argv[3] ?? ROOT;
const vsix = join(root, readdirSync(root).find((file) => /^byteline-linux-x64-.*\.vsix$/.test(file))!);
const folder = mkdtempSync(join(tmpdir(), 'ws-'));
project(folder, 'a.tsx');
writeFileSync(join(folder, 'shop.ts'), SHOP);
const server = await Server.start(folder, {}, { vsix });
const w = await Workbench.open(server);
w.page.setDefaultTimeout(120_000); // a busy machine
const { keyboard } = w.page;
const read = () => w.page.evaluate('globalThis.watched_') as Promise<Watched>;

/** The line is empty again, and nothing is open. */
async function clear(): Promise<void> {
  for (const key of ['Escape', 'Escape', 'Shift+Home', 'Delete']) await keyboard.press(key);
  await w.page.waitForTimeout(200);
}

async function one({ head, typed, item }: Situation): Promise<Try> {
  await clear();
  await keyboard.type(head, { delay: HEAD_PACE });
  if (head) await w.page.waitForTimeout(PACE);
  // the list of the receiver's own name may still stand; of members there are few, and all are on the screen
  await w.page.evaluate(`(${WATCH})(${JSON.stringify(item)}, ${!typed.startsWith('.')})`);
  await keyboard.type(typed, { delay: PACE });
  for (const end = Date.now() + WAIT; Date.now() < end && !(await read()).item; ) await w.page.waitForTimeout(30);
  const { keys, list = Infinity, item: there = Infinity } = await read();
  await w.page.evaluate('delete globalThis.watched_');
  const ghostAlone = there === Infinity && (await w.page.locator('.ghost-text-decoration').first().isVisible());
  return {
    opened: there !== Infinity,
    fromFirst: list - keys[0],
    fromLast: Math.max(0, there - keys.at(-1)!),
    ghostAlone,
  };
}

async function turn(on: boolean): Promise<void> {
  server.set({ 'byteline.enable': on });
  await w.page.waitForSelector(on ? '[aria-label^="Byteline, ready"]' : '[aria-label^="Byteline, paused"]');
}

const load = () => loadavg()[0].toFixed(1);
console.log(`load ${load()} at the start`);
try {
  const rows: string[] = [];
  for (const situation of SITUATIONS) {
    server.set({});
    await w.edit(situation.file, situation.text);
    await keyboard.type(situation.head + situation.typed, { delay: PACE });
    await w.until(
      async () => {
        if (await w.page.locator(`.suggest-widget.visible .monaco-list-row:has-text("${situation.item}")`).count())
          return true;
        await keyboard.press('Control+Space');
        await w.page.waitForTimeout(1000);
        return false;
      },
      'the language service',
      60_000,
    );
    const seen: Record<'on' | 'off', Try[]> = { on: [], off: [] };
    while (seen.off.length < tries) {
      for (const which of ['on', 'off'] as const) {
        await turn(which === 'on');
        for (let i = 0; i < TURN && seen[which].length < tries; i++) seen[which].push(await one(situation));
        await w.screenshot(`suggestions-${situation.file}-${which}`);
      }
    }
    for (const which of ['on', 'off'] as const) {
      const all = seen[which];
      const opened = all.filter((one) => one.opened);
      rows.push(
        `| ${[
          `${situation.title}, \`${situation.head}${situation.typed}\``,
          which,
          `${opened.length} of ${all.length}`,
          figures(opened.map(({ fromFirst }) => fromFirst)),
          figures(opened.map(({ fromLast }) => fromLast)),
          all.filter(({ ghostAlone }) => ghostAlone).length,
        ].join(' | ')} |`,
      );
    }
    await clear();
    await w.save(situation.file);
  }
  console.log(`load ${load()} at the end`);
  console.log(
    '| situation | Byteline | opened | first key to list, ms | last key to item, ms | ghost text alone |\n' +
      '|---|---|---|---|---|---|',
  );
  console.log(rows.join('\n'));
} finally {
  if (process.env.BYTELINE_LOG) console.log(server.log());
  await w.close();
  server.stop();
  rmSync(folder, { recursive: true });
}
