/**
 * Input methods in a real editor with its default settings: what is composed is never disturbed, and ghost text waits
 * until the composition ends. Chromium is told what an input method tells it.
 */
import assert from 'node:assert/strict';
import type { CDPSession } from 'playwright-core';
import type { Server } from './server.ts';
import { OfferingSession } from './session.ts';
import { unwrapped, type Workbench } from './workbench.ts';

/** From one state of a composition to the next, ms: a typist's, and someone's who looks at candidates. */
const [TYPED, CHOSEN] = [250, 1000];

interface Watched {
  starts: number;
  ends: number;
  /** Frames in which something was composed. */
  frames: number;
  /** The ghost text in those that had some. */
  ghosts: string[];
}

/**
 * Watches compositions from now on, as source for the page. A message that a frame sends comes once it is drawn: what
 * is composed then, and was when it began, was so in between.
 */
const WATCH = `{
  const seen = (window.composed_ = { starts: 0, ends: 0, frames: 0, ghosts: [] });
  const input = document.activeElement.editContext ?? document.activeElement;
  input.addEventListener('compositionstart', () => seen.starts++);
  input.addEventListener('compositionend', () => seen.ends++);
  const composing = () => seen.starts > seen.ends;
  (function note() {
    const [{ port1, port2 }, began] = [new MessageChannel(), composing() && seen.starts];
    port1.onmessage = () => {
      if (!began || !composing() || seen.starts !== began) return;
      seen.frames++;
      const ghost = [...document.querySelectorAll('.ghost-text-decoration, .ghost-text-decoration-preview')];
      if (ghost.length) seen.ghosts.push(ghost.map((e) => e.textContent).join(''));
    };
    port2.postMessage(0);
    if (window.composed_ === seen) requestAnimationFrame(note);
  })();
}`;

describe('input methods in a real editor', function () {
  const session = new OfferingSession(this, { settings: { 'byteline.multiline': true, 'byteline.maxBytes': 200 } });
  let server: Server;
  let w: Workbench;
  let input: CDPSession;
  let tries = 0;
  before(async () => {
    ({ server, w } = session);
    input = await w.page.context().newCDPSession(w.page);
  });

  /** Opens a file of its own with the cursor at the █, and watches. */
  async function edit(marked: string): Promise<string> {
    const file = `composed-${tries++}.ts`;
    await w.edit(file, marked);
    await w.page.evaluate(WATCH);
    return file;
  }

  /** What is composed becomes this, one after the other; the last is followed by an empty one to cancel it. */
  async function compose(states: string[], pace = TYPED): Promise<void> {
    for (const text of states) {
      const { length } = text;
      await input.send('Input.imeSetComposition', { text, selectionStart: length, selectionEnd: length });
      await w.page.waitForTimeout(pace);
    }
  }

  /** The composition ends with this text. */
  const commit = (text: string) => input.send('Input.insertText', { text });

  /** All those compositions began and ended as they were told to, and no frame of theirs had ghost text. */
  async function undisturbed(compositions: number): Promise<void> {
    const seen = (await w.page.evaluate('[window.composed_, delete window.composed_][0]')) as Watched;
    assert.ok(seen.frames > compositions, `${seen.frames} frames`);
    assert.deepEqual({ ...seen, frames: 0 }, { starts: compositions, ends: compositions, frames: 0, ghosts: [] });
  }

  const NAMES = '// user 이름\nconst name = 1;\n// user█\n';
  for (const editContext of [true, false]) {
    it(`Korean: ghost text waits for the syllable's end, with editor.editContext ${editContext}`, async () => {
      server.set({ 'editor.editContext': editContext });
      const file = await edit(NAMES);
      await w.page.keyboard.type(' ');
      await w.ghost();
      await compose(['ㅇ', '이']);
      await commit('이');
      await compose(['ㄹ', '르', '름']);
      await w.screenshot(`composed-${editContext}`);
      await commit('름');
      const ghost = await w.ghost();
      await undisturbed(2);
      await w.page.keyboard.press('Tab');
      const text = await w.save(file);
      assert.ok(text.startsWith(NAMES.replace('█\n', ' 이름')), text);
      assert.ok(unwrapped(text).startsWith(unwrapped(NAMES.replace('█', ` 이름${ghost}`))), text); // it may have grown
    });
  }

  it('Korean in a string, while a completion for the place before is on its way', async () => {
    const marked = "const bye = 'bye';\nconst greeting = '█';\n";
    const file = await edit(marked);
    session.signal('STOP');
    await w.page.keyboard.type('a');
    await compose(['ㅎ', '하']);
    session.signal('CONT');
    await compose(['한'], 2 * CHOSEN);
    await commit('한');
    await w.ghost();
    await undisturbed(1);
    assert.equal(await w.save(file), marked.replace('█', 'a한'));
  });

  it('Korean while ghost text grows', async () => {
    const file = await edit(NAMES);
    await w.page.keyboard.type(' ');
    await w.page.waitForSelector('.ghost-text-decoration');
    await compose(['ㅇ', '이'], CHOSEN);
    await commit('이');
    await w.ghost();
    await undisturbed(1);
    assert.equal(await w.save(file), NAMES.replace('█', ' 이'));
  });

  it('Japanese: kana, then several candidates in their place', async () => {
    const marked = "const bye = 'じゃあね';\nconst greeting = '█';\n";
    const file = await edit(marked);
    await compose(['n', 'に', 'にh', 'にほ', 'にほn', 'にほんg', 'にほんご']);
    await compose(['日本語', '二本後', '日本語'], CHOSEN);
    await w.screenshot('candidates');
    await commit('日本語');
    await w.ghost();
    await undisturbed(1);
    assert.equal(await w.save(file), marked.replace('█', '日本語'));
  });

  it('dead keys: an accent waits for its letter', async () => {
    const marked = '// caf█\nconst cafe = 1;\n';
    const file = await edit(marked);
    await compose(['´'], CHOSEN);
    await commit('é');
    await w.ghost();
    await undisturbed(1);
    assert.equal(await w.save(file), marked.replace('█', 'é'));
  });

  it('a composition that is cancelled leaves what was there, and typing goes on', async () => {
    const file = await edit(NAMES);
    await w.page.keyboard.type(' ');
    await w.ghost();
    await compose(['に', 'にほ', 'にほん', '']);
    await undisturbed(1);
    assert.equal(await w.save(file), NAMES.replace('█', ' '));
    await w.page.keyboard.type('n');
    await w.ghost();
    assert.equal(await w.save(file), NAMES.replace('█', ' n'));
  });
});
