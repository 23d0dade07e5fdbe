/** Waiting: timers with a length that a user may choose. No editor in here. */

/** A longer one ends at once, ms. */
export const LONGEST_TIMER = 2 ** 31 - 1;

/** What of the editor's cancellation token is needed without an editor. */
export interface CancellationToken {
  isCancellationRequested: boolean;
  onCancellationRequested(listener: () => void): { dispose(): unknown };
}

/** Waits `ms`, or until the token is cancelled. */
export function pause(ms: number, token: CancellationToken): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      subscription.dispose();
      resolve();
    };
    const timer = setTimeout(end, Math.min(ms, LONGEST_TIMER));
    const subscription = token.onCancellationRequested(end);
  });
}
