/**
 * Ghost text that grows while the worker streams, on VS Code's stable API: a fresh provider object and a trigger command
 * for each refresh, never overlapping, with the old registration kept until the command resolves. Underneath, what is
 * already decoded is kept and shown as the user types into it.
 */
import * as vscode from 'vscode';
import { itemFor } from '../server/completion/item.ts';
import { messageOf } from '../server/errors.ts';
import type { CompleteResult } from '../server/protocol.ts';
import { Session, type Slice } from './session.ts';

export interface Source {
  /** Why nothing may be offered here, or undefined. */
  offReason(document: vscode.TextDocument): string | undefined;
  complete(document: vscode.TextDocument, position: vscode.Position, always: boolean, token: vscode.CancellationToken, onText: (text: string) => void): Promise<CompleteResult>;
  log(message: string): void;
}

/** Documents of these schemes go to the worker; output channels, settings pages and Git's old versions do not. */
export const SELECTOR = ['file', 'untitled', 'vscode-remote', 'vscode-vfs'].map((scheme) => ({ scheme }));

/** The editor shows no ghost text in a line longer than this, UTF-16 units. */
const LONGEST_LINE = 5000;
/** Shortest time between two refreshes, ms: the command holds an editor transaction of about 70 ms. */
const PACE = 80;
/** A line is often whole this soon after its first bytes, ms: waiting spares a refresh. */
const SETTLE = 25;

export class GhostText implements vscode.Disposable {
  /** The text offered last, and where: what is shown, if anything is. */
  offer: { uri: string; position: vscode.Position; text: string } | undefined;
  private session: Session | undefined;
  /** Where the user asked by hand: asked again there, whatever the reason, all of it is offered. */
  private byHand: Session | undefined;
  private cancel: vscode.CancellationTokenSource | undefined;
  private registration: vscode.Disposable;
  private refreshing = false;
  private wanted = false;
  /** The last answer was empty because no model was loaded, or the worker died. */
  private missed = false;
  /** Lists given to the editor minus lists it freed: none left means dismissed, or another provider won. */
  private held = 0;
  private endOfLifetimeSeen = false;
  private readonly subscriptions: vscode.Disposable[];

  constructor(private readonly source: Source, private readonly extensionId: string) {
    this.registration = this.register().registration;
    this.subscriptions = [
      vscode.window.onDidChangeTextEditorSelection((event) => {
        // the cursor moved without an edit: what is shown there is not ours to refresh any more
        if (event.kind === undefined) return;
        if (this.restAt(event.textEditor) === undefined) this.drop();
        if (this.restAt(event.textEditor, this.byHand) === undefined) this.byHand = undefined;
      }),
      vscode.window.onDidChangeActiveTextEditor(() => {
        this.drop();
        this.byHand = undefined;
      }),
    ];
  }

  dispose(): void {
    this.drop();
    this.registration.dispose();
    for (const s of this.subscriptions) s.dispose();
  }

  /** Forgets the completion and stops the worker's work on it. */
  drop(): void {
    this.cancel?.cancel();
    this.cancel?.dispose();
    this.cancel = this.session = undefined;
  }

  /** Another model answers from now on, or the worker came back: what the editor keeps of earlier answers is void. */
  async renew(): Promise<void> {
    // something is shown there, or was asked for while the worker came back
    const editor = vscode.window.activeTextEditor;
    const byHand = this.restAt(editor, this.byHand) !== undefined;
    const wanted = this.missed || byHand || this.restAt(editor) !== undefined;
    this.missed = false;
    this.drop();
    this.registration.dispose();
    this.registration = this.register().registration;
    if (wanted) await this.trigger(byHand);
  }

  private register() {
    const provider = new Provider(this);
    return { provider, registration: vscode.languages.registerInlineCompletionItemProvider(SELECTOR, provider) };
  }

