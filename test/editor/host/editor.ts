/** The editor as its extension host sees it, for the suites beside this: places are marked with █. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import * as vscode from 'vscode';

export const ID = 'byteline.byteline';
export const MARKED = [
  'export function area(width: number, height: number): number {',
  '  return width * height;',
  '}',
  '',
  'const total = area(3, 4);',
  'const half = █',
  '',
].join('\n');
export const settings = () => vscode.workspace.getConfiguration('byteline');
export const set = (key: string, value: unknown) => settings().update(key, value, vscode.ConfigurationTarget.Global);
export const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

interface Completed {
  text: string;
  others: { text: string }[];
}

/** What the command line completes there: the editor must insert exactly that. */
export const expected = (marked: string, model: string, ...more: string[]) => completed(marked, model, ...more).text;

export function completed(marked: string, model: string, ...more: string[]): Completed {
  const made = completedAt('untitled', marked, model, ...more);
  assert.notEqual(made.text, '', `${model} offers something here`);
  return made;
}

/** The same in a document of that path, or nothing: an empty text. */
export function completedAt(path: string, marked: string, model: string, ...more: string[]): Completed {
  const before = marked.slice(0, marked.indexOf('█')).split('\n');
  const cli = join(vscode.extensions.getExtension(ID)!.extensionPath, 'dist/byteline.cjs');
  const r = spawnSync(
    process.execPath,
    [
      cli,
      'complete',
      '-',
      '--path',
      path,
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
  return JSON.parse(r.stdout) as Completed;
}

export async function open(marked: string, language = 'typescript'): Promise<vscode.TextEditor> {
  const document = await vscode.workspace.openTextDocument({ language, content: marked.replace('█', '') });
  const editor = await vscode.window.showTextDocument(document);
  const at = document.positionAt(marked.indexOf('█'));
  editor.selection = new vscode.Selection(at, at);
  return editor;
}

/** Triggers and accepts until the text has changed, `seconds` long. Returns whether it has. */
export async function accepted(editor: vscode.TextEditor, seconds: number): Promise<boolean> {
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
export const LICENSE = 'Permission is hereby granted, free of charge, to any person obtaining █';

/** Whether something is offered without being asked for by hand; if so, it is inserted. */
export async function offered(marked: string, language = 'typescript'): Promise<boolean> {
  const editor = await open(marked, language);
  const before = editor.document.getText();
  await vscode.commands.executeCommand('editor.action.inlineSuggest.trigger', { explicit: false });
  await sleep(1200);
  await vscode.commands.executeCommand('editor.action.inlineSuggest.commit');
  await sleep(100);
  return editor.document.getText() !== before;
}

/** Shows the details, and waits until they say so. */
export async function details(pattern: RegExp): Promise<string> {
  for (const end = Date.now() + 15_000; ; ) {
    await vscode.commands.executeCommand('byteline.showDetails');
    const text = vscode.window.activeTextEditor!.document.getText();
    if (pattern.test(text)) return text;
    assert.ok(Date.now() < end, `the details do not say ${pattern}:\n${text}`);
    await sleep(250);
  }
}

/** Sets the model, and waits until it is loaded: the one before answers meanwhile, and the editor asks again after. */
export async function use(model: string): Promise<void> {
  await set('model', model);
  await details(new RegExp(`^(?=[^]*State: ready)[^]*Name: ${model} \\d`));
}

/** Of each suite: Byteline is active, without a workspace memory, and no editor stays open after a test. */
export function inHost(): void {
  before(async () => {
    await set('memory.enable', false); // the command line, which has none, says what is expected
    await vscode.extensions.getExtension(ID)!.activate();
  });
  afterEach(() => vscode.commands.executeCommand('workbench.action.closeAllEditors'));
}
