/**
 * What is shown while someone types, takes parts, goes back or has the suggest widget open: real keys, and a worker
 * that is stopped where it must not be asked.
 */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { KNOWN } from './expected.ts';
import { IMPORT, project, TYPED } from './hooks.ts';
import type { Server } from './server.ts';
import { OfferingSession } from './session.ts';
import type { Workbench } from './workbench.ts';

describe('typing in a real editor', function () {
  const session = new OfferingSession(this, {
    settings: { 'byteline.multiline': true, 'byteline.maxBytes': 200, 'byteline.delay': 0 },
  });
  let server: Server;
  let w: Workbench;
  let tries = 0;
  before(() => {
    ({ server, w } = session);
    const keys = [{ key: 'ctrl+alt+l', command: 'editor.action.inlineSuggest.acceptNextLine' }];
    writeFileSync(join(server.home, 'data/User/keybindings.json'), JSON.stringify(keys));
    w.forget(); // the page does not look at that file again
  });

  const expected = (file: string, marked: string) =>
    session.expected(file, marked, '--multiline', '--max-bytes', '200');
  /** Takes edits back until the cursor is in that column. */
  async function undo(column: number): Promise<void> {
    for (let was = await w.column(); was !== column; was = await w.column()) {
      await w.page.keyboard.press('Control+z');
      await w.until(async () => (await w.column()) !== was, 'the undo');
    }
  }
  const cancelled = () => server.log().match(/nothing offered: cancelled/g)?.length ?? 0;

  it('shows the rest without the worker: typed into, taken by line and by word, after deletions and undo', async () => {
    const text = expected('rest.md', KNOWN);
    assert.ok(text.startsWith('a copy\nof this software '), JSON.stringify(text));
    await w.edit('rest.md', KNOWN.replace(' █', '█'));
    await w.page.keyboard.type(' ');
    await w.shows(text);
    session.signal('STOP');
    const frames = await w.frames();
    await w.page.keyboard.type('a ', { delay: 120 });
    await w.shows(text.slice(2));
    assert.ok(
      (await frames()).every((shown) => shown !== ''),
      'a blank frame',
    );
    const column = await w.column();
    await w.page.keyboard.press('Control+Alt+l');
    await w.shows(text.slice('a copy\n'.length));
    await w.page.keyboard.press('Control+ArrowRight');
    await w.shows(text.slice('a copy\nof'.length));
    await w.page.keyboard.press('Backspace');
    await w.shows(text.slice('a copy\no'.length));
    await undo(column);
    await w.showsNothing(); // until something is typed
    await w.page.keyboard.type('c');
    await w.shows(text.slice(3));
    await w.page.keyboard.press('Backspace');
    await w.shows(text.slice(2));
    await w.page.keyboard.press('Tab');
    assert.equal(await w.save('rest.md'), KNOWN.replace('█', text));
    await undo(column);
    await w.showsNothing();
    for (let i = 0; i < 2; i++) await w.page.keyboard.press('Backspace');
    await w.page.keyboard.type('a');
    await w.shows(text.slice(1));
    await w.page.keyboard.press('Backspace');
    await w.shows(text);
    await w.page.keyboard.type('Z'); // it disagrees: gone, and nothing of it stays on the screen
    await w.showsNothing();
    await w.page.keyboard.press('Backspace');
    await w.shows(text);
  });

  it('keeps a request while what is typed agrees with it, and cancels it when not', async () => {
    const text = expected('kept.md', KNOWN);
    const before = cancelled();
    await w.edit('kept.md', KNOWN.replace(' █', '█'));
    session.signal('STOP');
    await w.page.keyboard.type(' a ', { delay: 200 });
    await w.page.waitForTimeout(300);
    session.signal('CONT');
    await w.shows(text.slice(2));
    assert.equal(cancelled(), before);
    await w.page.keyboard.press('Tab');
    assert.equal(await w.save('kept.md'), KNOWN.replace('█', text));
    session.signal('STOP');
    await w.page.keyboard.press('Enter');
    await w.page.waitForTimeout(300);
    await w.page.keyboard.press('ArrowUp'); // elsewhere
    session.signal('CONT');
    await w.until(() => cancelled() > before, 'the cancellation');
  });

  it('keeps away what was sent away, whatever is typed there and deleted again', async () => {
    const text = expected('away.md', KNOWN);
    await w.edit('away.md', KNOWN.replace(' █', '█'));
    await w.page.keyboard.type(' ');
    await w.shows(text);
    await w.page.keyboard.press('Escape');
    await w.showsNothing();
    await w.page.keyboard.type('c');
    await w.ghost(3000).catch(() => undefined); // there may be another one
    await w.page.keyboard.press('Escape');
    await w.page.keyboard.press('Backspace');
    await w.showsNothing();
    assert.match(server.log(), /nothing offered: dismissed\n/);
    await w.page.keyboard.type('a'); // what was offered: it is wanted after all
    await w.shows(text.slice(1));
    await w.page.keyboard.press('Escape');
    await w.page.keyboard.press('Backspace'); // the same text, and a letter more of it
    await w.showsNothing();
    await w.page.keyboard.type('a ', { delay: 120 });
    await w.shows(text.slice(2));
    // nothing was sent away here: the list that the editor freed was no Escape
    await w.page.keyboard.press('Backspace');
    await w.page.keyboard.type(' ');
    await w.shows(text.slice(2));
    assert.equal(await w.save('away.md'), KNOWN.replace('█', 'a '));
  });

  it('offers nothing after a line, a selection or a word was deleted, or an undo, until a key', async () => {
    const line = '    const half = area(1, 2);\n';
    const text = `function main() {\n    const total = area(3, 4);\n${line}    return total;\n}\n`;
    await w.edit('deleted.ts', text.replace(`${line}`, `█${line}`));
    await w.page.keyboard.press('Control+Shift+k');
    await w.showsNothing();
    await w.page.keyboard.press('Tab');
    await w.until(
      async () => (await w.save('deleted.ts')) === text.replace(line, '').replace('    return', '        return'),
      'the tab',
    );
    await undo(1);
    await w.page.keyboard.press('Control+z');
    await w.until(async () => (await w.save('deleted.ts')) === text, 'the undo');
    await w.showsNothing();
    assert.match(server.log(), /nothing offered: after an undo\n/);
    await w.page.keyboard.press('Shift+End');
    await w.page.keyboard.press('Delete');
    await w.showsNothing();
    await w.page.keyboard.press('Tab');
    assert.equal(await w.save('deleted.ts'), text.replace(line.trimEnd(), '    '));
    await w.edit('words.md', KNOWN.replace(' █', ' a copy█'));
    await w.page.keyboard.press('Control+Backspace');
    await w.showsNothing();
    await w.page.keyboard.press('Backspace');
    await w.page.keyboard.press('Control+Backspace');
    await w.showsNothing();
    assert.match(server.log(), /nothing offered: after a deletion\n/);
    await w.page.keyboard.type('a'); // what was there
    await w.shows(expected('words.md', KNOWN.replace('█', 'a█')));
  });

  it('leaves IntelliSense its place in an identifier that must be imported', async () => {
    const file = `hooks-${tries++}.tsx`; // what a failed try left is none of the next one's
    project(session.folder, file);
    w.forget(); // the language service has not seen a project yet
    const item = '.suggest-widget.visible .monaco-list-row:has-text("useState")';
    await w.edit(file, '█');
    await w.page.keyboard.type(TYPED);
    await w.until(
      async () => {
        // the language service starts
        await w.page.keyboard.press('Control+Space');
        return w.page.waitForSelector(item, { timeout: 3000 }).then(
          () => true,
          () => false,
        );
      },
      'the language service',
      60_000,
    );
    for (let i = 0; i < 2; i++) {
      for (const key of ['Escape', 'Escape', 'Control+a', 'Delete']) await w.page.keyboard.press(key);
      await w.page.keyboard.type(TYPED, { delay: 140 });
      await w.page.waitForSelector(item);
      await w.screenshot('import');
      await w.page.keyboard.press('Tab');
      await w.page.waitForSelector('.view-lines:has-text("import { useState } from")');
    }
    assert.match(await w.save(file), IMPORT);
    for (const key of ['Control+a', 'Delete']) await w.page.keyboard.press(key);
    await w.page.keyboard.type(TYPED, { delay: 140 });
    await w.page.waitForSelector(item);
    // the list is sent away: no ghost text comes in its place by itself, but by hand
    await w.page.keyboard.press('Escape');
    await w.showsNothing();
    assert.match(server.log(), /nothing offered: a new identifier\n/);
    await w.command('Trigger Inline Suggestion');
    await w.ghost();
  });

  it('has the list wait no longer than for a worker that answers soon, and offers after all without one', async () => {
    const text = 'export const plinth = 1;\nexport const half = █\n';
    const first = () => server.log().match(/nothing offered: the list comes first\n/g)?.length ?? 0;
    const before = first();
    await w.edit('slow.ts', text);
    session.signal('STOP');
    await w.page.keyboard.type('pl', { delay: 150 });
    await w.page.waitForSelector('.suggest-widget.visible .monaco-list-row.focused:has-text("plinth")');
    assert.ok(first() > before, 'the answer was not given early');
    session.signal('CONT');
    await w.page.keyboard.press('Tab');
    assert.equal(await w.save('slow.ts'), text.replace('█', 'plinth'));
    // no list: the file's words are none of it, and no language service has others
    server.set({ 'editor.wordBasedSuggestions': 'off' });
    await w.edit('slow.ini', KNOWN.replace('█', 'a copy █'));
    const asked = first();
    session.signal('STOP');
    await w.page.keyboard.type('o');
    await w.until(() => first() > asked, 'the early answer');
    session.signal('CONT');
    await w.shows(expected('slow.ini', KNOWN.replace('█', 'a copy o█')));
  });

  it('leaves the list what would only finish the identifier', async () => {
    const marked = 'const width = 3;\nconst height = 4;\nconst area = double(width);\nconst other = double(█);\n';
    assert.equal(expected('finish.ts', marked.replace('█', 'wi█')), 'dth');
    await w.edit('finish.ts', marked);
    const frames = await w.frames();
    await w.page.keyboard.type('wi', { delay: 150 });
    await w.page.waitForSelector('.suggest-widget.visible .monaco-list-row.focused:has-text("width")');
    assert.ok((await frames()).every((shown) => !shown.includes('dth')));
    await w.page.keyboard.press('Tab');
    assert.equal(await w.save('finish.ts'), marked.replace('█', 'width'));
  });

  for (const key of ['Tab', 'Enter']) {
    it(`goes on behind the suggest widget's item (quickSuggestions on): ${key} takes it, Tab the rest`, async () => {
      server.set({ 'byteline.multiline': false, 'editor.quickSuggestions': { other: 'on' } });
      const [file, item] = [`widget-${key}.py`, 'compute_total'];
      const marked = `def ${item}(values):\n    return sum(values)\n\n\nfirst = ${item}([1, 2])\nsecond = █\n`;
      const text = session.expected(file, marked.replace('█', `${item}█`), '--max-bytes', '200');
      await w.edit(file, marked);
      await w.page.keyboard.type('com', { delay: 150 });
      await w.page.waitForSelector(`.suggest-widget.visible .monaco-list-row.focused:has-text("${item}")`);
      await w.shows(item.slice(3) + text);
      await w.screenshot(`widget-${key}`);
      session.signal('STOP');
      await w.page.keyboard.press(key);
      await w.page.waitForSelector('.suggest-widget.visible', { state: 'detached' }).catch(() => undefined);
      await w.shows(text);
      await w.page.keyboard.press('Tab');
      assert.equal(await w.save(file), marked.replace('█', item + text));
    });
  }
});
