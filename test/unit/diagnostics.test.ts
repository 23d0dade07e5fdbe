/** What a bug report holds, and above all what it does not. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import ts from 'typescript';
import { type DiagnosticsContent, diagnostics, shown } from '../../extension/views/diagnostics.ts';
import { cleaner } from '../../extension/views/logMessages.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const LANGUAGES = ['typescript', 'c'];
const facts = (more: Partial<DiagnosticsContent> = {}): DiagnosticsContent => ({
  versions: { 'VS Code': '1.139.0 (desktop)', Byteline: '0.4.0' },
  status: { state: 'ready', model: 'nano', device: 'cpu' },
  settings: [],
  languages: LANGUAGES,
  statistics: ['Characters saved: 120.'],
  log: '',
  ...more,
});
const SECRETS = ['zorblequoin', 'mcgillicuddy', 'hunter2000000', 'plinthWobble'];
const LEAKS = [
  '2026-11-25 10:00:00.123 [error] cannot index /home/mcgillicuddy/zorblequoin/plinthWobble.ts: ' +
    "EACCES: permission denied, open '/home/mcgillicuddy/zorblequoin/plinthWobble.ts'",
  '2026-11-25 10:00:00.123 [error] C:\\Users\\mcgillicuddy\\zorblequoin\\model.json: bytes: expected number',
  '2026-11-25 10:00:00.123 [info] const plinthWobble = "hunter2000000"; // zorblequoin',
  '    at mcgillicuddy (file:///home/mcgillicuddy/zorblequoin.ts:3:4)',
];

/** What goes into the log: of the extension and of the worker, not of the command line. */
const LOGS = /(^|\.)(log|warn|none)$|(^|\.)(log|console)\.(debug|info|warn|error|log)$/;

