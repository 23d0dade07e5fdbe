/** Counting: sums, percentiles, bounds, windows that share one state, and the page. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { page } from '../../extension/statistics/page.ts';
import {
  count,
  DAYS,
  dayOf,
  merge,
  none,
  nothing,
  PAIRS,
  percentile,
  read,
  type Statistics,
  sum,
  summary,
  timed,
  total,
} from '../../extension/statistics/statistics.ts';
import { StatisticsStore } from '../../extension/statistics/store.ts';
import { english } from '../../extension/translate.ts';

const place = (day = '2026-11-25', language = 'typescript', model = 'nano') => ({ day, language, model });
const dayAt = (i: number) => dayOf(new Date(2026, 0, 1 + i));
/** A state that several windows share; `full` has every write fail. */
function shared() {
  const kept = new Map<string, unknown>();
  const state = {
    full: false,
    get: (key: string) => kept.get(key),
    update: async (key: string, value: unknown) => {
      if (state.full) throw new Error('ENOSPC: no space left on device');
      kept.set(key, value);
    },
  };
  return state;
}
const store = (state: object, said: string[] = []) =>
  new StatisticsStore(state as never, (message) => said.push(message));

describe('statistics', () => {
  it('percentiles are those of the sorted times, to within a bucket', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 20_000 }), { minLength: 1, maxLength: 200 }),
        fc.constantFrom(0.5, 0.95),
        (times, p) => {
          const histogram = times
            .map(timed)
            .reduce((all, one) => sum({ ...none(), first: all }, { first: one }).first, {});
          const exact = times.sort((a, b) => a - b)[Math.max(0, Math.ceil(p * times.length) - 1)];
          const ratio = percentile(histogram, p)! / exact;
          assert.ok(ratio > 0.7 && ratio < 1.42, `${ratio} of ${exact}`);
        },
      ),
    );
    assert.equal(percentile({}, 0.5), undefined);
  });
  it('add up by day and by language and model', () => {
    let s = nothing();
    s = count(s, place(), { shown: 1, first: timed(10) });
    s = count(s, place('2026-11-24', 'c', 'micro'), { shown: 2, accepted: 1, characters: 7 });
    s = count(s, place(), { accepted: 1, characters: 5, checked: 1, kept: 1 });
    assert.deepEqual(s.days, {
      '2026-11-25': { shown: 1, accepted: 1, checked: 1, kept: 1, characters: 5, first: timed(10), whole: {} },
      '2026-11-24': { ...none(), shown: 2, accepted: 1, characters: 7 },
    });
    assert.deepEqual(s.pairs, { 'typescript nano': s.days['2026-11-25'], 'c micro': s.days['2026-11-24'] });
    assert.equal(s.since, '2026-11-24');
    assert.equal(total(s).shown, 3);
  });
  it('stay small: ninety days, 32 pairs, and what is left out of the pairs is "other"', () => {
    let s = nothing();
    for (let i = 0; i < 400; i++)
      s = count(s, place(dayAt(i), `language${i % 60}`), {
        shown: 1000 + i,
        accepted: 500,
        checked: 500,
        kept: 400,
        characters: 20_000,
        first: timed(2 ** (i % 12)),
        whole: timed(2 ** (i % 13)),
      });
    assert.deepEqual([Object.keys(s.days).length, Object.keys(s.pairs).length], [DAYS, PAIRS]);
    assert.deepEqual(Object.keys(s.days).sort()[0], dayAt(310));
    assert.equal(Object.values(s.pairs).reduce(sum, none()).accepted, 400 * 500); // nothing is lost
    assert.ok(s.pairs['other other'].shown > 0);
    assert.ok(JSON.stringify(s).length < 20_000, `${JSON.stringify(s).length}`);
  });
  it('of several windows add up', async () => {
    const state = shared();
    const [one, two] = [store(state), store(state)];
    one.count(place(), { shown: 3 });
    two.count(place(), { shown: 4, accepted: 1 });
    assert.equal(total(one.all).shown, 3);
    await Promise.all([one.write(), two.write()]);
    one.count(place(), { shown: 1 });
    await one.write();
    await one.write(); // nothing twice
    assert.deepEqual(
      [one, two, store(state)].map(({ all }) => [total(all).shown, total(all).accepted]),
      [
        [8, 1],
        [8, 1],
        [8, 1],
      ],
    );
    await two.delete();
    assert.deepEqual(one.all, nothing());
  });
  it('that cannot be written are kept for the next time, and nobody is told but the log', async () => {
    const [state, said] = [shared(), [] as string[]];
    const window = store(state, said);
    state.full = true;
    window.count(place(), { shown: 1 });
    await window.write();
    assert.match(said.join(), /cannot be written: ENOSPC/);
    assert.equal(total(window.all).shown, 1);
    state.full = false;
    window.count(place(), { shown: 1 });
    await window.write();
    assert.equal(total(store(state).all).shown, 2);
  });
  it('count next edits beside offers, and read what earlier versions stored without them', async () => {
    const state = shared();
    const [before] = [count(nothing(), place(), { shown: 2, accepted: 1 })];
    assert.ok(!('edits' in before.days['2026-11-25'])); // as it was stored
    await state.update('statistics', before);
    const window = store(state);
    window.count(place(), { edits: { shown: 1 } });
    window.count(place(), { edits: { shown: 1, jumped: 1, applied: 1 } });
    window.count(place(), { edits: { checked: 1, kept: 1, refused: 1 } });
    await window.write();
    const all = total(read(state.get('statistics')));
    assert.deepEqual([all.shown, all.accepted], [2, 1]);
    assert.deepEqual(all.edits, { shown: 2, jumped: 1, applied: 1, refused: 1, checked: 1, kept: 1 });
    assert.equal(
      summary(window.all, english).at(-1),
      'Next edits: 2 shown, 1 gone to, 1 applied (50%), 1 sent away; kept after 30 seconds: 100%.',
    );
    const html = page(window.all, { t: english, today: new Date(2026, 10, 25), locale: 'en' });
    assert.match(html, /<caption>Next edits<.*<td>2<\/td><td>1<\/td><td>1 \(50%\)<\/td><td>1<\/td><td>100%<\/td>/s);
    assert.doesNotMatch(page(before, { t: english, today: new Date(2026, 10, 25), locale: 'en' }), /NaN|undefined/);
  });
  it('of an unknown version count as none', () => {
    for (const stored of [undefined, null, 'x', {}, { version: 2 }]) assert.deepEqual(read(stored), nothing());
  });
  it('fit into four lines', () => {
    assert.deepEqual(summary(nothing(), english), ['Nothing has been counted yet.']);
    const s = count(nothing(), place(), {
      shown: 10,
      accepted: 4,
      checked: 4,
      kept: 3,
      characters: 120,
      first: timed(16),
      whole: timed(64),
    });
    assert.deepEqual(summary(s, english).slice(0, 3), [
      'Since 2026-11-25: 10 offers shown, 4 accepted (40%).',
      'Kept after 30 seconds: 3 of 4 (75%).',
      'Characters saved: 120.',
    ]);
  });
});

