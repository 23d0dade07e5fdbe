/**
 * Next edits with real keys: what was done twice is shown where it can be done again, Tab goes there and applies it,
 * Escape sends it away, and both keys stay the editor's wherever something else needs them.
 */
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { contrast, THEMES } from './contrast.ts';
import { calls, NAMES, pageOf } from './nextEditPage.ts';
import type { Server } from './server.ts';
import { EditorSession } from './session.ts';
import type { Workbench } from './workbench.ts';

/** The least contrast of what is shown: WCAG's for what is not active. */
const LEAST = 3;
/** Its second stop holds nothing, and its end is elsewhere. */
const SNIPPET = { tenth: { prefix: 'tenth', body: `, $\{1:10}$2 + 1` } };
/** The colours of what comes and what is behind it, opaque, as source for the page. */
const COLOURS = `(() => {
  const rgba = (text) => text.match(/[\\d.]+/g).map(Number);
  const { backgroundColor } = getComputedStyle(document.querySelector('.monaco-editor-background'));
  const behind = rgba(backgroundColor).slice(0, 3);
  const pieces = [...document.querySelectorAll('.monaco-editor .view-lines span')]
    .map((e) => getComputedStyle(e, '::after'))
    .filter(({ content }) => content !== 'none' && content !== 'normal');
  return pieces.map(({ color }) => {
    const [r, g, b, a = 1] = rgba(color);
    return [[r, g, b].map((c, i) => Math.round(c * a + behind[i] * (1 - a))), behind];
  });
})()`;
/** What is struck through, as source for the page. */
const STRUCK = `[...document.querySelectorAll('.monaco-editor .view-lines span')]
  .filter((e) => getComputedStyle(e).textDecorationLine.includes('line-through'))
  .map((e) => e.textContent)`;

