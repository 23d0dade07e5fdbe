/** The table of promises (test/README.md) names tests that are there. */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const TEST = fileURLToPath(new URL('..', import.meta.url));
const files = readdirSync(TEST, { recursive: true })
  .map(String)
  .filter((path) => /^(unit|integration|editor)\b.*\.ts$/.test(path.replaceAll('\\', '/')));
const code = files.map((path) => readFileSync(TEST + path, 'utf8').replaceAll("\\'", "'")).join('\n');
/** The cells that name proofs: the second of each row, below a head. */
const proofs = readFileSync(`${TEST}README.md`, 'utf8')
  .split('\n')
  .filter((line) => /^\| (?!what|complaint|---)/.test(line))
  .map((line) => line.split(' | ')[1]);

describe('the table of promises', () => {
  it('has a proof in each row', () => {
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
