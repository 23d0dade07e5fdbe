/** The extension from inside its host: what VS Code's API can see of it. Keys and the screen are ghost.test.ts's. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync, truncateSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import * as vscode from 'vscode';

const ID = 'byteline.byteline';
const MARKED =
  'export function area(width: number, height: number): number {\n  return width * height;\n}\n\nconst total = area(3, 4);\nconst half = █\n';
const settings = () => vscode.workspace.getConfiguration('byteline');
const set = (key: string, value: unknown) => settings().update(key, value, vscode.ConfigurationTarget.Global);
const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

interface Completed {
  text: string;
  others: { text: string }[];
}

/** What the command line completes there: the editor must insert exactly that. */
const expected = (marked: string, model: string, ...more: string[]) => completed(marked, model, ...more).text;

function completed(marked: string, model: string, ...more: string[]): Completed {
  const before = marked.slice(0, marked.indexOf('█')).split('\n');
  const cli = join(vscode.extensions.getExtension(ID)!.extensionPath, 'dist/byteline.cjs');
  const r = spawnSync(
    process.execPath,
    [
      cli,
      'complete',
      '-',
      '--path',
      'untitled',
      '--line',
      `${before.length}`,
      '--column',
      `${before.at(-1)!.length + 1}`,
      '--model',
      model,
      '--json',
      ...more,
    ],
    { input: marked.replace('█', ''), encoding: 'utf8', env: { ...process.env, ELECTRON_RUN_AS_NODE: '1' } },
  );
  assert.equal(r.status, 0, r.stderr);
  const made = JSON.parse(r.stdout) as Completed;
  assert.notEqual(made.text, '', `${model} offers something here`);
  return made;
}

async function open(marked: string, language = 'typescript'): Promise<vscode.TextEditor> {
  const document = await vscode.workspace.openTextDocument({ language, content: marked.replace('█', '') });
  const editor = await vscode.window.showTextDocument(document);
  const at = document.positionAt(marked.indexOf('█'));
  editor.selection = new vscode.Selection(at, at);
  return editor;
}

/** Triggers and accepts until the text has changed, `seconds` long. Returns whether it has. */
async function accepted(editor: vscode.TextEditor, seconds: number): Promise<boolean> {
  const before = editor.document.getText();
  for (const end = Date.now() + seconds * 1000; Date.now() < end; ) {
    await vscode.commands.executeCommand('byteline.trigger');
    await sleep(2500);
    await vscode.commands.executeCommand('editor.action.inlineSuggest.commit');
    await sleep(100);
    if (editor.document.getText() !== before) return true;
  }
  return false;
}

/** What every model knows by heart, so that it is sure of it. */
const LICENSE = 'Permission is hereby granted, free of charge, to any person obtaining █';

/** Whether something is offered without being asked for by hand; if so, it is inserted. */
async function offered(marked: string, language = 'typescript'): Promise<boolean> {
  const editor = await open(marked, language);
  const before = editor.document.getText();
  await vscode.commands.executeCommand('editor.action.inlineSuggest.trigger', { explicit: false });
  await sleep(1200);
  await vscode.commands.executeCommand('editor.action.inlineSuggest.commit');
  await sleep(100);
  return editor.document.getText() !== before;
}

/** Shows the details, and waits until they say so. */
async function details(pattern: RegExp): Promise<string> {
  for (const end = Date.now() + 15_000; ; ) {
    await vscode.commands.executeCommand('byteline.showDetails');
    const text = vscode.window.activeTextEditor!.document.getText();
    if (pattern.test(text)) return text;
    assert.ok(Date.now() < end, `the details do not say ${pattern}:\n${text}`);
    await sleep(250);
  }
}

/** Sets the model, and waits until it is loaded: the one before answers meanwhile, and the editor asks again after. */
async function use(model: string): Promise<void> {
  await set('model', model);
  await details(new RegExp(`^(?=[^]*State: ready)[^]*Name: ${model} \\d`));
}