  /** Has the editor ask our provider alone, as if a key had been typed or (`explicit`) as if asked for by hand. */
  private trigger(explicit = false): Thenable<unknown> {
    return vscode.commands.executeCommand('editor.action.inlineSuggest.trigger', { explicit, providerId: `${this.extensionId.toLowerCase()}:*` });
  }

  /** Called by a provider. Every list is counted: the editor frees each of them, the empty ones and those of cancelled requests too. */
  async provide(document: vscode.TextDocument, position: vscode.Position, context: vscode.InlineCompletionContext, token: vscode.CancellationToken): Promise<vscode.InlineCompletionItem[]> {
    const list = await this.listFor(document, position, context, token);
    this.held++;
    return list;
  }

  private async listFor(document: vscode.TextDocument, position: vscode.Position, context: vscode.InlineCompletionContext, token: vscode.CancellationToken): Promise<vscode.InlineCompletionItem[]> {
    const off = this.source.offReason(document);
    const [uri, offset, slice] = [document.uri.toString(), document.offsetAt(position), sliceOf(document)];
    const manual = context.triggerKind === vscode.InlineCompletionTriggerKind.Invoke || this.byHand?.restAt(uri, offset, slice) !== undefined;
    if (off && !manual) return this.none(off);
    const editor = vscode.window.activeTextEditor;
    if (editor?.document === document && editor.selections.length > 1) return this.none('multiple cursors');
    if (document.lineAt(position.line).text.length > LONGEST_LINE) return this.none('the line is too long for ghost text');
    const rests = this.session?.restsAt(uri, offset, slice) ?? [];
    const [rest] = rests;
    const enough = !manual || this.session?.always; // asked for by hand, an offer cut short for low confidence is made anew
    if (rest !== undefined && rest !== '' && enough) return this.items(document, position, rests, context);
    if (this.session?.dismissed && this.session.anchor === offset && this.session.uri === uri && !manual) return this.none('dismissed');
    const started = this.start(document, position, manual, token);
    const session = this.session!;
    const first = await started;
    if (rest) void this.refresh(session); // asked for by hand, a new offer goes behind the one that is shown: put it in its place
    return this.items(document, position, [first, ...session.others], context);
  }

  noteFreed(): void {
    this.endOfLifetimeSeen = true;
    this.held--;
  }

  /** Asks the worker; resolves with the first text that can be shown, and refreshes as it grows. `always`: however unsure. */
  private start(document: vscode.TextDocument, position: vscode.Position, always: boolean, token: vscode.CancellationToken): Promise<string> {
    this.drop();
    const [uri, offset, slice] = [document.uri.toString(), document.offsetAt(position), sliceOf(document)];
    const session = (this.session = new Session(uri, offset, slice, always));
    this.byHand = always ? new Session(uri, offset, slice) : undefined;
    const cancel = (this.cancel = new vscode.CancellationTokenSource());
    return new Promise((resolve) => {
      let answered = false;
      let waiting: NodeJS.Timeout | undefined;
      const answer = () => {
        clearTimeout(waiting);
        if (!answered) resolve(session.text);
        answered = true;
      };
      token.onCancellationRequested(() => {
        if (!answered && this.session === session) this.drop();
        answer();
      });
      const grow = (text: string) => {
        if (this.session !== session || !text.startsWith(session.text)) return;
        session.text = text;
        if (text.trim() === '') return; // white space alone is invisible
        if (answered) void this.refresh(session);
        else waiting ??= setTimeout(answer, SETTLE);
      };
      this.source.complete(document, position, always, cancel.token, grow).then((result) => {
        this.missed = result.kind === 'none' && result.reason === 'no-model';
        if (result.kind === 'none') this.source.log(`nothing offered: ${result.reason}`);
        else if (session.text.startsWith(result.text)) session.text = result.text;
        else grow(result.text);
        if (result.kind === 'text' && result.others && this.session === session) {
          session.others = result.others.map(({ text }) => text);
          if (answered) void this.refresh(session);
        }
        answer();
      }, (error) => {
        this.missed = true;
        this.source.log(`the worker failed: ${messageOf(error)}`);
        answer();
      });
    });
  }

