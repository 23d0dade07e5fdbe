/**
 * How often IntelliSense's list opens where a name is typed that must be imported, in a real editor with its default
 * settings, with Byteline on and off: `npx tsx test/bench/suggestions.ts [TRIES] [ROOT]` (ROOT: a checkout with a VSIX
 * to install; this one).
 */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { IMPORT, project, TYPED } from '../editor/hooks.ts';
import { ROOT, Server } from '../editor/server.ts';
import { Workbench } from '../editor/workbench.ts';

/** One key, ms. */
const PACE = 140;
/** After the last key the list has so long, ms. */
const WAIT = 2000;

const tries = Number(process.argv[2] ?? 40);
const root = process.argv[3] ?? ROOT;
const vsix = join(root, readdirSync(root).find((file) => /^byteline-linux-x64-.*\.vsix$/.test(file))!);
const folder = mkdtempSync(join(tmpdir(), 'ws-'));
project(folder, 'a.tsx');
const server = await Server.start(folder, {}, { vsix });
const w = await Workbench.open(server);
const list = () => w.page.locator('.suggest-widget.visible .monaco-list-row:has-text("useState")').first().isVisible();
const ghost = () => w.page.locator('.ghost-text-decoration').first().isVisible();

async function empty(): Promise<void> {
  await w.page.keyboard.press('Escape');
  await w.page.keyboard.press('Escape');
  await w.page.keyboard.press('Control+a');
  await w.page.keyboard.press('Delete');
}

/** Counts of so many tries: with the list, with ghost text and no list, and whose text got its import by Tab. */
async function count(): Promise<Record<string, number>> {
  const counts = { tries, list: 0, ghostAlone: 0, import: 0, withoutImport: 0 };
  for (let i = 0; i < tries; i++) {
    await empty();
    await w.page.waitForTimeout(300);
    await w.page.keyboard.type(TYPED, { delay: PACE });
    for (const end = Date.now() + WAIT; Date.now() < end && !(await list()); await w.page.waitForTimeout(50));
    const [opened, stood] = [await list(), await ghost()];
    counts.list += Number(opened);
    counts.ghostAlone += Number(!opened && stood);
    if (i === 0) await w.screenshot(`suggestions-${vsix.replace(/\W+/g, '-').slice(-30)}`);
    if (!opened && !stood) continue;
    await w.page.keyboard.press('Tab');
    await w.page.waitForTimeout(500);
    const text = await w.save('a.tsx');
    if (IMPORT.test(text)) counts.import++;
    else if (text.includes('useState')) counts.withoutImport++;
  }
  return counts;
}

try {
  await w.edit('a.tsx', '█');
  await w.page.keyboard.type(TYPED, { delay: PACE });
  await w.page.keyboard.press('Control+Space');
  await w.until(list, 'the language service', 60_000);
  console.log('on ', JSON.stringify(await count()));
  server.set({ 'byteline.enable': false });
  await w.page.waitForSelector('[aria-label^="Byteline, paused"]');
  console.log('off', JSON.stringify(await count()));
} finally {
  await w.close();
  server.stop();
  rmSync(folder, { recursive: true });
}
