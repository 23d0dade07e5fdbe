/**
 * Next edits with real keys: what was done twice is shown where it can be done again, Tab goes there and applies it,
 * Escape sends it away, and both keys stay the editor's wherever something else needs them.
 */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Server } from './server.ts';
import { EditorSession } from './session.ts';
import type { Workbench } from './workbench.ts';

/** Calls with a line between, so that each change is one of its own. */
const calls = (...names: string[]) => names.map((name) => `send(${name});\nwait();\n`).join('');
const NAMES = ['first', 'second', 'third', 'fourth', 'fifth', 'sixth'];
/** The calls, so many of which have the new argument. */
const done = (count: number, names = NAMES.slice(0, 4)) =>
  calls(...names.map((name, i) => (i < count ? `${name}, 10` : name)));

/** What decorations write behind text, as source for the page: style sheets hold it, and no element. */
const BEHIND = `[...document.querySelectorAll('.monaco-editor .view-lines span')]
  .map((e) => getComputedStyle(e, '::after').content)
  .filter((text) => text !== 'none' && text !== 'normal')
  .map((text) => text.slice(1, -1).replaceAll('\\u00a0', ' '))`;

describe('next edits in a real editor', function () {
  const session = new EditorSession(this, {
    // the model has its say in tests of their own
    settings: { 'byteline.eagerness': '1', 'byteline.memory.enable': false },
  });
  let server: Server;
  let w: Workbench;
  before(() => {
    ({ server, w } = session);
  });

  const press = (key: string) => w.page.keyboard.press(key);
  const behind = () => w.page.evaluate(BEHIND) as Promise<string[]>;
  const hinted = (text: string) =>
    w
      .until(async () => (await behind()).some((one) => one.startsWith(text)), `the hint ${text}`)
      .catch(async (e) => {
        throw new Error(`${e.message}: ${JSON.stringify(await behind())}\n${server.log()}`);
      });
  const unhinted = () => w.until(async () => (await behind()).length === 0, 'no hint');
  const cursorAt = (line: number) => w.page.waitForSelector(`[id="status.editor.selection"]:has-text("Ln ${line},")`);
  /** What the log says from now on. */
  function said(): (text: string) => Promise<void> {
    const before = server.log().length;
    return (text) => w.until(() => server.log().slice(before).includes(text), `the log: ${text}`);
  }

  /** Adds the argument to the first two calls of a file, by keys. */
  async function twice(file: string, names = NAMES.slice(0, 4)): Promise<void> {
    await w.edit(file, done(0, names).replace('first', 'first█'));
    await w.page.keyboard.type(', 10');
    await w.goTo(3, 'send(second'.length + 1);
    await w.page.keyboard.type(', 10');
  }

  it('Tab goes to the third call, Tab applies, and so on to the last; the file holds it', async () => {
    await twice('calls.ts');
    await hinted('Tab: line 5');
    assert.ok((await behind()).includes(', 10'), 'what comes is shown where it comes');
    await w.screenshot('nextEdit-proposed');
    await press('Tab');
    await cursorAt(5);
    await hinted('Tab: apply');
    await w.screenshot('nextEdit-there');
    await press('Tab');
    await hinted('Tab: line 7');
    await press('Tab');
    await cursorAt(7);
    await press('Tab');
    await unhinted();
    assert.equal(await w.save('calls.ts'), done(4));
  });
});
