/**
 * Where people write: notebooks, diff views, several cursors, and text of any script, from inside the extension host.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import * as vscode from 'vscode';
import { completedAt, ID, set, sleep } from './editor.ts';

const OLD = 'byteline-old';

/** What the command line completes at █ in a document of that path: the editor must insert exactly that. */
const expected = (marked: string, path: string) => completedAt(path, marked, 'micro').text;

/** Triggers in the editor that has the focus and accepts; the document's text then. */
async function commit(document: vscode.TextDocument, times = 8): Promise<string> {
  const before = document.getText();
  for (let i = 0; i < times && document.getText() === before; i++) {
    await vscode.commands.executeCommand('byteline.trigger');
    await sleep(2000);
    await vscode.commands.executeCommand('editor.action.inlineSuggest.commit');
    await sleep(100);
  }
  return document.getText();
}

async function until(what: string, holds: () => unknown): Promise<void> {
  for (let i = 0; i < 100 && !holds(); i++) await sleep(100);
  assert.ok(holds(), what);
}

async function written(name: string, marked: string): Promise<vscode.TextDocument> {
  const uri = vscode.Uri.joinPath(vscode.workspace.workspaceFolders![0].uri, name);
  await vscode.workspace.fs.writeFile(uri, Buffer.from(marked.replace('█', '')));
  return vscode.workspace.openTextDocument(uri);
}

async function openAt(document: vscode.TextDocument, ...offsets: number[]): Promise<vscode.TextEditor> {
  const editor = await vscode.window.showTextDocument(document);
  editor.selections = offsets.map(
    (offset) => new vscode.Selection(document.positionAt(offset), document.positionAt(offset)),
  );
  return editor;
}

async function logged(line: string): Promise<void> {
  await vscode.commands.executeCommand('byteline.showLog');
  await until(`the log says ${line}`, () =>
    vscode.workspace.textDocuments.some(
      (d) => d.uri.scheme === 'output' && d.uri.path.includes('Byteline') && d.getText().includes(line),
    ),
  );
}

/** The same file for every path: what another side of a diff view reads. */
class OneFile implements vscode.FileSystemProvider {
  readonly onDidChangeFile = new vscode.EventEmitter<vscode.FileChangeEvent[]>().event;
  constructor(private readonly bytes: Uint8Array) {}
  readonly stat = () => ({ type: vscode.FileType.File, ctime: 0, mtime: 0, size: this.bytes.length });
  readonly readFile = () => this.bytes;
  readonly watch = () => new vscode.Disposable(() => undefined);
  readonly readDirectory = () => [];
  readonly createDirectory = () => undefined;
  readonly writeFile = () => undefined;
  readonly delete = () => undefined;
  readonly rename = () => undefined;
}

/** A notebook's file with cells of Python. */
const notebookOf = (...cells: string[]) =>
  Buffer.from(
    JSON.stringify({
      cells: cells.map((text) => ({
        cell_type: 'code',
        execution_count: null,
        metadata: {},
        outputs: [],
        source: [text],
      })),
      metadata: { language_info: { name: 'python' } },
      nbformat: 4,
      nbformat_minor: 2,
    }),
  );

/** Puts the cursor at the end of a cell's text. */
async function inCell(notebook: vscode.NotebookDocument, index: number): Promise<vscode.TextDocument> {
  const shown = await vscode.window.showNotebookDocument(notebook);
  const { document } = notebook.cellAt(index);
  shown.selection = new vscode.NotebookRange(index, index + 1);
  await vscode.commands.executeCommand('notebook.cell.edit');
  await until('the cell has the focus', () => vscode.window.activeTextEditor?.document === document);
  await vscode.commands.executeCommand('cursorBottom');
  return document;
}

