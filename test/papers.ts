/**
 * Writes the table of settings in README.md anew, from package.json and its English texts: `npx tsx test/papers.ts`.
 * test/unit/papers.test.ts fails where the two differ.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
/** The table stands between these two lines. */
const [BEGIN, END] = ['<!-- settings: npx tsx test/papers.ts -->', '<!-- end of settings -->'];
/** A row is no longer than this, characters: what describes the setting ends at a clause that fits. */
const WIDEST = 120;

interface Setting {
  default: unknown;
  description?: string;
  markdownDescription?: string;
}

/** The table: a row for each setting of the manifest, in its order. `texts`: package.nls.json. */
export function settingsTable(settings: Record<string, Setting>, texts: Record<string, string>): string {
  const rows = Object.entries(settings).map(([name, setting]) => {
    const described = setting.markdownDescription ?? setting.description ?? '';
    const text = described.replace(/^%(.+)%$/, (_, key: string) => texts[key]);
    const row = `| \`${name}\` | ${defaultOf(setting.default)} |`;
    return `${row} ${shortened(text, WIDEST - row.length - 4)} |`;
  });
  return ['| setting | default | |', '|---|---|---|', ...rows].join('\n');
}

/** README.md with the table in it. Throws where the lines around the table are missing. */
export function withSettings(readme: string, table: string): string {
  const [begin, end] = [readme.indexOf(BEGIN), readme.indexOf(END)];
  if (begin < 0 || end < begin) throw new Error(`README.md: the lines ${BEGIN} and ${END} must stand in it`);
  return `${readme.slice(0, begin + BEGIN.length)}\n\n${table}\n\n${readme.slice(end)}`;
}

/** What the manifest and its texts make of README.md as it is. */
export function papers(): { readme: string; wanted: string } {
  const read = (path: string) => readFileSync(ROOT + path, 'utf8');
  const { properties } = JSON.parse(read('package.json')).contributes.configuration;
  const readme = read('README.md');
  return { readme, wanted: withSettings(readme, settingsTable(properties, JSON.parse(read('package.nls.json')))) };
}

function defaultOf(value: unknown): string {
  if (value === null) return 'automatic';
  if (typeof value !== 'object') return `\`${value}\``;
  if (Object.keys(value).length === 0) return 'none';
  const off = Object.entries(value).filter(([, on]) => on === false);
  return `all but ${off.map(([key]) => key).join(', ')}`;
}

/** The first sentence up to a colon or semicolon; of that as many clauses as fit, one at least. */
function shortened(text: string, width: number): string {
  const [sentence] = text.split(/(?<=\.)\s|[:;]\s/);
  const clauses = sentence.split(/(?=,\s| \()/);
  while (clauses.length > 1 && clauses.join('').length > width) clauses.pop();
  return clauses.join('').replace(/\.?$/, '.');
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { readme, wanted } = papers();
  if (readme !== wanted) writeFileSync(`${ROOT}README.md`, wanted);
  console.log(readme === wanted ? 'README.md is as it should be' : 'README.md has another table of settings now');
}
