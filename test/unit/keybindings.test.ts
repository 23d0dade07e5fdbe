/** The keys of package.json: each for one of our commands, and where they give way. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';

const { contributes } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
  contributes: {
    commands: { command: string }[];
    keybindings: { key: string; mac?: string; command: string; when: string }[];
  };
};
const when = (key: string) => contributes.keybindings.find((one) => one.key === key)!.when.split(' && ');
const holds = (key: string, ...terms: string[]) => {
  for (const term of terms) assert.ok(when(key).includes(term), `${key}: ${term}`);
};
const MODES = ["(!vim.active || vim.mode == 'Insert')", "(!neovim.init || neovim.mode == 'insert')"];

describe('keybindings', () => {
  it('are of commands of ours, one key each', () => {
    const commands = contributes.commands.map(({ command }) => command);
    for (const { command } of contributes.keybindings) assert.ok(commands.includes(command), command);
    assert.deepEqual(contributes.keybindings.map(({ key }) => key).sort(), ['alt+\\', 'shift+tab']);
  });
  it('are ours only in text that can be written, and in the modes of Vim that write it', () => {
    for (const { key } of contributes.keybindings) holds(key, 'editorTextFocus', '!editorReadonly', ...MODES);
  });
  it('Shift+Tab gives way to lists, snippets, edits, hovers, selections, readers and the focus', () => {
    holds('shift+tab', 'inlineSuggestionVisible', '!inlineEditIsVisible', 'config.byteline.enable');
    holds('shift+tab', '!inInlineEditsPreviewEditor');
    holds('shift+tab', '!suggestWidgetVisible', '!hasOtherSuggestions', '!inSnippetMode', '!editorHoverFocused');
    holds('shift+tab', '!editorHasSelection', '!editorTabMovesFocus', '!accessibilityModeEnabled');
  });
  it("Alt+\\ gives way to Emacs's, seen or (in a remote window) known by a setting", () =>
    holds('alt+\\', '!byteline.emacs', '!config.emacs-mcx.killRingMax'));
});
