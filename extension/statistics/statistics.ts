/** What is counted of the offers, by day and by language and model: numbers only. Pure; no editor in here. */
import type { Translate } from '../translate.ts';

/** Days that are kept, and pairs of language and model: the least used pair goes into "other". */
export const DAYS = 90;
export const PAIRS = 32;
const OTHER = 'other other';

/** Times by bucket: bucket n holds those from 2^(n/2) to 2^((n+1)/2) ms. */
export type Histogram = Record<string, number>;
const LAST_BUCKET = 31;

/** What is counted of next edits: shown, gone to, applied, sent away; looked at 30 s later, and still there then. */
export interface EditCounts {
  shown: number;
  jumped: number;
  applied: number;
  refused: number;
  checked: number;
  kept: number;
}

/** What is counted of one day, or of one language and model. */
export interface Counts {
  /**
   * Offers that stood for a moment; those of which something was taken; offers looked at 30 s later, and those that
   * still stood then.
   */
  shown: number;
  accepted: number;
  checked: number;
  kept: number;
  /** Characters (UTF-16 units) that were written by taking offers; keys for it are not taken off. */
  characters: number;
  /** From the request to the first text and to the whole, ms. */
  first: Histogram;
  whole: Histogram;
  /** Absent where there were none, and in what earlier versions stored. */
  edits?: Partial<EditCounts>;
}

/** As they are stored: numbers under days, languages and models. */
export interface Statistics {
  version: 1;
  /** By local day, YYYY-MM-DD: the last `DAYS`. */
  days: Record<string, Counts>;
  /** By `language model`, since the first day. */
  pairs: Record<string, Counts>;
  /** The first day, YYYY-MM-DD; absent where nothing was counted. */
  since?: string;
}

/** What an offer is counted under. */
export interface Dimensions {
  day: string;
  language: string;
  model: string;
}

/** Nothing counted: of one day or pair, and of all. */
export const none = (): Counts => ({ shown: 0, accepted: 0, checked: 0, kept: 0, characters: 0, first: {}, whole: {} });
export const nothing = (): Statistics => ({ version: 1, days: {}, pairs: {} });

/** What was stored, if it is of this version; else nothing. */
export function read(stored: unknown): Statistics {
  return (stored as Statistics | undefined)?.version === 1 ? (stored as Statistics) : nothing();
}

/** The local day of a time. */
export function dayOf(time: Date): string {
  return [time.getFullYear(), time.getMonth() + 1, time.getDate()].map((n) => String(n).padStart(2, '0')).join('-');
}

/** A histogram that holds one time, ms. */
export function timed(ms: number): Histogram {
  return { [Math.min(LAST_BUCKET, Math.max(0, Math.floor(2 * Math.log2(Math.max(1, ms)))))]: 1 };
}

/**
 * The time below which the share `p` of all lie, ms, to within a bucket (a factor of 1.42); undefined where there are
 * none.
 */
export function percentile(times: Histogram, p: number): number | undefined {
  const buckets = Object.keys(times)
    .map(Number)
    .sort((a, b) => a - b);
  let left = p * buckets.reduce((sum, bucket) => sum + times[bucket], 0);
  for (const bucket of buckets) {
    if (left <= times[bucket]) return 2 ** ((bucket + left / times[bucket]) / 2);
    left -= times[bucket];
  }
  return undefined;
}

/** Sums of all numbers. */
export function sum(a: Counts, b: Partial<Counts>): Counts {
  const edits = a.edits || b.edits ? { edits: sumOfEdits(a.edits, b.edits) } : {};
  const add = (x: Histogram, y: Histogram = {}) =>
    Object.fromEntries([...new Set([...Object.keys(x), ...Object.keys(y)])].map((n) => [n, (x[n] ?? 0) + (y[n] ?? 0)]));
  const { shown = 0, accepted = 0, checked = 0, kept = 0, characters = 0, first, whole } = b;
  return {
    shown: a.shown + shown,
    accepted: a.accepted + accepted,
    checked: a.checked + checked,
    kept: a.kept + kept,
    characters: a.characters + characters,
    first: add(a.first, first),
    whole: add(a.whole, whole),
    ...edits,
  };
}

