/** The commands that the manifest names, and the diagnostics that one of them copies. */
import assert from 'node:assert/strict';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import * as vscode from 'vscode';
import { ID, inHost, set, sleep } from './editor.ts';

describe('extension host', () => {
  inHost();

  it('contributes every command that its manifest names', async () => {
    const there = new Set(await vscode.commands.getCommands(true));
    const named = vscode.extensions
      .getExtension(ID)!
      .packageJSON.contributes.commands.map((c: { command: string }) => c.command);
    assert.equal(named.length, 23);
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
});
