/**
 * The statistics as a page: no scripts, plots as inline SVG with a table under each, every colour the theme's. Pure;
 * no editor in here.
 */
import { createHash } from 'node:crypto';
import type { Translate } from '../translate.ts';
import { bars, HEIGHT, lines, WIDTH } from './plots.ts';
import {
  type Counts,
  dayOf,
  type Histogram,
  milliseconds,
  none,
  percent,
  percentile,
  type Statistics,
  sumOfEdits,
  total,
} from './statistics.ts';

/** Days in a plot, up to today. */
const SHOWN_DAYS = 30;

const STYLE = `
body { color: var(--vscode-foreground); background: var(--vscode-editor-background);
  font-family: var(--vscode-font-family); font-size: var(--vscode-font-size); max-width: 44em; margin: 0 auto;
  padding: 1em 2em 3em; }
h1 { font-weight: 500; } h2 { font-weight: 500; font-size: 1.2em; margin: 2em 0 .5em; }
dl { display: flex; flex-wrap: wrap; gap: 1em 2.5em; margin: 1.5em 0; }
dl div { display: flex; flex-direction: column-reverse; }
dd { font-size: 1.8em; margin: 0; } dt, .note, caption, svg text { color: var(--vscode-descriptionForeground); }
figure { margin: 0; } svg { width: 100%; height: auto; display: block; }
svg text { fill: var(--vscode-descriptionForeground); font-size: 11px; }
.axis { stroke: var(--vscode-descriptionForeground); stroke-width: 1; }
.grid { stroke: var(--vscode-descriptionForeground); stroke-width: .5; opacity: .35; }
.bar { stroke: var(--vscode-contrastBorder, transparent); stroke-width: 1; } .line { fill: none; stroke-width: 2; }
.a { fill: var(--vscode-charts-blue); } .b { fill: var(--vscode-charts-green); }
.line.a { fill: none; stroke: var(--vscode-charts-blue); }
.line.b { fill: none; stroke: var(--vscode-charts-orange); stroke-dasharray: 5 3; }
.dot.b { fill: var(--vscode-charts-orange); }
.key { display: flex; gap: 1.5em; margin: .3em 0; }
.key svg { display: inline-block; width: 1.4em; height: .8em; vertical-align: middle; margin-right: .4em; }
summary { cursor: pointer; color: var(--vscode-textLink-foreground); margin: .3em 0; }
:focus-visible { outline: 1px solid var(--vscode-focusBorder); }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { text-align: right; padding: .2em .8em;
  border-bottom: 1px solid var(--vscode-widget-border, var(--vscode-contrastBorder, transparent)); }
th { font-weight: 500; } th:first-child, td:first-child { text-align: left; padding-left: 0; }
caption { text-align: left; padding: .3em 0; }
`;
const POLICY = `default-src 'none'; style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'`;

export interface PageOptions {
  t: Translate;
  /** The last day of the plots. */
  today: Date;
  /** The editor's language, as in BCP 47. */
  locale: string;
  /** Nothing is counted now. */
  off?: boolean;
}