/** Of next edits; what is not there counts as none. */
export function sumOfEdits(a: Partial<EditCounts> = {}, b: Partial<EditCounts> = {}): EditCounts {
  const add = (name: keyof EditCounts) => (a[name] ?? 0) + (b[name] ?? 0);
  return {
    shown: add('shown'),
    jumped: add('jumped'),
    applied: add('applied'),
    refused: add('refused'),
    checked: add('checked'),
    kept: add('kept'),
  };
}

/** The statistics with something more counted at a place. */
export function count(statistics: Statistics, { day, language, model }: Dimensions, what: Partial<Counts>): Statistics {
  const more = sum(none(), what);
  return merge(statistics, {
    version: 1,
    days: { [day]: more },
    pairs: { [`${language.replaceAll(' ', '-')} ${model}`]: more },
    since: day,
  });
}

/**
 * Those of two windows, or of before and now: numbers add up. What is over the bounds is dropped or goes into "other".
 */
export function merge(a: Statistics, b: Statistics): Statistics {
  const both = (x: Record<string, Counts>, y: Record<string, Counts>) => {
    const all = { ...x };
    for (const [key, counts] of Object.entries(y)) all[key] = sum(all[key] ?? none(), counts);
    return all;
  };
  const days = Object.entries(both(a.days, b.days))
    .sort(([x], [y]) => (x < y ? 1 : -1))
    .slice(0, DAYS);
  const since = [a.since, b.since].filter((day) => day !== undefined).sort()[0];
  return {
    version: 1,
    days: Object.fromEntries(days),
    pairs: bounded(both(a.pairs, b.pairs)),
    ...(since && { since }),
  };
}

function bounded(pairs: Record<string, Counts>): Record<string, Counts> {
  if (Object.keys(pairs).length <= PAIRS) return pairs;
  const { [OTHER]: other = none(), ...named } = pairs;
  const byUse = Object.entries(named).sort(([, x], [, y]) => y.shown - x.shown);
  const few = byUse.slice(PAIRS - 1).reduce((all, [, counts]) => sum(all, counts), other);
  return { ...Object.fromEntries(byUse.slice(0, PAIRS - 1)), [OTHER]: few };
}

/** Everything of the days that are kept. */
export const total = (statistics: Statistics): Counts => Object.values(statistics.days).reduce(sum, none());

/** A share as a percentage, or a dash where there is none. */
export const percent = (part: number, whole: number): string => (whole ? `${Math.round((100 * part) / whole)}%` : '–');
/** A percentile of times as text, or a dash where there are none. */
export const milliseconds = (times: Histogram, p: number): string =>
  percentile(times, p) === undefined ? '–' : `${Math.round(percentile(times, p)!)} ms`;

/** The statistics in a few lines of plain text. */
export function summary(statistics: Statistics, t: Translate): string[] {
  const { shown, accepted, checked, kept, characters, first, whole, edits } = total(statistics);
  if (!statistics.since) return [t('Nothing has been counted yet.')];
  return [
    t(
      'Since {0}: {1} offers shown, {2} accepted ({3}).',
      Object.keys(statistics.days).sort()[0],
      shown,
      accepted,
      percent(accepted, shown),
    ),
    t('Kept after 30 seconds: {0} of {1} ({2}).', kept, checked, percent(kept, checked)),
    t('Characters saved: {0}.', characters),
    t(
      'First text after {0} (median), {1} (p95); the whole after {2}, {3}.',
      milliseconds(first, 0.5),
      milliseconds(first, 0.95),
      milliseconds(whole, 0.5),
      milliseconds(whole, 0.95),
    ),
    ...(edits ? [ofEdits(sumOfEdits(edits), t)] : []),
  ];
}

function ofEdits({ shown, jumped, applied, refused, checked, kept }: EditCounts, t: Translate): string {
  return t(
    'Next edits: {0} shown, {1} gone to, {2} applied ({3}), {4} sent away; kept after 30 seconds: {5}.',
    shown,
    jumped,
    applied,
    percent(applied, shown),
    refused,
    percent(kept, checked),
  );
}
