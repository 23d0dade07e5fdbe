/**
 * A workspace that is not trusted, in a real VS Code with the packed VSIX: Byteline completes, and no setting of the
 * workspace has it load, read or run anything.
 */
import assert from 'node:assert/strict';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { packed, ROOT, Server } from './server.ts';
import { Workbench } from './workbench.ts';

const TEXT = '# License\n\nPermission is hereby granted, free of charge, to any person obtaining█\n';

describe('a workspace that is not trusted, in a real editor', function () {
  this.timeout(240_000);
  let server: Server;
  let w: Workbench;
  let folder: string;
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'ws-'));
    const model = join(folder, 'models/planted');
    cpSync(join(ROOT, 'model/models/micro'), model, { recursive: true });
    const manifest = JSON.parse(readFileSync(join(model, 'model.json'), 'utf8'));
    writeFileSync(join(model, 'model.json'), JSON.stringify({ ...manifest, name: 'planted' }));
    mkdirSync(join(folder, '.vscode'));
    writeFileSync(
      join(folder, '.vscode/settings.json'),
      JSON.stringify({
        'byteline.model': model,
        'byteline.modelFolders': [join(folder, 'models')],
        'byteline.device': 'webgpu',
        'byteline.threads': 64,
        'byteline.cacheMegabytes': 4096,
        'byteline.memory.enable': true,
        'byteline.memory.exclude': ['**/*'],
        'byteline.memory.secrets': ['*'],
      }),
    );
    writeFileSync(join(folder, 'other.md'), TEXT);
    server = await Server.start(folder, {}, { vsix: packed(), untrusted: true });
    w = await Workbench.open(server);
  });
  after(async () => {
    await w?.close();
    if (process.env.BYTELINE_LOG) console.log(server?.log());
    server?.stop();
    if (folder) rmSync(folder, { recursive: true });
  });
  afterEach(async function () {
    await w.screenshot(`trust-${this.currentTest!.title.replaceAll(/\W+/g, '-').slice(0, 40)}`);
  });

  it('completes with the bundled model, loads nothing else and indexes no file', async () => {
    await w.edit('asks.md', TEXT);
    await w.state('ready', 'nano');
    await w.page.waitForSelector('.statusbar-item:has-text("Restricted Mode")'); // it is not trusted indeed
    await w.page.keyboard.type(' ');
    await w.ghost();
    await w.page.keyboard.press('Tab');
    const disk = await w.save('asks.md');
    assert.ok(disk.length > TEXT.length + 3 && disk.startsWith(TEXT.slice(0, TEXT.indexOf('█'))), disk);
    const log = server.log();
    assert.deepEqual(log.match(/model (\S+) /g), ['model nano '], log);
    assert.doesNotMatch(log, /planted|webgpu|threads|indexed [1-9]/);
  });

  it('does what the same settings say once it is trusted: they were no empty threat', async () => {
    await w.command('Workspaces: Manage Workspace Trust');
    await w.page.locator('.workspace-trust-editor .monaco-button:has-text("Trust"):visible').first().click();
    await w.state('ready', 'planted');
    assert.match(server.log(), /model \S+planted /);
  });
});
