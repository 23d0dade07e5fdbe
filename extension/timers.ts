/** Waiting: timers with a length that a user may choose. No editor in here. */

/** A longer one ends at once, ms. */
export const LONGEST_TIMER = 2 ** 31 - 1;

/** What of the editor's cancellation token is needed without an editor. */
export interface CancellationToken {
  isCancellationRequested: boolean;
  onCancellationRequested(listener: () => void): { dispose(): unknown };
}

/** Waits `ms`, or until the token, if there is one, is cancelled. */
export function pause(ms: number, token?: CancellationToken): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      subscription?.dispose();
      resolve();
    };
    const timer = setTimeout(end, Math.min(ms, LONGEST_TIMER));
    const subscription = token?.onCancellationRequested(end);
  });
}

/** The token, but cancelled after `ms` in any case. */
export function within(ms: number, token: CancellationToken): CancellationToken {
  const end = performance.now() + ms;
  return {
    get isCancellationRequested() {
      return token.isCancellationRequested || performance.now() >= end;
    },
    onCancellationRequested(listener) {
      // a timer may be early by what it rounds
      const timer = setTimeout(listener, Math.ceil(Math.max(0, end - performance.now())) + 1);
      const subscription = token.onCancellationRequested(listener);
      return {
        dispose: () => {
          clearTimeout(timer);
          subscription.dispose();
        },
      };
    },
  };
}
