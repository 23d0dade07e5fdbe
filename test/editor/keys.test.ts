/**
 * The keys that take parts and ask by hand, with the editor's default settings: what they do, and where they are not
 * ours.
 */
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { KNOWN } from './expected.ts';
import { EMACS, packKeymap, VIM } from './keymaps.ts';
import type { Server } from './server.ts';
import { HEAD, OfferingSession } from './session.ts';
import { unwrapped, type Workbench } from './workbench.ts';

const SNIPPET = {
  granted: {
    prefix: 'granted',
    body: '# License\n\nPermission is hereby granted, free of charge, to ${1:any} person$2',
  },
};
/** Something is offered at its end. */
const HALF = `${HEAD}const total = area(3, 4);\n  const half = █\n`;

describe('keys in a real editor', function () {
  const session = new OfferingSession(this, {
    fill(folder) {
      mkdirSync(join(folder, '.vscode'));
      writeFileSync(join(folder, '.vscode/test.code-snippets'), JSON.stringify(SNIPPET));
    },
    settings: { 'byteline.multiline': true, 'byteline.maxBytes': 200 },
  });
  let server: Server;
  let w: Workbench;
  before(() => {
    ({ server, w } = session);
  });

  const expected = (file: string, marked: string, ...more: string[]) =>
    session.expected(file, marked, '--max-bytes', '200', ...more);
  /** Has ghost text stand at the █ behind a blank, which is typed. */
  async function offered(file: string, marked: string): Promise<string> {
    await w.edit(file, marked.replace(' █', '█'));
    await w.page.keyboard.type(' ');
    return w.ghost();
  }

  /** Takes a line, and waits until it is there. */
  async function takeLine(): Promise<void> {
    const was = await w.column();
    await w.page.keyboard.press('Shift+Tab');
    await w.until(async () => (await w.column()) !== was, 'the line');
  }

  it('Shift+Tab takes a line of what is shown, to the last one, and Ctrl+Right a word', async () => {
    const text = expected('line.md', KNOWN, '--multiline');
    const [first, ...others] = text.split(/(?<=\n)/);
    assert.ok(others.length > 1, JSON.stringify(text));
    await offered('line.md', KNOWN);
    await w.shows(text);
    await w.page.keyboard.press('Control+ArrowRight');
    await w.shows(text.slice(1));
    await w.screenshot('keys-word');
    await w.page.keyboard.press('Shift+Tab');
    await w.shows(others.join(''));
    await w.screenshot('keys-line');
    for (const left of others.map((_, i) => others.slice(i + 1).join(''))) {
      if (left) await w.page.keyboard.press('Shift+Tab').then(() => w.shows(left));
      else await takeLine();
    }
    assert.equal(await w.save('line.md'), KNOWN.replace('█', first + others.join('')));
  });

  it('at the start of a line Shift+Tab takes the first of several lines, and outdents where there is one', async () => {
    const marked = KNOWN.replace('█', 'a copy\n█');
    const [line, ...others] = expected('several.md', marked, '--multiline').split(/(?<=\n)/);
    await w.edit('several.md', marked.replace('\n█', '█'));
    await w.page.keyboard.press('Enter');
    await w.shows(line + others.join(''));
    await w.page.keyboard.press('Shift+Tab');
    await w.shows(others.join(''));
    assert.equal(await w.save('several.md'), marked.replace('█', line));
    const block = `${HEAD}function main() {\n  const size = area(2, 2);\n  █\n}\n`;
    server.set({ 'byteline.multiline': false });
    await offered('outdent.ts', block);
    await w.page.keyboard.press('Shift+Tab');
    await w.until(async () => (await w.column()) === 1, 'the outdent');
    assert.equal(await w.save('outdent.ts'), block.replace('  █', ''));
    const half = await offered('half.ts', HALF);
    await takeLine();
    assert.equal(await w.save('half.ts'), HALF.replace('█', half)); // behind code it takes the line
  });

  it('in a snippet Shift+Tab goes to the placeholder before, whatever is shown', async () => {
    server.set({ 'editor.inlineSuggest.suppressInSnippetMode': false }); // by default nothing is shown there
    await w.edit('snippet.md', '█\n');
    await w.command('Snippets: Insert Snippet');
    await w.page.click('.quick-input-list .monaco-list-row:has-text("granted")');
    await w.page.waitForSelector('[id="status.editor.selection"]:has-text("3 selected")');
    const column = await w.column();
    await w.page.keyboard.press('Tab');
    await w.until(async () => (await w.column()) > column, 'the second placeholder');
    await w.page.keyboard.type(' ');
    await w.ghost();
    await w.screenshot('keys-snippet');
    await w.page.keyboard.press('Shift+Tab');
    await w.page.waitForSelector('[id="status.editor.selection"]:has-text("3 selected")');
    await w.page.keyboard.type('X');
    assert.match(await w.save('snippet.md'), /to X person $/m);
  });

  it('beside the suggest widget Shift+Tab takes its item', async () => {
    const marked = 'def compute_total(values):\n    return sum(values)\n\n\ndef main():\n    second = █\n';
    await w.edit('widget.py', marked);
    await w.page.keyboard.type('com', { delay: 100 });
    await w.page.keyboard.press('Control+Space');
    await w.page.waitForSelector('.suggest-widget.visible .monaco-list-row.focused:has-text("compute_total")');
    await w.ghost();
    await w.screenshot('keys-widget');
    await w.page.keyboard.press('Shift+Tab'); // takes the item, and leaves what stands behind the cursor
    assert.equal(await w.save('widget.py'), marked.replace('█', 'compute_total'));
  });

  it('with a screen reader Shift+Tab outdents', async () => {
    server.set({ 'editor.accessibilitySupport': 'on' });
    await offered('reader.ts', HALF);
    await w.page.keyboard.press('Shift+Tab');
    assert.equal(await w.save('reader.ts'), HALF.replace('  const half = █', 'const half = '));
  });

  it('Alt+\\ asks by hand what was sent away, and Alt+] and Alt+[ go through the candidates', async () => {
    await offered('hand.ts', HALF);
    await w.page.keyboard.press('Escape');
    await w.showsNothing();
    await w.page.keyboard.press('Alt+\\');
    const first = await w.ghost();
    const others = async (key: string, what: (shown: string) => boolean) => {
      await w.page.keyboard.press(key);
      await w.until(async () => what(await w.ghost()), `${key}: another one`);
      return w.ghost();
    };
    const second = await others('Alt+]', (shown) => shown !== first);
    await w.screenshot('keys-candidates');
    await others('Alt+[', (shown) => shown === first);
    await others('Alt+]', (shown) => shown === second);
    await w.page.keyboard.press('Tab');
    const saved = await w.save('hand.ts');
    assert.equal(unwrapped(saved), unwrapped(HALF.replace('█', second)));
  });

  it('under Vim keys both are ours in Insert mode, and in no other', async () => {
    server.upgrade(await packKeymap(session.made, VIM));
    await offered('vim.ts', HALF);
    const mode = (name: string) => w.page.waitForSelector(`.statusbar-item:has-text("Vim: ${name}")`);
    await mode('Insert');
    await w.page.keyboard.press('Control+Alt+8');
    await mode('Normal');
    await w.page.keyboard.press('Shift+Tab');
    const outdented = HALF.replace('  const half = █', 'const half = ');
    assert.equal(await w.save('vim.ts'), outdented);
    await w.ghost();
    await w.page.keyboard.press('Escape');
    await w.showsNothing();
    await w.page.keyboard.press('Alt+\\');
    await w.showsNothing();
    await w.page.keyboard.press('Control+Alt+9');
    await mode('Insert');
    await w.page.keyboard.press('Alt+\\');
    await w.ghost();
    await takeLine();
    const saved = await w.save('vim.ts');
    assert.ok(saved.startsWith(outdented.trimEnd()) && saved.length > outdented.length, saved);
  });

  it("under Emacs keys Alt+\\ is Emacs's", async () => {
    server.upgrade(await packKeymap(session.made, EMACS));
    await offered('emacs.ts', HALF);
    await w.page.keyboard.press('Escape');
    await w.showsNothing();
    await w.page.keyboard.press('Alt+\\');
    assert.equal(await w.save('emacs.ts'), HALF.replace(' █', ''));
    await w.showsNothing();
  });
});
