/** The index of texts against a search by hand, as files come, change and go. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { CONTEXTS, hashContexts, NOTHING, ORDERS } from '../../server/memory/contexts.ts';
import { ELSEWHERE, HERE } from '../../server/memory/evidence.ts';
import { textOf } from '../../server/memory/pieces.ts';
import { type Part, TextIndex } from '../../server/memory/textIndex.ts';
import { Heard, PIECES, shared, wordBefore } from './byHand.ts';

/** Places that are kept for each context. */
const KEPT = 15;

/** All that was ever put, as it should be stored. */
interface Put {
  path: string;
  text: Buffer;
  gone: boolean;
}
const stored = (text: Buffer) =>
  Buffer.from(
    text
      .toString('latin1')
      .replaceAll('\r\n', '\n')
      .replace(/[\xf9-\xff]/g, '?'),
    'latin1',
  );

/** What find() should be told, in no order: `byte length side path:line`, and `byte side` for words. */
function searched(puts: Put[], text: Buffer, own?: Part): { matches: string[]; words: string[] } {
  const places = puts.flatMap((put) => Array.from(put.text, (_, i) => ({ put, at: i + 1 })));
  const latest = (same: (place: (typeof places)[0]) => boolean) =>
    places
      .filter(same)
      .slice(-KEPT)
      .filter(
        ({ put, at }) =>
          !put.gone &&
          at < put.text.length &&
          put.text[at] !== NOTHING &&
          !(put.path === own?.path && at >= own.from && at < own.to),
      );
  const side = (put: Put) => (put.path === own?.path ? HERE : ELSEWHERE);
  const word = wordBefore(text, text.length);
  const found = new Set(ORDERS.flatMap((n) => latest(({ put, at }) => shared(put.text, at, text, text.length) >= n)));
  return {
    matches: [...found]
      .map(({ put, at }) => {
        const line = put.text.toString('latin1', 0, at).split('\n').length;
        return `${put.text[at]} ${shared(put.text, at, text, text.length)} ${side(put)} ${put.path}:${line}`;
      })
      .sort(),
    words: latest(({ put, at }) => word !== '' && wordBefore(put.text, at) === word)
      .map(({ put, at }) => `${put.text[at]} ${side(put)}`)
      .sort(),
  };
}

function found(index: TextIndex, text: Buffer, own?: Part): { matches: string[]; words: string[] } {
  const heard = new Heard();
  index.find(text, text.length, heard, own);
  return {
    matches: heard.matches
      .map(
        ({ byte, length, side, place }) =>
          `${byte} ${length} ${side} ${index.fileAt(place)?.path}:${index.fileAt(place)?.line}`,
      )
      .sort(),
    words: heard.words.map(({ byte, side }) => `${byte} ${side}`).sort(),
  };
}

const put = (index: TextIndex, path: string, text: Buffer | string) => {
  for (const _ of index.put(path, Buffer.from(text)));
};

/** Whether contexts that differ share a bucket which keeps less than all of them: a search by hand knows no buckets. */
function isCrowded(index: TextIndex, puts: Put[]): boolean {
  const [hashes, buckets] = [new Uint32Array(CONTEXTS), new Map<string, number[]>()];
  for (const { text } of puts) {
    for (let end = 1; end <= text.length; end++) {
      hashContexts(text, end, hashes);
      hashes.forEach((hash, k) => {
        const bucket = `${k} ${hash % index['buckets']}`;
        if (hash !== 0) buckets.set(bucket, [...(buckets.get(bucket) ?? []), hash]);
      });
    }
  }
  return [...buckets.values()].some((all) => all.length > KEPT && new Set(all).size > 1);
}

