/** Text that goes round in circles: lines that come again, and what a line says over and over. */
import { bracketsOf } from './balance.ts';
import { indentOf } from './shape.ts';
import type { Stop, StopRule } from './stopRule.ts';
import { wordEnd } from './words.ts';

const CLOSES = /^\s*(?:[)\]}]|end\b)/;
/** So many lines that are not blank, at most, come again as a whole. */
const PERIOD = 16;
/** A unit of at most so many bytes is a run from so many copies on: short ones are drawn lines and the like. */
const RUNS = [
  { most: 16, copies: 12 },
  { most: 64, copies: 4 },
];
/**
 * A unit that opens a bracket or a quote, from so many bytes on, nests in itself: after so many copies, fewer for a
 * quote.
 */
const [NESTED, BRACKETS, QUOTES] = [6, 3, 2];
const LONGEST = RUNS.at(-1)!.most;
/** No run is followed further back than this, bytes. */
const REACH = Math.max(...RUNS.map(({ most, copies }) => most * copies));

/** A finished line that is not blank; places are offsets in the text, context and completion. */
interface Line {
  from: number;
  to: number;
  text: string;
}
type Found = Pick<Stop, 'keep'> & { at: number };

/**
 * Before lines that came just before: one line three times in a row, of which two are the completion's (the first of
 * the completion's stays), or two lines and more once more; and after the first unit of a run, or of one that nests in
 * itself. `context`: the text before the cursor, as latin1, which is repeated like the completion's own.
 */
export function atRepetition(context = ''): StopRule {
  const known = linesOf(context).slice(-2 * PERIOD);
  const runs = runsAfter(Buffer.from(context.slice(-REACH), 'latin1'));
  return (bytes) => {
    const found = [runs(bytes), linesIn(context, known, latin1(bytes))].filter((stop) => stop !== undefined);
    const [first] = found.sort((a, b) => a.at - b.at || a.keep - b.keep);
    return first && { keep: first.keep, reason: 'repetition' };
  };
}

/**
 * How many bytes of a text after `context`, which may go on, stay if what it ends in is the beginning of such a
 * repetition.
 */
export function mayRepeat(context: string): (made: string) => number {
  const [known, own, near] = [
    linesOf(context).slice(-2 * PERIOD),
    context.lastIndexOf('\n') + 1,
    context.slice(-REACH),
  ];
  return (made) => {
    const lines = [...known, ...linesOf(`${context.slice(own)}${made}\n`, own)];
    const unfinished = made.slice(made.lastIndexOf('\n') + 1).trim() !== '';
    let start = context.length + made.length;
    for (let period = 1; period <= PERIOD; period++) {
      for (let i = lines.length - 1; i >= period && isMade(lines[i], context); i--) {
        const [line, other] = [lines[i].text, lines[i - period].text];
        if (unfinished && i === lines.length - 1 ? !other.startsWith(line) : other !== line) break;
        const once = period === 1 && !isMade(lines[i - 1], context); // a copy of the line above the cursor's stays
        start = Math.min(start, lines[once ? i : i - 1].to);
      }
    }
    return Math.max(0, Math.min(start - context.length, startOfRun(near + made) - near.length));
  };
}

/**
 * Where a run that `text` may end in has its second unit: any bytes at the end that stood there a unit before may
 * become one.
 */
function startOfRun(text: string): number {
  let start = text.length;
  for (let unit = 1; unit <= LONGEST; unit++) {
    let more = 0;
    const at = (back: number) => text[text.length - 1 - back];
    while (text.length - 1 - more >= unit && at(more) === at(more + unit)) more++;
    const first = text.length - more - unit;
    if (more > 0 && text.slice(first, first + unit).trim() !== '') start = Math.min(start, first + unit);
  }
  return start;
}

