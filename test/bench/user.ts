/**
 * Someone who types into this repository's files at eight keys a second, over LSP as the extension speaks it, for the
 * soak (soak.ts).
 */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { CancellationTokenSource } from 'vscode-jsonrpc/node';
import { Document } from '../../server/documents/document.ts';
import {
  type CompleteParams,
  type CompleteResult,
  completeRequest,
  type Partial,
  partialNotification,
  warmNotification,
} from '../../server/wire/protocol.ts';
import { ROOT, type TestWorker } from '../integration/worker.ts';

/** Keys come so often, ms. */
const KEY = 125;
/** A cursor rests so long before what is around it is read ahead, ms (extension/ghostText/readAhead.ts). */
const REST = 120;
const MAX_BYTES = 128;
const [FILES, OPEN] = [12, 4];
const FOLDERS = ['extension', 'server', 'server/engine', 'server/completion', 'model/byteline_model'];

/**
 * One request: ms from the key to the first text shown and to the answer. Of a cancelled request `full` is only how
 * long it had lasted.
 */
export interface Asked {
  at: number;
  first?: number;
  full: number;
  kind: 'text' | 'none' | 'cancelled';
}

/** From 0 to 1, the same whenever it is asked for the same: two runs type the same, whatever offers come in time. */
const chance = (...what: (string | number)[]) =>
  createHash('sha1').update(what.join()).digest().readUInt32LE() / 2 ** 32;

export class User {
  readonly asked: Asked[] = [];
  accepted = 0;
  /** The cursor. */
  at = 0;
  file!: Document;
  /** What is offered at the cursor. */
  offer = '';
  private readonly open: Document[] = [];
  private edits: { from: number; removed: string; added: string }[] = [];
  private last: { id: number; began: number; first?: number } = { id: 0, began: 0 };
  private request?: CancellationTokenSource;
  private due = 0;

  /** Every wait rejects once `stop` aborts. */
  constructor(
    private readonly worker: TestWorker,
    private readonly stop: AbortController,
  ) {
    worker.connection.onNotification(partialNotification, ({ id }: Partial) => {
      if (id === this.last.id) this.last.first ??= performance.now() - this.last.began;
    });
  }

  async pause(ms: number): Promise<void> {
    await sleep(Math.max(0, ms), undefined, { signal: this.stop.signal });
  }

  /** Until the next key comes: by then an offer may have. */
  look(): Promise<void> {
    return this.pause(this.due - performance.now());
  }

  /**
   * Brings a file to the front; of more than a few open ones the one not seen for longest is closed, and its text
   * forgotten.
   */
  async show(path: string): Promise<void> {
    const uri = pathToFileURL(join(ROOT, path)).href;
    const known = this.open.find((d) => d.uri === uri);
    this.file = known ?? Document.create(uri, '', 1, readFileSync(join(ROOT, path), 'utf8'));
    if (!known) await this.worker.open(uri, this.file.slice());
    else this.open.splice(this.open.indexOf(known), 1);
    if (this.open.push(this.file) > OPEN)
      await this.tell('textDocument/didClose', { textDocument: { uri: this.open.shift()!.uri } });
  }

  /** Moves the cursor without an edit. */
  async jump(to: number): Promise<void> {
    this.request?.cancel();
    [this.at, this.offer] = [to, ''];
    await this.pause(REST);
    await this.tell(warmNotification, { uri: this.file.uri, position: this.file.positionAt(to), maxBytes: MAX_BYTES });
    await this.pause(4 * KEY);
  }

  /**
   * Puts `text` in the place of what stands from `from` to `to`, a key's time after the edit before, and asks for a
   * completion. Returns what stood there.
   */
  async edit(from: number, to: number, text: string): Promise<string> {
    await this.look();
    this.due = performance.now() + KEY;
    const { file } = this;
    const [removed, range] = [file.slice(from, to), { start: file.positionAt(from), end: file.positionAt(to) }];
    this.edits.push({ from, removed, added: text });
    Document.update(file, [{ range, text }], file.version + 1);
    [this.at, this.offer] = [from + text.length, ''];
    this.request?.cancel();
    this.request = new CancellationTokenSource();
    this.last = { id: this.last.id + 1, began: performance.now() };
    await this.tell('textDocument/didChange', {
      textDocument: { uri: file.uri, version: file.version },
      contentChanges: [{ range, text }],
    });
    void this.ask().catch((error) => this.stop.abort(error));
    return removed;
  }

