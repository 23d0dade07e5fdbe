/**
 * Growing ghost text on VS Code's stable API: for each refresh a fresh provider object and a trigger command, never
 * overlapping, with the old registration kept until the command resolves.
 */
import * as vscode from 'vscode';
import { SELECTOR } from '../documents.ts';
import type { Session } from './session.ts';

/** A list that is freed so shortly before the cursor is elsewhere, ms, was freed for that. */
const SOON = 100;
/** Shortest time between two refreshes, ms: the command holds an editor transaction of about 70 ms. */
const PACE = 80;

/** Whose text is refreshed: the provider's. */
export interface Refreshed {
  /** Answers the editor. */
  provide(
    document: vscode.TextDocument,
    position: vscode.Position,
    context: vscode.InlineCompletionContext,
    token: vscode.CancellationToken,
  ): Promise<vscode.InlineCompletionItem[]>;
  /** What may be shown anew, and in which editor; undefined: nothing. */
  growing(): { session: Session; editor: vscode.TextEditor } | undefined;
  /** The user sent the text away, or another provider won. */
  dismiss(session: Session, why: string): void;
  /** The user sent away what was shown at the editor's cursor; the function takes that back. */
  sentAway(session: Session, editor: vscode.TextEditor): () => void;
}

const versionOf = (document: vscode.TextDocument) => `${document.uri} ${document.version} `;
/** An editor's document and cursor at one moment. */
export const momentOf = (document: vscode.TextDocument, cursor: vscode.Position) =>
  versionOf(document) + document.offsetAt(cursor);

export class Refresher implements vscode.Disposable {
  private current: Provider;
  private refreshing = false;
  private wanted = false;
  /** The command that shows what has grown is under way. */
  private showing = false;
  /** What the editor was given last, and when. */
  private shown: { session: Session; moment: string } | undefined;
  /** What was sent away last. */
  private away: { moment: string; since: number; takeBack: () => void } | undefined;

  constructor(
    private readonly of: Refreshed,
    private readonly extensionId: string,
  ) {
    this.current = new Provider(of, this);
  }

  dispose(): void {
    this.current.dispose();
  }

  /**
   * What the editor keeps of earlier answers is void, once this resolves. Meanwhile there is a provider for every key:
   * what the editor asks of one that has gone is answered with nothing, and it does not ask again.
   */
  async renew(): Promise<void> {
    const old = this.current;
    this.current = new Provider(this.of, this);
    await vscode.commands.executeCommand('setContext', 'byteline.renewed', true); // when it is back the editor knows
    old.dispose();
  }

  /** The editor is given something for a cursor: until that is another one, or is asked for again, it stands there. */
  shows(session: Session, document: vscode.TextDocument, cursor: vscode.Position): void {
    this.shown = { session, moment: momentOf(document, cursor) };
  }

  /**
   * The editor asks. By itself it does so again at one moment only where nothing was sent away: the list was freed for
   * another reason, the suggest widget's end say.
   */
  asks(document: vscode.TextDocument, cursor: vscode.Position, byItself: boolean): void {
    this.shown = undefined;
    if (byItself && this.away?.moment === momentOf(document, cursor)) this.takeBack();
  }

  /** The cursor has moved in an editor, or (without one) another editor has become the active one. */
  moved(editor?: vscode.TextEditor): void {
    if (!this.away || performance.now() - this.away.since > SOON) return;
    const sameVersion = editor && this.away.moment.startsWith(versionOf(editor.document));
    const elsewhere = editor && momentOf(editor.document, editor.selection.active) !== this.away.moment;
    if (!editor || (sameVersion && elsewhere)) this.takeBack();
  }

  /**
   * The editor has freed a list. Where nothing has changed, nothing is asked and none is left, it was sent away: with
   * Escape, say. (Stable API does not tell. It looks the same when the focus goes to the palette; there the editor
   * would not ask again either.)
   */
  freed(provider: Provider): void {
    const { shown } = this;
    const editor = vscode.window.activeTextEditor;
    if (!shown || !editor || !vscode.window.state.focused || this.showing) return;
    if (provider !== this.current || provider.held > 0 || provider.asking > 0) return;
    const moment = momentOf(editor.document, editor.selection.active);
    if (moment !== shown.moment) return;
    this.shown = undefined;
    this.away = { moment, since: performance.now(), takeBack: this.of.sentAway(shown.session, editor) };
  }

  private takeBack(): void {
    this.away?.takeBack();
    this.away = undefined;
  }

  /** Has the editor ask our provider alone, as if a key had been typed or (`explicit`) as if asked for by hand. */
  trigger(explicit = false): Thenable<unknown> {
    return vscode.commands.executeCommand('editor.action.inlineSuggest.trigger', {
      explicit,
      providerId: `${this.extensionId.toLowerCase()}:*`,
    });
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
        const why = growing && (await this.once(growing.editor));
        if (why) this.of.dismiss(growing.session, why);
      }
    } finally {
      this.refreshing = false;
    }
  }

  /** One refresh; why the text must not come back by itself, if so. */
  private async once(editor: vscode.TextEditor): Promise<string | undefined> {
    const moment = () => momentOf(editor.document, editor.selection.active);
    const before = moment();
    if (Provider.tellsOfFreed && this.current.held <= 0)
      // one that was given for another moment was freed for what was typed: the editor asks again, or is about to
      return this.shown?.moment === before && !this.current.asking ? 'every list was freed' : undefined;
    const [old, fresh] = [this.current, new Provider(this.of, this)];
    this.showing = true;
    await Promise.resolve(this.trigger()).finally(() => (this.showing = false));
    if (this.current !== old) {
      // renewed meanwhile
      fresh.dispose();
      return undefined;
    }
    old.dispose();
    this.current = fresh;
    if (before !== moment()) return undefined;
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
  /** Calls that are not answered yet. */
  asking = 0;
  private readonly registration = vscode.languages.registerInlineCompletionItemProvider(SELECTOR, this);

  constructor(
    private readonly of: Refreshed,
    private readonly refresher: Refresher,
  ) {}

  dispose(): void {
    this.registration.dispose();
  }

  async provideInlineCompletionItems(
    document: vscode.TextDocument,
    position: vscode.Position,
    context: vscode.InlineCompletionContext,
    token: vscode.CancellationToken,
  ) {
    this.asked = true;
    this.asking++;
    this.refresher.asks(document, position, context.triggerKind === vscode.InlineCompletionTriggerKind.Automatic);
    const subscription = token.onCancellationRequested(() => (this.cancelled = true));
    try {
      const list = await this.of.provide(document, position, context, token);
      this.held++; // the editor frees each list, the empty ones and those of cancelled requests too
      return list;
    } finally {
      this.asking--;
      subscription.dispose();
    }
  }

  /** The extension host reads this whenever a list is freed (undocumented; if it never does, nothing depends on it). */
  get handleListEndOfLifetime() {
    Provider.tellsOfFreed = true;
    this.held--;
    this.refresher.freed(this);
    return undefined;
  }
}
