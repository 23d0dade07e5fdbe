/** Where ghost text comes from: the switches say whether any may, the settings how the worker is asked for it. */
import type * as vscode from 'vscode';
import { CANDIDATES } from '../server/wire/protocol.ts';
import { cellsAbove } from './documents.ts';
import { eagerness } from './eagerness.ts';
import type { CompletionSource, Observer } from './ghostText/source.ts';
import type { LanguageServerNames } from './names/languageServerNames.ts';
import type { NextEdits } from './nextEdit/nextEdits.ts';
import { settings } from './settings.ts';
import type { Battery } from './switches/battery.ts';
import { offReasonIn } from './switches/reasons.ts';
import type { Snooze } from './switches/snooze.ts';
import { reasonForLog } from './switches/switches.ts';
import type { Worker } from './worker/worker.ts';

/** Of a completion. */
export const maxBytes = () => settings().get('maxBytes', 128);

/**
 * `names`: on their way to the worker, they are waited for a moment; `observer` is told what becomes of offers; of two
 * texts at one place, that of the next edits goes first; `log` gets a line for each offer that is none.
 */
export function completionSource(
  worker: Worker,
  now: { snooze: Snooze; battery: Battery },
  names: LanguageServerNames,
  observer: Observer,
  nextEdits: () => NextEdits,
  log: vscode.LogOutputChannel,
): CompletionSource {
  return {
    offReason: (document, position) => {
      if (nextEdits().isGhostText(document, position)) return 'a next edit is shown';
      const off = offReasonIn(document, now, position);
      return off && reasonForLog(off);
    },
    complete: async (document, position, { always, accepted, selected }, token, onText) => {
      const { version } = document;
      if (!selected) await names.settle(document, position, token);
      // the position is of the text as it was
      if (document.version !== version) return { kind: 'none', reason: 'cancelled' };
      return worker.complete(
        {
          uri: document.uri.toString(),
          position,
          above: cellsAbove(document),
          multiline: settings().get<boolean | 'auto'>('multiline', 'auto'),
          midWord: settings().get('midWord', false),
          maxBytes: maxBytes(),
          always,
          eagerness: eagerness(),
          accepted,
          candidates: always ? CANDIDATES : undefined,
          selected: selected && {
            range: { start: selected.range.start, end: selected.range.end },
            text: selected.text,
          }, // a Range is no LSP range in JSON
        },
        token,
        onText,
      );
    },
    delay: () => settings().get<number | null>('delay') ?? undefined,
    log: (message) => log.info(message),
    observer: {
      asked: (...asked) => observer.asked(...asked),
      arrived: (...arrived) => observer.arrived(...arrived),
      shown: (...shown) => {
        observer.shown(...shown);
        nextEdits().giveWay();
      },
    },
  };
}
