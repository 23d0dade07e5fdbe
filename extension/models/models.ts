/** Which model answers: the standing one, or the one of the active editor's language. */
import * as vscode from 'vscode';
import { messageOf } from '../../server/errors.ts';
import type { ModelInfo } from '../../server/wire/protocol.ts';
import { SELECTOR } from '../documents.ts';
import { settings } from '../settings.ts';

/** An editor that stays active for so long, ms, has its language's model loaded; one that is passed by does not. */
const REST = 300;

export class Models implements vscode.Disposable {
  /** Of the editor that was active last; panels do not count. */
  language: string | undefined;
  /** What the worker was told last. */
  private asked: string | undefined;
  /** It could not be loaded: what changes the settings of models has it tried again. */
  private stuck = false;
  /** Names that failed: the user was told. */
  private readonly failed = new Set<string>();
  private number = 0;
  private timer: NodeJS.Timeout | undefined;
  private readonly subscriptions: vscode.Disposable[];

  /**
   * The worker loads a model while the old one answers, which goes on if it cannot be. One that is not alive learns as
   * it starts.
   */
  constructor(
    private readonly worker: () => { alive: boolean; switchModel(name: string): Promise<ModelInfo> },
    private readonly log: Pick<vscode.LogOutputChannel, 'info' | 'warn'>,
  ) {
    this.look();
    const soon = () => {
      this.look();
      clearTimeout(this.timer);
      this.timer = setTimeout(() => void this.follow(), REST);
    };
    this.subscriptions = [
      vscode.window.onDidChangeActiveTextEditor(soon),
      vscode.workspace.onDidOpenTextDocument(
        (document) => document === vscode.window.activeTextEditor?.document && soon(),
      ), // with another language, too
    ];
  }

  /** Models of languages, by identifier. */
  get ofLanguages(): Record<string, string> {
    return settings().get('languageModels', {});
  }

  /** The model for a worker that starts now. */
  first(): string {
    this.stuck = false;
    return (this.asked = this.wanted);
  }

  /** The worker has no model. */
  noteError(): void {
    this.stuck = true;
  }

  /** A setting changed: what failed may be there now. */
  changed(): Promise<void> {
    this.failed.clear();
    if (this.stuck) this.asked = undefined;
    return this.follow();
  }

  /** Has the worker take the model that is wanted, unless it was told so. */
  private async follow(): Promise<void> {
    const name = this.wanted;
    if (name === this.asked) return;
    if (!this.worker().alive) return;
    this.asked = name;
    const number = ++this.number;
    try {
      const model = await this.worker().switchModel(name);
      this.stuck = false;
      this.log.info(`model: ${model.name} ${model.version}`);
    } catch (error) {
      if (number !== this.number) return; // another one was asked for meanwhile
      this.stuck = true;
      this.log.warn(messageOf(error));
      if (!this.worker().alive) return; // it died of something else
      if (!this.failed.has(name))
        void vscode.window.showErrorMessage(vscode.l10n.t('Byteline keeps its model. {0}', messageOf(error)));
      this.failed.add(name);
    }
  }

  private get wanted(): string {
    return (this.language && this.ofLanguages[this.language]) || settings().get('model', 'nano');
  }

  private look(): void {
    const document = vscode.window.activeTextEditor?.document;
    if (document && vscode.languages.match(SELECTOR, document) > 0) this.language = document.languageId;
  }

  dispose(): void {
    clearTimeout(this.timer);
    for (const s of this.subscriptions) s.dispose();
  }
}
