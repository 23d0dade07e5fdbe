/** The keys of package.json: each for one of our commands, and where they give way. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';

const { contributes } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
  contributes: {
    commands: { command: string }[];
    keybindings: { key: string; mac?: string; command: string; when: string }[];
  };
};
const holds = (key: string, ...terms: string[]) => {
  for (const one of contributes.keybindings.filter((one) => one.key === key))
    for (const term of terms) assert.ok(one.when.split(' && ').includes(term), `${key}: ${term}`);
};
const MODES = ["(!vim.active || vim.mode == 'Insert')", "(!neovim.init || neovim.mode == 'insert')"];

describe('keybindings', () => {
  it('are of commands of ours', () => {
    const commands = contributes.commands.map(({ command }) => command);
    for (const { command } of contributes.keybindings) assert.ok(commands.includes(command), command);
    assert.deepEqual(contributes.keybindings.map(({ key }) => key).sort(), [
      'alt+\\',
      'escape',
      'escape',
      'shift+tab',
      'tab',
    ]);
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
  it('Tab and Escape are ours only while a next edit stands, and give way as Shift+Tab does', () => {
    const others = ['!suggestWidgetVisible', '!hasOtherSuggestions', '!inSnippetMode', '!findWidgetVisible'];
    for (const key of ['tab', 'escape'])
      holds(key, ...others, '!editorHasSelection', '!editorHasMultipleSelections', '!editorHoverFocused');
    holds('tab', 'byteline.nextEdit', '!inlineSuggestionVisible', '!editorTabMovesFocus', '!accessibilityModeEnabled');
    holds('tab', '!hasSnippetCompletions', '!inlineEditIsVisible');
    holds('escape', '!parameterHintsVisible');
    const keys = contributes.keybindings.filter(({ key }) => key === 'escape').map(({ when }) => when.split(' && '));
    const [elsewhere, inline] = keys;
    assert.ok(elsewhere.includes('byteline.nextEdit') && elsewhere.includes('!inlineSuggestionVisible'));
    assert.ok(inline.includes('byteline.nextEditInline') && inline.includes('inlineSuggestionVisible'));
  });
  it("Alt+\\ gives way to Emacs's, seen or (in a remote window) known by a setting", () =>
    holds('alt+\\', '!byteline.emacs', '!config.emacs-mcx.killRingMax'));
});
