/** Says in the log why a source has nothing, once for each reason in a row. */
import type { NoProposal, Proposal } from './proposal.ts';

export class ReasonLog {
  private last: string | undefined;

  constructor(private readonly say: (reason: string) => void) {}

  /** What a source found, as it is. */
  note(found: Proposal | NoProposal): Proposal | NoProposal {
    const reason = found.kind === 'none' ? found.reason : undefined;
    if (reason !== undefined && reason !== this.last) this.say(reason);
    this.last = reason;
    return found;
  }
}
