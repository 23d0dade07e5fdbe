/** The promises (test/README.md) name tests that are there. */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const TEST = fileURLToPath(new URL('..', import.meta.url));
const files = readdirSync(TEST, { recursive: true })
  .map(String)
  .filter((path) => /^(unit|integration|editor)\b.*\.ts$/.test(path.replaceAll('\\', '/')));
const code = files.map((path) => readFileSync(TEST + path, 'utf8').replaceAll("\\'", "'")).join('\n');
/** The promises and complaints: list items, each on one line, below the heading that names them. */
const promises = readFileSync(`${TEST}README.md`, 'utf8')
  .split(/^## What is promised.*$/m)[1]
  .split(/^(?=- |#)/m)
  .filter((item) => item.startsWith('- '))
  .map((item) => item.replace(/\s+/g, ' '));
/** What each names as its proof: what follows the word, up to the peers. */
const proofs = promises.map((item) => / Proof: (.+?)(?: Peers: |$)/.exec(item)?.[1] ?? '');

describe('the promises', () => {
  it('has a proof for each', () => {
    assert.ok(proofs.length > 35);
    for (const proof of proofs) assert.match(proof, /`|"|trust|faults/);
  });
  it('names files that are there', () => {
    for (const [, path] of proofs.join(' ').matchAll(/`((?:unit|integration|bench|editor)\/[\w.]+)`/g)) {
      assert.ok(
        ['', '.ts', '.test.ts'].some((ending) => existsSync(TEST + path + ending)),
        path,
      );
    }
  });
  it('names tests that are there', () => {
    for (const [, name] of proofs.join(' ').matchAll(/"([^"]+)"/g))
      assert.ok(code.includes(name.replace(/, \.\.\.$/, '')), name);
  });
});
