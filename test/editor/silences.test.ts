/**
 * Where nothing comes by itself, with the editor's default settings and real keys: each silence, and its reason in the
 * log. (What was sent away, and lines and words that were deleted: typing.test.ts.)
 */
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { KNOWN } from './expected.ts';
import type { Server } from './server.ts';
import { OfferingSession } from './session.ts';
import type { Workbench } from './workbench.ts';

/** Files of secrets, and what is typed in each: no key of a shape that is known, so its file alone keeps it away. */
const SECRETS = {
  '.env': 'ZORBLE_URL=plinth wobble gimbal',
  id_rsa: 'ZORBLE_ID=sprocket tally quoin',
  'secrets.yaml': 'zorble_name: ledger hue spindle',
};

describe('silences in a real editor', function () {
  const session = new OfferingSession(this);
  let server: Server;
  let w: Workbench;
  before(() => {
    ({ server, w } = session);
  });

  /** Waits until the ghost text is what the command line completes at the █. */
  async function shows(file: string, marked: string): Promise<void> {
    const text = session.expected(file, marked);
    assert.notEqual(text, '', 'the model offers something here');
    await w.shows(text);
  }
  const said = (reason: string) => server.log().split(`nothing offered: ${reason}\n`).length - 1;
  /** Nothing comes while something is done, and the log says why. */
  async function silent(reason: string, act: () => Promise<unknown>): Promise<void> {
    const before = said(reason);
    await act();
    await w.showsNothing();
    await w.until(() => said(reason) > before, reason);
  }
  /** Opens a file in which Byteline is paused, at its end. */
  async function paused(file: string): Promise<void> {
    await w.open(file, 1, 1, 'paused');
    await w.page.keyboard.press('Control+End');
  }

  it('after a cut, an undo and a redo nothing comes until something is typed; a paste is typed', async () => {
    const whole = KNOWN.replace('█', 'a copy█');
    const goesOn = () => w.until(async () => /^\s*of this software/.test(await w.ghost()), 'the next line');
    await w.edit('cut.md', whole);
    await w.page.keyboard.press('Control+Shift+ArrowLeft');
    await w.page.keyboard.press('Control+x'); // the editor does not ask then, but at the next key
    await w.showsNothing();
    await silent('after a deletion', () => w.page.keyboard.press('Backspace'));
    await w.page.keyboard.type(' ');
    await shows('cut.md', KNOWN.replace('█', 'a █'));
    await w.page.keyboard.press('Control+v');
    await goesOn(); // a block may: what was shown is typed to its end
    await silent('after an undo', () => w.page.keyboard.press('Control+z'));
    await silent('after an undo', () => w.page.keyboard.press('Control+y'));
    assert.equal(await w.save('cut.md'), whole.replace('█', ''));
    await w.page.keyboard.press('Enter');
    await goesOn();
  });

  it('Backspace held down is typing: what fits comes', async () => {
    await w.edit('held.md', KNOWN.replace('█', 'a copies█'));
    for (let i = 0; i < 'copies'.length; i++) await w.page.keyboard.down('Backspace'); // it repeats
    await w.page.keyboard.up('Backspace');
    await shows('held.md', KNOWN.replace('█', 'a █'));
  });

  it('in files of secrets nothing comes, nor of them elsewhere, asked or not (wordBasedSuggestions off)', async () => {
    const known = 'ZORBLE_NOTE=cobble tern anvil';
    writeFileSync(join(session.folder, 'notes.txt'), `${known}\n`.repeat(3));
    // the editor's own list has the words of other documents, and ghost text goes on behind its item
    server.set({ 'byteline.memory.enable': true, 'editor.wordBasedSuggestions': 'off' });
    for (const [file, typed] of Object.entries(SECRETS)) {
      // what is there is not remembered, nor what is typed
      writeFileSync(join(session.folder, file), `${typed}\n`.repeat(3));
      await paused(file);
      await silent('the file holds secrets, by its name', () => w.page.keyboard.type(typed, { delay: 20 }));
      await w.save(file);
    }
    await w.screenshot('secrets');
    await w.edit('app.txt', '█');
    await w.page.keyboard.type('ZORBLE_NOTE=cob', { delay: 20 });
    await w.page.keyboard.press('Alt+\\');
    await w.until(async () => (await w.ghost()).includes('ble tern'), 'what is no secret');
    await w.page.keyboard.press('Escape');
    await w.page.keyboard.press('Enter');
    for (const typed of Object.values(SECRETS)) {
      const [, name, value] = /^(\w+[:=] ?)(.*)$/.exec(typed)!;
      const [first] = value.split(' ');
      await w.page.keyboard.type(`${name}${first.slice(0, 3)}`, { delay: 20 });
      for (const byHand of [false, true]) {
        if (byHand) await w.page.keyboard.press('Alt+\\');
        const shown = await w.ghost(4000).catch(() => '');
        for (const word of value.split(' ')) assert.ok(!`${first.slice(0, 3)}${shown}`.includes(word), shown);
      }
      await w.page.keyboard.press('Escape');
      await w.page.keyboard.press('Control+End');
      await w.page.keyboard.press('Enter');
    }
  });

  it('in an output channel nothing comes, not by hand either, and the log does not grow of saying so', async () => {
    await w.edit('output.md', KNOWN.replace(' █', '█'));
    await silent('in an output channel', () => w.command('Byteline: Show Log'));
    await w.page.waitForSelector('[aria-label^="Byteline, paused"]');
    await silent('in an output channel', () =>
      w.page.keyboard.press('Alt+\\').then(() => w.command('Byteline: Trigger Completion')),
    );
    await w.screenshot('output');
    const before = said('in an output channel');
    await w.showsNothing();
    assert.equal(said('in an output channel'), before);
    await w.command('View: Hide Panel');
  });

  it('in search results nothing comes', async () => {
    await w.edit('found.md', KNOWN);
    await silent('in search results', () => w.command('Search Editor: New Search Editor'));
    await w.page.keyboard.type('hereby granted');
    await w.page.waitForSelector('.search-editor .view-line:has-text("found.md:")');
    await w.page.click('.search-editor .search-results .view-lines');
    await w.page.keyboard.press('Control+End');
    await w.page.keyboard.type('Permission is hereby granted, free of charge, to any person obtaining ');
    await w.showsNothing();
    await w.screenshot('search');
    await w.page.waitForSelector('[aria-label^="Byteline, paused"]');
  });

  it("in a folder's settings of the editor nothing comes by itself", async () => {
    mkdirSync(join(session.folder, '.vscode'), { recursive: true });
    writeFileSync(join(session.folder, '.vscode/settings.json'), '{\n}\n');
    await paused('.vscode/settings.json');
    await silent("in the editor's settings", () => w.page.keyboard.type('// Permission is hereby '));
    await w.screenshot('settings');
    await w.command('File: Revert File');
  });
});
