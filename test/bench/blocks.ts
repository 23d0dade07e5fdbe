/**
 * Whether blocks pay: function bodies are taken out of real files, and what is offered at the blank line in their place
 * is compared with them.
 *
 *     npx tsx test/bench/blocks.ts MODEL_FOLDER BODIES FILE...
 *
 * At most one body of each file, chosen by its number, until there are so many; one row for the rest of the line, one
 * for what `auto` decides.
 */
import { readFileSync } from 'node:fs';
import { complete } from '../../server/completion/complete.ts';
import { aroundOf, indentOf, opens, shapeAt } from '../../server/completion/shape.ts';
import { Document } from '../../server/documents/document.ts';
import { Cache } from '../../server/engine/cache.ts';
import { Engine } from '../../server/engine/engine.ts';
import { limitsOf, promptAt } from '../../server/prompt/around.ts';

const MAX_BYTES = 128;

interface Place {
  document: Document;
  line: number;
  truth: string;
}

/** Bodies of a file: lines further right than the line that opens them. */
function bodiesOf(lines: string[]): [number, number][] {
  return lines.flatMap((text, i): [number, number][] => {
    if (!opens(text) || indentOf(lines[i + 1] ?? '') <= indentOf(text)) return [];
    let end = i + 1;
    while (end < lines.length && (lines[end].trim() === '' || indentOf(lines[end]) > indentOf(text))) end++;
    while (lines[end - 1].trim() === '') end--;
    return [[i + 1, end]];
  });
}

function placeIn(path: string, n: number): Place | undefined {
  const lines = readFileSync(path, 'utf8').split(/\r?\n/);
  const bodies = bodiesOf(lines);
  if (bodies.length === 0) return undefined;
  const [from, to] = bodies[(n * 7) % bodies.length];
  const indent = lines[from].slice(0, indentOf(lines[from]));
  const text = [...lines.slice(0, from), indent, ...lines.slice(to)].join('\n');
  return {
    document: Document.create(path, '', 0, text),
    line: from,
    truth: lines.slice(from, to).join('\n').slice(indent.length),
  };
}

const common = (a: string, b: string): number => {
  let n = 0;
  while (n < a.length && a[n] === b[n]) n++;
  return n;
};

const [folder, count, ...files] = process.argv.slice(2);
const engine = await Engine.load(folder, { threads: 1 });
const places = files
  .map((path, n) => placeIn(path, n))
  .filter((place) => place !== undefined)
  .slice(0, Number(count));
console.log(
  [
    '| | offered | characters offered | of them right | offers all right | right characters for each body |',
    '|---|---:|---:|---:|---:|---:|',
  ].join('\n'),
);
for (const multiline of [false, 'auto'] as const) {
  let [offers, whole, chars, right] = [0, 0, 0, 0];
  for (const { document, line, truth } of places) {
    const position = { line, character: document.line(line).length };
    const around = aroundOf(document, position);
    const prompt = promptAt(
      document,
      document.offsetAt(position),
      document.uri,
      limitsOf(engine.architecture, MAX_BYTES),
    );
    const made = await complete(engine, new Cache(engine.architecture), prompt, {
      ...around,
      maxBytes: MAX_BYTES,
      multiline: multiline && shapeAt(around).multiline,
      gate: true,
    });
    if (made.kind === 'none') continue;
    const n = common(made.text, truth);
    [offers, whole, chars, right] = [
      offers + 1,
      whole + (n === made.text.length ? 1 : 0),
      chars + made.text.length,
      right + n,
    ];
  }
  const percent = (a: number, b: number) => `${((100 * a) / b).toFixed(1)}%`;
  const cells = [
    percent(offers, places.length),
    chars,
    percent(right, chars),
    percent(whole, offers),
    (right / places.length).toFixed(2),
  ];
  console.log(`| ${multiline || 'line'} | ${cells.join(' | ')} |`);
}
console.log(`${places.length} bodies`);
