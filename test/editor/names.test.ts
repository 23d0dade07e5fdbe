/** Names from the editor's own TypeScript server: real keys, and what the log says of the answers. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { packed, Server } from './server.ts';
import { Workbench } from './workbench.ts';

const SHELF = 'export interface Shelf {\n  vexatePendulum(depth: number): number;\n  quillfranc: string;\n}\n';
const TEXT = "import type { Shelf } from './shelf';\n\nexport function drain(zorblatt: Shelf) {\n  █\n}\n";
const SAID = /the language server: (\d+) names in front and (\d+) others after (\d+) ms(.*)/g;

describe('names of a language server in a real editor', function () {
  this.timeout(240_000);
  this.retries(1); // a busy machine loses keys
  let [server, w, folder] = [undefined as unknown as Server, undefined as unknown as Workbench, ''];
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'ws-'));
    writeFileSync(join(folder, 'shelf.ts'), SHELF);
    writeFileSync(join(folder, 'tsconfig.json'), '{"compilerOptions": {"strict": true}}');
    server = await Server.start(folder, { 'byteline.model': 'nano' }, { vsix: packed(), flags: ['--log', 'debug'] });
    w = await Workbench.open(server);
  });
  after(async () => {
    await w?.close();
    if (process.env.BYTELINE_LOG) console.log(server?.log());
    server?.stop();
    rmSync(folder, { recursive: true });
  });

  it('come while a member is typed, and open no list', async () => {
    server.set({ 'editor.quickSuggestions': { other: 'off' }, 'editor.suggestOnTriggerCharacters': false });
    await w.edit('drain.ts', TEXT);
    // the service starts
    await w.page.keyboard.type('zorblatt.');
    await w.until(
      async () => {
        await w.page.keyboard.press('Control+Space');
        return w.page
          .waitForSelector('.suggest-widget.visible .monaco-list-row:has-text("quillfranc")', { timeout: 3000 })
          .then(Boolean, () => false);
      },
      'the language service',
      60_000,
    );
    await w.page.keyboard.press('Escape');
    const said = () => [...server.log().matchAll(SAID)].map(([line, first]) => ({ line, first: Number(first) }));
    await w.until(
      async () => {
        await w.page.keyboard.type(';zorblatt.', { delay: 60 });
        await w.page.waitForTimeout(1500);
        assert.equal(await w.page.locator('.suggest-widget.visible').count(), 0);
        return said().some(({ first, line }) => first === 2 && !line.endsWith(', not all'));
      },
      'the two members',
      90_000,
    );
    await w.screenshot('names');
    console.log(
      said()
        .map(({ line }) => `      ${line}`)
        .join('\n'),
    );
  });
});
