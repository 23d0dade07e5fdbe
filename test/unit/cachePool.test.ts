/** The pool against its promises: nothing shared is lost, and memory stays within the budget. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Cache } from '../../server/engine/cache.ts';
import { CachePool } from '../../server/engine/cachePool.ts';
import type { Architecture } from '../../server/engine/manifest.ts';

const A: Architecture = {
  type: 'megabyte',
  patch: 8,
  window: 16,
  context: 1024,
  globalWidth: 8,
  globalLayers: 1,
  globalHeads: 2,
  localWidth: 4,
  localLayers: 1,
  reach: 3,
  hashOrders: [],
  matchOrders: [3],
  matchDepth: 1,
  networkWeights: 1,
  tableWeights: 0,
};
const rows = (value: number, n: number) => new Float32Array(n).fill(value);

/**
 * Brings a cache to the whole patches of `text`, as an engine does; a row's numbers are the first byte of its patch.
 */
function fill(cache: Cache, text: Uint8Array): void {
  cache.reserve(1 + Math.floor(text.length / 8));
  if (cache.rows === 0) cache.appendGlobal(1, [rows(0, 8), rows(0, 8)], rows(0, 8));
  cache.truncate(cache.shared(text));
  for (let at = cache.bytes.length; at + 8 <= text.length; at += 8) {
    const patch = text.subarray(at, at + 8);
    cache.matches.append(patch);
    cache.appendGlobal(1, [rows(patch[0], 8), rows(patch[0], 8)], rows(patch[0], 8));
    cache.appendLocal(patch, { local: [rows(patch[0], 32), rows(patch[0], 32)], encoded: rows(patch[0], 32) });
  }
}

/** The rows that belong to the text, whichever cache they came from. */
function check(cache: Cache, text: Uint8Array): void {
  assert.deepEqual(Buffer.from(cache.bytes), Buffer.from(text.subarray(0, text.length - (text.length % 8))));
  for (let p = 0; p < cache.bytes.length / 8; p++) {
    assert.equal(cache.outputs[(p + 1) * 8], text[p * 8]);
    for (const data of cache.global)
      for (const h of [0, 1]) assert.equal(data[(h * cache.capacity + p + 1) * 4], text[p * 8]);
    for (const data of cache.local) assert.equal(data[(16 + p * 8) * 4], text[p * 8]);
    assert.equal(cache.encoded[(p * 8 + 1) * 4], text[p * 8]);
  }
  assert.equal(cache.matches.length, cache.bytes.length);
}

describe('pool of caches', () => {
  it('finds what any cache shares with a text, and keeps to its budget', () => {
    const edit = fc.record({
      file: fc.nat(2),
      at: fc.nat(900),
      insert: fc.uint8Array({ minLength: 1, maxLength: 40 }),
      undo: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(edit, { minLength: 1, maxLength: 25 }), (edits) => {
        const pool = new CachePool(A, 3e6);
        const texts = [0, 1, 2].map((i) => Uint8Array.from({ length: 800 }, (_, t) => (t * (7 + i) + i) % 251));
        const known = new Set<Cache>();
        for (const { file, at, insert, undo } of edits) {
          const before = texts[file];
          const text = Buffer.concat([before.subarray(0, at), insert, before.subarray(at)]).subarray(0, 1000);
          if (!undo) texts[file] = text;
          for (const now of undo ? [text, before] : [text]) {
            const most = Math.max(0, ...[...known].map((cache) => cache.shared(now)));
            const cache = pool.take(now);
            assert.equal(cache.shared(now), most);
            fill(cache, now);
            check(cache, now);
            known.add(cache);
          }
        }
      }),
      { numRuns: 60 },
    );
  });

  it('keeps the text of before an edit higher up', () => {
    const pool = new CachePool(A, 3e6);
    const text = Uint8Array.from({ length: 800 }, (_, t) => (t * 7) % 251);
    const first = pool.take(text);
    fill(first, text);
    const edited = Buffer.concat([Buffer.from('//'), text]);
    const second = pool.take(edited);
    assert.notEqual(second, first);
    fill(second, edited);
    assert.equal(pool.take(text), first); // undo
    assert.equal(pool.take(edited), second); // redo
    assert.equal(pool.take(edited.subarray(0, 790)), second); // a few patches less: no copy
  });

  it('gives up the least recently used beyond its budget', () => {
    const one = new CachePool(A, 1e6).take(new Uint8Array(0)).size;
    const pool = new CachePool(A, 3.9 * one);
    const texts = [1, 2, 3, 4, 5].map((n) => new Uint8Array(600).fill(n));
    const caches = texts.map((text) => {
      const cache = pool.take(text);
      fill(cache, text);
      return cache;
    });
    assert.ok(pool.size <= 3.9 * one);
    assert.ok(new Set(caches).size < 5);
    assert.equal(pool.take(texts[4]).shared(texts[4]), 75);
    assert.equal(pool.take(texts[0]).shared(texts[0]), 0);
  });
});
