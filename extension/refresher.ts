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
  private registration: vscode.Disposable;
  private refreshing = false;
  private wanted = false;
  /** Lists given to the editor minus lists it freed: none left means dismissed, or another provider won. */
  private held = 0;
  private endOfLifetimeSeen = false;

  constructor(private readonly of: Refreshed, private readonly extensionId: string) {
    this.registration = this.register().registration;
  }

  dispose(): void {
    this.registration.dispose();
  }

  /** What the editor keeps of earlier answers is void. */
  renew(): void {
    this.registration.dispose();
    this.registration = this.register().registration;
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
    if (this.endOfLifetimeSeen && this.held <= 0) return 'every list was freed';
    const place = () => `${editor.document.uri} ${editor.document.version} ${editor.document.offsetAt(editor.selection.active)}`;
    const [before, old, fresh] = [place(), this.registration, this.register()];
    await this.trigger();
    if (this.registration !== old) { // renewed meanwhile
      fresh.registration.dispose();
      return undefined;
    }
    old.dispose();
    this.registration = fresh.registration;
    if (before !== place()) return undefined;
    if (!fresh.provider.asked) return 'the editor did not ask again';
    return fresh.provider.cancelled ? 'the refresh was cancelled' : undefined;
  }

  private register() {
    const provider = new Provider(async (...asked) => {
      const list = await this.of.provide(...asked);
      this.held++; // the editor frees each list, the empty ones and those of cancelled requests too
      return list;
    }, () => {
      this.endOfLifetimeSeen = true;
      this.held--;
    });
    return { provider, registration: vscode.languages.registerInlineCompletionItemProvider(SELECTOR, provider) };
  }
}

class Provider implements vscode.InlineCompletionItemProvider {
  asked = false;
  cancelled = false;

  constructor(private readonly provide: Refreshed['provide'], private readonly freed: () => void) {}

  async provideInlineCompletionItems(document: vscode.TextDocument, position: vscode.Position, context: vscode.InlineCompletionContext, token: vscode.CancellationToken) {
    this.asked = true;
    const subscription = token.onCancellationRequested(() => (this.cancelled = true));
    try {
      return await this.provide(document, position, context, token);
    } finally {
      subscription.dispose();
    }
  }

  /** The extension host reads this whenever a list is freed (undocumented; if it never does, nothing depends on it). */
  get handleListEndOfLifetime() {
    this.freed();
    return undefined;
  }
}
