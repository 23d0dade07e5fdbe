/** What the settings of a workspace that is not trusted may say. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';

/** They name no file, folder or device, cost nothing and are only about what is shown of the open document. */
const HARMLESS = [
  'enable',
  'languages',
  'inComments',
  'inStrings',
  'maxFileKilobytes',
  'onBattery',
  'maxBytes',
  'multiline',
  'midWord',
  'languageServerNames',
  'nextEdit',
  'nextEditPrecision',
  'delay',
  'eagerness',
].map((name) => `byteline.${name}`);

const manifest = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
const english: Record<string, string> = JSON.parse(
  readFileSync(new URL('../../package.nls.json', import.meta.url), 'utf8'),
);
const properties = manifest.contributes.configuration.properties as Record<
  string,
  { scope?: string; description?: string; markdownDescription?: string }
>;
const { supported, restrictedConfigurations } = manifest.capabilities.untrustedWorkspaces as {
  supported: string;
  restrictedConfigurations: string[];
};

describe('settings in a workspace that is not trusted', () => {
  it('are restricted, of the machine alone, or on the list of those that do no harm', () => {
    assert.equal(supported, 'limited');
    for (const [name, { scope }] of Object.entries(properties)) {
      const fromUserAlone = restrictedConfigurations.includes(name) || scope === 'machine' || scope === 'application';
      assert.notEqual(
        fromUserAlone,
        HARMLESS.includes(name),
        `${name}: restrict it in package.json (capabilities), or say here that it does no harm`,
      );
    }
  });
  it('are restricted or of the machine where they name a model, a folder, a device or globs', () => {
    for (const [name, { scope, description = '', markdownDescription = '' }] of Object.entries(properties)) {
      const said = english[(description + markdownDescription).slice(1, -1)];
      if (!/\bpath of|folders|globs of|device|where the model's/i.test(said)) continue;
      assert.ok(restrictedConfigurations.includes(name) || scope === 'machine', name);
    }
  });
  it('that are restricted exist', () => {
    for (const name of restrictedConfigurations) assert.ok(name in properties, name);
  });
});
