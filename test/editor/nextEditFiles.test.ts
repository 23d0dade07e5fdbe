/** Next edits in another file than the cursor's, with real keys. */
import assert from 'node:assert/strict';
import { calls, pageOf } from './nextEditPage.ts';
import { EditorSession } from './session.ts';

describe('next edits of other files in a real editor', function () {
  const session = new EditorSession(this, {
    flags: ['--log', 'debug'], // the log says why nothing is shown
    settings: { 'byteline.eagerness': '1' },
  });
  const { hinted, unhinted, cursorAt, twice } = pageOf(session);

  it('goes to another open file', async () => {
    const { w } = session;
    await w.edit('other.ts', `wait();\n█${calls('pull', 0, { names: ['third'] })}`);
    await twice('here.ts', calls('pull', 0, { names: ['first', 'second'] }));
    await hinted('Tab: other.ts, line 2');
    await w.page.keyboard.press('Tab');
    await w.page.waitForSelector('.tab.active:has-text("other.ts")');
    await cursorAt(2);
    await hinted('Tab: apply');
    await w.page.keyboard.press('Tab');
    await unhinted();
    assert.equal(await w.save('other.ts'), `wait();\n${calls('pull', 1, { names: ['third'] })}`);
  });
});
