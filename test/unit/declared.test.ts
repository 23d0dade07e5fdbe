/** Where the extension runs and on which devices its model may, as declared. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { DEVICES } from '../../server/engine/devices.ts';

const manifest = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
  extensionKind: string[];
  capabilities: { untrustedWorkspaces: { supported: string } };
  contributes: { configuration: unknown };
};

describe('declared', () => {
  it('runs where the files are (SSH, containers, WSL), and nowhere else', () =>
    assert.deepEqual(manifest.extensionKind, ['workspace']));
  it('runs in workspaces that are not trusted, limited', () =>
    assert.equal(manifest.capabilities.untrustedWorkspaces.supported, 'limited'));
  it('offers the devices that the worker knows', () => {
    const settings = JSON.stringify(manifest.contributes.configuration);
    const [, names] = /"byteline\.device":\{"type":"string","enum":(\[[^\]]*\])/.exec(settings)!;
    assert.deepEqual(JSON.parse(names), ['auto', ...DEVICES]);
  });
});
