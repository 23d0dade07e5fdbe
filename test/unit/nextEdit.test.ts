/** The next edit: where it is looked for, when it is proposed, and that no edit whatever can harm. */
import assert from 'node:assert/strict';
import { Document } from '../../server/documents/document.ts';
import { NAMES } from '../../server/edits/features.ts';
import { EditHistory } from '../../server/edits/history.ts';
import { type NextEditHost, NextEdits, type Proposal } from '../../server/edits/nextEdit.ts';
import weights from '../../server/edits/weights.json' with { type: 'json' };

const calls = (names: string[]) => names.map((name) => `open(${name});\nwait();\n`).join('');
const CALLS = calls(['first', 'second', 'third', 'fourth']);
const documentOf = (name: string, text: string) => Document.create(`file:///ws/${name}`, 'typescript', 1, text);

/** Places further away are less sure: here it is about where they are looked for. */
const LOW = { precision: 0.5 };

/** Documents that are edited, and the engine. */
class Workspace {
  readonly history = new EditHistory();
  readonly engine: NextEdits;
  /** What the engine asked for among the files that nobody has open. */
  readonly asked: string[] = [];
  isBusy = false;

  constructor(
    readonly documents: Document[],
    files: Record<string, string> = {},
  ) {
    const { asked } = this;
    const host: NextEditHost = {
      others: async (but) => this.documents.filter((document) => document !== but),
      async *files(word) {
        asked.push(word);
        for (const [name, text] of Object.entries(files))
          if (text.includes(word)) yield { uri: `file:///ws/${name}`, text };
      },
      busy: () => this.isBusy,
    };
    this.engine = new NextEdits(this.history, host);
    for (const document of documents) this.history.opened(document);
  }

  edit(document: Document, line: number, from: number, to: number, text: string): void {
    const range = { start: { line, character: from }, end: { line, character: to } };
    Document.update(document, [{ range, text }], document.version + 1);
    this.history.changed(document);
  }

  /** What is proposed at a line's start: the document's name, the line, and the line as it would be; or why not. */
  async next(document: Document, line: number, options = {}): Promise<string> {
    const found = await this.engine.propose(document, { line, character: 0 }, options);
    return typeof found === 'string' ? found : this.shown(found);
  }

  shown({ found: [{ place }] }: Proposal): string {
    const { text } = place.document.tokenised;
    const all = text.slice(0, place.from) + place.newText + text.slice(place.to);
    const line = text.slice(0, place.from).split('\n').length - 1;
    return `${place.document.uri.split('/').at(-1)}:${line + 1} ${all.split('\n')[line]}`;
  }
}

/** Gives the call of a line one more argument. */
function add(workspace: Workspace, document: Document, line: number): void {
  const at = document.line(line).indexOf(')');
  workspace.edit(document, line, at, at, ', true');
}

/** The first two calls have it. */
function twice(workspace: Workspace, document: Document): void {
  for (const line of [0, 2]) add(workspace, document, line);
}

