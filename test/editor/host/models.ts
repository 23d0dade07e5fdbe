/** Details and models, as VS Code's API can see them. */
import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, rmSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as vscode from 'vscode';
import { details, ID, inHost, LICENSE, offered, open, set, settings, sleep, use } from './editor.ts';

describe('extension host', () => {
  inHost();
  before(() => use('micro'));

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