describe('places', () => {
  before(async () => {
    await set('memory.enable', false); // the command line, which has none, says what is expected
    await vscode.extensions.getExtension(ID)!.activate();
    await set('model', 'micro');
    await sleep(3000);
  });
  afterEach(() => vscode.commands.executeCommand('workbench.action.closeAllEditors'));

  it("a notebook's cell uses what a cell above defines, and inserts it exactly", async () => {
    const above = [
      'def convert_currency(amount, rate):\n    return amount * rate',
      '# Prices\n\nWhat the price in euros is in dollars.',
      'price = 12.5\nrate = 1.08\n\ndollars = conv',
    ];
    const kinds = [vscode.NotebookCellKind.Code, vscode.NotebookCellKind.Markup, vscode.NotebookCellKind.Code];
    const data = new vscode.NotebookData(
      above.map((text, i) => new vscode.NotebookCellData(kinds[i], text, i === 1 ? 'markdown' : 'python')),
    );
    const notebook = await vscode.workspace.openNotebookDocument('jupyter-notebook', data);
    const document = await inCell(notebook, 2);
    const whole = `${above[0]}\n\n${above[1].replaceAll(/^(?=.)/gm, '# ').replaceAll(/^$/gm, '#')}\n\n${above[2]}█`;
    const wanted = expected(whole, 'untitled.py');
    assert.match(wanted, /^ert_currency\(/);
    assert.doesNotMatch(expected(`${above[2]}█`, 'untitled.py'), /^ert_currency/, 'the cell alone does not say');
    assert.equal(await commit(document), above[2] + wanted);
    await set('exclude', ['*.ipynb']);
    await until(
      'the setting is in force',
      () => vscode.workspace.getConfiguration('byteline').get<string[]>('exclude')!.length === 1,
    );
    for (let key = 0; key < 5; key++) {
      // the editor asks for some of them
      await vscode.commands.executeCommand('type', { text: 'x' });
      await sleep(300);
      await vscode.commands.executeCommand('editor.action.inlineSuggest.trigger', { explicit: false });
      await sleep(200);
    }
    await logged('byteline.exclude has *.ipynb');
    await set('exclude', undefined);
  });

  it("a notebook's cell uses its own notebook where another of the same path is open, as beside a diff", async () => {
    const [defines, uses] = [
      'def convert_currency(amount, rate):\n    return amount * rate',
      'price = 12.5\nrate = 1.08\n\ndollars = conv',
    ];
    const uri = vscode.Uri.joinPath(vscode.workspace.workspaceFolders![0].uri, 'prices.ipynb');
    await vscode.workspace.fs.writeFile(uri, notebookOf(defines, uses));
    const other = vscode.workspace.registerFileSystemProvider(
      'byteline-other',
      new OneFile(notebookOf('def convolve(a, b):\n    return a * b', 'print(1)')),
    );
    try {
      // the first one found by path
      await vscode.workspace.openNotebookDocument(uri.with({ scheme: 'byteline-other' }));
      const document = await inCell(await vscode.workspace.openNotebookDocument(uri), 1);
      const wanted = expected(`${defines}\n\n${uses}█`, 'prices.py');
      assert.match(wanted, /^ert_currency\(/);
      assert.equal(await commit(document), uses + wanted);
    } finally {
      other.dispose();
    }
  });

  it(
    'tabs, right-to-left, wide and combined characters: ' + 'on disk is what was there and what was completed',
    async () => {
      const texts = {
        'tabs.go': [
          'package main\n',
          'func add(a int, b int) int {\n\treturn a + b\n}\n',
          'func sub(a int, b int) int {\n\tif a > b {\n\t\treturn █\n\t}\n}\n',
        ].join('\n'),
        'rtl.ts': ['const שלום = "مرحبا بالعالم";', 'const עולם = "שלום עולם";', 'console.log(שלום, █);', ''].join(
          '\n',
        ),
        'wide.ts': [
          'const 名前 = "日本語👩‍👩‍👧‍👦🇰🇷";',
          'const cafe\u0301 = "e\u0301👍🏽한글";',
          'console.log("👩‍👩‍👧‍👦 e\u0301", 名前, █);',
          '',
        ].join('\n'),
      };
      for (const [name, marked] of Object.entries(texts)) {
        const document = await written(name, marked);
        const editor = await openAt(document, marked.indexOf('█'));
        editor.options = { tabSize: 3, insertSpaces: false };
        const wanted = marked.replace('█', expected(marked, name));
        assert.notEqual(wanted, marked.replace('█', ''), `micro offers something in ${name}`);
        assert.equal(await commit(document), wanted, name);
        assert.ok(await document.save());
        assert.equal(readFileSync(document.uri.fsPath, 'utf8'), wanted, name);
      }
    },
  );

  it(
    'the right-hand side of a diff view is completed as any document, ' + 'the old version on the left is left alone',
    async () => {
      const provider = vscode.workspace.registerTextDocumentContentProvider(OLD, {
        provideTextDocumentContent: () => 'const total = add(3, 4);\nconst half = \n',
      });
      const marked = [
        'export function add(a: number, b: number): number {',
        '  return a + b;',
        '}',
        '',
        'const total = add(3, 4);',
        'const half = █',
        '',
      ].join('\n');
      const document = await written('right.ts', marked);
      await vscode.commands.executeCommand('vscode.diff', vscode.Uri.parse(`${OLD}:/right.ts`), document.uri);
      await until('the right-hand side has the focus', () => vscode.window.activeTextEditor?.document === document);
      const at = document.positionAt(marked.indexOf('█'));
      vscode.window.activeTextEditor!.selection = new vscode.Selection(at, at);
      assert.equal(await commit(document), marked.replace('█', expected(marked, 'right.ts')));
      await vscode.commands.executeCommand('workbench.action.compareEditor.focusPrimarySide');
      await vscode.commands.executeCommand('workbench.action.compareEditor.focusSecondarySide');
      await until(
        'the left-hand side has the focus',
        () => vscode.window.activeTextEditor?.document.uri.scheme === OLD,
      );
      const left = vscode.window.activeTextEditor!.document;
      assert.equal(await commit(left, 1), left.getText());
      await document.save();
      provider.dispose();
    },
  );

  it('several cursors: silent, and the log says why', async () => {
    const text = 'const a = \nconst b = \n';
    const document = await vscode.workspace.openTextDocument({ language: 'typescript', content: text });
    await openAt(document, 10, 21);
    assert.equal(await commit(document, 1), text);
    await logged('nothing offered: multiple cursors');
  });
});
