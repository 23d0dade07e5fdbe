/** What the editor's own TypeScript server has us propose: renames, from inside the extension host. */
import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import type { NoProposal, PlacedEdit, Proposal, ProposalSource } from '../../../extension/nextEdit/proposal.ts';
import { RenameSource } from '../../../extension/nextEdit/rename.ts';
import { inHost, sleep } from './editor.ts';

const folder = () => vscode.workspace.workspaceFolders![0].uri;
const lines: string[] = [];
const host = {
  isOn: () => true,
  log: (message: string) => void lines.push(message),
  placesOf: async (document: vscode.TextDocument, from: string, to: string): Promise<PlacedEdit[]> =>
    [...document.getText().matchAll(new RegExp(`\\b${from}\\b`, 'g'))].map(({ index }) => ({
      uri: document.uri,
      range: new vscode.Range(document.positionAt(index), document.positionAt(index + from.length)),
      oldText: from,
      newText: to,
    })),
};

async function write(name: string, text: string): Promise<vscode.Uri> {
  const uri = vscode.Uri.joinPath(folder(), name);
  await vscode.workspace.fs.writeFile(uri, Buffer.from(text));
  return uri;
}

/** A file with the cursor where █ stands, or with what stands between two of them selected. */
async function open(name: string, marked: string): Promise<vscode.TextEditor> {
  const document = await vscode.workspace.openTextDocument(await write(name, marked.replaceAll('█', '')));
  const editor = await vscode.window.showTextDocument(document);
  const [from, to] = [marked.indexOf('█'), marked.lastIndexOf('█') - (marked.split('█').length - 2)];
  editor.selection = new vscode.Selection(document.positionAt(from), document.positionAt(to));
  return editor;
}

/** One key after the other, or Backspace and the like by their commands. */
async function type(text: string): Promise<void> {
  for (const character of text) await vscode.commands.executeCommand('type', { text: character });
}

async function until<T>(what: string, holds: () => Promise<T | undefined> | T | undefined, seconds = 40): Promise<T> {
  for (const end = Date.now() + seconds * 1000; Date.now() < end; await sleep(100)) {
    const found = await holds();
    if (found) return found;
  }
  throw new Error(`${what}: ${lines.slice(-5).join('; ')}`);
}

const ask = (source: ProposalSource): Promise<Proposal | NoProposal> =>
  source.propose(vscode.window.activeTextEditor!, false, new vscode.CancellationTokenSource().token);

async function reasonOf(source: ProposalSource): Promise<string> {
  const found = await ask(source);
  assert.equal(found.kind, 'none', JSON.stringify(found));
  return (found as NoProposal).reason;
}

const proposed = (source: ProposalSource, what: string) =>
  until(what, async () => {
    const found = await ask(source);
    return found.kind === 'none' ? undefined : found;
  });

