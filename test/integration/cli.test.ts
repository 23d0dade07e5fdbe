/** The command line on real sources and on everything that can go wrong. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CLI, ROOT } from './worker.ts';

const byteline = (args: string[], input?: string | Buffer) => {
  const r = spawnSync(process.execPath, [CLI, ...args], { input, encoding: 'utf8', cwd: ROOT });
  return { status: r.status, out: r.stdout, err: r.stderr };
};

describe('command line', () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'byteline-'));
  });
  after(() => rmSync(folder, { recursive: true }));
  const file = (name: string, text: string | Buffer) => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };
  const complete = (path: string, line: number, column: number, ...more: string[]) =>
    byteline(['complete', path, '--line', `${line}`, '--column', `${column}`, '--model', 'micro', '--json', ...more]);

  const SOURCES: [string, string][] = [
    ['a.ts', 'export function add(a: number, b: number): number {\n  return \n}\n'],
    ['a.py', 'def add(a, b):\n    return \n'],
    ['a.go', 'package main\n\nfunc add(a, b int) int {\n\treturn \n}\n'],
    ['a.rs', 'fn add(a: i32, b: i32) -> i32 {\n    let c = \n}\n'],
    ['A.java', 'class A {\n  int add(int a, int b) {\n    return \n  }\n}\n'],
    ['a.cpp', '#include <vector>\nint add(int a, int b) {\n  return \n}\n'],
    ['a.css', '.button {\n  color: \n}\n'],
    ['a.json', '{\n  "name": "a",\n  "version": \n}\n'],
    ['a.md', '# Title\n\nThis is \n'],
  ];
  for (const [name, text] of SOURCES) {
    it(`completes ${name}`, () => {
      const lines = text.split('\n');
      const line = lines.findLastIndex((l) => l.endsWith(' ')) + 1;
      const r = complete(file(name, text), line, lines[line - 1].length + 1);
      assert.equal(r.status, 0, r.err);
      const result = JSON.parse(r.out);
      assert.ok(result.text.length > 0 && result.bytes === Buffer.byteLength(result.text), r.out);
      assert.ok(
        result.timings.totalMs > 0 &&
          result.model === 'micro' &&
          result.precision === 'int8' &&
          result.device === 'cpu',
      );
    });
  }

  it('offers no more than the model is sure of, when asked so', () => {
    const path = file(
      'offer.ts',
      [
        'export function add(a: number, b: number) {\n  return a + b;\n}\n',
        'export function sub(a: number, b: number) {\n  \n}\n',
      ].join('\n'),
    );
    const [whole, offer] = [JSON.parse(complete(path, 6, 3).out), JSON.parse(complete(path, 6, 3, '--offer').out)];
    assert.ok(whole.text.startsWith(offer.text) && whole.confidence > 0 && whole.confidence < 1);
    assert.ok(offer.text === '' ? offer.stop === 'low-confidence' : offer.confidence >= whole.confidence);
    const all = JSON.parse(complete(path, 6, 3, '--eagerness', '0').out);
    assert.deepEqual([all.text, all.confidence], [whole.text, whole.confidence]);
    assert.equal(JSON.parse(complete(path, 6, 3, '--eagerness', '1').out).stop, 'low-confidence');
    const wrong = complete(path, 6, 3, '--eagerness', 'sure');
    assert.equal(wrong.status, 2);
    assert.match(wrong.err, /--eagerness.*expected quiet, balanced, eager or a number from 0 to 1/);
  });

  const big = 'const value = compute(1, 2);\n'.repeat(690_000);
  const ODD: [string, string | Buffer, number, number][] = [
    ['empty.ts', '', 1, 1],
    ['crlf.ts', 'const a = 1;\r\nconst b = \r\n', 2, 11],
    ['bom.ts', '\ufeffconst a = ', 1, 11],
    ['tabs.go', 'func a() {\n\t\t', 2, 3],
    ['korean.py', '# 두 수를 더한다\ndef 더하기(a, b):\n    return ', 3, 12],
    ['emoji.ts', "const a = '😀", 1, 14],
    ['big.ts', big, 690_000, 15],
    ['invalid.ts', Buffer.from([0x61, 0xff, 0xed, 0xa0, 0x80, 0x20]), 1, 3],
  ];
  for (const [name, text, line, column] of ODD) {
    it(`gives a completion or a reason on ${name}`, () => {
      const r = complete(file(name, text), line, column);
      assert.equal(r.status, 0, r.err);
      const result = JSON.parse(r.out);
      assert.ok(result.text !== '' || /^[a-z-]+$/.test(result.stop));
      assert.ok(!result.text.includes('\ufffd'));
    });
  }

  const ERRORS: [string, () => string[], number, RegExp][] = [
    [
      'a missing file',
      () => ['complete', 'nowhere.ts', '--line', '1', '--column', '1'],
      1,
      /^byteline: nowhere\.ts: no such file\n$/,
    ],
    [
      'a line beyond the end',
      () => ['complete', file('s.ts', 'a\n'), '--line', '9', '--column', '1'],
      1,
      /^byteline: --line 9: .*s\.ts has 2 lines\n$/,
    ],
    [
      'a column beyond the end',
      () => ['complete', file('s.ts', 'a\n'), '--line', '1', '--column', '5'],
      1,
      /^byteline: --column 5: line 1 of .* has 1 characters\n$/,
    ],
    [
      'a binary file',
      () => ['complete', file('s.bin', Buffer.from([1, 0, 2])), '--line', '1', '--column', '1'],
      1,
      /^byteline: .*s\.bin: a binary file\n$/,
    ],
    [
      'an unknown model',
      () => ['complete', file('s.ts', 'a'), '--line', '1', '--column', '1', '--model', 'nope'],
      1,
      /^byteline: no model named nope; there is .*micro/,
    ],
    [
      'a device that is not there',
      () => ['complete', 'a', '--line', '1', '--column', '1', '--device', 'abacus'],
      2,
      /expected one of auto, cpu, webgpu/,
    ],
    [
      'a device that this build lacks',
      () => ['complete', file('s.ts', 'a'), '--line', '1', '--column', '1', '--device', 'dml'],
      1,
      /^byteline: --device dml: not in this build of onnxruntime\n$/,
    ],
    ['a missing option', () => ['complete', 'a.ts'], 2, /required option '--line/],
    ['an unknown command', () => ['fly'], 2, /unknown command/],
  ];
  for (const [name, args, status, message] of ERRORS) {
    it(`${name} is exit status ${status} and one clear line`, () => {
      const r = byteline(args());
      assert.equal(r.status, status);
      assert.match(r.err, message);
      assert.equal(r.out, '');
    });
  }

  it('reads standard input', () => {
    const r = byteline(
      ['complete', '-', '--path', 'a.py', '--line', '2', '--column', '12', '--model', 'micro'],
      'def f(a):\n    return ',
    );
    assert.equal(r.status, 0, r.err);
    assert.ok(r.out.trim().length > 0);
  });
  it('scores raw bytes, each once', () => {
    const path = file('score.ts', 'export const value = compute(1, 2);\n'.repeat(200));
    const r = JSON.parse(byteline(['score', path, path, '--model', 'micro', '--json']).out);
    assert.equal(r.bytes, 2 * 7200);
    assert.equal(r.files.length, 2);
    assert.ok(Math.abs(r.files[0].bits - r.files[1].bits) < 1e-6 && r.bitsPerByte > 0 && r.bitsPerByte < 1);
    assert.equal(JSON.parse(byteline(['score', file('empty', ''), '--model', 'micro', '--json']).out).bits, 0);
  });
  it('lists models with the state of their hashes', () => {
    const rows = JSON.parse(byteline(['models', '--json']).out);
    assert.ok(rows.some((r: any) => r.name === 'micro' && r.hash === 'ok' && r.precision === 'int8'));
  });
  it('runs as npx byteline, as the README says', () => {
    const r = spawnSync('npx', ['--no-install', 'byteline', 'models', '--json'], { encoding: 'utf8', cwd: ROOT });
    assert.equal(r.status, 0, r.stderr);
    assert.ok(JSON.parse(r.stdout).some((row: any) => row.name === 'nano'));
  });
  it('benches every row', () => {
    const r = JSON.parse(
      byteline([
        'bench',
        '--model',
        'micro,nano',
        '--threads',
        '1,2',
        '--runs',
        '3',
        '--rounds',
        '1',
        '--keys',
        '4',
        '--neighbours',
        '0,1',
        '--workspace',
        join(ROOT, 'test/fixtures/sample'),
        '--json',
      ]).out,
    );
    assert.deepEqual(
      [...new Set(r.rows.map((row: any) => row.name))],
      [
        'load',
        'prefill, cold',
        'cancel during prefill',
        'key to first byte',
        '32 bytes, warm',
        '128 bytes, warm',
        'decoding, no drafts',
        'decoding, 4 candidates',
        'memory of the process',
        'typing: key to first byte',
        'typing: key to full line',
        'typing: CPU time of a key, as offered',
        'typing: key to first byte, 1 busy neighbour',
        'typing: key to full line, 1 busy neighbour',
      ],
    );
    assert.equal(new Set(r.rows.map((row: any) => `${row.model} ${row.threads}`)).size, 4);
    assert.equal(r.workspace.files, 3);
    assert.ok(r.workspace.bytes > 0 && r.workspace.folder.endsWith('sample'));
    for (const of of [true, false]) {
      const names = r.rows
        .filter((row: any) => row.memory === of && row.name.startsWith('typing'))
        .map((row: any) => row.name);
      assert.equal(new Set(names).size, 5, `rows with memory ${of}: ${names}`);
    }
    for (const row of r.rows)
      assert.ok(
        row.p50 > 0 &&
          row.low <= row.p50 &&
          row.high >= row.p50 &&
          row.p99 >= row.p95 &&
          row.p95 >= row.p50 &&
          row.n > 0,
      );
  });
  it('benches without the memory where none is wanted', () => {
    const { out } = byteline(
      'bench --model micro --runs 3 --rounds 1 --keys 2 --neighbours 0 --no-workspace --json'.split(' '),
    );
    const { workspace, rows } = JSON.parse(out);
    assert.equal(workspace, undefined);
    assert.ok(rows.length > 0 && rows.every((row: any) => row.memory === false));
  });
  it('refuses a bench of what there is not', () => {
    for (const [more, message] of [
      [['--model', 'nano,none'], /no model named none/],
      [['--threads', 'two'], /--threads two: expected whole numbers/],
      [['--workspace', 'nowhere', '--keys', '1'], /--workspace nowhere: no such folder/],
      [['--precision', 'int3'], /model\.json: files: none for the CPU in int3/],
    ] as [string[], RegExp][]) {
      const r = byteline(['bench', '--runs', '3', '--rounds', '1', '--keys', '0', ...more]);
      assert.equal(r.status, 1);
      assert.match(r.err, message);
    }
  });
});
