/** Ghost text, menu, details, statistics and walkthrough in light, dark and high contrast: screenshots to look at. */
import assert from 'node:assert/strict';
import { contrast, THEMES } from './contrast.ts';
import { fillWithSample, start, TRIALS } from './sample.ts';
import type { Server } from './server.ts';
import { EditorSession } from './session.ts';
import type { Workbench } from './workbench.ts';

/** The least contrast of each piece of ghost text with what is behind it: WCAG's for what is not active. */
const LEAST = 3;
/**
 * The colours on the screen, opaque, as source for the page: of ghost text, of the rest of the code, and behind them.
 */
const COLOURS = `(() => {
  const rgba = (text) => text.match(/[\\d.]+/g).map(Number);
  const background = getComputedStyle(document.querySelector('.monaco-editor-background')).backgroundColor;
  const behind = rgba(background).slice(0, 3);
  const seen = (element) => {
    const [r, g, b, a = 1] = rgba(getComputedStyle(element).color);
    let share = a;
    for (let e = element; e && !e.classList.contains('view-lines'); e = e.parentElement)
      share *= Number(getComputedStyle(e).opacity);
    return [r, g, b].map((c, i) => Math.round(c * share + behind[i] * (1 - share)));
  };
  const isGhost = (e) => e.closest('.ghost-text-decoration, .ghost-text-decoration-preview, .ghost-text');
  const pieces = [...document.querySelectorAll('.view-lines .view-line span span')].filter((e) => e.textContent.trim());
  return {
    behind,
    ghost: pieces.filter(isGhost).map(seen),
    code: pieces.filter((e) => !isGhost(e)).map(seen),
  };
})()`;

describe('themes in a real editor', function () {
  const session = new EditorSession(this, { fill: fillWithSample });
  let server: Server;
  let w: Workbench;
  before(() => {
    ({ server, w } = session);
  });

  for (const [name, theme, mark] of THEMES)
    it(`can be read in ${theme}`, async () => {
      const { line, column } = start(TRIALS[2]);
      server.set({ 'workbench.colorTheme': theme });
      await w.open(TRIALS[2].file, line, column);
      await w.page.waitForSelector(`.monaco-workbench.${mark}`);
      await w.page.keyboard.press('Enter');
      await w.page.keyboard.type('if (', { delay: 120 });
      await w.ghost(60_000);
      await w.screenshot(`ghost-text-${name}`);
      const { behind, ghost, code } = (await w.page.evaluate(COLOURS)) as Record<string, number[][]> & {
        behind: number[];
      };
      assert.ok(ghost.length > 0 && code.length > 10, `${ghost.length} pieces of ghost text, ${code.length} of code`);
      for (const colour of ghost) {
        const ratio = contrast(colour, behind);
        assert.ok(ratio >= LEAST, `rgb(${colour}) on rgb(${behind}): ${ratio.toFixed(2)}`);
        assert.ok(!code.some((one) => one.join() === colour.join()), `rgb(${colour}) is the code's, too`);
      }

      const label = '[aria-label^="Byteline, "].statusbar-item-label, [aria-label^="Byteline, "] .statusbar-item-label';
      await w.page.click(label);
      await w.page.waitForSelector('.quick-input-list .monaco-list-row:has-text("Get Started")');
      await w.screenshot(`menu-${name}`);
      await w.page.keyboard.press('Escape');
      await w.command('Byteline: Show Details');
      await w.page.waitForSelector('.view-line:has-text("nano")');
      await w.screenshot(`details-${name}`);
      await w.command('Byteline: Show Statistics');
      const statistics = w.page.frameLocator('iframe.webview.ready').frameLocator('#active-frame');
      await statistics.locator('dl, p').first().waitFor();
      await w.screenshot(`statistics-page-${name}`);
      await w.command('Byteline: Get Started');
      await w.page.setViewportSize({ width: 1700, height: 900 }); // room for the pictures
      for (const step of ['Take a word', 'Choose the model', 'Take the grey text']) {
        await w.page.click(`.getting-started-step:has-text("${step}")`);
        await w.page.waitForSelector('.getting-started-media iframe, .getting-started-media img');
        await w.page.waitForTimeout(700); // for the picture: nothing tells when it is drawn
        await w.screenshot(`walkthrough-${step.split(' ').at(-1)}-${name}`);
      }
      await w.page.setViewportSize({ width: 1200, height: 720 });
    });
});