describe('extension host', () => {
  before(async () => {
    await set('memory.enable', false); // the command line, which has none, says what is expected
    await vscode.extensions.getExtension(ID)!.activate();
  });
  afterEach(() => vscode.commands.executeCommand('workbench.action.closeAllEditors'));

  it('contributes every command that its manifest names', async () => {
    const there = new Set(await vscode.commands.getCommands(true));
    const named = vscode.extensions
      .getExtension(ID)!
      .packageJSON.contributes.commands.map((c: { command: string }) => c.command);
    assert.equal(named.length, 15);
    for (const command of named) assert.ok(there.has(command), command);
  });
  it('copies diagnostics without the text or the name of what is open', async () => {
    const folder = join(vscode.workspace.workspaceFolders![0].uri.fsPath, 'mcgillicuddy');
    await vscode.workspace.fs.writeFile(
      vscode.Uri.file(join(folder, 'zorblequoin.ts')),
      Buffer.from('const plinthWobble = sprocketTally(gimbal, "hunter2000000");\nconst half = '),
    );
    const editor = await vscode.window.showTextDocument(vscode.Uri.file(join(folder, 'zorblequoin.ts')));
    editor.selection = new vscode.Selection(1, 13, 1, 13);
    await set('memory.secrets', ['plinthWobble*']);
    await vscode.commands.executeCommand('byteline.trigger');
    await sleep(2500);
    let report = '';
    for (let i = 0; i < 40 && !/device: cpu$/m.test(report); i++) {
      // the setting restarts the worker
      await sleep(500);
      await vscode.commands.executeCommand('byteline.copyDiagnostics');
      report = await vscode.env.clipboard.readText();
    }
    await set('memory.secrets', undefined);
    for (const line of [
      /^- Byteline: \d+\.\d+\.\d+$/m,
      /^- model: (nano|micro), device: cpu$/m,
      /^- byteline\.memory\.secrets: 1 entries$/m,
      /^- byteline\.memory\.enable: false$/m,
      /\[info\] .*model (nano|micro)/,
    ])
      assert.match(report, line);
    for (const secret of [
      'mcgillicuddy',
      'zorblequoin',
      'plinthWobble',
      'sprocketTally',
      'hunter2000000',
      vscode.workspace.name!,
      userInfo().username,
    ])
      assert.ok(!report.includes(secret), `${secret} is in ${report}`);
  });
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
      const [beginning, whole] = [expected(MARKED, 'micro', '--offer'), expected(MARKED, 'micro')];
      assert.ok(whole.length > beginning.length && whole.startsWith(beginning));
      const editor = await open(MARKED);
      await vscode.commands.executeCommand('editor.action.inlineSuggest.trigger', { explicit: false });
      await sleep(ms);
      await vscode.commands.executeCommand('byteline.trigger');
      await sleep(2500);
      await vscode.commands.executeCommand('editor.action.inlineSuggest.commit');
      assert.equal(editor.document.getText(), MARKED.replace('█', whole));
    });
  }
  it('shows whole what was asked for by hand while the worker restarts', async () => {
    await set('model', 'micro'); // by itself it offers only the beginning here
    assert.notEqual(expected(MARKED, 'micro', '--offer'), expected(MARKED, 'micro'));
    const editor = await open(MARKED);
    const restarted = vscode.commands.executeCommand('byteline.restart');
    await vscode.commands.executeCommand('byteline.trigger');
    await restarted;
    for (let i = 0; i < 4 && editor.document.getText() === MARKED.replace('█', ''); i++) {
      await sleep(5000); // no second request: the first one must not be lost
      await vscode.commands.executeCommand('editor.action.inlineSuggest.commit');
    }
    assert.equal(editor.document.getText(), MARKED.replace('█', expected(MARKED, 'micro')));
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
  it('says what runs, where, and how fast', async () => {
    assert.ok(await offered(`// ${LICENSE}\n`));
    const text = await details(/State: ready/);
    for (const line of [
      /Name: micro \d/,
      /File: 9\.\d MB, int8/,
      /Folder: .*micro/,
      /Also there: nano/,
      /Runs on: cpu/,
      /Threads of a call: \d/,
      /First text: \d+ ms/,
      /Whole: \d+ ms/,
      /Workspace memory:\n {2}Off/,
    ])
      assert.match(text, line);
  });
  it("changes the model with the active editor's language, and not for a panel", async () => {
    await set('model', 'micro');
    await set('languageModels', { markdown: 'nano' });
    await open(LICENSE);
    await details(/Name: micro/);
    await open(LICENSE, 'markdown');
    await details(/Name: nano/); // in an editor of YAML, which is not a document of the user's
    await vscode.commands.executeCommand('byteline.showLog');
    await sleep(600);
    await details(/Name: nano/);
    await open(LICENSE);
    await details(/Name: micro/);
    const { document } = await open(LICENSE);
    await vscode.languages.setTextDocumentLanguage(document, 'markdown');
    await sleep(600);
    await details(/Name: nano/);
    await set('languageModels', undefined);
  });
  it("adds a folder of the user's once it is whole, and removes it", async () => {
    const root = mkdtempSync(join(tmpdir(), 'bm-'));
    const bundled = join(vscode.extensions.getExtension(ID)!.extensionPath, 'model/models/micro');
    for (const name of ['mine', 'broken']) cpSync(bundled, join(root, name, name), { recursive: true });
    truncateSync(join(root, 'broken/broken/int8.onnx'), 10);
    await vscode.commands.executeCommand('byteline.addModelFolder', vscode.Uri.file(join(root, 'broken')));
    assert.deepEqual(settings().get('modelFolders'), []);
    await set('model', 'mine'); // it is not there yet: another one answers
    await details(/State: ready/);
    await vscode.commands.executeCommand('byteline.addModelFolder', vscode.Uri.file(join(root, 'mine/mine')));
    assert.deepEqual(settings().get('modelFolders'), [join(root, 'mine')]);
    await open(LICENSE);
    await details(/Folder: .*mine.mine/);
    await vscode.commands.executeCommand('byteline.removeModel', 'mine');
    assert.deepEqual(settings().get('modelFolders'), []);
    assert.equal(settings().get('model'), 'nano');
    assert.match(await details(/Name: nano/), /Also there: micro/);
    rmSync(root, { recursive: true });
  });
  it('removes a folder that is named relative to the workspace, and adds it no second time', async () => {
    const root = join(vscode.workspace.workspaceFolders![0].uri.fsPath, 'my-models');
    cpSync(join(vscode.extensions.getExtension(ID)!.extensionPath, 'model/models/micro'), join(root, 'near'), {
      recursive: true,
    });
    await set('modelFolders', ['my-models']);
    await set('model', './my-models/near');
    await details(/Name: near [\s\S]*Folder: \/.*my-models.near/);
    await vscode.commands.executeCommand('byteline.addModelFolder', vscode.Uri.file(root));
    assert.deepEqual(settings().get('modelFolders'), ['my-models']);
    await vscode.commands.executeCommand('byteline.removeModel', 'near');
    assert.deepEqual([settings().get('modelFolders'), settings().get('model')], [[], 'nano']);
    rmSync(root, { recursive: true });
  });
});
