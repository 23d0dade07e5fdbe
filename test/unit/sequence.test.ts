/** The byte sequence against the fixture shared with Python. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { clean, header, plain, SENTINELS } from '../../server/prompt/sequence.ts';

const fixture = JSON.parse(readFileSync(new URL('../fixtures/sequence.json', import.meta.url), 'utf8'));
const raw = (hex: string) => Buffer.from(hex, 'hex');
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');

describe('byte sequence', () => {
  it('has the sentinels of the fixture', () => assert.deepEqual({ ...SENTINELS }, fixture.sentinels));
  it('lays prompts out as Python does', () => {
    for (const c of fixture.prompts) {
      const files = c.files.map(([path, text]: string[]) => ({ path: raw(path), text: raw(text) }));
      const p = { path: raw(c.path), prefix: raw(c.prefix), rest: raw(c.rest), suffix: raw(c.suffix), files };
      assert.equal(hex(header(p, c.patch)), c.header);
      assert.equal(hex(plain(p.path, c.patch)), c.plain);
    }
  });
  it('replaces sentinel bytes', () => {
    for (const [before, after] of fixture.clean) assert.equal(hex(clean(raw(before))), after);
  });
});
