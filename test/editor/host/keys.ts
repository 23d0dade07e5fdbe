/** The editor's own keys beside ours, as its list of default keyboard shortcuts has them. */
import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { ID, inHost } from './editor.ts';

interface Binding {
  key: string;
  command: string;
  when?: string;
}

/** What a key of ours does in the editor's place: a Tab that comes when no next edit stands any more is handed on. */
const HANDED_BACK: Record<string, string[]> = {
  'byteline.acceptLine': ['outdent'],
  'byteline.acceptNextEdit': ['tab'],
};

/** What must hold of a `when` clause of terms that all hold. */
const termsOf = (when = '') => when.split('&&').map((term) => term.trim());
/** The opposite of a term that is a name, or not a name. */
const opposite = (term: string) => (term.startsWith('!') ? term.slice(1) : `!${term}`);

describe('keys', () => {
  inHost();

  it("no key of ours is one of the editor's own where both would hold, but those that we hand back", async () => {
    const uri = vscode.Uri.parse('vscode://defaultsettings/keybindings.json');
    const text = (await vscode.workspace.openTextDocument(uri)).getText();
    const all = JSON.parse(text.replace(/^\s*\/\/.*$/gm, '')) as Binding[];
    const ours: Binding[] = vscode.extensions.getExtension(ID)!.packageJSON.contributes.keybindings;
    assert.ok(all.length > 500, `${all.length} keys`);
    for (const { key, command, when } of ours) {
      const same = all.filter((one) => one.key === key && !one.command.startsWith('byteline.'));
      const excluded = termsOf(when).map(opposite);
      const left = same.filter((one) => !termsOf(one.when).some((term) => excluded.includes(term)));
      const commands = left.map((one) => one.command);
      assert.deepEqual(commands, HANDED_BACK[command] ?? [], JSON.stringify(left));
    }
  });
});
