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

/** Escape hides a next edit that is ghost text as the editor does, and tells the worker. */
const HIDES = ['editor.action.inlineSuggest.hide'];

/** What must hold of a `when` clause of terms that all hold. */
const termsOf = (when = '') => when.split('&&').map((term) => term.trim());
/** The opposite of a term that is a name, not a name, or a comparison. */
function opposite(term: string): string {
  if (/ [!=]= /.test(term)) return term.replace(/ ([!=])= /, (_, sign) => (sign === '!' ? ' == ' : ' != '));
  return term.startsWith('!') ? term.slice(1) : `!${term}`;
}
/** What is not so where the focus is in an editor's text. */
const ELSEWHERE = /^(terminalFocus|inQuickOpen|listFocus)$/;
const IN_EDITOR = /^(editorTextFocus|editorFocus|textInputFocus)$/;
/** Whether a `when` clause cannot hold beside terms whose opposites are given. */
const isExcluded = (when: string | undefined, excluded: string[]) =>
  (when ?? '')
    .split('||')
    .every((alternative) => termsOf(alternative).some((term) => excluded.includes(term) || ELSEWHERE.test(term)));
/** Escape closes some fifty things that have the focus themselves: of it those count that name the editor's focus. */
const isOfEditor = ({ key, when }: Binding) => key !== 'escape' || termsOf(when).some((term) => IN_EDITOR.test(term));

describe('keys', () => {
  inHost();

  it("no key of ours is one of the editor's own where both would hold, but those that we hand back", async () => {
    const uri = vscode.Uri.parse('vscode://defaultsettings/keybindings.json');
    const text = (await vscode.workspace.openTextDocument(uri)).getText();
    const all = JSON.parse(text.replace(/^\s*\/\/.*$/gm, '')) as Binding[];
    const ours: Binding[] = vscode.extensions.getExtension(ID)!.packageJSON.contributes.keybindings;
    assert.ok(all.length > 500, `${all.length} keys`);
    for (const { key, command, when } of ours) {
      const same = all.filter((one) => one.key === key && isOfEditor(one) && !one.command.startsWith('byteline.'));
      const excluded = termsOf(when).map(opposite);
      const left = same.filter((one) => !isExcluded(one.when, excluded));
      const commands = left.map((one) => one.command);
      const back = termsOf(when).includes('byteline.nextEditInline') ? HIDES : HANDED_BACK[command];
      assert.deepEqual(commands, back ?? [], JSON.stringify(left));
    }
  });
});
