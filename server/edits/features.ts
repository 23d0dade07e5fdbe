/** What speaks for a place and against it: yes or no each, for a small network. Pure. */
import type { Place } from './match.ts';
import { nameOf, type Rule, type Use } from './rule.ts';
import { isNumber, isWord } from './tokens.ts';

/** A rule that the user followed. */
export interface KnownRule {
  rule: Rule;
  /** Where, the latest last. */
  uses: Use[];
  /** So many edits ago. */
  age: number;
  /** So many edits in a row followed it, up to the latest that did. */
  row: number;
}

/** A place for a rule in a document. */
export interface Situation {
  known: KnownRule;
  place: Place;
  /** Uses of the rule in this document. */
  here: Use[];
  /** The cursor's offset; undefined in other documents than its own. */
  offset: number | undefined;
  /** It is in the cursor's line. */
  isHere: boolean;
  /** The document holds what would be put in, somewhere. */
  stands: boolean;
  /** The lines of the rule's places in the document, and which of them this one is. */
  lines: number[];
  above: number;
  /** Places of the rule that the user has refused. */
  refused: number;
  /** The document holds what would be put in, one word, where no use put it. */
  isKnownWord: boolean;
}

/** In front of a name that is declared. */
const DECLARING = new Set(
  'const let var function class type interface enum def fn func struct trait mod import from as'.split(' '),
);

/** Letters of a word that is seldom another thing, and of one that often is. */
const [LONG_WORD, SHORT_WORD] = [8, 2];

const times = ({ known }: Situation) => known.uses.length;
const isInsertion = ({ known }: Situation) => known.rule.old.length === 0;
const words = ({ known }: Situation) =>
  known.rule.old.filter((part) => typeof part === 'string' && isWord(part)).length;
const longest = ({ known }: Situation) =>
  Math.max(0, ...known.rule.old.map((part) => (typeof part === 'string' && isWord(part) ? part.length : 0)));
const isName = ({ known }: Situation) => nameOf(known.rule) !== undefined;
const distance = ({ place, offset }: Situation) => (offset === undefined ? Infinity : Math.abs(place.from - offset));
const isNumberOld = ({ known: { rule } }: Situation) => rule.old.length === 1 && isNumber(`${rule.old[0]}`);
const areNumbers = (it: Situation) => isNumberOld(it) && isNumber(it.known.rule.made.join(''));
/** Three tokens and more on both sides are those of a use. */
const isAlike = ({ place }: Situation) => place.left >= 3 && place.right >= 3;
/** The first place below the latest use. */
const isNext = (it: Situation) => {
  const latest = it.here.at(-1);
  return latest !== undefined && it.place.at >= latest.at && !(it.lines[it.above - 1] >= latest.at);
};
/** Places between the first use and the last one that the user did not change. */
const leftOut = ({ here, lines }: Situation) => {
  if (here.length < 2) return 0;
  const at = here.map((use) => use.at);
  const [first, last] = [Math.min(...at), Math.max(...at)];
  return lines.filter((line) => line > first && line < last).length;
};
/** Lines from the latest use to it. */
const linesAway = (it: Situation) => it.place.at - (it.here.at(-1)?.at ?? Infinity);
/** Two uses and more, each below the one before. */
const goesDown = ({ here }: Situation) =>
  here.length >= 2 && here.every(({ at }, i) => i === 0 || at >= here[i - 1].at);
const isBelow = ({ place, offset }: Situation) => offset !== undefined && place.from >= offset;

