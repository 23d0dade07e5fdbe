/**
 * 50,000 random edits go through a worker: its document, offsets and caches are those of a worker that was given the
 * text as it is.
 */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { Document } from '../../server/documents/document.ts';
import type { CompleteResult, ScoreResult } from '../../server/wire/protocol.ts';
import { sourceText } from '../sourceText.ts';
import { ROOT, TestWorker } from './worker.ts';

const EDITS = Number(process.env.BYTELINE_EDITS ?? 50_000);
/** In fp32 nothing rounds: what a cache holds changes no byte. */
const FP32 = join(ROOT, '.cache/models/micro-fp32');
const SOURCE = sourceText('cache.ts');
const LONGEST = 9000;

interface Place {
  line: number;
  character: number;
}
interface Change {
  range?: { start: Place; end: Place };
  text: string;
}
/** A replacement in the text as it was, UTF-16 units. */
interface Splice {
  from: number;
  to: number;
  text: string;
}

/** The client's text as plain strings: what LSP says of positions, and nothing of ours. */
const reference = {
  /** Where each line begins, and ends without its end. */
  lines(text: string): [number, number][] {
    const out: [number, number][] = [];
    let from = 0;
    for (const {
      index,
      0: { length },
    } of text.matchAll(/\r\n|\n/g)) {
      out.push([from, index]);
      from = index + length;
    }
    return [...out, [from, text.length]];
  },
  offset(text: string, { line, character }: Place): number {
    const found = this.lines(text)[line];
    return found ? Math.min(found[0] + character, found[1]) : text.length;
  },
  place(text: string, offset: number): Place {
    const lines = this.lines(text);
    const line = lines.findLastIndex(([from]) => from <= offset);
    return { line, character: Math.min(offset, lines[line][1]) - lines[line][0] };
  },
  apply(text: string, { range, text: inserted }: Change): string {
    return range
      ? text.slice(0, this.offset(text, range.start)) + inserted + text.slice(this.offset(text, range.end))
      : inserted;
  },
  /** What the worker should have. */
  plain: (text: string) => text.replaceAll('\r\n', '\n'),
};

/** An editor with a random user. */
class Editor {
  text = SOURCE.slice(0, 3000);
  version = 1;
  /** Of each kind, so many were made. */
  readonly made: Record<string, number> = {};
  private undo: Splice[] = [];
  constructor(private readonly random: () => number) {}

  below = (n: number) => Math.floor(this.random() * n);
  pick = <T>(among: readonly T[]): T => among[this.below(among.length)];

  /** One more change, made here. */
  next(): Change {
    const kind =
      this.text.length > LONGEST
        ? 'cut'
        : this.pick([
            'type',
            'type',
            'type',
            'type',
            'delete',
            'delete',
            'replace',
            'paste',
            'undo',
            'undo',
            'wide',
            'past',
            ...(this.below(60) ? [] : ['crlf']),
          ]);
    this.made[kind] = (this.made[kind] ?? 0) + 1;
    const at = this.boundary(this.below(this.text.length + 1));
    const eol = this.text.includes('\r\n') ? '\r\n' : '\n';
    switch (kind) {
      case 'type':
        return this.splice({
          from: at,
          to: at,
          text: this.pick(['a', ' ', '(', ')', eol, '\t', ';', '0', '}', `${eol}  `]),
        });
      case 'wide':
        return this.splice({
          from: at,
          to: at,
          text: this.pick(['é', 'ß', '中文', '😀', '👩‍👧', 'e\u0301', '\u2028', 'עברית', '\ud83d', '\ude00']),
        });
      case 'delete':
        return this.splice({
          from: at,
          to: this.boundary(Math.min(this.text.length, at + 1 + this.below(4))),
          text: '',
        });
      case 'replace':
        return this.splice({
          from: at,
          to: this.boundary(Math.min(this.text.length, at + this.below(80))),
          text: this.pick(['x', 'return ', `{${eol}}`, '', '日本']),
        });
      case 'paste': {
        const from = this.below(SOURCE.length);
        return this.splice({
          from: at,
          to: at,
          text: SOURCE.slice(from, from + this.below(this.below(8) ? 80 : 1500)).replaceAll(
            '\n',
            this.pick(['\n', '\r\n']),
          ),
        });
      }
      case 'cut':
        return this.splice({ from: 0, to: this.boundary(this.text.length - 2000), text: '' }, this.pick([true, false]));
      case 'undo': {
        const last = this.undo.pop();
        return this.splice(last ?? { from: at, to: at, text: 'u' }, true);
      }
      case 'past': {
        // places past the end of a line and of the text mean that end
        const { line } = reference.place(this.text, at);
        return this.take({
          range: this.pick([
            { start: { line, character: 1e6 }, end: { line, character: 2e6 } },
            { start: { line, character: 0 }, end: { line, character: 2 ** 31 - 1 } },
            { start: { line: 1e6, character: 3 }, end: { line: 2 ** 31 - 1, character: 0 } },
          ]),
          text: this.pick(['z', '', `end${eol}`]),
        });
      }
      default: {
        // line ends of the other kind
        const other = eol === '\n' ? this.text.replaceAll('\n', '\r\n') : reference.plain(this.text);
        const end = reference.place(this.text, this.text.length);
        return this.take(
          this.pick([{ text: other }, { range: { start: { line: 0, character: 0 }, end }, text: other }]),
        );
      }
    }
  }

