/** Proposes the import of a name that was just written, where the language server does not know the name. */
import * as vscode from 'vscode';
import { messageOf } from '../../server/errors.ts';
import { SELECTOR } from '../documents.ts';
import { isName, nameAt } from './declarations.ts';
import { onlyImport } from './importActions.ts';
import { LanguageServer } from './languageServer.ts';
import type { NoProposal, Proposal, ProposalSource } from './proposal.ts';
import { ReasonLog } from './reasonLog.ts';
import { Written } from './written.ts';

/** A server may find out so long after a name was written, ms; what it says later is about something else. */
const LATEST = 15_000;
/** For a name that no import was offered for, so long, ms, none is asked for: what is not written yet has none. */
const AGAIN = 3000;
/** So many names are asked for at once, the nearest first. */
const MOST = 3;
/** So many of a server's actions come with what they do. */
const RESOLVED = 4;
const QUICK_FIX = vscode.CodeActionKind.QuickFix.value;

type Action = vscode.CodeAction | vscode.Command;

export interface ImportHost {
  /** Something may be proposed there by itself. */
  isOn(document: vscode.TextDocument, position: vscode.Position): boolean;
  log(message: string): void;
}

/** A name that the language server does not know. */
interface Unknown {
  text: string;
  range: vscode.Range;
}

export class ImportSource implements ProposalSource, vscode.Disposable {
  private written: { uri: string; lines: Written } | undefined;
  /** Names whose import was refused, by document. */
  private readonly refused = new Map<string, Set<string>>();
  /** Names that no import was offered for, by document, and when that was. */
  private readonly fruitless = new Map<string, number>();
  /** What was made known last: a server often says the same several times. */
  private told = '';
  /** What is written now is the import itself. */
  private isApplying = false;
  private readonly server: LanguageServer;
  private readonly reasons = new ReasonLog((reason) => this.host.log(`no import: ${reason}`));
  private readonly changed = new vscode.EventEmitter<void>();
  /** There may be a proposal for the active editor now, some time after the edit: a server has looked at it. */
  readonly onDidChange = this.changed.event;
  private readonly subscriptions = [
    this.changed,
    vscode.workspace.onDidChangeTextDocument((event) => this.note(event)),
    vscode.languages.onDidChangeDiagnostics(({ uris }) => this.diagnosed(uris)),
    vscode.workspace.onDidCloseTextDocument(({ uri }) => {
      this.refused.delete(`${uri}`);
      this.fruitless.clear();
    }),
  ];

  /** `deadline`: a server's answer that comes later is none, ms. */
  constructor(
    private readonly host: ImportHost,
    deadline?: number,
  ) {
    this.server = new LanguageServer('imports', host.log, deadline);
  }

  dispose(): void {
    for (const s of this.subscriptions) s.dispose();
  }

  async propose(
    editor: vscode.TextEditor,
    always: boolean,
    token: vscode.CancellationToken,
  ): Promise<Proposal | NoProposal> {
    return this.reasons.note(await this.find(editor, always, token));
  }

  private async find(
    editor: vscode.TextEditor,
    always: boolean,
    token: vscode.CancellationToken,
  ): Promise<Proposal | NoProposal> {
    const { document } = editor;
    const { version } = document;
    if (!this.mayAsk(editor, always)) return nothing('nothing is asked for there');
    const names = this.unknownNames(editor, always);
    let reason = 'no name that the language server does not know';
    for (const name of names.slice(0, MOST)) {
      const actions = await this.actions(document, name, RESOLVED);
      if (token.isCancellationRequested || document.version !== version) return nothing('typed on');
      if (!actions) return nothing('the language server does not answer');
      const only = onlyImport(actions.map(described), name.text);
      if (!('reason' in only)) return this.proposal(document, name, only, actions[only.index]);
      reason = only.reason;
      this.fruitless.set(keyOf(document, name), performance.now());
    }
    return nothing(reason);
  }

  private mayAsk({ document, selection, selections }: vscode.TextEditor, always: boolean): boolean {
    return (
      vscode.workspace.isTrusted &&
      selections.length === 1 &&
      document.uri.scheme !== 'vscode-notebook-cell' &&
      vscode.languages.match(SELECTOR, document) > 0 &&
      (always || this.host.isOn(document, selection.active))
    );
  }

