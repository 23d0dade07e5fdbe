/**
 * Idioms that come with Byteline, for the first minute in an empty file: texts of our own in model/starter, one file a
 * language. They are found as the workspace's are, on a side of their own.
 */
import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { messageOf } from '../errors.ts';
import { ELSEWHERE, type Evidence, HERE, STARTER } from './evidence.ts';
import { TextIndex } from './textIndex.ts';
import { TimeSlices } from './timeSlices.ts';

/** The texts for documents of these languages, as editors name them, and for files that end so, or are named so. */
const TEXTS: Record<string, string> = {
  'typescript ts mts cts': 'typescript',
  'typescriptreact tsx': 'react typescript',
  'javascript js mjs cjs': 'javascript',
  'javascriptreact jsx': 'react javascript',
  'python py pyi ipynb': 'python',
  go: 'go',
  'rust rs': 'rust',
  java: 'java',
  'csharp cs': 'csharp',
  'cpp cc cxx hpp hh c h': 'cpp',
  'html htm vue svelte': 'html css javascript',
  'css scss less': 'css',
  'shellscript sh bash zsh': 'shell',
  sql: 'sql',
  'ruby rb': 'ruby',
  php: 'php html',
  'kotlin kt kts': 'kotlin',
  swift: 'swift',
  'json jsonc yaml yml toml dockerfile makefile': 'config',
};
const TEXTS_OF = new Map(
  Object.entries(TEXTS).flatMap(([endings, texts]) =>
    endings.split(' ').map((ending): [string, string] => [ending, texts]),
  ),
);
/** A match of so many bytes, of which so many are visible, says how the user goes on himself. */
const [OWN, VISIBLE] = [12, 8];
/** Where nothing keeps it waiting. */
const SLICES = new TimeSlices(new AbortController().signal, () => false);
/** An index has room for so much, bytes. */
const ROOM = 4_000_000;

/** Whether the user's own code says enough of a place: then nothing is asked that comes with Byteline. */
export function isOwn({ reach, text, end }: Evidence): boolean {
  const length = Math.max(reach[ELSEWHERE], reach[HERE]);
  if (length < OWN) return false;
  let visible = 0;
  for (let at = end - length; at < end; at++) visible += Number(text[at] > 0x20);
  return visible >= VISIBLE;
}

export class Starter {
  /** By the names of their texts. */
  private readonly indexes = new Map<string, Promise<TextIndex | undefined>>();

  constructor(
    private readonly folder: string,
    private readonly log: (message: string) => void,
  ) {}

  /** For a document, by its language or else by its name; undefined where nothing was written for it. */
  async indexFor(path: string, language = ''): Promise<TextIndex | undefined> {
    const texts = TEXTS_OF.get(language) ?? TEXTS_OF.get(basename(path).toLowerCase().split('.').at(-1)!);
    if (!texts) return undefined;
    const index = this.indexes.get(texts) ?? this.read(texts.split(' '));
    this.indexes.set(texts, index);
    return index;
  }

  private async read(texts: string[]): Promise<TextIndex | undefined> {
    try {
      const index = new TextIndex(ROOM, STARTER);
      for (const name of texts) await SLICES.run(index.put(name, await readFile(join(this.folder, `${name}.txt`))));
      await SLICES.run(index.settle());
      return index;
    } catch (error) {
      this.log(messageOf(error)); // it names the file
      return undefined;
    }
  }
}
