/** Extensions of the tests' own that do with keys what keymaps of Vim and Emacs do: packed to be installed. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createVSIX } from '@vscode/vsce';

interface Keymap {
  publisher: string;
  name: string;
  /** Its command is run. */
  keybindings: { key: string; command: string; when: string }[];
  /** The body of its `activate(vscode)`. */
  activate: string;
}

/** VSCodeVim's context keys; Ctrl+Alt+8 stands for its Escape, Ctrl+Alt+9 for its i. */
export const VIM: Keymap = {
  publisher: 'test',
  name: 'vim',
  keybindings: [
    { key: 'ctrl+alt+8', command: 'test.normal', when: 'editorTextFocus' },
    { key: 'ctrl+alt+9', command: 'test.insert', when: 'editorTextFocus' },
  ],
  activate: `
    const item = vscode.window.createStatusBarItem(vscode.StatusBarAlignment.Left);
    item.show();
    const set = async (mode) => {
      await vscode.commands.executeCommand('setContext', 'vim.active', true);
      await vscode.commands.executeCommand('setContext', 'vim.mode', mode);
      item.text = 'Vim: ' + mode;
    };
    void set('Insert');
    vscode.commands.registerCommand('test.normal', () => set('Normal'));
    vscode.commands.registerCommand('test.insert', () => set('Insert'));`,
};

/** Alt+\ deletes the blanks around the cursor; of them those before it are enough here. */
export const EMACS: Keymap = {
  publisher: 'hiro-sun',
  name: 'vscode-emacs',
  keybindings: [{ key: 'alt+\\', command: 'test.deleteBlanks', when: 'editorTextFocus' }],
  activate: `
    vscode.commands.registerTextEditorCommand('test.deleteBlanks', ({ document, selection }, edit) => {
      const { line, character } = selection.active;
      const blanks = /\\s*$/.exec(document.lineAt(line).text.slice(0, character))[0].length;
      edit.delete(new vscode.Range(line, character - blanks, line, character));
    });`,
};

/** Packs one into a folder; returns the file. */
export async function packKeymap(folder: string, { publisher, name, keybindings, activate }: Keymap): Promise<string> {
  const cwd = join(folder, name);
  mkdirSync(cwd, { recursive: true }); // a try before this one may have made it
  const manifest = {
    publisher,
    name,
    version: '0.0.1',
    engines: { vscode: '^1.100.0' },
    main: './main.js',
    activationEvents: ['*'],
    contributes: { keybindings },
  };
  writeFileSync(join(cwd, 'package.json'), JSON.stringify(manifest));
  writeFileSync(join(cwd, 'main.js'), `const vscode = require('vscode');\nexports.activate = () => {${activate}\n};\n`);
  const packagePath = join(folder, `${name}.vsix`);
  await createVSIX({
    cwd,
    packagePath,
    dependencies: false,
    skipLicense: true,
    allowMissingRepository: true,
    allowStarActivation: true,
  });
  return packagePath;
}
