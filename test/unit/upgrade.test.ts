/** What the version before let a user set, bind to a key or keep goes on to mean the same: an upgrade loses nothing. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';

const json = (path: string) => JSON.parse(readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8'));
const before = json('test/fixtures/before.json') as {
  version: string;
  settings: Record<string, unknown[]>;
  commands: string[];
};
const { contributes } = json('package.json');

interface Schema {
  type?: string | string[];
  enum?: unknown[];
  minimum?: number;
  maximum?: number;
  items?: Schema;
  additionalProperties?: Schema;
}

/** Whether VS Code takes the value; only what our schemas use is understood. */
function fits(
  value: unknown,
  { type, enum: choices, minimum = -Infinity, maximum = Infinity, items, additionalProperties }: Schema,
): boolean {
  if (choices) return choices.includes(value);
  const is = Array.isArray(value)
    ? 'array'
    : value === null
      ? 'null'
      : Number.isInteger(value)
        ? 'integer'
        : typeof value;
  if (![type].flat().includes(is)) return false;
  if (typeof value === 'number') return value >= minimum && value <= maximum;
  if (Array.isArray(value)) return value.every((one) => fits(one, items!));
  return is !== 'object' || Object.values(value as object).every((one) => fits(one, additionalProperties!));
}

describe(`an upgrade from ${before.version}`, () => {
  for (const [key, values] of Object.entries(before.settings)) {
    it(`keeps ${key}`, () => {
      const schema = contributes.configuration.properties[key] as Schema | undefined;
      assert.ok(schema, 'the setting is gone');
      for (const value of values) assert.ok(fits(value, schema), `${JSON.stringify(value)} is refused now`);
    });
  }
  it('keeps every command', () => {
    const now = contributes.commands.map(({ command }: { command: string }) => command);
    assert.deepEqual(
      before.commands.filter((command) => !now.includes(command)),
      [],
    );
  });
  it('is checked by something that refuses what does not fit', () => {
    const { properties } = contributes.configuration;
    for (const [key, value] of [
      ['byteline.multiline', 'never'],
      ['byteline.maxBytes', 4],
      ['byteline.enable', 1],
      ['byteline.languages', { a: 'no' }],
      ['byteline.modelFolders', [1]],
    ] as const)
      assert.ok(!fits(value, properties[key]), key);
  });
});
