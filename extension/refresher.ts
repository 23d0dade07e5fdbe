/**
 * Growing ghost text on VS Code's stable API: for each refresh a fresh provider object and a trigger command, never overlapping, with the
 * old registration kept until the command resolves.
 */
import * as vscode from 'vscode';
import { SELECTOR } from './place.ts';
import type { Session } from './session.ts';

/** Shortest time between two refreshes, ms: the command holds an editor transaction of about 70 ms. */
const PACE = 80;

export interface Refreshed {
  /** Answers the editor. */
  provide(document: vscode.TextDocument, position: vscode.Position, context: vscode.InlineCompletionContext, token: vscode.CancellationToken): Promise<vscode.InlineCompletionItem[]>;
  /** What may be shown anew, and in which editor; undefined: nothing. */
  growing(): { session: Session; editor: vscode.TextEditor } | undefined;
  /** The user sent the text away, or another provider won. */
  dismiss(session: Session, why: string): void;
}

export class Refresher implements vscode.Disposable {
  private current: Provider;
  private refreshing = false;
  private wanted = false;

  constructor(private readonly of: Refreshed, private readonly extensionId: string) {
    this.current = new Provider(of);
  }

  dispose(): void {
    this.current.dispose();
  }

  /** What the editor keeps of earlier answers is void. */
  renew(): void {
    this.current.dispose();
    this.current = new Provider(this.of);
  }

  /** Has the editor ask our provider alone, as if a key had been typed or (`explicit`) as if asked for by hand. */
  trigger(explicit = false): Thenable<unknown> {
    return vscode.commands.executeCommand('editor.action.inlineSuggest.trigger', { explicit, providerId: `${this.extensionId.toLowerCase()}:*` });
  }

  /** Shows what has grown. A burst of calls becomes one refresh. */
  async refresh(): Promise<void> {
    this.wanted = true;
    if (this.refreshing) return;
    this.refreshing = true;
    try {
      while (this.wanted) {
        this.wanted = false;
        await new Promise((resolve) => setTimeout(resolve, PACE));
        const growing = this.of.growing();
        const why = growing && await this.once(growing.editor);
        if (why) this.of.dismiss(growing.session, why);
      }
    } finally {
      this.refreshing = false;
    }
  }

  /** One refresh; why the text must not come back by itself, if so. */
  private async once(editor: vscode.TextEditor): Promise<string | undefined> {
    if (Provider.tellsOfFreed && this.current.held <= 0) return 'every list was freed';
    const place = () => `${editor.document.uri} ${editor.document.version} ${editor.document.offsetAt(editor.selection.active)}`;
    const [before, old, fresh] = [place(), this.current, new Provider(this.of)];
    await this.trigger();
    if (this.current !== old) { // renewed meanwhile
      fresh.dispose();
      return undefined;
    }
    old.dispose();
    this.current = fresh;
    if (before !== place()) return undefined;
    if (!fresh.asked) return 'the editor did not ask again';
    return fresh.cancelled ? 'the refresh was cancelled' : undefined;
  }
}

/** Registered until it is disposed of; the editor then frees no list of its any more. */
class Provider implements vscode.InlineCompletionItemProvider, vscode.Disposable {
  /** The editor has freed a list: it tells. */
  static tellsOfFreed = false;
  asked = false;
  cancelled = false;
  /** Lists given to the editor minus lists it freed: none left means dismissed, or another provider won. */
  held = 0;
  private readonly registration = vscode.languages.registerInlineCompletionItemProvider(SELECTOR, this);

  constructor(private readonly of: Refreshed) {}

  dispose(): void {
    this.registration.dispose();
  }

  async provideInlineCompletionItems(document: vscode.TextDocument, position: vscode.Position, context: vscode.InlineCompletionContext, token: vscode.CancellationToken) {
    this.asked = true;
    const subscription = token.onCancellationRequested(() => (this.cancelled = true));
    try {
      const list = await this.of.provide(document, position, context, token);
      this.held++; // the editor frees each list, the empty ones and those of cancelled requests too
      return list;
    } finally {
      subscription.dispose();
    }
  }

  /** The extension host reads this whenever a list is freed (undocumented; if it never does, nothing depends on it). */
  get handleListEndOfLifetime() {
    Provider.tellsOfFreed = true;
    this.held--;
    return undefined;
  }
}
