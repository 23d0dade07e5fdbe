/** What comes with Byteline for the first minute in an empty file. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { CLASSES, ELSEWHERE, Evidence, HERE, INDEX, STARTER } from '../../server/memory/evidence.ts';
import { type Gate, readGate } from '../../server/memory/gate.ts';
import { Retrieval } from '../../server/memory/retrieval.ts';
import { isOwn, Starter } from '../../server/memory/starter.ts';
import { TextIndex } from '../../server/memory/textIndex.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const FOLDER = `${ROOT}model/starter`;
const failed = (message: string) => assert.fail(message);

describe('starter memory', () => {
  const starter = new Starter(FOLDER, failed);

  it('has texts for a document by its ending, whole names among them, and none for others', async () => {
    const [one, two] = await Promise.all([starter.indexFor('src/a.ts'), starter.indexFor('B.TS')]);
    assert.ok(one && one === two);
    assert.ok(await starter.indexFor('deep/Dockerfile'));
    assert.ok(await starter.indexFor('Untitled-1', 'shellscript'));
    assert.equal(await starter.indexFor('Untitled-1', 'typescript'), one);
    for (const path of ['a.ada', 'README', 'a', '', 'constructor', 'a.__proto__'])
      assert.equal(await starter.indexFor(path), undefined, path);
  });

  it('reads every text that there is, as UTF-8, without characters that are no text', async () => {
    const names = ['a.tsx', 'a.jsx', 'a.py', 'a.go', 'a.rs', 'a.java', 'a.cs', 'a.c', 'a.html', 'a.css', 'a.sh'];
    for (const name of [...names, 'a.sql', 'a.rb', 'a.php', 'a.kt', 'a.swift', 'a.yml'])
      assert.ok(await starter.indexFor(name), name);
    for (const file of readdirSync(FOLDER)) {
      const text = readFileSync(`${FOLDER}/${file}`, 'utf8');
      assert.doesNotMatch(text, /[\uFFFD\r\0-\x08]/, file);
      assert.ok(
        text.split('\n').every((line) => line.length <= 120),
        file,
      );
    }
  });

  it('counts on a side of its own', async () => {
    const evidence = new Evidence();
    const text = Buffer.from('if __name__ == ');
    evidence.begin(text, text.length);
    (await starter.indexFor('a.py'))!.find(evidence);
    assert.ok(evidence.size > 0);
    const other = (found: number, i: number) => found > 0 && Math.floor(i / CLASSES) !== STARTER;
    assert.equal([...evidence.totals].findIndex(other), -1);
  });

  it('is not asked where a long match is the own, but for one of blanks', () => {
    const evidence = new Evidence();
    const isOwnAfter = (text: string, length: number, side: number) => {
      evidence.begin(Buffer.from(text), text.length);
      evidence.add(97, length, side, 1, INDEX);
      return isOwn(evidence);
    };
    for (const side of [ELSEWHERE, HERE]) {
      assert.ok(isOwnAfter('let it = createServer(', 12, side));
      assert.ok(!isOwnAfter('let it = createServer(', 11, side));
      assert.ok(!isOwnAfter('{\n            return', 20, side));
    }
    assert.ok(!isOwnAfter('let it = createServer(', 12, STARTER));
  });

  it('says once what it cannot read, and goes on without', async () => {
    const said: string[] = [];
    const missing = new Starter(`${FOLDER}/none`, (message) => said.push(message));
    for (let i = 0; i < 2; i++) assert.equal(await missing.indexFor('a.py'), undefined);
    assert.match(said.join('\n'), /^ENOENT: .*python\.txt'$/);
  });

  for (const model of ['nano', 'micro'])
    it(`never speaks louder than the user's own code: the gate of ${model}`, async () => {
      const folder = `${ROOT}model/models/${model}`;
      const gate: Gate = (await readGate(folder, JSON.parse(readFileSync(`${folder}/model.json`, 'utf8'))))!;
      const even = new Float32Array(256).fill(-1e9).fill(-Math.log(95), 0x20, 0x7f);
      const indexOf = (text: string, side?: typeof STARTER) => {
        const index = new TextIndex(4096, side);
        for (const _ of index.put('a', Buffer.from(text))) void _;
        for (const _ of index.settle()) void _;
        return index;
      };
      for (const [before, own, others] of [
        ['  if (!response.ok) ', 'r', 't'],
        ['for (const item of ', 'q', 'i'],
        ['\nimport { readFile } from ', '"', "'"],
        ['def main(', 'a', ')'],
      ]) {
        const workspace = indexOf(`${before}${own}\n`);
        const about = { starter: indexOf(`${before}${others}\n`, STARTER) };
        const mixed = new Retrieval(() => workspace).predictor(gate, about).mix(Buffer.from(before), even);
        assert.ok(mixed[own.charCodeAt(0)] > mixed[others.charCodeAt(0)], before);
      }
    });
});