describe('the page of statistics', () => {
  const today = new Date(2026, 10, 25);
  const some: Statistics = [0, 1, 2, 5, 9].reduce(
    (all, ago) =>
      count(all, place(dayOf(new Date(2026, 10, 25 - ago)), 'typescript', '<i>&"nano'), {
        shown: 10 + ago,
        accepted: 4,
        characters: 99,
        whole: timed(20),
        first: timed(5),
      }),
    nothing(),
  );
  const html = (s: Statistics, off = false) => page(s, { t: english, today, locale: 'en', off });
  it('runs nothing and loads nothing: no script, no handler, no address, and a policy that says so', () => {
    const made = html(some);
    assert.match(made, /content="default-src 'none'; style-src 'sha256-[^']+'"/);
    assert.doesNotMatch(made, /<script|<img|<link|<iframe|\son\w+=|\sstyle=|https?:|javascript:/i);
  });
  it('escapes names', () => {
    assert.doesNotMatch(html(some), /<i>/);
    assert.match(html(some), /&#60;i&#62;&#38;&#34;nano/);
  });
  it('gives every plot a label and a table with the same numbers', () => {
    const made = html(some);
    const plots = made.match(/<svg [^>]*role="img"[^>]*>/g)!;
    assert.equal(plots.length, 3);
    for (const plot of plots) assert.match(plot, /aria-label="[^"]{40,}"/);
    assert.equal(made.match(/<details>/g)!.length, 3);
    assert.equal(made.match(/<tr><td>2026-11-20<\/td><td>15<\/td><td>4<\/td><td>27%<\/td>/g)!.length, 1);
    assert.match(made, /the most, 19 shown and 4 accepted, on 2026-11-16/);
    assert.doesNotMatch(made, /NaN|undefined|Infinity/);
  });
  it('draws the bars to scale', () => {
    const heights = [
      ...html(some).matchAll(/<rect class="bar a" x="[\d.]+" y="[\d.]+" width="[\d.]+" height="([\d.]+)"/g),
    ].map(([, height]) => Number(height));
    assert.deepEqual(
      heights.map((height) => Math.round((height / heights[4]) * 10)),
      [19, 15, 12, 11, 10],
    );
  });
  it('says where nothing was counted, and that counting is off', () => {
    assert.match(html(nothing(), true), /Nothing has been counted yet\./);
    assert.match(html(nothing(), true), /byteline\.statistics is off/);
    assert.doesNotMatch(html(nothing()), /byteline\.statistics is off|NaN/);
  });
  it('merges without order', () => {
    const other = count(nothing(), place('2026-11-01', 'c'), { shown: 5 });
    assert.deepEqual(merge(some, other), merge(other, some));
  });
});
