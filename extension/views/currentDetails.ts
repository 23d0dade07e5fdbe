/** Gathers what the details view shows: of this moment, and of the active editor. */
import * as vscode from 'vscode';
import { eagerness } from '../eagerness.ts';
import type { Models } from '../models/models.ts';
import type { Counting } from '../statistics/counting.ts';
import { reasonForUser } from '../switches/reasons.ts';
import type { OffReason } from '../switches/switches.ts';
import type { Worker } from '../worker/worker.ts';
import { detailsText } from './details.ts';
import type { StatusItem } from './status.ts';

export interface DetailsParts {
  /** Why nothing is offered in the active editor. */
  off: OffReason | undefined;
  status: StatusItem;
  worker: Worker;
  models: Models;
  counting: Counting;
}

/** The view's text. `version` is Byteline's. Never rejects: without a worker there are no models. */
export async function currentDetails(
  version: string,
  { off, status, worker, models, counting }: DetailsParts,
): Promise<string> {
  return detailsText(vscode.l10n, {
    version,
    status: status.last,
    off: off && reasonForUser(off),
    models: await worker.models().catch(() => []),
    ofLanguages: models.ofLanguages,
    eagerness: eagerness(),
    latency: counting.latency,
    memory: status.memory,
    more: counting.summary(),
  });
}
