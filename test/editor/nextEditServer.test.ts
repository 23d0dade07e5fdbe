/**
 * Next edits that the editor's own TypeScript server knows of, with real keys: the import of a name that was typed, and
 * the other places of a declaration that was changed.
 */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pageOf } from './nextEditPage.ts';
import { EditorSession } from './session.ts';
import type { Workbench } from './workbench.ts';

const USE = 'export const first = 1;\n\nexport const second = █;\n';
const SHELF = 'export const zorblattShelf = 3;\n';
const DECLARED = [
  'export function █quillfranc(depth: number): number {',
  '  return depth;',
  '}',
  '',
  '// quillfranc',
  'export const sum = quillfranc(1) + quillfranc(2);',
  'export const all = { quillfranc };',
  '',
].join('\n');

describe("next edits of the editor's TypeScript server", function () {
  const session = new EditorSession(this, {
    fill(folder) {
      writeFileSync(join(folder, 'shelf.ts'), SHELF);
      writeFileSync(join(folder, 'tsconfig.json'), '{"compilerOptions": {"strict": true, "module": "esnext"}}');
    },
    // the model has its say in tests of their own
    settings: { 'byteline.eagerness': '1', 'byteline.memory.enable': false },
    flags: ['--log', 'debug'],
  });
  let w: Workbench;
  before(() => {
    ({ w } = session);
  });

  const press = (key: string) => w.page.keyboard.press(key);
  const type = (text: string) => w.page.keyboard.type(text, { delay: 40 });
  const { behind, isHinted, unhinted, staysUnhinted } = pageOf(session);
  /** TypeScript's server takes its time at first. */
  const hinted = (text: string) =>
    w
      .until(() => isHinted(text), `the hint ${text}`, 60_000)
      .catch(async ({ message }) => {
        assert.fail(`${message}: ${await behind()}; ${session.server.log().slice(-2000)}`);
      });
  const cursorAt = (line: number, column: number) =>
    w.page.waitForSelector(`[id="status.editor.selection"]:has-text("Ln ${line}, Col ${column}")`);
  /** What the log says from now on. */
  function said(): (text: string) => Promise<void> {
    const before = session.server.log().length;
    return (text) => w.until(() => session.server.log().slice(before).includes(text), `the log: ${text}`, 60_000);
  }
  const IMPORT = "Tab: import zorblattShelf from './shelf'";
  /** Types the name, and something behind it: the editor's list has Tab while it stands. */
  async function unknown(file: string): Promise<void> {
    await w.edit(file, USE);
    await type('zorblattShelf + 1');
    await w.page.waitForSelector('.suggest-widget.visible', { state: 'hidden' });
    await hinted(IMPORT);
  }

  it('Tab imports a name that was typed, and the cursor stays; one undo takes it back', async () => {
    await unknown('use.ts');
    const column = await w.column();
    await w.screenshot('nextEditServer-import');
    await press('Tab');
    await cursorAt(5, column); // TypeScript writes a blank line, too
    await unhinted();
    const typed = USE.replace('█', 'zorblattShelf + 1');
    assert.equal((await w.save('use.ts')).replaceAll('"', "'"), `import { zorblattShelf } from './shelf';\n\n${typed}`);
    await press('Control+z');
    await cursorAt(3, column);
    assert.equal(await w.save('use.ts'), typed);
    await w.page.waitForSelector('.squiggly-error'); // the server does not know it again
    await staysUnhinted(); // what was undone is not to be done again
  });

  it('Escape refuses an import, and it does not come again in that document', async () => {
    await unknown('refused.ts');
    await press('Escape');
    await unhinted();
    const logged = said();
    await type(' + zorblattShelf + 1');
    await logged('no import: no name that the language server does not know');
    await w.page.waitForSelector('.squiggly-error >> nth=1'); // the server has said both
    await staysUnhinted();
    assert.equal(await w.save('refused.ts'), USE.replace('█', 'zorblattShelf + 1 + zorblattShelf + 1'));
  });

  it('Tab renames the other places of a declaration that was changed, as one step of undo', async () => {
    const logged = said();
    await w.edit('declared.ts', DECLARED);
    await logged('3 other places of a name');
    await type('big');
    await hinted('Tab: rename 3 others of quillfranc');
    await w.screenshot('nextEditServer-rename');
    await press('Tab');
    await unhinted();
    const [head, ...rest] = DECLARED.replace('█', 'big').split('\n');
    const renamed = rest
      .join('\n')
      .replaceAll('quillfranc(', 'bigquillfranc(')
      .replace('{ quillfranc }', '{ quillfranc: bigquillfranc }');
    assert.equal(await w.save('declared.ts'), `${head}\n${renamed}`);
    await press('Control+z');
    await w.until(async () => (await w.save('declared.ts')) === [head, ...rest].join('\n'), 'the undo');
  });

  it('a rename that is not wanted goes with Escape, and with the next letter until the name is whole', async () => {
    const logged = said();
    await w.edit('unwanted.ts', DECLARED);
    await logged('3 other places of a name');
    await type('big');
    await hinted('Tab: rename 3 others of quillfranc');
    await type('g');
    await unhinted();
    await hinted('Tab: rename 3 others of quillfranc');
    await press('Escape');
    await unhinted();
    assert.equal(readFileSync(join(session.folder, 'unwanted.ts'), 'utf8'), DECLARED.replace('█', ''));
    assert.equal(await w.save('unwanted.ts'), DECLARED.replace('█', 'bigg'));
  });

  it('where no server knows renames the text says where the name stands, but for comments and strings', async () => {
    const marked = 'def quillfranc█(depth):\n    return depth\n\n\n# quillfranc\nprint(quillfranc(1), "quillfranc")\n';
    const logged = said();
    await w.edit('plain.py', `${marked}print(quillfranc(2))\n`);
    await type('s');
    await logged('a next edit is shown: rename');
    await hinted('Tab: rename 2 others of quillfranc');
    await w.screenshot('nextEditServer-text');
    await press('Tab');
    await unhinted();
    const text = 'def quillfrancs(depth):\n    return depth\n\n\n# quillfranc\nprint(quillfrancs(1), "quillfranc")\n';
    assert.equal(await w.save('plain.py'), `${text}print(quillfrancs(2))\n`);
  });
});
