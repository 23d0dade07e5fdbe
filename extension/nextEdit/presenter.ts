/**
 * Shows one proposal, and ends it: it is marked where it is, Tab goes there and applies it, Escape sends it away. It is
 * gone as soon as anything else is done.
 */
import { basename } from 'node:path';
import * as vscode from 'vscode';
import { messageOf } from '../../server/errors.ts';
import { SerialQueue } from '../../server/serialQueue.ts';
import { Announcement } from './announcement.ts';
import { type HintOptions, hint, spoken } from './hint.ts';
import { Insertion } from './insertion.ts';
import { Marks } from './marks.ts';
import { applyAll, applyIn, changed, isAt, isInsertionAt, opened, stands, type Written } from './placing.ts';
import type { PlacedEdit, Proposal } from './proposal.ts';

/** Is told what becomes of proposals; for statistics. */
export interface ProposalObserver {
  shown(document: vscode.TextDocument): void;
  jumped(document: vscode.TextDocument): void;
  /** `written`: the new texts, where they stand now. */
  applied(document: vscode.TextDocument, written: Written[]): void;
  refused(document: vscode.TextDocument): void;
}

export interface PresenterHost {
  observer: ProposalObserver;
  /** One was applied: shows the next one, if there is one. Never rejects. */
  next(): Promise<void>;
  log(message: string): void;
}

interface Standing {
  proposal: Proposal;
  /** Where the hint is: the cursor's document and line. */
  document: vscode.TextDocument;
  line: number;
  /** All of its edits can be applied at once. */
  all: boolean;
  isInsertion: boolean;
}

export class Presenter implements vscode.Disposable {
  private standing: Standing | undefined;
  /** We move the cursor or change text ourselves. */
  private acting = false;
  /** Keys that come while an edit is applied wait: the next place is theirs. */
  private readonly keys = new SerialQueue();
  private waiting = 0;
  /** Of the proposal that was applied last. */
  private rule: number | undefined;
  private readonly marks = new Marks();
  private readonly announcement = new Announcement();
  private readonly insertion: Insertion;
  private readonly subscriptions: vscode.Disposable[];

  constructor(
    private readonly host: PresenterHost,
    extensionId: string,
  ) {
    this.insertion = new Insertion(extensionId);
    this.subscriptions = [
      this.marks,
      this.announcement,
      this.insertion,
      vscode.window.onDidChangeTextEditorSelection(({ textEditor }) => this.moved(textEditor)),
      vscode.window.onDidChangeActiveTextEditor((editor) => {
        if (!this.acting && editor?.document !== this.standing?.document) this.end('another editor');
      }),
      vscode.window.onDidChangeWindowState(({ focused }) => {
        if (!focused) this.end('the window lost the focus');
      }),
    ];
  }

  dispose(): void {
    this.end('the extension ends');
    for (const s of this.subscriptions) s.dispose();
  }

  /** A proposal stands, or is being applied. */
  get isBusy(): boolean {
    return this.standing !== undefined || this.acting;
  }

  /** Something is shown as ghost text just there, and not by the model. */
  isGhostText(document: vscode.TextDocument, position: vscode.Position): boolean {
    return this.insertion.isAt(document, position);
  }

  /** Shows a proposal for the active editor's cursor, in the place of the one that stands. */
  show(editor: vscode.TextEditor, proposal: Proposal): void {
    this.end('another one');
    const { document, selection } = editor;
    const [first, ...others] = proposal.edits;
    const isRepeated = proposal.rule !== undefined && proposal.rule === this.rule;
    const isInsertion = proposal.kind === 'edit' && isInsertionAt(first, editor) && Insertion.isPossible(document);
    const all = isRepeated && others.length > 0;
    this.standing = { proposal, document, line: selection.active.line, all, isInsertion };
    this.host.observer.shown(document);
    this.host.log(`a next edit is shown: ${proposal.kind}`);
    setContext('byteline.nextEditAll', all);
    setContext(isInsertion ? 'byteline.nextEditInline' : 'byteline.nextEdit', true);
    if (isInsertion) this.insertion.show(editor, first.newText);
    else {
      this.marks.mark(proposal.kind === 'edit' ? [first] : proposal.edits);
      this.hint(editor);
    }
  }

  /** Nothing is shown any more. */
  end(why: string): void {
    if (!this.standing) return;
    this.clear(why);
    this.release();
  }

  /** The keys are the editor's again. */
  private release(): void {
    for (const key of ['byteline.nextEdit', 'byteline.nextEditInline', 'byteline.nextEditAll']) setContext(key, false);
  }

  private clear(why: string): void {
    this.standing = undefined;
    this.host.log(`the next edit is gone: ${why}`);
    this.insertion.clear();
    this.marks.clear();
    this.announcement.hide();
  }

  /** Tab: goes to the place, or applies the edit where the cursor is there. */
  accept(): Promise<void> {
    return this.act(async (waited) => {
      const [{ standing }, editor] = [this, vscode.window.activeTextEditor];
      // the editor has sent the key before it knew that nothing stands any more
      if (!standing || !editor || standing.isInsertion) {
        if (!waited) await vscode.commands.executeCommand('tab');
        return undefined;
      }
      const { proposal } = standing;
      const [first] = proposal.edits;
      if (proposal.kind !== 'edit') return this.whole(standing);
      if (isAt(first, editor)) return this.done(standing, one(await applyIn(editor, first)));
      await this.jump(standing, first, editor);
      return undefined;
    });
  }

