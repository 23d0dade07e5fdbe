/** What the tests of next edits have in common: files of calls that are changed by keys, and what is shown then. */
import assert from 'node:assert/strict';
import type { EditorSession } from './session.ts';

export const NAMES = ['first', 'second', 'third', 'fourth'];

/**
 * Calls of `verb`, so many of which have the new argument, with a line between: each change is one of its own. A test
 * has a verb of its own, for open files and the folder are looked through, too.
 */
export const calls = (verb: string, done: number, { names = NAMES, old = '', now = ', 10' } = {}) =>
  names.map((name, i) => `${verb}(${name}${i < done ? now : old});\nwait();\n`).join('');

/** What decorations write behind text, as source for the page: style sheets hold it, and no element. */
const BEHIND = `[...document.querySelectorAll('.monaco-editor .view-lines span')]
  .map((e) => getComputedStyle(e, '::after').content)
  .filter((text) => text !== 'none' && text !== 'normal')
  .map((text) => text.slice(1, -1).replaceAll('\\u00a0', ' '))`;
/** For the tests of a session. */
export function pageOf(session: EditorSession) {
  const behind = () => session.w.page.evaluate(BEHIND) as Promise<string[]>;
  const isHinted = async (text: string) => (await behind()).some((one) => one.startsWith(text));
  return {
    /** What decorations write. */
    behind,
    isHinted,
    /** Waits until the hint begins so. */
    hinted: (text: string) =>
      session.w
        .until(() => isHinted(text), `the hint ${text}`)
        .catch(async ({ message }) =>
          assert.fail(`${message}: ${await behind()}; ${session.server.log().slice(-1000)}`),
        ),
    unhinted: () => session.w.until(async () => (await behind()).length === 0, 'no hint'),
    /** No hint comes for so long, ms. */
    staysUnhinted: (wait = 1500) =>
      assert.rejects(
        session.w.until(() => isHinted('Tab: '), 'a hint', wait),
        /waited for a hint/,
      ),
    cursorAt: (line: number) =>
      session.w.page.waitForSelector(`[id="status.editor.selection"]:has-text("Ln ${line},")`),
    /**
     * Writes behind what stands in the first two calls of a file, by keys, in place of so many characters. The worker
     * is a new one, so that rules of other tests, and what a try before this one left unsaved, have no say.
     */
    async twice(file: string, marked: string, text = ', 10', less = 0): Promise<void> {
      const { w } = session;
      await w.edit(file, marked.replace(/\);/, '█);'));
      const loaded = () => session.server.log().split('[info] model ').length;
      const before = loaded();
      await w.command('Byteline: Restart Worker');
      await w.until(async () => loaded() > before, 'a new worker', 60_000);
      const second = marked.split('\n')[2].indexOf(')') + 1;
      for (const line of [1, 3]) {
        if (line === 3) await w.goTo(line, second);
        for (let i = 0; i < less; i++) await w.page.keyboard.press('Backspace');
        await w.page.keyboard.type(text);
      }
    },
  };
}