const FEATURES: Record<string, (it: Situation) => boolean> = {
  always: () => true,
  'seen twice': (it) => times(it) >= 2,
  'seen three times': (it) => times(it) >= 3,
  'seen five times': (it) => times(it) >= 5,
  'like before it, 1': ({ place }) => place.left >= 1,
  'like before it, 2': ({ place }) => place.left >= 2,
  'like before it, 4': ({ place }) => place.left >= 4,
  'like before it, 7': ({ place }) => place.left >= 7,
  'like behind it, 1': ({ place }) => place.right >= 1,
  'like behind it, 2': ({ place }) => place.right >= 2,
  'like behind it, 4': ({ place }) => place.right >= 4,
  'like behind it, 7': ({ place }) => place.right >= 7,
  'fits all uses': ({ place }) => place.fits,
  'fits two or more': (it) => it.place.fits && times(it) >= 2,
  'alike around': isAlike,
  'alike around, seen twice': (it) => isAlike(it) && it.place.fits && times(it) >= 2,
  'insertion, alike around, seen twice': (it) => isInsertion(it) && isAlike(it) && it.place.fits && times(it) >= 2,
  'numbers, alike around, seen twice': (it) => areNumbers(it) && isAlike(it) && it.place.fits && times(it) >= 2,
  'the same line': ({ place }) => place.sameLine,
  'the same line, seen twice': (it) => it.place.sameLine && times(it) >= 2,
  'one word': (it) => words(it) === 1,
  'two words': (it) => words(it) >= 2,
  'a long word': (it) => longest(it) >= LONG_WORD,
  'a long word, seen once': (it) => longest(it) >= LONG_WORD && times(it) === 1,
  'a short word': (it) => words(it) > 0 && longest(it) <= SHORT_WORD,
  'in a comment': ({ place }) => place.isComment,
  long: ({ known }) => known.rule.old.length >= 6,
  holes: ({ known }) => known.rule.old.some((part) => typeof part === 'number'),
  insertion: isInsertion,
  'insertion, seen twice': (it) => isInsertion(it) && times(it) >= 2,
  'lines that stand somewhere': ({ known, stands }) => known.rule.lines && stands,
  'lines in the document of a use': ({ known, here }) => known.rule.lines && here.length > 0,
  'blank insertion': (it) => isInsertion(it) && it.place.newText.trim() === '',
  deletion: ({ known }) => known.rule.made.length === 0,
  lines: ({ known }) => known.rule.lines,
  'name for name': isName,
  'name for name, seen twice': (it) => isName(it) && times(it) >= 2,
  'other letters alone': ({ known: { rule } }) =>
    rule.old.join(' ').toLowerCase() === rule.wanted.join(' ').toLowerCase(),
  'declares, and no use did': ({ place, known }) =>
    DECLARING.has(place.before) && !known.uses.some(({ left }) => DECLARING.has(left[0])),
  'old number': isNumberOld,
  'number for number': areNumbers,
  'number for number, seen twice': (it) => areNumbers(it) && times(it) >= 2,
  punctuation: (it) => words(it) === 0 && !isInsertion(it),
  'becomes one word': ({ known: { rule } }) => rule.wanted.length === 1 && isWord(rule.wanted[0]),
  'becomes much': ({ known: { rule } }) => rule.made.join('').length > 24,
  'this document': ({ offset }) => offset !== undefined,
  below: isBelow,
  'passed over others': (it) => isBelow(it) && it.above > 0,
  near: (it) => distance(it) < 500,
  far: (it) => distance(it) > 5000,
  'this line': ({ isHere }) => isHere,
  'document of a use': ({ here }) => here.length > 0,
  'only place': ({ lines }) => lines.length === 1,
  'few places': ({ lines }) => lines.length <= 4,
  'many places': ({ lines }) => lines.length > 12,
  'the line beside a use': ({ here, place }) => here.some(({ at }) => Math.abs(at - place.at) === 1),
  'the next place': isNext,
  'the next place, none left out': (it) => isNext(it) && it.here.length >= 2 && leftOut(it) === 0,
  'places were left out': (it) => leftOut(it) > 0,
  'two edits in a row': ({ known }) => known.row >= 2,
  'three edits in a row': ({ known }) => known.row >= 3,
  'a whole edit': ({ known }) => known.uses[known.uses.length - 1].isWhole,
  'whole edits, seen twice': (it) => times(it) >= 2 && it.known.uses.every(({ isWhole }) => isWhole),
  'a use declares': ({ known }) => known.uses.some(({ left }) => DECLARING.has(left[0])),
  'name for name, a use declares': (it) => isName(it) && it.known.uses.some(({ left }) => DECLARING.has(left[0])),
  'in an import': ({ place }) => place.isImport,
  'in quotes': ({ place }) => place.isQuoted,
  'the same indentation': ({ place }) => place.sameIndent,
  'a line half alike': ({ place }) => place.likeness >= 0.5,
  'a line much alike': ({ place }) => place.likeness >= 0.8,
  'a line unlike': ({ place }) => place.likeness < 0.2,
  'like on both sides, 5': ({ place }) => place.left >= 5 && place.right >= 5,
  'a known word': ({ isKnownWord }) => isKnownWord,
  'as many uses as places': (it) => times(it) >= 2 && times(it) >= it.lines.length,
  'down as the uses': (it) => goesDown(it) && linesAway(it) >= 0,
  'up, and the uses go down': (it) => goesDown(it) && linesAway(it) < 0,
  'three lines away at most': (it) => Math.abs(linesAway(it)) <= 3,
  'a place was refused': ({ refused }) => refused > 0,
  'the latest edit': ({ known }) => known.age === 0,
  'an older edit': ({ known }) => known.age >= 3,
};

export const NAMES = Object.keys(FEATURES);
const TESTS = Object.values(FEATURES);

/** Which features are so, in the order of NAMES. */
export const featuresOf = (it: Situation): boolean[] => TESTS.map((is) => is(it));

/** A network of one hidden layer: what each feature says to each of its units, and they to the logit. */
export interface Network {
  hidden: readonly (readonly number[])[];
  output: readonly number[];
  bias: number;
}

/** The probability that the user would make the edit. `hidden`: as many rows as there are features. */
export function probabilityOf(features: boolean[], { hidden, output, bias }: Network): number {
  const sums = new Float64Array(output.length);
  for (let i = 0; i < features.length; i++)
    if (features[i]) for (let unit = 0; unit < sums.length; unit++) sums[unit] += hidden[i][unit];
  const logit = sums.reduce((n, sum, unit) => n + output[unit] * Math.tanh(sum), bias);
  return 1 / (1 + Math.exp(-logit));
}