  /** In what was just written, or asked by hand in the cursor's line, the nearest to the cursor first. */
  private unknownNames({ document, selection: { active } }: vscode.TextEditor, always: boolean): Unknown[] {
    const uri = `${document.uri}`;
    const { span, at } = (this.written?.uri === uri ? this.written.lines : undefined) ?? { span: undefined, at: 0 };
    const isRecent = span !== undefined && performance.now() - at < LATEST;
    const holds = ({ start: { line } }: vscode.Range) =>
      (isRecent && span.start.line <= line && line <= span.end.line) || (always && line === active.line);
    const found = new Map<string, Unknown>();
    const far = ({ range: { end } }: Unknown) =>
      Math.abs(end.line - active.line) * 1000 + Math.abs(end.character - active.character);
    const names = vscode.languages
      .getDiagnostics(document.uri)
      .filter((diagnostic) => saysUnknown(diagnostic) && holds(diagnostic.range))
      .map(({ range }) => ({ range, text: nameIn(document, range) }))
      .filter((name): name is Unknown => name.text !== undefined && !this.refused.get(uri)?.has(name.text))
      .filter((name) => always || performance.now() - (this.fruitless.get(keyOf(document, name)) ?? -AGAIN) >= AGAIN)
      .sort((a, b) => far(a) - far(b));
    for (const name of names) if (!found.has(name.text)) found.set(name.text, name);
    return [...found.values()];
  }

  private async actions(document: vscode.TextDocument, { range }: Unknown, resolved: number) {
    const command = 'vscode.executeCodeActionProvider';
    return this.server.ask<Action[]>(document, command, range, QUICK_FIX, resolved);
  }

  private proposal(
    document: vscode.TextDocument,
    name: Unknown,
    { index, shown }: { index: number; shown: string },
    action: Action,
  ): Proposal {
    const [{ version }, uri] = [document, `${document.uri}`];
    return {
      kind: 'import',
      edits: [],
      title: vscode.l10n.t('import {0}', shown),
      apply: async () => {
        if (document.isClosed || document.version !== version) return false;
        if (canRun(action)) return this.run(action);
        // its edit was left out so far
        const again = await this.actions(document, name, index + 1);
        const same = again?.find(({ title }) => title === action.title);
        return same !== undefined && document.version === version && canRun(same) && this.run(same);
      },
      refuse: () => {
        const names = this.refused.get(uri) ?? new Set();
        this.refused.set(uri, names.add(name.text));
      },
    };
  }

  /** As the editor does it: the edit, and then the command. */
  private async run(action: Action): Promise<boolean> {
    this.isApplying = true;
    try {
      const [edit, command] = isCommand(action) ? [undefined, action] : [action.edit, action.command];
      if (edit && !(await vscode.workspace.applyEdit(edit))) return false;
      if (command) await vscode.commands.executeCommand(command.command, ...(command.arguments ?? []));
      return true;
    } catch (error) {
      this.host.log(`the import failed: ${messageOf(error)}`);
      return false;
    } finally {
      this.isApplying = false;
    }
  }

  private note({ document, contentChanges, reason }: vscode.TextDocumentChangeEvent): void {
    if (contentChanges.length === 0 || document !== vscode.window.activeTextEditor?.document) return;
    const uri = `${document.uri}`;
    // what was undone is not to be done again
    if (reason !== undefined) this.written = undefined;
    if (this.written?.uri !== uri) this.written = { uri, lines: new Written() };
    const isTyped = reason === undefined && contentChanges.length === 1 && !this.isApplying;
    this.written.lines.note(contentChanges, isTyped, performance.now());
  }

  /** A server says what is wrong some time after an edit. */
  private diagnosed(uris: readonly vscode.Uri[]): void {
    const editor = vscode.window.activeTextEditor;
    if (!editor || !uris.some((uri) => `${uri}` === `${editor.document.uri}`) || !this.mayAsk(editor, false)) return;
    const { document } = editor;
    const names = this.unknownNames(editor, false).map(({ text, range: { start } }) => [text, start]);
    const now = JSON.stringify([document.uri, document.version, names]);
    if (names.length === 0 || now === this.told) return;
    this.told = now;
    this.changed.fire();
  }
}

const nothing = (reason: string): NoProposal => ({ kind: 'none', reason });
const keyOf = ({ uri }: vscode.TextDocument, { text }: Unknown) => `${uri} ${text}`;
const isCommand = (action: Action): action is vscode.Command => typeof action.command === 'string';
const canRun = (action: Action) => isCommand(action) || action.edit !== undefined || action.command !== undefined;
const described = (action: Action) =>
  isCommand(action)
    ? { title: action.title }
    : { title: action.title, kind: action.kind?.value, isPreferred: action.isPreferred };

/** Whether it may be about a name that is not known; a name that is unused or deprecated is known. */
function saysUnknown({ severity, tags = [], range }: vscode.Diagnostic): boolean {
  return severity <= vscode.DiagnosticSeverity.Warning && tags.length === 0 && range.isSingleLine;
}

/** The name that a range holds; undefined where it is no whole name, as after an edit that no server has seen. */
function nameIn(document: vscode.TextDocument, { start, end }: vscode.Range): string | undefined {
  if (start.line >= document.lineCount) return undefined;
  const name = nameAt(document.lineAt(start.line).text, start.character);
  return name?.start === start.character && name.end === end.character && isName(name.text) ? name.text : undefined;
}
