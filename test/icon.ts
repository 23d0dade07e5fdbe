/** Draws extension/icon.png from the SVG beside it with Debian's Chromium: `npx tsx test/icon.ts` after a change. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

/** Of the PNG, pixels. The marketplace asks for 128 at least and shows it on dense screens, too. */
const SIZE = 256;

const folder = fileURLToPath(new URL('../extension/', import.meta.url));
const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] });
try {
  const page = await browser.newPage({ viewport: { width: SIZE, height: SIZE } });
  await page.setContent(`<body style="margin: 0">${readFileSync(`${folder}icon.svg`, 'utf8')}`);
  await page.screenshot({ path: `${folder}icon.png`, omitBackground: true });
} finally {
  await browser.close();
}
