/**
 * A completion's end is the same whatever patches its bytes come in: each rule's, all rules', and that of what is
 * offered and shown of it.
 */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { atCloserOf, atUnopened } from '../../server/completion/balance.ts';
import { type Completion, judgeOf, type None } from '../../server/completion/complete.ts';
import { atRepetition } from '../../server/completion/repetition.ts';
import { atBlanks, atBlockEnd, atEnd, atLength, atLineEnd, atLineOf } from '../../server/completion/stop.ts';
import { firstStop, type Stop, type StopRule } from '../../server/completion/stopRule.ts';
import type { Engine } from '../../server/engine/engine.ts';

/** What code is made of, with what the rules look for. */
const PIECES = [
  '\n',
  '\n\n',
  '\n  ',
  '\n    ',
  '\n\t',
  '  ',
  ' ',
  '}',
  '});',
  '} else {',
  ')',
  ']',
  '(',
  '{',
  '[',
  "'",
  '"',
  '`',
  '\\',
  'end',
  'ends',
  'e',
  'en',
  'return a;',
  'return a',
  'b();',
  'name',
  'return 1;\n',
  "case 'a':\n",
  '\n  return a;\n',
  '\n}\n',
  '-',
  '=-',
  'null, ',
  "log('",
  '가',
  'é',
  '\xfb',
  '//',
  ' ',
  '   ',
  '\t',
].map((piece) => Buffer.from(piece, piece === '\xfb' ? 'latin1' : 'utf8'));
const texts = fc
  .array(
    fc.oneof(
      fc.constantFrom(...PIECES),
      fc
        .tuple(fc.constantFrom(...PIECES), fc.nat(14))
        .map(([piece, n]) => Buffer.concat(Array.from({ length: n }, () => piece))),
    ),
    { maxLength: 24 },
  )
  .chain((pieces) =>
    fc.constantFrom(1, 2, 3).map((n) => Buffer.concat(Array.from({ length: n }, () => pieces).flat())),
  );
const cuts = fc.array(fc.integer({ min: 1, max: 16 }), { minLength: 1, maxLength: 40 });

/** The places at which patches of these sizes end, over and over, up to the end of a text. */
function* endsOf(sizes: number[], length: number): Generator<number> {
  for (let [i, end] = [0, 0]; end < length; i++) yield (end = Math.min(length, end + sizes[i % sizes.length]));
}

const CONTEXT = "f(log('a',\nreturn 1;\n  name";
const RULES: Record<string, StopRule> = {
  atEnd,
  atLineEnd,
  atRepetition: atRepetition(),
  'atRepetition after text': atRepetition(CONTEXT),
  atBlanks: atBlanks(`name${' '.repeat(24)}`),
  'atBlanks at the start of a line': atBlanks(' '.repeat(96)),
  atLength: atLength(23),
  'at a length of none': atLength(0),
  atBlockEnd: atBlockEnd({ indent: 0 }),
  'atBlockEnd in a body': atBlockEnd({ indent: 2 }),
  'atBlockEnd of an opened one': atBlockEnd({ indent: 2, opened: true }),
  atLineOf: atLineOf(['  return a;', '  b();', '}'], '  '),
  'atLineOf a closing one': atLineOf(['} else {'], ''),
  atCloserOf: atCloserOf(')'),
  'atCloserOf a quote': atCloserOf("'"),
  atUnopened: atUnopened(['(', '{']),
  'atUnopened of nothing': atUnopened([]),
};

describe('patches', () => {
  for (const [name, rule] of Object.entries(RULES)) {
    it(`${name}: what it says it says of all that goes on from there`, () => {
      let stopped = 0;
      fc.assert(
        fc.property(texts, cuts, (text, sizes) => {
          const whole = rule(text);
          stopped += Number(whole !== undefined);
          let first: Stop | undefined;
          for (const end of endsOf(sizes, text.length)) first ??= rule(text.subarray(0, end));
          assert.deepEqual(first, whole, JSON.stringify(text.toString()));
        }),
        { numRuns: 400 },
      );
      assert.ok(stopped > 10, `${stopped}`);
    });
  }

  it('all rules: the first that stops', () => {
    const rules = [
      'atEnd',
      'atRepetition after text',
      'atLength',
      'atBlockEnd in a body',
      'atLineOf',
      'atCloserOf',
      'atUnopened',
    ].map((name) => RULES[name]);
    fc.assert(
      fc.property(texts, cuts, (text, sizes) => {
        const stopAt = (ends: Iterable<number>) => {
          let seen = 0;
          for (const end of ends) {
            const stop = firstStop(rules, text.subarray(0, end), seen);
            if (stop) return stop;
            seen = end;
          }
          return undefined;
        };
        assert.deepEqual(
          stopAt(endsOf(sizes, text.length)),
          stopAt(endsOf([1], text.length)),
          JSON.stringify(text.toString()),
        );
      }),
      { numRuns: 600 },
    );
  });

  it('with a threshold and without: the same offer, of which nothing is shown that it is not', () => {
    const architecture = { patch: 8, context: 4096 };
    const number = (min: number, max: number) => fc.double({ min, max, noNaN: true });
    const confidence = fc.record({
      bias: number(-1, 3),
      logprob: number(0.5, 2),
      length: number(-0.3, 0.3),
      threshold: number(0, 0.8),
    });
    const options = fc.record({
      multiline: fc.boolean(),
      gate: fc.boolean(),
      maxBytes: fc.constantFrom(16, 40, 128),
      rest: fc.constantFrom('', ')', "'"),
      below: fc.constantFrom<string[]>([], ['  return a;', '  b();']),
    });
    let [made, shown] = [0, 0];
    fc.assert(
      fc.property(
        texts,
        cuts,
        cuts,
        fc.array(number(-0.4, 0), { minLength: 1, maxLength: 30 }),
        confidence,
        options,
        (text, one, other, logps, confidence, o) => {
          const prompt = Buffer.concat([Buffer.from([0xff, 0xfd]), Buffer.from(`a.ts\n${CONTEXT}`)]);
          const engine = { architecture, manifest: { confidence } } as Engine;
          const growing = {
            text: Buffer.concat([prompt, text, Buffer.alloc(160, 0xfb)]),
            logps: Array.from({ length: text.length + 160 }, (_, i) => logps[i % logps.length]),
          };
          const results = [one, other].map((sizes): Completion | None => {
            const parts: string[] = [];
            const judge = judgeOf(engine, prompt, { ...o, open: ['(', '('], onText: (part) => parts.push(part) });
            for (const end of endsOf(sizes, text.length + 160)) {
              const result = judge(growing, prompt.length + end);
              if (!result) continue;
              const offered = result.kind === 'text' ? result.text : '';
              for (const part of parts)
                assert.ok(offered.startsWith(part), `${JSON.stringify(part)} was shown of ${JSON.stringify(offered)}`);
              shown += parts.length;
              made += Number(offered !== '');
              return result;
            }
            throw new Error('no result');
          });
          assert.deepEqual(results[0], results[1], JSON.stringify(text.toString()));
        },
      ),
      { numRuns: 800 },
    );
    assert.ok(made > 300 && shown > 300, `${made} offers, ${shown} parts shown`);
  });
});
