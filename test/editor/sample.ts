/** The sample workspace as `npm start` opens it: a copy, so that what is tried there changes nothing here. */
import { cpSync, mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ROOT } from './server.ts';

export const SAMPLE = join(ROOT, 'test/fixtures/sample');
/** The file that tells what to try. */
export const FILE = 'shapes.ts';

/** What the sample's comments promise. */
export interface Trial {
  title: string;
  file: string;
  /** It is tried at the end of the first line that begins so. */
  behind: string;
  /** What is typed (with the indentation that the editor writes), and what comes in grey and is taken. */
  steps: { typed: string; grey: string }[];
}

export const TRIALS: Trial[] = [
  {
    title: '1: a line that the file knows',
    file: FILE,
    behind: 'export function narrowest',
    steps: [{ typed: '\n  const', grey: ' sorted = [...shapes].sort(byWidth);' }],
  },
  {
    title: '2: a block, up to what only the user knows',
    file: FILE,
    behind: 'export function scaleToFit',
    steps: [
      { typed: '\n  let', grey: ' total = 0;' },
      { typed: '\n  ', grey: 'for (const shape of shapes) {\n    total += shape.width;\n  }\n  return' },
    ],
  },
  {
    title: '3: what another file knows',
    file: FILE,
    behind: '  const shape = catalogue.get',
    steps: [{ typed: '\n  if', grey: ' (!shape) throw new UnknownShape(name);' }],
  },
  {
    title: 'in Python, too',
    file: 'numbers.py',
    behind: 'def spread',
    steps: [
      { typed: '\n    with', grey: ' open(path, encoding="utf-8") as file:' },
      { typed: '\n        ', grey: 'numbers = [float(line) for line in file]' },
    ],
  },
];

/** Where a trial begins: the text of its file, and the place in it, from 1. */
export function start({ file, behind }: Trial): { text: string; line: number; column: number } {
  const text = readFileSync(join(SAMPLE, file), 'utf8');
  const lines = text.split('\n');
  const at = lines.findIndex((line) => line.startsWith(behind));
  if (at < 0) throw new Error(`${file} has no line that begins with ${behind}`);
  return { text, line: at + 1, column: lines[at].length + 1 };
}

/** The lines that a trial writes, the first `steps` of them. */
export const written = (trial: Trial, steps = trial.steps.length): string =>
  trial.steps
    .slice(0, steps)
    .map(({ typed, grey }) => typed + grey)
    .join('');

/** A text with more behind a line, from 1. */
export function insertedBehind(text: string, line: number, more: string): string {
  const lines = text.split('\n');
  lines[line - 1] += more;
  return lines.join('\n');
}

/** Copies what is in the sample into a folder. */
export const fillWithSample = (folder: string) => cpSync(SAMPLE, folder, { recursive: true });

/** Copies the sample into a folder of its own below the system's temporary one, and returns that. */
export function copySample(): string {
  const folder = join(mkdtempSync(join(tmpdir(), 'byteline-')), 'sample');
  fillWithSample(folder);
  return folder;
}