  /** Not between CR and LF, where no place is. */
  boundary = (offset: number) =>
    this.text.slice(offset - 1, offset + 1) === '\r\n' ? offset - 1 : Math.max(0, offset);

  private splice({ from, to, text }: Splice, final = false): Change {
    const change = { range: { start: reference.place(this.text, from), end: reference.place(this.text, to) }, text };
    if (!final) this.undo.push({ from, to: from + text.length, text: this.text.slice(from, to) });
    if (this.undo.length > 50) this.undo.shift();
    return this.take(change, true);
  }

  /** `known`: what can be undone still fits. */
  private take(change: Change, known = false): Change {
    if (!known) this.undo = [];
    this.text = reference.apply(this.text, change);
    return change;
  }
}

/** Numbers from 0 to 1, the same for each seed (Marsaglia's xorshift32). */
function dice(seed: number): () => number {
  let x = seed;
  return () => {
    for (const by of [13, -17, 5]) x ^= by > 0 ? x << by : x >>> -by;
    return (x >>> 0) / 2 ** 32;
  };
}

describe('edits', () => {
  it(`${EDITS} of them leave the worker with the document, offsets and caches of a fresh one`, async function () {
    this.timeout(600_000);
    const init = { streaming: true, model: FP32, threads: 1, device: 'cpu', memory: { enable: false } } as const;
    const [worker, fresh] = await Promise.all([
      TestWorker.start(init),
      TestWorker.start({ ...init, cacheMegabytes: 1 }),
    ]);
    const editor = new Editor(dice(21));
    const uri = 'file:///ws/src/a.ts'; // the model sees the last two names
    await worker.open(uri, editor.text);
    const mirror = Document.create(uri, 'typescript', 1, editor.text);
    let [points, texts] = [0, 0];
    const check = async () => {
      const again = `file:///fresh${++points}/src/a.ts`;
      await fresh.open(again, editor.text);
      // nothing that its cache holds is of use
      await fresh.open(`file:///other${points}/b.txt`, `${points} `.repeat(300));
      await fresh.connection.sendRequest('byteline/complete', {
        id: points,
        uri: `file:///other${points}/b.txt`,
        position: { line: 0, character: 900 },
        multiline: false,
        maxBytes: 8,
        always: true,
      });
      const position = reference.place(editor.text, editor.boundary(editor.below(editor.text.length + 1)));
      const ask = { id: points, position, multiline: points % 2 === 0, maxBytes: 24, always: true, detail: true };
      const [a, b] = await Promise.all(
        [[worker, uri] as const, [fresh, again] as const].map(([w, uri]) =>
          w.connection.sendRequest<CompleteResult>('byteline/complete', { ...ask, uri }),
        ),
      );
      const textOf = (result: CompleteResult) => (result.kind === 'text' ? result.text : result.reason);
      assert.equal(textOf(a), textOf(b), `point ${points}, version ${editor.version}, ${JSON.stringify(position)}`);
      if (a.kind === 'text' && b.kind === 'text') {
        texts++;
        assert.ok(Math.abs(a.logprob - b.logprob) < 1e-3, `${a.logprob} and ${b.logprob}`);
      }
      const line = editor.below(position.line + 1);
      const range = { start: { line, character: 0 }, end: { line: line + 1, character: 0 } };
      const [s, t] = await Promise.all(
        [[worker, uri] as const, [fresh, again] as const].map(([w, uri]) =>
          w.connection.sendRequest<ScoreResult>('byteline/score', { uri, ...(points % 4 && { range }) }),
        ),
      );
      assert.equal(s.bytes, t.bytes);
      assert.ok(Math.abs(s.bits - t.bits) < 1e-3 * (1 + t.bits), `${s.bits} and ${t.bits}`);
      for (const gone of [again, `file:///other${points}/b.txt`])
        await fresh.connection.sendNotification('textDocument/didClose', { textDocument: { uri: gone } });
    };
    for (let done = 0, due = 0; done < EDITS; ) {
      const before = editor.text;
      const changes = Array.from({ length: Math.min(EDITS - done, 1 + editor.below(5)) }, () => editor.next());
      editor.version++;
      await worker.connection.sendNotification('textDocument/didChange', {
        textDocument: { uri, version: editor.version },
        contentChanges: changes,
      });
      Document.update(mirror, changes as never, editor.version);
      const now = reference.plain(editor.text);
      if (mirror.slice() !== now) assert.equal(mirror.slice(), now, JSON.stringify({ before, changes }));
      const offset = editor.boundary(editor.below(editor.text.length + 1));
      const place = reference.place(editor.text, offset);
      const own = reference.plain(editor.text.slice(0, offset)).length;
      assert.deepEqual([mirror.offsetAt(place), mirror.positionAt(own)], [own, place]);
      assert.equal(mirror.line(place.line), reference.plain(editor.text).split('\n')[place.line]);
      done += changes.length;
      if (done < due) continue;
      await check();
      due = done + 800 + editor.below(800);
    }
    await check();
    await Promise.all([worker.stop(), fresh.stop()]);
    console.log(
      `      ${editor.version - 1} notifications, compared after each; ` +
        `${points} points compared with a fresh worker, ${texts} with a text; ${JSON.stringify(editor.made)}`,
    );
    assert.ok(points > EDITS / 2000 && texts > points / 4);
  });
});