/** The page, a whole document. */
export function page(statistics: Statistics, { t, today, locale, off }: PageOptions): string {
  const all = total(statistics);
  const edits = sumOfEdits(all.edits);
  const number = new Intl.NumberFormat(locale);
  const days = lastDays(today).map((day): [string, Counts] => [day, statistics.days[day] ?? none()]);
  const busy = days.filter(
    ([, { shown, first, accepted, checked }]) => shown || accepted || checked || Object.keys(first).length,
  );
  const tile = (name: string, value: string) => `<div><dt>${html(name)}</dt><dd>${html(value)}</dd></div>`;
  const mark = ([kind, name]: [string, string]) => `<span>${sample(kind)}${html(name)}</span>`;
  const key = (entries: [string, string][]) =>
    `<div class="key" aria-hidden="true">${entries.map(mark).join('')}</div>`;
  const figure = (
    title: string,
    label: string,
    legend: [string, string][],
    plot: string,
    head: string[],
    rows: string[][],
  ) => `<h2>${html(title)}</h2><figure>${key(legend)}
<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${html(label)}">${plot}</svg>
<details><summary>${html(t('The same as a table'))}</summary>${table(title, head, rows)}</details></figure>`;
  const names = days.map(([day]) => day);
  const most = <T>(values: [string, T][], of: (value: T) => number) =>
    values.reduce((best, next) => (of(next[1]) > of(best[1]) ? next : best));
  const [bestDay, best] = most(days, ({ shown }) => shown);
  const [writtenDay, written] = most(days, ({ characters }) => characters);
  const times = days.map(([, { whole }]) => [percentile(whole, 0.5), percentile(whole, 0.95)]);
  const shares = (of: Histogram) => `${milliseconds(of, 0.5)} (${milliseconds(of, 0.95)})`;
  const accepted = (of: Counts) => `${number.format(of.accepted)} (${percent(of.accepted, of.shown)})`;
  const tiles: [string, string][] = [
    [t('offers shown'), number.format(all.shown)],
    [t('accepted'), accepted(all)],
    [t('kept after 30 seconds'), percent(all.kept, all.checked)],
    [t('characters saved'), number.format(all.characters)],
    [t('first text, median (p95)'), shares(all.first)],
    [t('whole text, median (p95)'), shares(all.whole)],
  ];
  const pairs = Object.entries(statistics.pairs).sort(([, x], [, y]) => y.shown - x.shown);
  const explained = t(
    'Shown: stood for 0.2 seconds or was taken. Accepted: at least a part was taken. ' +
      'Kept: 30 seconds later at least 80% of its characters still stood. ' +
      'Characters saved: written by taking offers; the keys for it are not taken off.',
  );
  const body =
    statistics.since === undefined
      ? `<p>${html(t('Nothing has been counted yet.'))}</p>`
      : `
<dl>${tiles.map(([name, value]) => tile(name, value)).join('')}</dl>
${figure(
  t('Offers by day'),
  t(
    'Offers shown and accepted on each of the last {0} days; the most, {1} shown and {2} accepted, on {3}.',
    SHOWN_DAYS,
    best.shown,
    best.accepted,
    bestDay,
  ),
  [
    ['bar a', t('shown')],
    ['bar b', t('accepted')],
  ],
  bars(
    names,
    days.map(([, { shown, accepted }]) => [shown, accepted]),
    number,
  ),
  [t('day'), t('shown'), t('accepted'), t('accepted, %'), t('kept after 30 seconds')],
  busy.map(([day, c]) => [
    day,
    number.format(c.shown),
    number.format(c.accepted),
    percent(c.accepted, c.shown),
    percent(c.kept, c.checked),
  ]),
)}
${figure(
  t('Characters saved by day'),
  t(
    'Characters written by taking offers on each of the last {0} days; the most, {1}, on {2}.',
    SHOWN_DAYS,
    written.characters,
    writtenDay,
  ),
  [['bar b', t('characters')]],
  bars(
    names,
    days.map(([, { characters }]) => [undefined, characters]),
    number,
  ),
  [t('day'), t('characters')],
  busy.map(([day, c]) => [day, number.format(c.characters)]),
)}
${figure(
  t('Latency by day'),
  t(
    'Milliseconds from the request to the whole text on each of the last {0} days; ' +
      'over all days the median is {1}, p95 {2}.',
    SHOWN_DAYS,
    milliseconds(all.whole, 0.5),
    milliseconds(all.whole, 0.95),
  ),
  [
    ['line a', t('median, ms')],
    ['line b', t('p95, ms')],
  ],
  lines(names, times, number),
  [t('day'), t('first text, median'), t('p95'), t('whole text, median'), t('p95')],
  busy.map(([day, c]) => [
    day,
    milliseconds(c.first, 0.5),
    milliseconds(c.first, 0.95),
    milliseconds(c.whole, 0.5),
    milliseconds(c.whole, 0.95),
  ]),
)}
<h2>${html(t('By language and model'))}</h2>${table(
          t('Since {0}', statistics.since),
          [
            t('language'),
            t('model'),
            t('shown'),
            t('accepted'),
            t('kept after 30 seconds'),
            t('characters'),
            t('whole text, median (p95)'),
          ],
          pairs.map(([pair, c]) => [
            ...split(pair),
            number.format(c.shown),
            accepted(c),
            percent(c.kept, c.checked),
            number.format(c.characters),
            shares(c.whole),
          ]),
        )}
${table(
  t('Next edits'),
  [t('shown'), t('gone to'), t('applied'), t('sent away'), t('kept after 30 seconds')],
  [
    [
      number.format(edits.shown),
      number.format(edits.jumped),
      `${number.format(edits.applied)} (${percent(edits.applied, edits.shown)})`,
      number.format(edits.refused),
      percent(edits.kept, edits.checked),
    ],
  ],
)}
<p class="note">${html(explained)}</p>`;
  const counted = t(
    'Counted on this machine only; nothing is sent. The last 90 days are kept. ' +
      'The command Byteline: Delete Statistics deletes them.',
  );
  const paused = off ? ` ${html(t('Nothing is counted now: byteline.statistics is off.'))}` : '';
  const policy = `<meta http-equiv="Content-Security-Policy" content="${POLICY}">`;
  const head = `<head><meta charset="utf-8">${policy}<title>Byteline</title><style>${STYLE}</style></head>`;
  return `<!DOCTYPE html><html lang="${html(locale)}">${head}<body>
<h1>${html(t('Byteline: Statistics'))}</h1>
<p class="note">${html(counted)}${paused}</p>${body}
</body></html>`;
}

function lastDays(today: Date): string[] {
  return Array.from({ length: SHOWN_DAYS }, (_, i) =>
    dayOf(new Date(today.getFullYear(), today.getMonth(), today.getDate() - SHOWN_DAYS + 1 + i)),
  );
}

/** A mark of a key: a line, or a bar. */
function sample(kind: string): string {
  const [line, bar] = [`<path class="${kind}" d="M0 4H14"/>`, `<rect class="${kind}" width="14" height="8"/>`];
  return `<svg viewBox="0 0 14 8">${kind.startsWith('line') ? line : bar}</svg>`;
}

const split = (pair: string) => [pair.slice(0, pair.indexOf(' ')), pair.slice(pair.indexOf(' ') + 1)];
/** A text as HTML shows it. */
const html = (text: string) => text.replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);

function table(caption: string, head: string[], rows: string[][]): string {
  const row = (cells: string[], tag: string) =>
    `<tr>${cells.map((cell) => `<${tag}${tag === 'th' ? ' scope="col"' : ''}>${html(cell)}</${tag}>`).join('')}</tr>`;
  const body = rows.map((cells) => row(cells, 'td')).join('');
  return `<table><caption>${html(caption)}</caption><thead>${row(head, 'th')}</thead><tbody>${body}</tbody></table>`;
}
