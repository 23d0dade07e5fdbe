/**
 * What is offered and inserted, and what is not, as VS Code's API can see it. Keys and the screen are ghost.test.ts's.
 */
import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import {
  accepted,
  completed,
  details,
  expected,
  inHost,
  LICENSE,
  MARKED,
  offered,
  open,
  set,
  settings,
  sleep,
  use,
} from './editor.ts';

/** The command line as the editor with this eagerness. */
const EAGER = ['--offer', '--eagerness', 'eager'];

describe('extension host', () => {
  inHost();

  for (const model of ['micro', 'nano']) {
    it(`inserts what ${model} completes, exactly`, async () => {
      await use(model);
      const editor = await open(MARKED);
      assert.ok(await accepted(editor, 20), 'nothing was offered');
      assert.equal(editor.document.getText(), MARKED.replace('█', expected(MARKED, model)));
    });
  }
  it('offers nothing by itself where it is turned off, and asks no restart to come back', async () => {
    await set('enable', false);
    const editor = await open(MARKED);
    await vscode.commands.executeCommand('editor.action.inlineSuggest.trigger', { explicit: false });
    await sleep(1500);
    await vscode.commands.executeCommand('editor.action.inlineSuggest.commit');
    assert.equal(editor.document.getText(), MARKED.replace('█', ''));
    await set('enable', undefined);
    assert.ok(await accepted(editor, 20));
  });
  it('completes after the worker was restarted', async () => {
    await vscode.commands.executeCommand('byteline.restart');
    assert.ok(await accepted(await open(MARKED), 20));
  });
  for (const ms of [100, 2500]) {
    it(`puts the whole in the place of the beginning that it offered by itself ${ms} ms before`, async () => {
      await use('micro');
      await set('eagerness', 'eager');
      const [beginning, whole] = [expected(MARKED, 'micro', ...EAGER), expected(MARKED, 'micro')];
      assert.ok(whole.length > beginning.length && whole.startsWith(beginning));
      const editor = await open(MARKED);
      await vscode.commands.executeCommand('editor.action.inlineSuggest.trigger', { explicit: false });
      await sleep(ms);
      await vscode.commands.executeCommand('byteline.trigger');
      await sleep(2500);
      await vscode.commands.executeCommand('editor.action.inlineSuggest.commit');
      assert.equal(editor.document.getText(), MARKED.replace('█', whole));
      await set('eagerness', undefined);
    });
  }
  it('shows whole what was asked for by hand while the worker restarts', async () => {
    await set('model', 'micro'); // by itself it offers only the beginning here
    await set('eagerness', 'eager');
    assert.notEqual(expected(MARKED, 'micro', ...EAGER), expected(MARKED, 'micro'));
    const editor = await open(MARKED);
    const restarted = vscode.commands.executeCommand('byteline.restart');
    await vscode.commands.executeCommand('byteline.trigger');
    await restarted;
    for (let i = 0; i < 4 && editor.document.getText() === MARKED.replace('█', ''); i++) {
      await sleep(10_000); // no second request: the first one must not be lost, and is whole by then
      await vscode.commands.executeCommand('editor.action.inlineSuggest.commit');
    }
    assert.equal(editor.document.getText(), MARKED.replace('█', expected(MARKED, 'micro')));
    await set('eagerness', undefined);
  });
  it('offers others where it is asked by hand: the next one is inserted', async () => {
    await set('model', 'micro');
    await sleep(3000);
    const { others } = completed(MARKED, 'micro', '--candidates', '4');
    assert.ok(others.length > 0);
    const editor = await open(MARKED);
    await vscode.commands.executeCommand('byteline.trigger');
    await sleep(2500);
    await vscode.commands.executeCommand('editor.action.inlineSuggest.showNext');
    await sleep(1000);
    await vscode.commands.executeCommand('editor.action.inlineSuggest.commit');
    assert.equal(editor.document.getText(), MARKED.replace('█', others[0].text));
  });
  it('waits as long as the setting says before it asks', async () => {
    await set('delay', 2000);
    const editor = await open(`/* ${LICENSE}\n`); // a place that was never asked for
    const [before, began] = [editor.document.getText(), performance.now()];
    void vscode.commands.executeCommand('editor.action.inlineSuggest.trigger', { explicit: false });
    for (let i = 0; i < 60 && editor.document.getText() === before; i++) {
      await sleep(500);
      await vscode.commands.executeCommand('editor.action.inlineSuggest.commit');
    }
    await set('delay', undefined);
    assert.notEqual(editor.document.getText(), before);
    assert.ok(performance.now() - began >= 2000);
  });
  it('keeps CRLF', async () => {
    const windows = MARKED.replaceAll('\n', '\r\n');
    const editor = await open(windows);
    assert.equal(editor.document.eol, vscode.EndOfLine.CRLF);
    assert.ok(await accepted(editor, 20));
    assert.equal(editor.document.getText(), windows.replace('█', expected(windows, settings().get('model')!)));
  });
  describe('off switches', () => {
    const PLACES: [name: string, setting: string, value: unknown, marked: string][] = [
      ['comments', 'inComments', false, `// ${LICENSE}\n`],
      ['strings', 'inStrings', false, `const text = '${LICENSE}\n`],
      ['files of a glob', 'exclude', ['Untitled-*'], `// ${LICENSE}\n`],
      ['files above a size', 'maxFileKilobytes', 1, `${'//\n'.repeat(400)}// ${LICENSE}\n`],
    ];
    before(() => use('micro'));
    for (const [name, setting, value, marked] of PLACES) {
      it(`are of ${name}`, async () => {
        assert.ok(await offered(marked), 'it is offered where nothing is set');
        await set(setting, value);
        assert.ok(!(await offered(marked)));
        await set(setting, undefined);
      });
    }
    it('keep nothing from those who ask by hand', async () => {
      await set('inComments', false);
      const editor = await open(`// ${LICENSE}\n`);
      assert.ok(await accepted(editor, 10));
      await set('inComments', undefined);
    });
    it('are a snooze, and its end', async () => {
      await vscode.commands.executeCommand('byteline.snooze', 5);
      assert.ok(!(await offered(`// ${LICENSE}\n`)));
      await details(/Paused here: snoozed until \d\d:\d\d/);
      await vscode.commands.executeCommand('byteline.snooze', 0);
      assert.ok(await offered(`// ${LICENSE}\n`));
    });
  });
});
