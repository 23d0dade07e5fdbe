/** Paths of models in the settings: relative ones begin where the worker stands. */
import assert from 'node:assert/strict';
import { isAbsolute, join, resolve } from 'node:path';
import { means, without } from '../../extension/models/folders.ts';
import { findModels, nameOf } from '../../server/engine/manifest.ts';

const BASE = resolve('/ws');

describe('model folders in the settings', () => {
  it('are taken out however they name a folder', () => {
    const entries = ['models', './models/', join(BASE, 'models'), '../ws/models', 'models/deeper', '/other'];
    assert.deepEqual(without(entries, join(BASE, 'models'), BASE), ['models/deeper', '/other']);
    assert.deepEqual(without(entries, 'models', BASE), ['models/deeper', '/other']);
    assert.deepEqual(without(entries, join(BASE, 'none'), BASE), entries);
  });
  it('a model is meant by its name or its path', () => {
    const models = [{ name: 'mine', folder: join(BASE, 'models/mine') }];
    const its = ['mine', 'models/mine', './models/mine/', join(BASE, 'models/mine')];
    for (const value of its) assert.ok(means(value, models, BASE), value);
    for (const value of ['nano', 'models/other', './mine', '']) assert.ok(!means(value, models, BASE), value);
  });
  it('are found below a relative root with their whole paths, and have one name', async () => {
    const found = await findModels(['model/models']);
    assert.ok(found.size >= 2);
    for (const [name, folder] of found) {
      assert.ok(isAbsolute(folder), folder);
      assert.equal(nameOf(folder, found), name);
    }
    assert.equal(nameOf('/elsewhere/nano', found), '/elsewhere/nano');
  });
});
