/** What a gate's training knows of names: where they are asked for in the texts, and what is answered. */
import { characterStart } from '../../server/prompt/utf8.ts';
import { MIDDLE, type Scored } from './scored.ts';

/** Names of one place, as PROTOCOL.md's byteline/names has them; `at` in the text. */
export interface Asked {
  at: number;
  first: string[];
  others: string[];
}

/** The part of a file that is scored, UTF-16 units; of a beginning nothing stands behind it. */
export interface Part {
  from: number;
  to: number;
  isBeginning: boolean;
}

/** Who knows the names in the files of one repository. */
export interface NamesSource {
  /** A file's text; undefined where names are not known in it. */
  textOf(path: string): string | undefined;
  /** The names at each place of a part of it where one is asked for, UTF-16 units of the file. */
  namesIn(path: string, part: Part): AsyncIterable<Asked> | Iterable<Asked>;
  stop(): Promise<void>;
}

/** Names at each place of a text, bytes; none where its file holds another text by now. */
export async function askedOf(source: NamesSource, { path, kind, text, from }: Scored): Promise<Asked[]> {
  const whole = source.textOf(path);
  if (whole === undefined) return [];
  const [bytes, scored] = [Buffer.from(whole), Buffer.from(text, 'base64').subarray(from)];
  const isBeginning = kind === 'beginning';
  const start = isBeginning ? 0 : characterStart(bytes, Math.floor(MIDDLE[0] * bytes.length));
  const end = start + scored.length;
  if (Buffer.compare(bytes.subarray(start, end), scored) !== 0) return [];
  const unit = (byte: number) => bytes.subarray(0, byte).toString().length;
  const found: Asked[] = [];
  for await (const { at, ...names } of source.namesIn(path, { from: unit(start), to: unit(end), isBeginning }))
    found.push({ at: from + Buffer.byteLength(whole.slice(0, at)) - start, ...names });
  return found;
}