  insert(text: string): Promise<string> {
    return this.edit(this.at, this.at, text);
  }

  /** Takes the last `n` edits back. */
  async undo(n: number): Promise<void> {
    for (const { from, removed, added } of this.edits.splice(-n).reverse()) {
      await this.edit(from, from + added.length, removed);
      this.edits.pop();
    }
  }

  /** From here on there is nothing to take back. */
  forget(): void {
    this.edits = [];
  }

  private async ask(): Promise<void> {
    const { last, file } = this;
    const params: CompleteParams = {
      id: last.id,
      uri: file.uri,
      position: file.positionAt(this.at),
      multiline: false,
      maxBytes: MAX_BYTES,
    };
    const result: CompleteResult = await this.worker.connection.sendRequest(
      completeRequest,
      params,
      this.request!.token,
    );
    const full = performance.now() - last.began;
    const kind = result.kind === 'none' && result.reason === 'cancelled' ? 'cancelled' : result.kind;
    this.asked.push({ at: last.began, first: last.first ?? (kind === 'text' ? full : undefined), full, kind });
    if (result.kind === 'text' && last === this.last) this.offer = result.text;
  }

  private tell(method: string, params: object): Promise<void> {
    return this.worker.connection.sendNotification(method, params);
  }
}

/** Cuts some lines of a file out and types them again, in one file after another, until a wait rejects. */
export async function work(user: User): Promise<never> {
  const paths = FOLDERS.flatMap((folder) => readdirSync(join(ROOT, folder)).map((name) => `${folder}/${name}`)).filter(
    (path) => /\.(ts|py)$/.test(path),
  );
  const files = paths.sort((a, b) => chance(a) - chance(b)).slice(0, FILES);
  for (let visit = 0; ; visit++) {
    const draw = (n: number, ...what: (string | number)[]) => Math.floor(n * chance(visit, ...what));
    // two files, then the first of them again
    await user.show(files[(2 * Math.floor(visit / 3) + ((visit % 3) % 2)) % FILES]);
    const lines = user.file.positionAt(user.file.length).line;
    const first = draw(Math.max(1, lines - 8), 'first');
    const endOf = (line: number) => user.file.offsetAt({ line, character: Infinity });
    const [start, end] = [endOf(first), endOf(first + 3 + draw(5, 'lines'))];
    await user.jump(end);
    const target = await user.edit(start, end, '');
    user.forget();
    for (let furthest = 0; user.at < start + target.length; ) {
      await user.insert(String.fromCodePoint(target.codePointAt(user.at - start)!));
      const done = user.at - start;
      if (done <= furthest) continue; // typed again
      furthest = done;
      const one = (of: number, what: string) => draw(of, what, done) === 0;
      if (one(25, 'pause')) await user.pause(500 + draw(2000, 'long', done));
      await user.look();
      const right = user.offer !== '' && target.startsWith(user.offer, done);
      if (user.offer && one(right ? 3 : 40, 'accept')) {
        await user.insert(user.offer);
        user.accepted++;
        if (!right) await user.undo(1);
      } else if (one(50, 'delete')) {
        for (let i = 0; i < 3 && user.at > start; i++) await user.edit(user.at - 1, user.at, '');
      } else if (one(80, 'undo')) {
        await user.undo(2 + draw(10, 'edits', done));
      } else if (one(60, 'jump')) {
        const [back, word] = [user.at, [...target.slice(0, 3 + draw(6, 'word', done))]];
        await user.jump(draw(user.file.length, 'where', done));
        for (const letter of word) await user.insert(letter);
        await user.undo(word.length);
        await user.jump(back);
      }
    }
  }
}
