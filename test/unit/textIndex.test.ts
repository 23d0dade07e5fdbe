/** The index of texts against a search by hand, as files come, change and go. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { isText, NOTHING } from '../../server/memory/contexts.ts';
import { ELSEWHERE, HERE } from '../../server/memory/evidence.ts';
import { textOf } from '../../server/memory/pieces.ts';
import { type Part, TextIndex } from '../../server/memory/textIndex.ts';
import { Heard, PIECES, shared, wordBefore } from './byHand.ts';

/** Places that are found of one segment at most, and the shortest match, bytes. */
const [NEAREST, LEAST] = [32, 3];

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

/** What find() should be told, in no order: `byte length side path:line`, and `byte times` for words. */
function searched(puts: Put[], text: Buffer, own?: Part): { matches: string[]; words: string[] } {
  const living = puts.filter(({ gone }) => !gone);
  const places = living.flatMap((put) => Array.from(put.text, (_, at) => ({ put, at })));
  const matches = places.flatMap(({ put, at }) => {
    const length = shared(put.text, at, text, text.length);
    const isHidden = put.path === own?.path && at >= own.from && at < own.to;
    if (length < LEAST || isHidden || put.text[at] === NOTHING) return [];
    const line = put.text.toString('latin1', 0, at).split('\n').length;
    return [`${put.text[at]} ${length} ${put.path === own?.path ? HERE : ELSEWHERE} ${put.path}:${line}`];
  });
  const word = wordBefore(text, text.length);
  const times = new Map<number, number>();
  const isHidden = (put: Put, at: number) => {
    if (put.path !== own?.path || own.to === Infinity || own.to <= at) return false;
    const from = Math.min(put.text.length, Math.max(0, own.from));
    return at >= from - wordBefore(put.text, from).length; // a word is hidden whole
  };
  for (const { put, at } of places) {
    if (isHidden(put, at)) continue;
    if (word === '' || wordBefore(put.text, at) !== word || !isText(put.text[at])) continue;
    times.set(put.text[at], (times.get(put.text[at]) ?? 0) + 1);
  }
  return { matches: matches.sort(), words: [...times].map(([byte, n]) => `${byte} ${n}`).sort() };
}

function found(index: TextIndex, text: Buffer, own?: Part): { matches: string[]; words: string[] } {
  const heard = new Heard(text);
  index.find(heard, own);
  return {
    matches: heard.matches
      .map(
        ({ byte, length, side, place }) =>
          `${byte} ${length} ${side} ${index.fileAt(place)?.path}:${index.fileAt(place)?.line}`,
      )
      .sort(),
    words: heard.words.map(({ byte, times }) => `${byte} ${times}`).sort(),
  };
}

const all = (steps: Iterable<void>) => {
  for (const _ of steps) void _;
};
const put = (index: TextIndex, path: string, text: Buffer | string) => {
  all(index.put(path, Buffer.from(text)));
  all(index.settle());
};

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
          else all(index.remove(path));
        }
        const beginning = (steps[0].text ?? Buffer.alloc(0)).subarray(0, cut);
        for (const end of [query, beginning, Buffer.concat([query, beginning])]) {
          const [mine, byHand] = [found(index, end, own), searched(puts, end, own)];
          assert.deepEqual(mine.words, byHand.words);
          if (byHand.matches.length <= NEAREST) assert.deepEqual(mine.matches, byHand.matches);
          else assert.ok(mine.matches.length >= NEAREST && mine.matches.every((one) => byHand.matches.includes(one)));
        }
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
          assert.equal(Buffer.from(textOf(index['files'].get('a')!.pieces)).toString(), text);
          const held = index['segments'].reduce((n, { end }) => n + end, 0);
          assert.ok(held < 4 * text.length + 4096, `${held} bytes for ${text.length}`);
          const bytes = Buffer.from(text);
          // Long ones: there are few of them
          const set = (of: TextIndex, end: Buffer, own?: Part) => {
            const longest = new Map<string, number>();
            for (const [byte, length, ...rest] of found(of, end, own).matches.map((match) => match.split(' '))) {
              const key = [byte, ...rest].join(' ');
              if (Number(length) >= 20) longest.set(key, Math.max(longest.get(key) ?? 0, Number(length)));
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
          all(index.remove('a'));
          assert.deepEqual(
            found(index, bytes.subarray(0, 40)).matches.filter((match) => match.includes(' a:')),
            [],
          );
          const words = new Heard();
          index.words.next(Buffer.from('value'), 5, (byte, times) => words.addWord(byte, ELSEWHERE, times));
          assert.deepEqual(
            words.words.map(({ times }) => times),
            [1],
            'the words of the other file are left',
          );
        }),
        { numRuns: 8, endOnFailure: true },
      );
    },
  );

  it('knows the places with the longest matches, however many there are', () => {
    const index = new TextIndex(2 ** 20);
    const name = (i: number) => String.fromCharCode(65 + (i % 26), 65 + Math.floor(i / 26));
    put(index, 'a', Array.from({ length: 600 }, (_, i) => `;${name(i)}number${name(i)}`).join(''));
    for (let i = 0; i < 600; i++) {
      const heard = new Heard(Buffer.from(`;${name(i)}number`));
      index.find(heard);
      assert.ok(heard.matches.length >= NEAREST);
      assert.deepEqual(
        heard.matches.filter(({ length }) => length === 9).map(({ byte }) => byte),
        [name(i).charCodeAt(0)],
      );
    }
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
    const heard = new Heard(Buffer.from('let total'));
    index.find(heard);
    const { place } = heard.best()!;
    assert.equal(Buffer.from(index.after(place, 3)).toString(), ' = ');
    assert.equal(Buffer.from(index.after(place, 99)).toString(), ' = 12');
    all(index.remove('a'));
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
