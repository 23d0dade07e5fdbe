/** Names from the editor's own TypeScript server: real keys, what the log says of the answers, and what is offered. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Server } from './server.ts';
import { EditorSession } from './session.ts';
import type { Workbench } from './workbench.ts';

const SHELF = 'export interface Shelf {\n  vexatePendulum(depth: number): number;\n  quillfranc: string;\n}\n';
const TEXT = "import type { Shelf } from './shelf';\n\nexport function drain(zorblatt: Shelf) {\n  █\n}\n";
const SAID = /the language server: (\d+) names in front and (\d+) others of (\d+) after (\d+) ms/g;

describe('names of a language server in a real editor', function () {
  const session = new EditorSession(this, {
    fill(folder) {
      writeFileSync(join(folder, 'shelf.ts'), SHELF);
      writeFileSync(join(folder, 'tsconfig.json'), '{"compilerOptions": {"strict": true}}');
    },
    settings: { 'byteline.model': 'nano' },
    flags: ['--log', 'debug'],
  });
  let server: Server;
  let w: Workbench;
  before(() => {
    ({ server, w } = session);
  });

  /** What was said of both members. */
  const members = () => [...server.log().matchAll(SAID)].filter(([, first]) => first === '2');

  /** Types a member until both names have come; `list`: whether the editor's list stands there, too. */
  async function come(list: boolean): Promise<void> {
    const before = members().length;
    await w.edit('drain.ts', TEXT);
    await w.until(
      async () => {
        await w.page.keyboard.type('zorblatt.', { delay: 60 });
        await w.page.waitForTimeout(1500);
        const stands = await w.page.locator('.suggest-widget.visible .monaco-list-row').count();
        if (!list) assert.equal(stands, 0);
        if (members().length > before && (!list || stands === 2)) return true;
        for (const key of ['Escape', 'Shift+Home', 'Delete']) await w.page.keyboard.press(key);
        return false;
      },
      'the two members',
      90_000,
    );
  }

  it("come while a member is typed, beside the editor's own list", async () => {
    await come(true);
    await w.screenshot('names');
  });
  it('open no list themselves where none opens (quickSuggestions and suggestOnTriggerCharacters off)', async () => {
    server.set({ 'editor.quickSuggestions': { other: 'off' }, 'editor.suggestOnTriggerCharacters': false });
    await come(false);
  });
});
