/**
 * Makes the README's moving picture from the real editor: types a function in a small project, with default settings,
 * and takes the ghost text with Tab wherever it is what stands in the function. Byteline's text is what it is; how long
 * a frame stands is set here, so that a busy machine gives the same picture:
 *
 *     npx tsx test/bench/picture.ts FILE.vsix [OUT.gif]
 *
 * The frames lie in test/artifacts/picture; test/bench/picture.py puts them together (Pillow, which matplotlib brings).
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { ROOT, Server } from '../editor/server.ts';
import { Workbench } from '../editor/workbench.ts';

const DATABASE = `export interface Database {
  query<T>(text: string, values: unknown[]): Promise<T[]>;
}

export class NotFound extends Error {}
`;
const USERS = `import { type Database, NotFound } from './database';

const byId = 'select * from users where id = $1';

export interface User {
  id: string;
  name: string;
}

/** Throws NotFound where there is no such user. */
export async function findUser(database: Database, id: string): Promise<User> {
  const [row] = await database.query<User>(byId, [id]);
  if (!row) throw new NotFound(id);
  return row;
}
`;
const ORDERS = `import { type Database, NotFound } from './database';

const byId = 'select * from orders where id = $1';

export interface Order {
  id: string;
  total: number;
}

/** Throws NotFound where there is no such order. */
export async function findOrder(database: Database, id: string): Promise<Order> {
  █
}
`;
/** What is typed at the █; the editor itself indents the lines. */
const TYPED = `const [row] = await database.query<Order>(byId, [id]);
if (!row) throw new NotFound(id);
return row;`;

/** How long frames stand, ms: one key, ghost text that is read, Tab pressed, the end. */
const [KEY, READ, PRESSED, END] = [110, 800, 400, 2500];
/** Shorter ghost text is typed over. */
const SHORTEST = 3;
/** Ghost text has so long to come, ms. */
const PATIENCE = 3000;
const SIZE = { width: 860, height: 430 };
/** Little around the text; Byteline's own settings are the defaults. */
const CALM = {
  'editor.fontSize': 15,
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

const [vsix, out = join(ROOT, 'model/ghost-text.gif')] = process.argv.slice(2);
const home = mkdtempSync(join(tmpdir(), 'picture-'));
const folder = join(home, 'shop');
const frames = join(ROOT, 'test/artifacts/picture');
rmSync(frames, { recursive: true, force: true });
for (const made of [folder, frames]) mkdirSync(made, { recursive: true });
writeFileSync(join(folder, 'database.ts'), DATABASE);
writeFileSync(join(folder, 'users.ts'), USERS);

const server = await Server.start(folder, CALM, { vsix: resolve(vsix) });
const w = await Workbench.open(server);
const taken: { file: string; ms: number }[] = [];

async function frame(ms: number): Promise<void> {
  const file = join(frames, `${String(taken.length).padStart(3, '0')}.png`);
  await w.page.screenshot({ path: file });
  taken.push({ file, ms });
}

/** Ghost text that goes on as `rest` does; an empty string where there is none, or the editor's list is open. */
async function offered(rest: string): Promise<string> {
  const text = await w.ghost(PATIENCE).catch(() => '');
  if (await w.page.locator('.suggest-widget.visible').count()) return '';
  const flat = text.replace(/\n +/g, '\n');
  return flat.length >= SHORTEST && rest.startsWith(flat) ? flat : '';
}

try {
  await w.page.setViewportSize(SIZE);
  await w.edit('orders.ts', ORDERS);
  await w.command('View: Toggle Primary Side Bar Visibility');
  await w.page.waitForTimeout(3000); // the workspace is indexed, and the language service is there
  await frame(READ);
  for (let at = 0; at < TYPED.length; ) {
    const text = at > 0 ? await offered(TYPED.slice(at)) : '';
    if (text) {
      await frame(READ);
      await w.page.evaluate(KEYCAP);
      await frame(PRESSED);
      await w.page.evaluate(`document.getElementById('keycap').remove()`);
      await w.page.keyboard.press('Tab');
      console.log(`Tab: ${JSON.stringify(text)}`);
      at += text.length;
    } else {
      await w.page.keyboard.type(TYPED[at++]);
      await w.page.waitForTimeout(150);
    }
    await frame(KEY);
  }
  taken.at(-1)!.ms = END;
} finally {
  await w.close();
  server.stop();
  rmSync(home, { recursive: true });
}
const list = join(frames, 'frames.json');
writeFileSync(list, JSON.stringify(taken));
execFileSync(join(ROOT, '.venv/bin/python'), [join(ROOT, 'test/bench/picture.py'), list, out], { stdio: 'inherit' });