  /** Applies all edits of the proposal as one step of undo. */
  acceptAll(): Promise<void> {
    return this.act(async () => (this.standing?.all ? this.whole(this.standing) : undefined));
  }

  /** Escape: it is not wanted. */
  async refuse(): Promise<void> {
    const { standing } = this;
    if (!standing) return;
    if (standing.isInsertion) await vscode.commands.executeCommand('editor.action.inlineSuggest.hide');
    standing.proposal.refuse();
    this.rule = undefined;
    this.host.observer.refused(standing.document);
    this.end('refused');
  }

  /** A document has other text now. True where that is no edit of the user's. */
  noteChanged({ document, contentChanges }: vscode.TextDocumentChangeEvent): boolean {
    if (this.acting) return true;
    const { standing } = this;
    if (!standing || contentChanges.length === 0) return false;
    if (this.insertion.isTakenBy(document, contentChanges)) {
      const [{ rangeOffset, rangeLength, text }] = contentChanges;
      const length = text.length - rangeLength;
      this.done(standing, [{ document, places: [{ offset: rangeOffset + rangeLength, length }] }]);
      void this.next();
      return true;
    }
    const uris = [standing.document.uri, ...standing.proposal.edits.map(({ uri }) => uri)];
    if (uris.some((uri) => `${uri}` === `${document.uri}`)) this.end('the text is another one');
    return false;
  }

  /** The cursor has moved: whoever goes to the place himself keeps it. */
  private moved(editor: vscode.TextEditor): void {
    const { standing } = this;
    if (!standing || this.acting || editor !== vscode.window.activeTextEditor) return;
    const { document, selections } = editor;
    const { line } = editor.selection.active;
    if (selections.length > 1) this.end('multiple cursors');
    else if (standing.isInsertion) {
      if (!this.insertion.isAt(document, editor.selection.active)) this.end('the cursor left');
    } else if (document === standing.document && line === standing.line) return;
    else if (standing.proposal.kind === 'edit' && isAt(standing.proposal.edits[0], editor)) {
      Object.assign(standing, { document, line });
      this.hint(editor);
    } else this.end('the cursor left');
  }

  private hint(editor: vscode.TextEditor): void {
    const { proposal, document, line, all } = this.standing!;
    const [first] = proposal.edits;
    const isElsewhere = proposal.kind === 'edit' && `${first.uri}` !== `${document.uri}`;
    const options: HintOptions = {
      title: proposal.title,
      isHere: !first || isAt(first, editor),
      line: (first?.range.start.line ?? line) + 1,
      file: isElsewhere ? basename(first.uri.path) : undefined,
      all: all ? proposal.edits.length : 0,
    };
    this.marks.say(editor, line, hint(options, vscode.l10n.t));
    this.announcement.show(hint(options, vscode.l10n.t), spoken(options, vscode.l10n.t));
  }

  private async jump(standing: Standing, edit: PlacedEdit, from: vscode.TextEditor): Promise<void> {
    const document = await opened(edit.uri);
    if (!document || !stands(edit, document)) return this.end('its text is not there any more');
    const start = changed(edit, document).range.start;
    const selection = new vscode.Selection(start, start);
    const editor = document === from.document ? from : await vscode.window.showTextDocument(document, { selection });
    editor.selection = selection;
    editor.revealRange(edit.range, vscode.TextEditorRevealType.InCenterIfOutsideViewport);
    Object.assign(standing, { document, line: start.line });
    this.marks.mark([edit]);
    this.hint(editor);
    this.host.observer.jumped(document);
  }

  private async whole(standing: Standing): Promise<'applied' | undefined> {
    const { apply, edits } = standing.proposal;
    if (!apply) return this.done(standing, await applyAll(edits));
    return this.done(standing, (await apply.call(standing.proposal)) ? [] : undefined);
  }

  /** `written`: undefined where the edit was not right any more. */
  private done(standing: Standing, written: Written[] | undefined): 'applied' | undefined {
    if (!written) {
      this.end('its text is not there any more');
      return undefined;
    }
    this.rule = standing.proposal.rule;
    this.host.observer.applied(standing.document, written);
    if (this.standing) this.clear('applied');
    return 'applied';
  }

  /** The keys stay ours until it is known whether there is a next one: else a quick Tab would indent. */
  private async next(): Promise<void> {
    await this.host.next();
    if (!this.standing) this.release();
  }

  private act(what: (waited: boolean) => Promise<'applied' | undefined>): Promise<void> {
    const waited = this.waiting++ > 0;
    return this.keys
      .run(async () => {
        this.acting = true;
        const done = await what(waited).finally(() => (this.acting = false));
        if (done) await this.next();
      })
      .catch((error) => this.end(`it failed: ${messageOf(error)}`))
      .finally(() => this.waiting--);
  }
}

const one = (written: Written | undefined) => written && [written];

/** For the keys of package.json. */
function setContext(key: string, value: boolean): void {
  void vscode.commands.executeCommand('setContext', key, value);
}