describe('text index', () => {
  it('finds what a search by hand finds, after files have come, changed and gone', () => {
    const text = fc.array(fc.constantFrom(...PIECES), { maxLength: 14 }).map((pieces) => Buffer.concat(pieces));
    const step = fc.record({ path: fc.constantFrom('a', 'b', 'c'), text: fc.option(text, { freq: 4 }) });
    const own = fc.option(
      fc.record({
        path: fc.constantFrom('a', 'b', 'c'),
        from: fc.integer({ min: -9, max: 20 }),
        to: fc.oneof(fc.integer({ min: 0, max: 60 }), fc.constant(Infinity)),
      }),
      { nil: undefined },
    );
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 6 }), text, own, fc.nat(40), (steps, query, own, cut) => {
        const index = new TextIndex(4096);
        const puts: Put[] = [];
        for (const { path, text } of steps) {
          for (const old of puts) if (old.path === path) old.gone = true;
          if (text) puts.push({ path, text: stored(text), gone: false });
          if (text) put(index, path, text);
          else index.remove(path);
        }
        fc.pre(!isCrowded(index, puts));
        const beginning = (steps[0].text ?? Buffer.alloc(0)).subarray(0, cut);
        for (const end of [query, beginning, Buffer.concat([query, beginning])])
          assert.deepEqual(found(index, end, own), searched(puts, end, own));
      }),
      { numRuns: 300 },
    );
  });

  it(
    'finds in a file that was edited again and again what it finds in one that was put once, ' +
      'and takes little room for it',
    () => {
      const line = (n: number) => `  const value${n.toString(36)}x = compute(${n}, 'é${(n * 7919) % 1000}');\n`;
      const edit = fc.record({
        at: fc.nat(),
        removed: fc.oneof(fc.constant(0), fc.nat(200)),
        added: fc.oneof(fc.nat(3), fc.nat(12)),
        joined: fc.boolean(),
      });
      fc.assert(
        fc.property(fc.array(edit, { minLength: 1, maxLength: 40 }), fc.nat(), (edits, seed) => {
          const [index, fresh] = [new TextIndex(2 ** 19), new TextIndex(2 ** 16)];
          let text = Array.from({ length: 300 }, (_, n) => line(n)).join('');
          put(index, 'other', line(seed % 300));
          put(index, 'a', text);
          const before = index['end'];
          let next = 1000;
          for (const { at, removed, added, joined } of edits) {
            const from = at % text.length;
            text =
              text.slice(0, from) +
              Array.from({ length: added }, () => line(next++))
                .join('')
                .slice(0, joined ? -1 : undefined) +
              text.slice(from + removed);
            put(index, 'a', seed % 2 ? text : text.replaceAll('\n', '\r\n'));
          }
          put(fresh, 'other', line(seed % 300));
          put(fresh, 'a', text);
          assert.equal(Buffer.from(textOf(index['text'], index['files'].get('a')!.pieces)).toString(), text);
          assert.ok(
            index['end'] - before < edits.length * 4096 + 4 * text.length,
            `${index['end'] - before} bytes for ${edits.length} edits`,
          );
          const bytes = Buffer.from(text);
          // Long ones: of those no bucket has more than it keeps. What stands behind a change may be there twice, once
          // with less before it.
          const set = (of: TextIndex, end: Buffer, own?: Part) => {
            const longest = new Map<string, number>();
            for (const [byte, length, ...rest] of found(of, end, own).matches.map((match) => match.split(' '))) {
              const key = [byte, ...rest].join(' ');
              if (Number(length) >= ORDERS[0]) longest.set(key, Math.max(longest.get(key) ?? 0, Number(length)));
            }
            return [...longest].sort();
          };
          for (const at of [seed, ...edits.map((edit) => edit.at)].map((at) => at % bytes.length)) {
            const end = bytes.subarray(Math.max(0, at - 80), at);
            for (const own of [
              undefined,
              { path: 'a', from: at - 100, to: at + 100 },
              { path: 'a', from: 0, to: Infinity },
            ])
              assert.deepEqual(set(index, end, own), set(fresh, end, own));
          }
          index.remove('a');
          assert.deepEqual(
            found(index, bytes.subarray(0, 40)).matches.filter((match) => match.includes(' a:')),
            [],
          );
          assert.equal(
            index['text'].subarray(0, index['end']).filter((byte) => byte !== NOTHING).length,
            Buffer.byteLength(line(seed % 300)),
            'nothing of it is left',
          );
        }),
        { numRuns: 8, endOnFailure: true },
      );
    },
  );

  it('knows the latest places of each context', () => {
    const index = new TextIndex(4096);
    put(index, 'a', Array.from({ length: 40 }, (_, i) => `;number${String.fromCharCode(65 + i)}`).join(''));
    const next = found(index, Buffer.from('number')).matches.map((match) => Number(match.split(' ')[0]) - 65);
    assert.deepEqual(
      next.sort((a, b) => a - b),
      Array.from({ length: KEPT }, (_, i) => 40 - KEPT + i),
    );
  });

  it('hides the part of a file that is asked about, and no other file, wherever the part ends', () => {
    const index = new TextIndex(4096);
    for (const path of ['before', 'own', 'after']) put(index, path, 'const one = 1;\nlet second = 2;\n');
    const text = Buffer.from(';\nlet ');
    assert.deepEqual(found(index, text, { path: 'own', from: 0, to: 5 }).matches, [
      `${0x73} 6 0 after:2`,
      `${0x73} 6 0 before:2`,
      `${0x73} 6 1 own:2`,
    ]);
    for (const part of [
      { from: -8192, to: 8192 },
      { from: 18, to: Infinity },
    ]) {
      assert.deepEqual(found(index, text, { path: 'own', ...part }).matches, [
        `${0x73} 6 0 after:2`,
        `${0x73} 6 0 before:2`,
      ]);
    }
    assert.equal(found(index, text, { path: 'unknown', from: 0, to: Infinity }).matches.length, 3);
  });

  it('takes no longer word for a match of its end', () => {
    const index = new TextIndex(2 ** 17);
    put(index, 'a', Array.from({ length: 26 }, (_, i) => ` ${String.fromCharCode(97 + i)}`).join(''));
    const wrong = Array.from({ length: 20_000 }, (_, i) =>
      Buffer.from(` ${i.toString(36).toUpperCase()}${String.fromCharCode(97 + (i % 26))}`),
    ).filter((text) => found(index, text).words.length > 0);
    assert.deepEqual(wrong.map(String), []);
  });

  it('gives what follows a place, to the end of its file', () => {
    const index = new TextIndex(4096);
    put(index, 'a', 'let total = 12');
    put(index, 'b', 'other');
    const heard = new Heard();
    index.find(Buffer.from('let total'), 9, heard);
    const { place } = heard.best()!;
    assert.equal(Buffer.from(index.after(place, 3)).toString(), ' = ');
    assert.equal(Buffer.from(index.after(place, 99)).toString(), ' = 12');
    index.remove('a');
    assert.equal(index.after(place, 99).length, 0);
    assert.equal(index.fileAt(place), undefined);
  });

  it('says that there is no room, and goes on with what it has', () => {
    const index = new TextIndex(1000);
    put(index, 'a', 'const kept = 1;');
    assert.throws(() => put(index, 'b', Buffer.alloc(20_000, 'x')), /no room for 20000 bytes/);
    assert.equal(found(index, Buffer.from('const kept')).matches.length, 1);
  });
});
