/** Watches what becomes of next edits: which are shown, gone to, applied, sent away and kept. */
import * as vscode from 'vscode';
import type { Written } from '../nextEdit/placing.ts';
import type { ProposalObserver } from '../nextEdit/presenter.ts';
import { KEPT_AFTER, Kept } from './kept.ts';
import { type Dimensions, dayOf, type EditCounts } from './statistics.ts';
import type { StatisticsStore } from './store.ts';

/** What one edit wrote into a document. */
interface Fresh {
  document: vscode.TextDocument;
  dimensions: Dimensions;
  kept: Kept;
  timer: NodeJS.Timeout;
}

export class EditCounting implements ProposalObserver, vscode.Disposable {
  /** Applied less than 30 s ago. */
  private readonly fresh = new Set<Fresh>();
  private readonly subscriptions: vscode.Disposable[];

  /** `enabled`: asked at every count; `model`: the one that answers. */
  constructor(
    private readonly store: StatisticsStore,
    private readonly enabled: () => boolean,
    private readonly model: () => string,
  ) {
    this.subscriptions = [
      vscode.workspace.onDidChangeTextDocument(({ document, contentChanges }) => {
        for (const one of this.fresh)
          if (one.document === document)
            for (const { rangeOffset, rangeLength, text } of contentChanges)
              one.kept.change({ offset: rangeOffset, removed: rangeLength, text });
      }),
      vscode.workspace.onDidCloseTextDocument((document) => {
        for (const one of this.fresh) if (one.document === document) this.look(one);
      }),
    ];
  }

  shown(document: vscode.TextDocument): void {
    this.count(this.dimensionsOf(document), { shown: 1 });
  }

  jumped(document: vscode.TextDocument): void {
    this.count(this.dimensionsOf(document), { jumped: 1 });
  }

  refused(document: vscode.TextDocument): void {
    this.count(this.dimensionsOf(document), { refused: 1 });
  }

  /** Several edits that were applied at once are one; of a text that was only deleted nothing can be kept. */
  applied(document: vscode.TextDocument, written: Written[]): void {
    const dimensions = this.dimensionsOf(document);
    this.count(dimensions, { applied: 1 });
    for (const { document, places } of written) {
      const kept = new Kept();
      for (const { offset, length } of places) kept.add(offset, length);
      if (kept.standing === 0) continue;
      const fresh: Fresh = { document, dimensions, kept, timer: setTimeout(() => this.look(fresh), KEPT_AFTER) };
      this.fresh.add(fresh);
    }
  }

  dispose(): void {
    for (const { timer } of this.fresh) clearTimeout(timer);
    for (const s of this.subscriptions) s.dispose();
  }

  private look(fresh: Fresh): void {
    clearTimeout(fresh.timer);
    this.fresh.delete(fresh);
    this.count(fresh.dimensions, { checked: 1, kept: fresh.kept.kept ? 1 : 0 });
  }

  private dimensionsOf(document: vscode.TextDocument): Dimensions {
    return { day: dayOf(new Date()), language: document.languageId, model: this.model() };
  }

  private count(dimensions: Dimensions, edits: Partial<EditCounts>): void {
    if (this.enabled()) this.store.count(dimensions, { edits });
  }
}
