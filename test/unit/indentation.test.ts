/** Units of indentation, and what the memory says of files that have another one than the document. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { Document } from '../../server/documents/document.ts';
import { Evidence } from '../../server/memory/evidence.ts';
import {
  indentBefore,
  inUnit,
  TAB,
  UNKNOWN,
  type Unit,
  unitIn,
  unitOf,
  View,
} from '../../server/memory/indentation.ts';
import { TextIndex } from '../../server/memory/textIndex.ts';
import { encode } from '../../server/prompt/around.ts';

const CLASS = `export class Shelf {
\tprivate items: string[] = [];

\t/**
\t * Puts one in.
\t */
\tadd(item: string): void {
\t\tif (!this.items.includes(item)) {
\t\t\tthis.items.push(item);
\t\t}
\t}
}
`;
/** The same in so many spaces a level, or in tabs. */
const inUnits = (text: string, unit: Unit) =>
  unit === TAB ? text : text.replace(/^\t+/gm, (tabs) => ' '.repeat(unit * tabs.length));
const put = (index: TextIndex, path: string, text: string) => {
  for (const _ of index.put(path, Buffer.from(text))) void _;
  for (const _ of index.settle()) void _;
};
const UNITS: Unit[] = [2, 3, 4, 8, TAB];
/** The bytes that followed matches of the text, and how long those were. */
const said = (evidence: Evidence) =>
  Array.from({ length: evidence.size }, (_, slot) => {
    const longest = Math.max(evidence.longest[2 * slot], evidence.longest[2 * slot + 1]);
    return longest > 0 ? [`${String.fromCharCode(evidence.bytes[slot])} ${longest}`] : [];
  })
    .flat()
    .sort();

describe('the unit of indentation', () => {
  it('is that of most lines', () => {
    for (const unit of UNITS) assert.equal(unitOf(Buffer.from(inUnits(CLASS, unit))), unit);
    assert.equal(unitOf(Buffer.from('a\nb\n\n  \n')), UNKNOWN);
    assert.equal(unitOf(Buffer.from('/**\n * a\n */\n')), UNKNOWN);
    assert.equal(unitOf(Buffer.from('        a\n    b\n')), 4);
    assert.equal(unitOf(Buffer.from(inUnits(CLASS, 2).replaceAll('\n', '\r\n'))), 2);
    assert.equal(unitOf(Buffer.from('f(\n\ta,\n  b)\n')), TAB);
  });

  it("of a document is asked of the cursor's line once its indentation is finished, or has a tab", () => {
    const at = (marked: string) => {
      const document = Document.create('a', '', 1, marked.replace('█', ''));
      return unitIn(document, document.positionAt(marked.indexOf('█')));
    };
    assert.deepEqual(['a {\n    █', 'a {\n    b█', 'a {\n\t█', 'a {\n    b\n  █c\n', 'a {\n█\n  b\n'].map(at), [
      UNKNOWN,
      4,
      TAB,
      4,
      2,
    ]);
    assert.equal(unitIn(Document.create('a', '', 1, 'a {\n    b\n')), 4);
  });

  it('is changed level by level; what aligns stays', () => {
    for (const from of UNITS)
      for (const to of UNITS)
        assert.equal(Buffer.from(inUnit(Buffer.from(inUnits(CLASS, from)), from, to)).toString(), inUnits(CLASS, to));
    assert.equal(Buffer.from(inUnit(Buffer.from('  a\n      b'), 4, TAB, false)).toString(), '  a\n\t  b');
    assert.equal(Buffer.from(inUnit(Buffer.from('  a'), UNKNOWN, TAB)).toString(), '  a');
  });

  it('a view says how much of the document each of its ends stands for', () => {
    for (const own of UNITS)
      for (const other of UNITS)
        if (own !== other)
          for (let cut = 0; cut <= 90; cut++) {
            const text = Buffer.from(`\xfdpath\n${inUnits(CLASS, own)}`, 'latin1').subarray(0, 6 + cut);
            const view = new View().set(text, text.length, own, other, 500);
            assert.equal(view.width(view.text.length), text.length - 1);
            for (let n = 1; n <= view.text.length; n++) {
              const part = Buffer.from(view.text.subarray(view.text.length - n));
              if (n === view.text.length || view.text[view.text.length - n - 1] === 0x0a)
                assert.equal(
                  Buffer.from(inUnit(part, other, own)).toString() + Buffer.from(view.indent ?? []).toString(),
                  text.subarray(text.length - view.width(n)).toString(),
                );
            }
          }
  });

  it("what is found in a file of another unit is what would be found if it had the document's", () => {
    for (const own of UNITS)
      for (const other of UNITS)
        if (own !== other) {
          const index = new TextIndex(4096);
          put(index, 'a', inUnits(CLASS, other));
          const text = Buffer.from(inUnits(CLASS, own));
          for (let end = 30; end < text.length; end++) {
            const evidence = new Evidence();
            evidence.begin(text, end);
            index.find(evidence, undefined, own);
            const best = evidence.best();
            assert.ok(best && best.length >= 20, `${own} ${other} ${end}: ${JSON.stringify(best)}`);
            assert.equal(
              evidence.best(text[end])?.length,
              best.length,
              `${own} ${other} ${JSON.stringify(text.subarray(0, end).toString())}: ${said(evidence)}`,
            );
            assert.equal(
              Buffer.from(index.read(best.place, 30, own, indentBefore(text.subarray(0, end)))).toString(),
              text.subarray(end, end + 30).toString(),
            );
          }
        }
  });

  it("nothing that is said at the start of a line has the other's unit, whatever the text", () => {
    const lines = fc
      .array(fc.tuple(fc.nat(3), fc.constantFrom('add(item);', 'if (item) {', '}', '')), {
        minLength: 4,
        maxLength: 30,
      })
      .map((all) => {
        // a step to the right is one level, as in code: where most steps are three, three are the unit
        let deepest = 2;
        const line = ([depth, text]: [number, string]) => {
          if (!text) return '';
          const levels = Math.min(depth, deepest);
          deepest = levels + 1;
          return '\t'.repeat(levels) + text;
        };
        return all.map(line).join('\n');
      });
    let indents = 0;
    fc.assert(
      fc.property(lines, lines, fc.constantFrom(...UNITS), fc.constantFrom(...UNITS), (file, document, own, other) => {
        const index = new TextIndex(4096);
        put(index, 'file', inUnits(`f {\n\tg {\n\t\th\n${file}\n`, other));
        const text = encode(inUnits(`f {\n\tg {\n\t\th\n${document}`, own));
        for (let end = 20; end < text.length; end++) {
          const evidence = new Evidence();
          evidence.begin(text, end);
          index.find(evidence, undefined, own);
          if (text.subarray(text.lastIndexOf(0x0a, end - 1) + 1, end).some((byte) => byte !== 0x20 && byte !== 0x09))
            continue;
          const foreign = own === TAB ? 0x20 : 0x09;
          assert.ok(
            !evidence.bytes.subarray(0, evidence.size).includes(foreign),
            JSON.stringify(text.subarray(0, end).toString()),
          );
          indents += Number(evidence.size > 0);
          const best = evidence.best();
          if (!best) continue;
          const draft = Buffer.from(index.read(best.place, 40, own, indentBefore(text.subarray(0, end)))).toString();
          assert.ok(own === TAB ? !/\n\t* /.test(draft) : !draft.includes('\t'), JSON.stringify(draft));
        }
      }),
      { numRuns: 100 },
    );
    assert.ok(indents > 100, `${indents}`);
  });

  it('files without one, and a document without one, are read as they are', () => {
    const index = new TextIndex(4096);
    put(index, 'spaces', inUnits(CLASS, 4));
    put(index, 'none', 'alpha(beta);\ngamma(delta);\n');
    const found = (text: string, unit: Unit) => {
      const evidence = new Evidence();
      evidence.begin(Buffer.from(text), text.length);
      index.find(evidence, undefined, unit);
      return said(evidence);
    };
    assert.deepEqual(found('beta);\ngamma(d', TAB), ['e 14']);
    assert.deepEqual(found('export class Shelf {\n', UNKNOWN), ['  21']);
    assert.deepEqual(found('export class Shelf {\n', TAB), ['\t 21']);
    assert.deepEqual(found('export class Shelf {\n', 2), ['  21']);
    for (const _ of index.remove('spaces')) void _;
    assert.deepEqual(found('export class Shelf {\n', TAB), []);
  });
});
