/** Words by where they stand in the code. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { isText, isWord } from '../../server/memory/contexts.ts';
import { Evidence, HERE, SIDES } from '../../server/memory/evidence.ts';
import { Recent } from '../../server/memory/recent.ts';
import { BegunWord, hashStructures, STRUCTURES, wordStart } from '../../server/memory/structure.ts';
import { StructureTable } from '../../server/memory/structureTable.ts';

/** The hash of a context at the block character. */
function hashOf(context: (typeof STRUCTURES)[number], code: string): number {
  const text = Buffer.from(code.slice(0, code.indexOf('█')));
  const out = new Uint32Array(STRUCTURES.length);
  hashStructures(text, text.length, out);
  return out[STRUCTURES.indexOf(context)];
}
const same = (context: (typeof STRUCTURES)[number], one: string, other: string) =>
  assert.equal(hashOf(context, one), hashOf(context, other), `${context}: ${one} and ${other}`);
const differ = (context: (typeof STRUCTURES)[number], one: string, other: string) =>
  assert.notEqual(hashOf(context, one), hashOf(context, other), `${context}: ${one} and ${other}`);

/** What follows the letters of the last word of `text` in words of the same context, counted one by one. */
function counted(text: Uint8Array, end: number): Map<string, number> {
  const [begun, at, counts] = [new BegunWord(), new Uint32Array(STRUCTURES.length), new Map<string, number>()];
  begun.set(text, end);
  for (let place = 0; place + begun.letters.length < end; place++) {
    if (!isWord(text[place]) || wordStart(text, place) !== place) continue;
    if (Buffer.compare(text.subarray(place, place + begun.letters.length), begun.letters) !== 0) continue;
    const byte = text[place + begun.letters.length];
    hashStructures(text, place, at);
    for (let c = 0; c < STRUCTURES.length; c++) {
      if (begun.hashes[c] === 0 || at[c] !== begun.hashes[c] || !isText(byte)) continue;
      const key = `${c} ${byte}`;
      counts.set(key, (counts.get(key) ?? 0) + 1);
    }
  }
  return counts;
}

function tableOf(text: Uint8Array): StructureTable {
  const steps = StructureTable.build(text);
  for (let step = steps.next(); ; step = steps.next()) if (step.done) return step.value;
}

const code = fc
  .array(fc.constantFrom('a', 'ab', 'abc', 'b', ' ', '  ', '\n', '(', ')', '[', '{', '}', ', ', '.', 'é', '\0'), {
    minLength: 1,
    maxLength: 60,
  })
  .map((parts) => Buffer.from(parts.join('')));

describe('structural contexts', () => {
  it('know the innermost open call and the number of the argument', () => {
    same('call', 'first(a, █', 'x = first( [1, 2], █');
    differ('call', 'first(a, █', 'first(█');
    differ('call', 'first(a, █', 'second(a, █');
    same('call', 'outer(inner(1, 2), █', 'outer(3, █');
    assert.equal(hashOf('call', 'done(); █'), 0);
  });

  it('know the words before, the line and the one above', () => {
    same('words', 'const name = █', '// const name: █');
    differ('words', 'const name = █', 'const other = █');
    same('line', 'import a from █', 'import b from █');
    differ('line', 'import a from █', 'export b from █');
    same('above', 'if a\n  b(█', 'if c\n  b: █');
    differ('above', 'if a\n  b(█', 'else a\n  b(█');
    same('receiver', 'this.█', 'return this.█');
    differ('receiver', 'this.█', 'that.█');
  });

  it('end where a text begins', () => {
    for (const context of STRUCTURES) same(context, 'open(a, b\n\0c d\n e f █', 'g\n\0c d\n e f █');
  });

  it('are looked up in a table as they are counted one by one, but for hashes that agree in a few bits', () => {
    let [found, wrong] = [0, 0];
    fc.assert(
      fc.property(code, (half) => {
        const text = Buffer.concat([half, half]);
        const counts = new Map<string, number>();
        const begun = new BegunWord();
        begun.set(text, text.length);
        tableOf(text).find(begun, (byte, context, _, count) => {
          const key = `${context} ${byte}`;
          counts.set(key, (counts.get(key) ?? 0) + count);
        });
        const expected = counted(text, text.length);
        for (let c = 0; c < STRUCTURES.length; c++) {
          const of = (all: Map<string, number>) => [...all].filter(([key]) => key.startsWith(`${c} `));
          if (of(expected).reduce((sum, [, n]) => sum + n, 0) > 8) continue; // a sample of more
          for (const [key, n] of of(expected)) assert.ok((counts.get(key) ?? 0) >= n, key);
          found += of(expected).length;
          wrong += of(counts).length - of(expected).length;
        }
      }),
      { numRuns: 1000 },
    );
    assert.ok(found > 500 && wrong < found / 50, `${wrong} of ${found}`);
  });

  it('are found as in a new table, whatever was looked up before', () => {
    fc.assert(
      fc.property(code, fc.array(fc.nat(1000), { minLength: 2, maxLength: 40 }), (half, ends) => {
        const text = Buffer.concat([half, half]);
        const [table, begun] = [tableOf(text), new BegunWord()];
        const found = (of: StructureTable) => {
          const told: number[][] = [];
          of.find(begun, (...one) => told.push(one));
          return told;
        };
        // letter by letter from each place on, as one types
        for (const end of ends.flatMap((at) =>
          [0, 1, 2, 3].map((n) => Math.min(text.length, (at % text.length) + n)),
        )) {
          begun.set(text, end);
          assert.deepEqual(found(table), found(tableOf(text)));
        }
      }),
    );
  });

  it('are found in the text itself, however it was typed', () => {
    fc.assert(
      fc.property(code, code, (text, other) => {
        const [recent, evidence] = [new Recent(), new Evidence()];
        for (const seen of [Buffer.concat([text, other]), Buffer.concat([other, text]), text]) {
          evidence.begin(seen, seen.length);
          recent.set(seen);
          recent.find(evidence);
        }
        const first = evidence.totals.length / SIDES - 1 - STRUCTURES.length; // names stand behind them
        const expected = counted(text, text.length);
        for (let c = 0; c < STRUCTURES.length; c++) {
          let n = 0;
          for (const [key, count] of expected) if (key.startsWith(`${c} `)) n += count;
          assert.equal(evidence.totals[(HERE * evidence.totals.length) / SIDES + first + c], n, STRUCTURES[c]);
        }
      }),
    );
  });
});