describe('the next edit', () => {
  it('every feature has a weight', () => {
    assert.deepEqual(Object.keys(weights.hidden).sort(), [...NAMES].sort());
  });
  it('what was done twice is proposed below, one after the other', async () => {
    const document = documentOf('a.ts', CALLS);
    const workspace = new Workspace([document]);
    assert.equal(await workspace.next(document, 0), 'no-rule');
    twice(workspace, document);
    assert.equal(await workspace.next(document, 2), 'a.ts:5 open(third, true);');
    add(workspace, document, 4);
    assert.equal(await workspace.next(document, 4), 'a.ts:7 open(fourth, true);');
    add(workspace, document, 6);
    assert.equal(await workspace.next(document, 6), 'no-place');
  });
  it('what was done once is proposed by hand', async () => {
    const document = documentOf('a.ts', 'x = open(a);\ny = close(a, b);\nz = open(c);\n');
    const workspace = new Workspace([document]);
    workspace.edit(document, 0, 10, 10, ', b');
    assert.equal(await workspace.next(document, 0), 'unsure');
    assert.match(await workspace.next(document, 0, { always: true }), /^a\.ts:3 /);
  });
  it('an edit that is undone proposes nothing', async () => {
    const document = documentOf('a.ts', CALLS);
    const workspace = new Workspace([document]);
    twice(workspace, document);
    for (const line of [2, 0]) {
      const at = document.line(line).indexOf(', true');
      workspace.edit(document, line, at, at + ', true'.length, '');
    }
    assert.equal(await workspace.next(document, 0), 'no-rule');
  });
  it('a refused place stays away, and two of them end the rule', async () => {
    const document = documentOf('a.ts', `${CALLS}${calls(['fifth'])}`);
    const workspace = new Workspace([document]);
    twice(workspace, document);
    const refuse = async () => {
      const found = (await workspace.engine.propose(document, { line: 2, character: 0 }, LOW)) as Proposal;
      const shown = workspace.shown(found);
      workspace.engine.refuse(found.rule, document, found.found[0].place.from);
      return shown;
    };
    const shown = [await refuse(), await refuse()];
    assert.equal(new Set(shown).size, 2, shown.join());
    assert.equal(await workspace.next(document, 2, LOW), 'refused');
    assert.equal(await workspace.next(document, 2, { always: true }), 'refused');
  });
  it('this document comes first, then others that are open, then files', async () => {
    const [here, there] = [documentOf('a.ts', CALLS), documentOf('b.ts', calls(['there']))];
    const workspace = new Workspace([here, there], { 'c.ts': `x();\n${calls(['last'])}` });
    const rename = (document: Document, line: number) => workspace.edit(document, line, 0, 'open'.length, 'load');
    for (const line of [0, 2]) rename(here, line);
    const seen: string[] = [];
    for (const line of [4, 6]) {
      seen.push(await workspace.next(here, line, LOW));
      rename(here, line);
    }
    assert.deepEqual(workspace.asked, [], 'files are looked at last');
    seen.push(await workspace.next(here, 6, LOW));
    rename(there, 0);
    seen.push(await workspace.next(there, 0, LOW));
    assert.deepEqual(seen, [
      'a.ts:5 load(third);',
      'a.ts:7 load(fourth);',
      'b.ts:1 load(there);',
      'c.ts:2 load(last);',
    ]);
    assert.deepEqual(new Set(workspace.asked), new Set(['open']));
  });
  it('two engines give their rules other numbers', async () => {
    const rules = [documentOf('a.ts', CALLS), documentOf('b.ts', CALLS)].map(async (document) => {
      const workspace = new Workspace([document]);
      twice(workspace, document);
      return ((await workspace.engine.propose(document, { line: 2, character: 0 })) as Proposal).rule;
    });
    assert.equal(new Set(await Promise.all(rules)).size, 2);
  });
  it('an insertion is looked for in files by a word that stood beside it everywhere', async () => {
    const here = documentOf('a.ts', 'open(first);\nwait();\nopen(other);\n');
    const workspace = new Workspace([here], { 'c.ts': 'x();\nopen(first);\n', 'd.ts': 'first();\n' });
    twice(workspace, here);
    assert.equal(await workspace.next(here, 2, { always: true }), 'c.ts:2 open(first, true);');
    assert.deepEqual(new Set(workspace.asked), new Set(['open']));
  });
  it('what was refused once is less sure elsewhere', async () => {
    const document = documentOf('a.ts', `${CALLS}${calls(['fifth'])}`);
    const workspace = new Workspace([document]);
    twice(workspace, document);
    const best = async () => {
      const found = (await workspace.engine.propose(document, { line: 2, character: 0 }, { always: true })) as Proposal;
      return { ...found.found[0], rule: found.rule };
    };
    const before = await best();
    workspace.engine.refuse(before.rule, document, before.place.from);
    const after = await best();
    assert.notEqual(after.place.from, before.place.from);
    assert.ok(after.probability < before.probability / 1.5, `${before.probability}, then ${after.probability}`);
  });
  it('nothing further is looked at while something else wants to run', async () => {
    const [here, there] = [documentOf('a.ts', calls(['a', 'b'])), documentOf('b.ts', calls(['there']))];
    const workspace = new Workspace([here, there]);
    twice(workspace, here);
    workspace.isBusy = true;
    assert.equal(await workspace.next(here, 1), 'busy');
  });
  it('a document that is too large is not looked through', async () => {
    const document = documentOf('a.ts', CALLS.repeat(12_000));
    const workspace = new Workspace([document]);
    twice(workspace, document);
    assert.equal(await workspace.next(document, 1), 'too-large');
  });
  it('50,000 random edits harm nothing: what is proposed stands where it says', async () => {
    const document = documentOf('a.ts', CALLS.repeat(20));
    const workspace = new Workspace([document]);
    let seed = 1;
    const random = (n: number) => (seed = (seed * 48271) % 2147483647) % n;
    const texts = ['', 'x', '\n', 'open(', ');', 'open(x);\n', '😀', '\t', 'first'];
    let proposals = 0;
    for (let i = 0; i < 50_000; i++) {
      const line = random(document.lines);
      const { length } = document.line(line);
      const from = random(length + 1);
      const to = Math.min(length, from + random(4));
      workspace.edit(document, line, from, to, document.length > 20_000 ? '' : texts[random(texts.length)]);
      if (i % 250) continue;
      const found = await workspace.engine.propose(document, { line, character: from }, { always: true });
      if (typeof found === 'string') continue;
      proposals++;
      const text = document.slice();
      for (const { place, probability } of found.found) {
        assert.ok(place.from >= 0 && place.from <= place.to && place.to <= text.length);
        assert.notEqual(text.slice(place.from, place.to), place.newText);
        assert.ok(probability >= 0 && probability <= 1);
      }
    }
    assert.ok(proposals > 50, `${proposals} proposals`);
  });
});
