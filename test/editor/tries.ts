/** Tests that are tried twice, because a busy machine loses keys: mocha says nothing of a try that fails. */
import type { Server } from './server.ts';

const heard = new WeakSet();
/** Called before each test of a suite that tries twice: where the first try fails, prints why, and the log. */
export function again(test: Mocha.Test, server: Server): void {
  const run = test.fn as (this: Mocha.Context) => Promise<void>;
  if (heard.has(run)) return;
  test.fn = async function (this: Mocha.Context) {
    await run.call(this).catch((error: Error) => {
      console.log(`    a try failed: ${error.stack}\n${server.log().split('\n').slice(-30).join('\n')}`);
      throw error;
    });
  };
  heard.add(test.fn);
}