describe('proposals from the TypeScript server', () => {
  inHost();
  let renames: RenameSource;
  before(async () => {
    renames = new RenameSource(host, 5000);
    await write('tsconfig.json', '{"compilerOptions": {"strict": true, "module": "esnext"}}');
  });
  after(() => renames.dispose());

  const DECLARED = 'export const █quillfranc█ = 3;\nexport const all = { quillfranc };\n// quillfranc\n';
  const placesCome = (places: number) =>
    until('the places', () => lines.some((line) => line.includes(`${places} other places of a name`)));

  it('rename the other places of a declaration, in other files, too, and one undo takes it back', async () => {
    await write('declared.ts', DECLARED.replaceAll('█', '')); // before TypeScript looks for it
    await open('other.ts', "import { quillfranc } from './declared';\n\nexport const x = quillfranc;\n█");
    lines.length = 0;
    const editor = await open('declared.ts', DECLARED);
    await placesCome(3);
    assert.equal(await reasonOf(renames), 'the name of no declaration was changed');
    await type('gimbal');
    const found = await proposed(renames, 'a rename');
    assert.equal(found.title, 'rename 3 others of quillfranc in 2 files');
    assert.deepEqual(found.edits.map(({ oldText, newText }) => [oldText, newText]).sort(), [
      ['quillfranc', 'gimbal'],
      ['quillfranc', 'gimbal'],
      ['quillfranc', 'quillfranc: gimbal'],
    ]);
    assert.equal(await found.apply!(), true);
    assert.equal(
      editor.document.getText(),
      'export const gimbal = 3;\nexport const all = { quillfranc: gimbal };\n// quillfranc\n',
    );
    const other = vscode.workspace.textDocuments.find(({ uri }) => uri.path.endsWith('other.ts'))!;
    assert.equal(other.getText(), "import { gimbal } from './declared';\n\nexport const x = gimbal;\n");
    await vscode.commands.executeCommand('workbench.action.files.saveAll');
  });

  it('rename what moved meanwhile, leave out what was changed, and undo in one step', async () => {
    lines.length = 0;
    const text = 'function █pendulum(a: number) {\n  return a;\n}\npendulum(1);\npendulum(2);\npendulum(3);\n';
    const editor = await open('moved.ts', text);
    await placesCome(3);
    await editor.edit((edit) => {
      edit.insert(new vscode.Position(3, 0), '// more\n');
      edit.replace(new vscode.Range(4, 0, 4, 8), 'other');
    });
    await type('big');
    const found = await proposed(renames, 'a rename');
    assert.equal(found.title, 'rename 2 others of pendulum');
    const before = editor.document.getText();
    assert.equal(await found.apply!(), true);
    assert.equal(
      editor.document.getText(),
      'function bigpendulum(a: number) {\n  return a;\n}\n// more\nbigpendulum(1);\nother(2);\nbigpendulum(3);\n',
    );
    await vscode.commands.executeCommand('undo');
    assert.equal(editor.document.getText(), before);
    assert.equal(await found.apply!(), true, 'what stands there again can be done again');
  });

  it('rename nothing to half a name or to one that is declared, nor what was refused', async () => {
    lines.length = 0;
    const text = 'const zaffre█ = 1;\nconst taken = 2;\nexport const sum = zaffre + taken;\n';
    const editor = await open('reasons.ts', text);
    await placesCome(1);
    const name = () => editor.document.lineAt(0).text.slice(6).split(' ')[0];
    const become = async (to: string) => {
      await editor.edit((edit) => edit.replace(new vscode.Range(0, 6, 0, 6 + name().length), to));
      return reasonOf(renames);
    };
    assert.equal(await become(''), 'the new name is not whole');
    await type('for');
    assert.equal(await reasonOf(renames), 'the new name is not whole');
    assert.equal(await become('taken'), 'the new name is declared already');
    assert.equal(await become('zaffre'), 'the name of no declaration was changed');
    await editor.edit((edit) => edit.insert(new vscode.Position(0, 12), 's'));
    (await proposed(renames, 'a rename')).refuse();
    assert.equal(await reasonOf(renames), 'the name of no declaration was changed');
  });

  it('rename by the text alone where no server knows renames, but nothing in comments and strings', async () => {
    const editor = await open('plain.lua', 'local █rack = 3\nprint(rack, "rack") -- rack\nreturn rack\n');
    await vscode.commands.executeCommand('cursorRight');
    await type('x');
    const found = await proposed(renames, 'a rename');
    assert.equal(found.title, 'rename 2 others of rack');
    assert.equal(await found.apply!(), true);
    assert.equal(editor.document.getText(), 'local rxack = 3\nprint(rxack, "rack") -- rack\nreturn rxack\n');
  });

  it('rename nothing by the text alone while a declaration is being written', async () => {
    await open('new.lua', 'print(ra)\n█\n');
    await type('local ra');
    await sleep(600);
    await type('ck');
    assert.equal(await reasonOf(renames), 'the name of no declaration was changed');
  });
});
