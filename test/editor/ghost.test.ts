/** The packed VSIX in a real VS Code: real keys, real ghost text, the file on disk compared to the byte. */
import assert from 'node:assert/strict';
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { itemFor } from '../../server/completion/item.ts';
import { KNOWN } from './expected.ts';
import type { Server } from './server.ts';
import { HEAD, OfferingSession, OPEN } from './session.ts';
import type { Workbench } from './workbench.ts';

/** After HEAD the model says something new, and not the last line again. */
const BODY = `function main() {\n  const size = area(2, 2);\n  if (size > 4) {\n    throw new Error('size');\n  }`;

describe('ghost text in a real editor', function () {
  const session = new OfferingSession(this);
  const { expected } = session;
  let server: Server;
  let w: Workbench;
  before(() => {
    ({ server, w } = session);
  });

  /**
   * Types `typed` at the cursor, waits for ghost text, takes it with Tab, all of it, and compares the disk. `marked`
   * shows the place after typing.
   */
  async function accept(file: string, marked: string, typed: string): Promise<void> {
    const at = marked.indexOf('█');
    const text = expected(file, marked);
    assert.notEqual(text, '', 'the model offers something here');
    await w.edit(file, marked.slice(0, at - typed.length) + '█' + marked.slice(at + 1));
    await w.page.keyboard.type(typed, { delay: 60 });
    const ghost = await w.ghost();
    await w.screenshot(`shown-${file.replace(/\W+/g, '-')}`);
    await w.page.keyboard.press('Tab');
    const disk = await w.save(file);
    const line = marked.slice(marked.lastIndexOf('\n', at) + 1, marked.indexOf('\n', at)).replace('█', '');
    const column = at - marked.lastIndexOf('\n', at) - 1;
    const replaced = itemFor(line, column, text).end - column; // what the completion contains of the rest of the line
    assert.equal(
      disk,
      marked.slice(0, at) + text + marked.slice(at + 1 + replaced),
      `the ghost text was ${JSON.stringify(ghost)}`,
    );
  }

  it('completes after a trailing space', () =>
    accept('space.ts', `${HEAD}const total = area(3, 4);\nconst half = █\n`, 'half = '));
  it('completes in a half-typed indent', () => accept('indent.ts', `${HEAD}${BODY}\n █\n}\n`, ' '));
  it('completes on a blank indented line', () => accept('blank.ts', `${HEAD}${BODY}\n  █\n}\n`, '  '));
  it('completes in front of a closing bracket', () =>
    accept('bracket.ts', `${HEAD}const [width, height] = [4, 3];\nconsole.log(area(width, █))\n`, ' '));

  it('shows the rest while the user types into it', async () => {
    const marked = `${HEAD}const total = area(3, 4);\nconst half = █\n`;
    const text = expected('typed.ts', marked);
    await w.edit('typed.ts', marked.replace('= █', '=█'));
    await w.page.keyboard.type(' ');
    await w.ghost();
    await w.page.keyboard.type(text.slice(0, 2), { delay: 120 });
    if (text.length > 2) {
      await w.ghost();
      await w.page.keyboard.press('Tab');
    }
    assert.equal(await w.save('typed.ts'), marked.replace('█', text));
  });

  it('grows while the worker streams, without a blank frame', async () => {
    server.set({ 'byteline.multiline': true, 'byteline.maxBytes': 500 });
    const marked = KNOWN;
    const text = expected('grow.md', marked, '--multiline', '--max-bytes', '500');
    assert.ok(text.length > 400, `too short to be streamed: ${JSON.stringify(text)}`);
    await w.edit('grow.md', marked.replace(' █', '█'));
    const frames = await w.frames();
    await w.page.keyboard.type(' ');
    await w.ghost();
    await w.page.waitForTimeout(2500);
    const seen = await frames();
    assert.ok(seen.length > 1, `it came at once: ${JSON.stringify(seen)}`);
    assert.ok(
      seen.every((shown) => shown !== ''),
      `a blank frame: ${JSON.stringify(seen)}`,
    );
    await w.page.keyboard.press('Tab');
    const disk = await w.save('grow.md');
    server.set({});
    assert.equal(disk, marked.replace('█', text));
  });

  it('grows on in a busy editor, where an answer comes after the next key and is freed unseen', async () => {
    server.set({ 'byteline.multiline': true, 'byteline.maxBytes': 500 });
    const logged = server.log().length; // by a first try, too
    const [typed, ...rest] = expected('busy.md', KNOWN, '--multiline', '--max-bytes', '500').split('\n');
    for (let i = 0; i < 3; i++) {
      await w.edit(`busy-${i}.md`, KNOWN.replace(' █', '█'));
      await w.page.keyboard.type(' ');
      await w.page.waitForSelector('.ghost-text-decoration');
      await w.page.evaluate(`window.busy_ = setInterval(() => {
        for (const end = performance.now() + 150; performance.now() < end; );
      }, 200)`);
      await w.page.keyboard.type(typed, { delay: 130 });
      await w.page.evaluate('clearInterval(window.busy_)');
      await w.shows(`\n${rest.join('\n')}`);
      assert.doesNotMatch(server.log().slice(logged), /every list was freed/);
    }
  });

  it('switches the model from the palette, and keeps the choice', async () => {
    const marked = KNOWN;
    await w.edit('switch.md', marked.replace(' █', '█'));
    await w.command('Byteline: Switch Model');
    await w.page.waitForSelector('.quick-input-list .monaco-list-row:has-text("nano")');
    await w.screenshot('switch-model');
    await w.page.keyboard.type('nano');
    await w.page.keyboard.press('Enter');
    await w.state('ready', 'nano');
    await w.until(async () => (await server.settingsNow())['byteline.model'] === 'nano', 'the setting');
    await w.page.keyboard.type(' ');
    await w.ghost();
    await w.page.keyboard.press('Tab');
    assert.equal(
      await w.save('switch.md'),
      marked.replace('█', expected('switch.md', marked, '--model', 'nano', '--offer')),
    );
    server.set({});
    await w.state('ready', OPEN);
  });

  it('offers nothing unsure by itself and says so, but everything by hand', async () => {
    const marked = `${HEAD}const total = area(3, 4);\nconst half = █\n`;
    server.set({ 'byteline.model': session.withThreshold(1) });
    await w.state('ready', `micro-1`);
    await w.edit('unsure.ts', marked.replace('= █', '=█'));
    await w.page.keyboard.type(' ');
    await w.showsNothing(3000);
    assert.match(server.log(), /nothing offered: low-confidence/);
    await w.command('Trigger Inline Suggestion');
    await w.ghost();
    await w.page.keyboard.press('Tab');
    assert.equal(await w.page.locator('.notification-toast').count(), 0); // the switch to a folder succeeded
    assert.equal(await w.save('unsure.ts'), marked.replace('█', expected('unsure.ts', marked)));
    server.set({});
    await w.state('ready', OPEN);
  });

  it('stays away after Escape', async () => {
    const marked = `${HEAD}const total = area(3, 4);\nconst half = █\n`;
    await w.edit('escape.ts', marked.replace('= █', '=█'));
    await w.page.keyboard.type(' ');
    await w.ghost();
    await w.page.keyboard.press('Escape');
    await w.showsNothing(2000);
    await w.page.keyboard.press('Tab');
    assert.ok((await w.save('escape.ts')).startsWith(marked.slice(0, marked.indexOf('█'))));
  });

  it('turns off and on for a language, and the log says why nothing came', async () => {
    const marked = `${HEAD}const total = area(3, 4);\nconst half =█\n`;
    await w.edit('toggle.ts', marked);
    await w.command('Byteline: Turn On or Off for This Language');
    await w.state('paused', OPEN);
    await w.page.keyboard.type(' ');
    await w.showsNothing(2000);
    assert.match(server.log(), /nothing offered: off for typescript/);
    await w.command('Byteline: Show Log');
    await w.page.waitForSelector('.output-view-container, .panel:has-text("Output")');
    await w.command('View: Hide Panel');
    await w.page.click('.part.editor .view-lines');
    await w.state('paused', OPEN); // the file is the active editor again, not the log
    await w.command('Byteline: Turn On or Off for This Language');
    await w.state('ready', OPEN);
    await w.page.click('.part.editor .view-lines');
    await w.page.keyboard.press('Control+End');
    await w.page.keyboard.type('const quarter = ');
    await w.ghost();
    server.set({});
  });

  it('completes what other files say, and tells how much it has indexed and why it suggested that', async () => {
    const odd = ['plinthWobble', 'sprocketTally', 'gimbalHue'].map(
      (name) => `  const ${name} = await quoinLedger.fetch${name}(zorbleKey, { plinths: 42 });\n`,
    );
    for (const name of ['one', 'two', 'three'])
      writeFileSync(
        join(session.folder, `${name}.ts`),
        `export async function ${name}(zorbleKey: string) {\n${odd.join('')}}\n`,
      );
    const indexed = () =>
      w.page.waitForSelector(`[aria-label*=", ${readdirSync(session.folder).length} files in memory"]`, {
        timeout: 30_000,
      }); // all of them
    server.set({ 'byteline.memory.enable': true });
    await indexed(); // the setting is in force
    await w.edit('memory.ts', 'export async function four(zorbleKey: string) {\n  const sprocketTally =█\n}\n');
    await indexed();
    await w.page.keyboard.type(' ');
    assert.equal(await w.ghost(), 'await quoinLedger.fetchsprocketTally(zorbleKey, { plinths: 42 });');
    await w.command('Byteline: Why Was This Suggested?');
    await w.page.waitForSelector('.notification-toast:has-text("seen 3 times, last in "):has-text(".ts:3")');
    await w.screenshot('why');
    await w.page.keyboard.press('Escape');
    server.set({});
    await w.until(
      async () => {
        // the setting restarts the worker; with the memory off nobody can say
        await w.command('Byteline: Why Was This Suggested?');
        return w.page
          .waitForSelector('.notification-toast:has-text("the workspace memory is off")', { timeout: 3000 })
          .then(
            () => true,
            () => false,
          );
      },
      'that the memory is off',
      30_000,
    );
    await w.state('ready', OPEN);
    await w.command('Notifications: Clear All Notifications');
  });

  it('goes on when the worker dies, and says so once', async () => {
    await w.edit('dies.ts', `${HEAD}const total = area(3, 4);\nconst half =█\n`);
    session.signal('KILL');
    await w.state('error', OPEN);
    await w.page.keyboard.type(' ');
    await w.state('ready', OPEN);
    assert.equal(await w.ghost().then((text) => text !== ''), true); // the editor asks again by itself
    assert.equal(server.log().match(/the worker stopped; restarting/g)?.length, 1);
    assert.equal(await w.page.locator('.notification-toast').count(), 0);
  });
});