  private items(document: vscode.TextDocument, position: vscode.Position, texts: string[], context: vscode.InlineCompletionContext): vscode.InlineCompletionItem[] {
    const line = document.lineAt(position.line).text;
    const selected = context.selectedCompletionInfo;
    const made = texts.filter((text) => text.trim() !== '').map((text) => {
      const { insertText, end } = itemFor(line, position.character, text);
      const item = new vscode.InlineCompletionItem(insertText, new vscode.Range(position.line, 0, position.line, end));
      item.filterText = line.slice(0, position.character) + text;
      return item;
    });
    const agree = made.filter(({ insertText }) => !selected || (insertText as string).startsWith(line.slice(0, selected.range.start.character) + selected.text));
    if (agree.length) this.offer = { uri: document.uri.toString(), position, text: texts.find((text) => text.trim() !== '')! };
    return made.length && !agree.length ? this.none('disagrees with the suggest widget') : agree;
  }

  private none(reason: string): [] {
    this.source.log(`nothing offered: ${reason}`);
    return [];
  }

  /** Sent away, or another provider won: it must not come back by itself. */
  private dismiss(session: Session, why: string): void {
    session.dismissed = true;
    this.byHand = undefined;
    this.source.log(`stopped growing: ${why}`);
  }

  private restAt(editor: vscode.TextEditor | undefined, session = this.session): string | undefined {
    if (!editor || !session) return undefined;
    return session.restAt(editor.document.uri.toString(), editor.document.offsetAt(editor.selection.active), sliceOf(editor.document));
  }

  /** Shows the session's longer text. Refreshes never overlap; a burst of them becomes one. */
  private async refresh(session: Session): Promise<void> {
    this.wanted = true;
    if (this.refreshing) return;
    this.refreshing = true;
    try {
      while (this.wanted && this.session === session && !session.dismissed) {
        this.wanted = false;
        await new Promise((resolve) => setTimeout(resolve, PACE));
        const editor = vscode.window.activeTextEditor;
        if (this.session !== session || !editor || !this.restAt(editor)) return;
        if (this.endOfLifetimeSeen && this.held <= 0) {
          this.dismiss(session, 'every list was freed');
          return;
        }
        const place = () => `${editor.document.uri} ${editor.document.version} ${editor.document.offsetAt(editor.selection.active)}`;
        const [before, old, fresh] = [place(), this.registration, this.register()];
        await this.trigger();
        if (this.registration !== old) return fresh.registration.dispose(); // renewed meanwhile
        old.dispose();
        this.registration = fresh.registration;
        if (before === place() && !fresh.provider.asked) this.dismiss(session, 'the editor did not ask again');
        else if (before === place() && fresh.provider.cancelled) this.dismiss(session, 'the refresh was cancelled');
      }
    } finally {
      this.refreshing = false;
    }
  }
}

const sliceOf = (document: vscode.TextDocument): Slice => (from, to) => document.getText(new vscode.Range(document.positionAt(from), document.positionAt(to)));

class Provider implements vscode.InlineCompletionItemProvider {
  asked = false;
  cancelled = false;

  constructor(private readonly ghost: GhostText) {}

  async provideInlineCompletionItems(document: vscode.TextDocument, position: vscode.Position, context: vscode.InlineCompletionContext, token: vscode.CancellationToken) {
    this.asked = true;
    const subscription = token.onCancellationRequested(() => (this.cancelled = true));
    try {
      return await this.ghost.provide(document, position, context, token);
    } finally {
      subscription.dispose();
    }
  }

  /** The extension host reads this whenever a list is freed (undocumented; if it never does, nothing depends on it). */
  get handleListEndOfLifetime() {
    this.ghost.noteFreed();
    return undefined;
  }
}
