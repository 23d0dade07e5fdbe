/** Where the extension runs and which documents it serves, as declared. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';

const manifest = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
  extensionKind: string[];
  capabilities: { untrustedWorkspaces: { supported: string } };
};

describe('declared', () => {
  it('runs where the files are (SSH, containers, WSL), and nowhere else', () =>
    assert.deepEqual(manifest.extensionKind, ['workspace']));
  it('runs in workspaces that are not trusted, limited', () =>
    assert.equal(manifest.capabilities.untrustedWorkspaces.supported, 'limited'));
});