function linesIn(context: string, known: Line[], made: string): Found | undefined {
  const own = context.lastIndexOf('\n') + 1;
  const lines = [...known, ...linesOf(context.slice(own) + made, own)];
  for (let last = known.length; last < lines.length; last++) {
    for (let period = 1; period <= PERIOD; period++) {
      const copies = period === 1 ? 2 : 1; // one line twice in a row is no circle yet
      const first = last - copies * period + 1; // of the copies
      if (first < period || !isMade(lines[first], context)) break;
      let same = 0;
      while (same < last - first + 1 && lines[last - same].text === lines[last - same - period].text) same++;
      if (same < last - first + 1) continue;
      const once = Number(!isMade(lines[first - 1], context)); // of the line above the cursor's one copy stays
      const head = first + (period === 1 ? once : headOf(lines.slice(first, last + 1)));
      return { keep: Math.max(0, lines[head - 1].to - context.length), at: lines[last].to + 1 - context.length };
    }
  }
  return undefined;
}

/**
 * The line that lines which come again begin with: wherever the circle was seen, it is the first that stands furthest
 * left and closes nothing.
 */
function headOf(lines: Line[]): number {
  const columns = lines.map(({ text }) => (CLOSES.test(text) ? Infinity : indentOf(text)));
  return columns.indexOf(Math.min(...columns));
}

/** Whether a line is the completion's: of one that the cursor is in, all that is not blank. */
const isMade = ({ from, text }: Line, context: string) => from + indentOf(text) >= context.length;

/** The finished lines that are not blank of `text`, which begins at `start`. */
function linesOf(text: string, start = 0): Line[] {
  let from = 0;
  return [...text.matchAll(/[\n\xfb]/g)].flatMap(({ index }) => {
    const line = { from: start + from, to: start + index, text: text.slice(from, index) };
    from = index + 1;
    return line.text.trim() === '' ? [] : [line];
  });
}

/** The first run in bytes that follow `near`. */
function runsAfter(near: Uint8Array): (bytes: Uint8Array) => Found | undefined {
  const begun = new Uint16Array(LONGEST + 1); // by unit: bytes up to here that are those a unit before
  const go = (text: Uint8Array, i: number, streaks: Uint16Array) => {
    for (let unit = 1; unit <= LONGEST; unit++) {
      streaks[unit] = i >= unit && text[i] === text[i - unit] ? streaks[unit] + 1 : 0;
    }
  };
  for (let unit = 1; unit <= LONGEST; unit++) {
    for (let i = near.length - 1; i >= unit && near[i] === near[i - unit]; i--) begun[unit]++;
  }
  return (bytes) => {
    const [text, streaks] = [Buffer.concat([near, bytes]), begun.slice()];
    for (let i = near.length; i < text.length; i++) {
      go(text, i, streaks);
      for (let unit = 1; unit <= LONGEST; unit++) {
        const begins = i + 1 - unit;
        if (streaks[unit] < unit || !isRun(latin1(text.subarray(begins, i + 1)), streaks[unit], begins >= near.length))
          continue;
        return { keep: wordEnd(bytes, Math.max(0, i + 1 - streaks[unit] - near.length)), at: i + 1 - near.length };
      }
    }
    return undefined;
  };
}

/** Whether so many bytes more of the same are a run; `made`: the last unit is all of the completion's. */
function isRun(unit: string, more: number, made: boolean): boolean {
  if (unit.trim() === '') return false;
  if (more >= (RUNS.find(({ most }) => unit.length <= most)!.copies - 1) * unit.length) return true;
  const nested = made && nests(unit);
  return nested !== false && more >= ((nested === 'quote' ? QUOTES : BRACKETS) - 1) * unit.length;
}

/** Whether a unit leaves a quote or a bracket open, so that the next one stands in it. */
function nests(unit: string): 'quote' | 'bracket' | false {
  if (unit.length < NESTED || unit.includes('\n') || !/\w{3}/.test(unit)) return false;
  const { open, unopened, quote } = bracketsOf(unit);
  return quote ? 'quote' : open.length > 0 && unopened.length === 0 && 'bracket';
}

const latin1 = (bytes: Uint8Array) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