/** The messages that the sources log, but those that are another one's as they are: their texts, and a line each. */
function logged(): { where: string; texts: string[]; line: string }[] {
  const found: { where: string; texts: string[]; line: string }[] = [];
  for (const part of ['extension', 'server'])
    for (const file of readdirSync(ROOT + part, { recursive: true, encoding: 'utf8' })) {
      if (!file.endsWith('.ts') || (part === 'server' && /^cli[\\/]/.test(file))) continue;
      const source = readFileSync(`${ROOT}${part}/${file}`, 'utf8');
      if (!/\b(log|debug|info|warn|error|none)\(/.test(source)) continue;
      const visit = (node: ts.Node) => {
        if (ts.isCallExpression(node) && LOGS.test(node.expression.getText())) {
          const [message] = node.arguments;
          const parts =
            message && ts.isTemplateExpression(message)
              ? [message.head.text, ...message.templateSpans.map(({ literal }) => literal.text)]
              : message && ts.isStringLiteralLike(message)
                ? [message.text]
                : [];
          const texts = parts.map((text) => text.trim()).filter((text) => /[a-z]{3}/.test(text));
          const own = node.expression.getText().endsWith('.none') ? 'nothing offered: ' : '';
          if (texts.length) found.push({ where: `${part}/${file}`, texts, line: own + parts.join('7') });
        }
        ts.forEachChild(node, visit);
      };
      visit(ts.createSourceFile(file, source, ts.ScriptTarget.Latest, true));
    }
  return found;
}

describe('diagnostics', () => {
  it("let Byteline's own lines through as they are", () => {
    const clean = cleaner(LANGUAGES);
    for (const line of [
      '2026-11-25 10:00:00.123 [info] nothing offered: low-confidence',
      '2026-11-25 10:00:00.123 [info] nothing offered: off for typescript',
      '[warning] the worker stopped; restarting in 200 ms: the worker crashed (SIGSEGV)',
      '[info] model: nano 0.4.0',
      '[info] indexed 3 files, 0.1 MB in 0.2 s; skipped 1 binary',
      '[info] cuda is not used: not faster: 12.5 ms, the CPU 4.1 ms',
      '[error] the worker failed: ECONNRESET',
    ])
      assert.equal(clean(line), line);
  });
  it("hold no path, no user's name and no source text of the log or the status", () => {
    const report = diagnostics(
      facts({
        log: LEAKS.join('\n'),
        status: { state: 'error', model: 'nano', message: LEAKS[1], rejected: [{ device: 'cuda', reason: LEAKS[0] }] },
      }),
    );
    for (const secret of SECRETS) assert.doesNotMatch(report, new RegExp(secret, 'i'));
    // and still say what went wrong
    assert.match(report, /\[error\] cannot index … EACCES: permission denied, open …/);
  });
  it('let no unknown word through, wherever it stands', () => {
    const word = fc.stringMatching(/^[a-zA-Z]{3,12}$/).map((text) => `${text}xqz`);
    const glue = fc.constantFrom(
      ' ',
      ': ',
      '/',
      '\\',
      ' (',
      '" ',
      "'s ",
      '.',
      ',',
      ' the index of ',
      ' 12 ',
      '=',
      '-',
      '_',
    );
    fc.assert(
      fc.property(fc.array(fc.tuple(word, glue), { minLength: 1, maxLength: 12 }), (words) => {
        assert.doesNotMatch(cleaner(LANGUAGES)(words.flat().join('')), /xqz/);
      }),
    );
  });
  it(
    "let no source text through that is made of Byteline's own words, nor numbers of a line that is " +
      'none of its own',
    () => {
      const clean = cleaner(LANGUAGES);
      assert.equal(clean('[info] return error unless the file was indexed'), '[info] …');
      assert.equal(clean('[info] const files = 3; // the worker failed'), '[info] …');
      assert.equal(clean('[info] pin 123456'), '[info] …');
    },
  );
  it('let of a placeholder nothing through but what it stands for', () => {
    const word = fc.stringMatching(/^[ -~]{0,40}$/).map((text) => `${text}xqz`);
    const lines: ((a: string, b: string) => string)[] = [
      (a) => `nothing offered: ${a}`,
      (a) => `nothing offered: off for ${a}`,
      (a, b) => `cannot index ${a}: ${b}`,
      (a, b) => `cannot index ${a}: ENOENT: no such file or directory, open '${b}'`,
      (a, b) => `model: ${a} ${b}`,
      (a, b) => `${a} is not used: ${b}`,
      (a, b) => `the worker stopped; restarting in ${a} ms: the worker ended with code 1: ${b}`,
      (a, b) => `indexed ${a} files, 0.1 MB in 0.2 s; skipped 1 ${b}`,
      (a, b) => `${a}: [ONNXRuntimeError] : 1 : FAIL : ${b}`,
    ];
    fc.assert(
      fc.property(fc.constantFrom(...lines), word, word, (line, a, b) => {
        const cleaned = cleaner(LANGUAGES)(`[info] ${line(a, b)}`);
        assert.doesNotMatch(cleaned, /xqz/);
      }),
    );
  });
  it('know every message that the sources log', () => {
    const found = logged();
    assert.ok(found.length > 20, `${found.length} messages`);
    for (const { where, texts, line } of found) {
      const cleaned = cleaner(LANGUAGES)(line);
      for (const text of texts) assert.ok(cleaned.includes(text), `${where}: ${line} became ${cleaned}: no template?`);
    }
  });
  it('have the last fifty lines', () => {
    const log = Array.from({ length: 80 }, (_, i) => `[info] indexed ${i} files, 1.0 MB in 0.1 s`).join('\n');
    const lines = diagnostics(facts({ log }))
      .split('\n')
      .filter((line) => line.startsWith('[info]'));
    assert.deepEqual(
      [lines.length, lines[0], lines[49]],
      [50, '[info] indexed 30 files, 1.0 MB in 0.1 s', '[info] indexed 79 files, 1.0 MB in 0.1 s'],
    );
  });
  it('show of settings what can name nothing private', () => {
    const of = (key: string, schema: object, value: unknown) => shown(`byteline.${key}`, schema, value, LANGUAGES);
    assert.equal(of('enable', { type: 'boolean' }, false), 'false');
    assert.equal(of('device', { type: 'string', enum: ['auto', 'cpu'] }, 'cpu'), 'cpu');
    assert.equal(of('device', { type: 'string', enum: ['auto', 'cpu'] }, '/home/mcgillicuddy'), 'changed');
    assert.equal(of('model', { type: 'string' }, '/home/mcgillicuddy/mine'), 'mine');
    assert.equal(of('model', { type: 'string' }, 'C:\\Users\\mcgillicuddy\\mine'), 'mine');
    assert.equal(of('modelFolders', { type: 'array' }, ['/home/mcgillicuddy']), '1 entries');
    assert.equal(of('memory.secrets', { type: 'array' }, ['mcgillicuddy*', 'x']), '2 entries');
    assert.equal(
      of('languages', { type: 'object' }, { '*': true, c: false, zorblequoin: false }),
      '* true, c false, … false',
    );
    assert.equal(of('models', { type: 'object' }, { c: '/home/mcgillicuddy' }), '1 entries');
    assert.equal(of('free', { type: 'string' }, 'zorblequoin'), 'changed');
  });
  it('name the versions, the model without its folder and the statistics', () => {
    const report = diagnostics(facts({ status: { state: 'ready', model: '/home/mcgillicuddy/mine', device: 'cpu' } }));
    for (const line of [
      '- Byteline: 0.4.0',
      '- model: mine, device: cpu',
      '- status: ready',
      '- memory: off',
      '- Characters saved: 120.',
      '- none',
    ])
      assert.ok(report.split('\n').includes(line), line);
  });
});
