/**
 * An upgrade in a real editor: what the user set, keeps and counts is there afterwards. The version before is this one
 * under an older number, or the VSIX that BYTELINE_BEFORE names (`test/unit/upgrade.test.ts` says what the version
 * before let a user set).
 */
import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pack } from '../vsix.ts';
import { KNOWN, withThreshold } from './expected.ts';
import { packed, ROOT, Server } from './server.ts';
import { Workbench } from './workbench.ts';

const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
const { BYTELINE_BEFORE } = process.env;
/** By then what was counted is written, ms: a page that is left has no time to do it. */
const WRITTEN = 7000;

describe('an upgrade in a real editor', function () {
  this.timeout(240_000);
  const made: string[] = [];
  const folder = (name: string) => made[made.push(mkdtempSync(join(tmpdir(), name))) - 1];
  let server: Server;
  let w: Workbench;
  before(async () => {
    const models = folder('models-');
    const before = BYTELINE_BEFORE ?? join(folder('before-'), 'before.vsix');
    if (!BYTELINE_BEFORE) await pack('linux-x64', before, '0.0.1');
    withThreshold(models, 'micro', 0);
    server = await Server.start(
      folder('ws-'),
      {
        'byteline.model': 'micro-0',
        'byteline.modelFolders': [models],
        'byteline.languages': { json: false },
        'byteline.memory.enable': false,
      },
      { vsix: before },
    );
    w = await Workbench.open(server);
  });
  after(async () => {
    await w?.close();
    if (process.env.BYTELINE_LOG) console.log(server?.log());
    server?.stop();
    for (const one of made) rmSync(one, { recursive: true });
  });

  async function take(file: string): Promise<void> {
    await w.page.keyboard.type(' ');
    const before = await w.save(file);
    await w.ghost();
    await w.page.keyboard.press('Tab');
    assert.ok((await w.save(file)).length > before.length);
  }
  const installed = () => readdirSync(join(server.home, 'extensions')).filter((name) => name.startsWith('byteline.'));

  it('keeps settings, models and statistics, and the window that is open goes on until it is reloaded', async () => {
    await w.edit('before.md', KNOWN.replace(' █', '█'));
    await w.state('ready', 'micro-0');
    const [set, old] = [await server.settingsNow(), installed()];
    assert.equal(old.length, 1);
    assert.ok(!old[0].includes(version), `${old[0]} is no version before ${version}`);
    await take('before.md');

    server.upgrade(packed());
    assert.ok(
      installed().some((name) => name.includes(version)),
      installed().join(),
    );
    await w.page.keyboard.press('End');
    await w.page.keyboard.press('Enter');
    await w.page.keyboard.type('Permission is hereby granted,');
    await take('before.md');

    await w.page.waitForTimeout(WRITTEN);
    await w.edit('after.md', KNOWN.replace(' █', '█'));
    await w.state('ready', 'micro-0');
    assert.deepEqual(await server.settingsNow(), set);
    await take('after.md');
    await w.page.waitForTimeout(WRITTEN);
    writeFileSync(join(server.workspace, 'off.json'), '{}\n');
    await w.page.goto(server.url('off.json'));
    await w.state('paused', 'micro-0');
    await w.command('Byteline: Show Details');
    await w.page.waitForSelector(`.view-line:has-text("${version}")`);
    await w.screenshot('upgrade-details');
    await w.command('Byteline: Show Statistics');
    const accepted = w.page
      .frameLocator('iframe.webview.ready')
      .frameLocator('#active-frame')
      .locator('dl div:has-text("accepted")')
      .first();
    const counted = Number(/\d+/.exec((await accepted.textContent())!)![0]);
    const counts = readFileSync(join(server.home, 'extensions', old[0], 'package.json'), 'utf8').includes(
      'byteline.showStatistics',
    ); // 0.4.0 did not yet
    assert.equal(counted, counts ? 3 : 1);
    await w.screenshot('upgrade-statistics');
  });
});
