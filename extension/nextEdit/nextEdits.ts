/**
 * Asks for next edits: once the user rests after an edit, after one was applied, and by hand. The first source that has
 * something wins.
 */
import * as vscode from 'vscode';
import { SELECTOR } from '../documents.ts';
import { settings } from '../settings.ts';
import { Presenter, type ProposalObserver } from './presenter.ts';
import type { ProposalSource } from './proposal.ts';
import { CURSORS, NO_EDITOR, NOTEBOOK, OFF, reasonForUser } from './reasons.ts';

/** Once nothing was typed for so long, ms. */
const REST = 150;
/** A message in the status bar stands so long, ms. */
const MESSAGE = 5000;
const NOTEBOOKS = 'vscode-notebook-cell';

type Mode = 'off' | 'byHand' | 'automatic';

export interface NextEditsHost {
  /** Why nothing is proposed by itself in a document, for the log. */
  offReason(document: vscode.TextDocument, position: vscode.Position): string | undefined;
  /** Ghost text is shown at the editor's cursor, or comes. */
  isGhostTextAt(editor: vscode.TextEditor): boolean;
  observer: ProposalObserver;
  log: { debug(message: string): void; info(message: string): void };
}

export class NextEdits implements vscode.Disposable {
  private readonly presenter: Presenter;
  private timer: NodeJS.Timeout | undefined;
  private running: vscode.CancellationTokenSource | undefined;
  /** Why there was none last, for the log. */
  private reason: string | undefined;
  private readonly subscriptions: vscode.Disposable[];

  /** `sources`: the ones whose proposals go first stand first. */
  constructor(
    private readonly host: NextEditsHost,
    private readonly sources: ProposalSource[],
    extensionId: string,
  ) {
    const { observer, log } = host;
    const presenterHost = { observer, next: () => this.next(), log: (text: string) => log.debug(text) };
    this.presenter = new Presenter(presenterHost, extensionId);
    const run = vscode.commands.registerCommand;
    this.subscriptions = [
      this.presenter,
      run('byteline.nextEdit', () => this.byHand()),
      run('byteline.acceptNextEdit', () => this.presenter.accept()),
      run('byteline.refuseNextEdit', () => this.presenter.refuse()),
      run('byteline.applyAllEdits', () => this.presenter.acceptAll()),
      vscode.workspace.onDidChangeTextDocument((event) => this.changed(event)),
      vscode.workspace.onDidChangeConfiguration((event) => {
        if (event.affectsConfiguration('byteline')) this.look();
      }),
    ];
  }

  dispose(): void {
    this.stop();
    for (const s of this.subscriptions) s.dispose();
  }

  /** Whether a next edit is shown as ghost text just there. */
  isGhostText(document: vscode.TextDocument, position: vscode.Position): boolean {
    return this.presenter.isGhostText(document, position);
  }

  /** The model's ghost text is shown: it has Tab, and the next edit comes when it is gone. */
  giveWay(): void {
    if (!this.presenter.isBusy) return;
    this.presenter.end('ghost text came');
    this.soon(REST);
  }

  /** A source may have something now that it had not when the user rested: a language server takes its time. */
  again(): void {
    if (!this.presenter.isBusy) this.soon(REST);
  }

  /** The switches or settings may be others now. */
  look(): void {
    const editor = vscode.window.activeTextEditor;
    const off = editor && this.offReason(editor, true);
    if (!off) return;
    this.stop();
    this.presenter.end(off);
  }

  private changed(event: vscode.TextDocumentChangeEvent): void {
    const { document, contentChanges, reason } = event;
    if (contentChanges.length === 0 || this.presenter.noteChanged(event)) return;
    if (document !== vscode.window.activeTextEditor?.document) return;
    this.stop();
    if (reason === undefined) this.soon(REST); // what was undone is not to be done again
  }

  private stop(): void {
    clearTimeout(this.timer);
    this.running?.cancel();
    this.running = undefined;
  }

  private next(): Promise<void> {
    this.stop();
    return this.now(true);
  }

  private soon(wait: number, isNext = false): void {
    this.stop();
    this.timer = setTimeout(() => void this.now(isNext), wait);
  }

  /** `isNext`: one was just applied, which says that more are wanted. */
  private async now(isNext: boolean): Promise<void> {
    const editor = vscode.window.activeTextEditor;
    if (!editor || this.presenter.isBusy) return;
    const off = this.offReason(editor, isNext);
    if (!off && this.host.isGhostTextAt(editor)) return this.soon(REST, isNext);
    const reason = off ?? (await this.ask(editor, false));
    if (reason === undefined || reason === 'cancelled') return void (this.reason = undefined);
    if (reason !== this.reason) this.host.log.debug(`no next edit: ${reason}`);
    this.reason = reason;
  }

  private async byHand(): Promise<void> {
    this.stop();
    const editor = vscode.window.activeTextEditor;
    const reason = editor ? (this.offByHand(editor) ?? (await this.ask(editor, true))) : NO_EDITOR;
    if (reason === undefined) return;
    this.host.log.info(`no next edit: ${reason}`);
    const said = vscode.l10n.t('Byteline: no next edit: {0}', reasonForUser(reason, vscode.l10n.t));
    vscode.window.setStatusBarMessage(said, MESSAGE);
  }

  /** Shows what the first source has that has something; else why none has. */
  private async ask(editor: vscode.TextEditor, always: boolean): Promise<string | undefined> {
    this.running?.cancel();
    const running = (this.running = new vscode.CancellationTokenSource());
    const { document } = editor;
    const { version } = document;
    let reason: string | undefined;
    for (const source of this.sources) {
      const found = await source.propose(editor, always, running.token);
      if (running.token.isCancellationRequested) return 'cancelled';
      if (document.version !== version || editor !== vscode.window.activeTextEditor) return 'typed on';
      if (found.kind !== 'none') return void this.presenter.show(editor, found);
      if (source.saysWhy) reason = found.reason;
    }
    return reason ?? 'no source';
  }

  private offReason(editor: vscode.TextEditor, isNext = false): string | undefined {
    const { document, selection } = editor;
    if (modeOf(document) === 'byHand' && !isNext) return 'byteline.nextEdit is byHand';
    return this.offByHand(editor) ?? this.host.offReason(document, selection.active);
  }

  /** Why nothing is proposed even by hand. */
  private offByHand({ document, selections }: vscode.TextEditor): string | undefined {
    if (modeOf(document) === 'off') return OFF;
    if (document.uri.scheme === NOTEBOOKS) return NOTEBOOK;
    if (vscode.languages.match(SELECTOR, document) === 0) return `the document is no file, but ${document.uri.scheme}`;
    return selections.length > 1 ? CURSORS : undefined;
  }
}

const modeOf = (document: vscode.TextDocument) => settings(document).get<Mode>('nextEdit', 'automatic');