describe('next edits in a real editor', function () {
  const session = new EditorSession(this, {
    flags: ['--log', 'debug'], // the log says why nothing is shown
    // the model is silent, but in the test of ghost text; other files are no matter, nor how sure the worker is
    settings: { 'byteline.eagerness': '1', 'byteline.memory.enable': false, 'byteline.nextEditPrecision': 0.7 },
    fill(folder) {
      mkdirSync(join(folder, '.vscode'));
      writeFileSync(join(folder, '.vscode/test.code-snippets'), JSON.stringify(SNIPPET));
    },
  });
  let server: Server;
  let w: Workbench;
  before(() => {
    ({ server, w } = session);
  });
  const { behind, isHinted, hinted, unhinted, staysUnhinted, cursorAt, twice } = pageOf(session);
  const press = (key: string) => w.page.keyboard.press(key);
  const says = (text: string) => w.page.waitForSelector(`.statusbar-item:has-text("${text}")`);

  it('Escape sends it away, and that place does not come back', async () => {
    const now = ', 77';
    await twice('refused.ts', calls('drop', 0), now);
    await hinted('Tab: line 5');
    // on a slow machine half of the argument may have been proposed first
    await w.until(async () => (await behind()).includes(now), 'the whole argument');
    await press('Escape');
    await unhinted();
    await w.command('Byteline: Next Edit');
    await hinted('Tab: line 7');
    await press('Escape');
    await unhinted();
    await w.command('Byteline: Next Edit'); // the rule is dead, and no other one has a place
    await says('no next edit');
    assert.deepEqual(await behind(), []);
    assert.equal(await w.save('refused.ts'), calls('drop', 2, { now }));
  });

  it('Tab goes to the third call, Tab applies, and so on to the last; the file holds it', async () => {
    await twice('calls.ts', calls('send', 0));
    await hinted('Tab: line 5');
    assert.ok((await behind()).includes(', 10'), 'what comes is shown where it comes');
    await press('Tab');
    await cursorAt(5);
    await hinted('Tab: apply');
    await press('Tab');
    await hinted('Tab: line 7');
    await press('Tab');
    await cursorAt(7);
    await press('Tab');
    await unhinted();
    assert.equal(await w.save('calls.ts'), calls('send', 4));
  });

  it('Tab three times in a row goes, applies and goes on; none of them indents', async () => {
    await twice('quick.ts', calls('post', 0));
    await hinted('Tab: line 5');
    for (let i = 0; i < 3; i++) await press('Tab');
    await cursorAt(7);
    assert.equal(await w.save('quick.ts'), calls('post', 3));
  });

  it('undo takes an applied edit back in one step, and nothing comes after it', async () => {
    await twice('undo.ts', calls('load', 0));
    await hinted('Tab: line 5');
    await press('Tab');
    await cursorAt(5);
    await press('Tab');
    await hinted('Tab: line 7');
    await press('Control+z');
    await unhinted();
    assert.equal(await w.save('undo.ts'), calls('load', 2));
    await staysUnhinted();
  });

  it('from the second place on all can be applied, and taken back in one step', async () => {
    const names = [...NAMES, 'fifth', 'sixth'];
    const now = ', 99'; // a rule of its own, so that it is proposed for the first time
    await twice('all.ts', calls('push', 0, { names }), now);
    await hinted('Tab: line 5');
    assert.ok(!(await isHinted('Tab: line 5 ·')), 'not of the first one');
    await press('Tab');
    await cursorAt(5);
    await press('Tab');
    await hinted('Tab: line 7 · all 3: F1, Apply All Next Edits');
    await w.screenshot('nextEdit-all');
    await w.command('Byteline: Apply All Next Edits');
    await unhinted();
    assert.equal(await w.save('all.ts'), calls('push', 6, { names, now }));
    await press('Control+z');
    assert.equal(await w.save('all.ts'), calls('push', 3, { names, now }));
  });

  it('is gone when the cursor leaves its line or something else is typed, and stays at the marked place', async () => {
    await twice('leave.ts', calls('fold', 0));
    await hinted('Tab: line 5');
    await press('ArrowUp');
    await unhinted();
    await w.goTo(4, 'wait('.length + 1);
    await w.command('Byteline: Next Edit');
    await hinted('Tab: line 5');
    await press('ArrowDown');
    await hinted('Tab: apply');
    await w.page.keyboard.type('x');
    await w.until(async () => !(await isHinted('Tab: apply')), 'the end');
  });

  it("in a snippet Tab is the snippet's", async () => {
    const options = { now: ', 10 + 1' };
    await w.edit('snippet.ts', calls('grow', 0).replace(')', '█)'));
    await w.page.keyboard.type(', 10 + 1');
    await w.goTo(3, 'grow(second'.length + 1);
    await w.command('Snippets: Insert Snippet');
    await w.page.click('.quick-input-list .monaco-list-row:has-text("tenth")');
    await w.page.waitForSelector('[id="status.editor.selection"]:has-text("2 selected")');
    await hinted('Tab: line 5');
    const [second, end] = [', 10', ', 10 + 1'].map((text) => 'grow(second'.length + text.length + 1);
    for (const column of [second, end]) {
      await press('Tab');
      await w.until(async () => (await w.column()) === column, `column ${column}`);
    }
    await press('Tab');
    await cursorAt(5);
    assert.equal(await w.save('snippet.ts'), calls('grow', 2, options));
  });

  it("beside the suggest widget Tab is the list's", async () => {
    await twice('widget.ts', calls('meet', 0), ', Math');
    await hinted('Tab: line 5');
    await press('Control+Space');
    const row = '.suggest-widget.visible .monaco-list-row.focused:has-text("Math")';
    await w.page.waitForSelector(row);
    await press('Tab');
    await w.page.waitForSelector(row, { state: 'hidden' });
    await cursorAt(3);
    await hinted('Tab: line 5'); // again, or still
    assert.equal(await w.save('widget.ts'), calls('meet', 2, { now: ', Math' }));
  });

  it('waits while ghost text is shown, whose Tab finishes the second edit', async () => {
    server.set({ 'byteline.eagerness': '0', 'byteline.multiline': false });
    const now = ' // Permission is hereby granted, free of charge, to any person';
    const text = (done: number) => NAMES.map((name, i) => `find(${name})${i < done ? now : ''}\nwait()\n`).join('');
    await w.edit('ghost.ts', text(0).replace('\n', '█\n'));
    await w.page.keyboard.type(now);
    await w.goTo(3, 'find(second)'.length + 1);
    await w.page.keyboard.type(now.slice(0, -' any person'.length));
    await w.shows(' any person');
    assert.deepEqual(await behind(), []);
    await w.screenshot('nextEdit-ghost');
    await press('Tab');
    await hinted('Tab: line 5');
    await press('Tab');
    await cursorAt(5);
    await press('Tab');
    await w.until(async () => !(await isHinted('Tab: apply')), 'the end');
    assert.equal(await w.save('ghost.ts'), text(3));
  });

  it('is ghost text where it only writes something at the cursor', async () => {
    const now = ', 88';
    server.set({ 'byteline.nextEdit': 'byHand' });
    await twice('insertion.ts', calls('hold', 0), now);
    await w.goTo(5, 'hold(third'.length + 1);
    await w.command('Byteline: Next Edit');
    await w.shows(now);
    await w.screenshot('nextEdit-insertion');
    await press('Escape');
    await w.showsNothing();
    await w.goTo(7, 'hold(fourth'.length + 1);
    await w.command('Byteline: Next Edit');
    await w.shows(now);
    await press('Tab');
    await w.showsNothing();
    const text = calls('hold', 2, { now }).replace('fourth', `fourth${now}`);
    assert.equal(await w.save('insertion.ts'), text);
  });

  it('off shows none and says so, byHand shows one when it is asked', async () => {
    server.set({ 'byteline.nextEdit': 'off' });
    await twice('off.ts', calls('mark', 0));
    await staysUnhinted();
    await w.command('Byteline: Next Edit');
    await says('no next edit: byteline.nextEdit is off');
    assert.deepEqual(await behind(), []);
    server.set({ 'byteline.nextEdit': 'byHand' });
    await twice('hand.ts', calls('seal', 0));
    await staysUnhinted();
    await w.command('Byteline: Next Edit');
    await hinted('Tab: line 5');
    await press('Tab');
    await cursorAt(5);
    await press('Tab');
    await hinted('Tab: line 7');
  });

  it('with a screen reader Tab is not ours; the status item says what there is and goes there', async () => {
    server.set({ 'editor.accessibilitySupport': 'on' });
    await twice('reader.ts', calls('tell', 0));
    await hinted('Tab: line 5');
    await press('Tab');
    await unhinted(); // it is the editor's, and writes
    await press('Backspace');
    const item = '[aria-label^="Next edit: line 5"]';
    await w.page.click(item);
    await cursorAt(5);
    await w.page.waitForSelector('[aria-label^="Next edit: apply"]');
  });

  for (const [name, theme, mark] of THEMES)
    it(`can be read in ${theme}`, async () => {
      const verb = `paint${name}`;
      server.set({ 'workbench.colorTheme': theme });
      await twice(`${name}.ts`, calls(verb, 0, { old: ', 5' }), '10', 1);
      await w.page.waitForSelector(`.monaco-workbench.${mark}`);
      await hinted('Tab: line 5');
      assert.deepEqual(await w.page.evaluate(STRUCK), ['5']);
      assert.ok((await behind()).includes('10'));
      const colours = (await w.page.evaluate(COLOURS)) as [number[], number[]][];
      assert.equal(colours.length, 2); // what comes, and the hint
      for (const [colour, under] of colours) {
        const ratio = contrast(colour, under);
        assert.ok(ratio >= LEAST, `rgb(${colour}) on rgb(${under}): ${ratio.toFixed(2)}`);
      }
      await w.screenshot(`nextEdit-${name}`);
    });
});
