/** Code, comment or string at █; TypeScript's and Python's own scanners agree on this repository's files. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import ts from 'typescript';
import { type Scope, scopeAt } from '../../extension/switches/scope.ts';
import { SYNTAXES } from '../../extension/switches/syntaxes.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const PYTHON = join(ROOT, '.venv/bin/python');
const CASES: [language: string, scope: Scope, ...marked: string[]][] = [
  [
    'typescript',
    'code',
    '█',
    'f(█',
    "f('a', █",
    '// a\n█',
    '/* a */ █',
    "x = '\n█",
    '`a ${█',
    '`a ${b}` + █',
    '`${`${a}`}` █',
    'x = /[\'"`]/.test(█',
    "return /'/ || █",
    '}\n/`/.test(█',
    'a = b / 2; c = `d` / █',
    "'it\\'s' + █",
    'f({ a: `${{ b: 1 }.█',
  ],
  [
    'typescript',
    'string',
    "f('█",
    "f('a', \"█",
    '`a\n█',
    '`${a}█',
    '`${`${a}█',
    "'it\\'s █",
    "f('// █",
    '`a ${{ b: { c } }} █',
    "a = b / 2; c = 'd / █",
    "'a\\\nb█",
    '<div class="█',
  ],
  ['typescript', 'comment', '// █', "x; // it's █", '/*█', '/* a\n * "b" █', '`${/* █', '`${a // █', 'https: // a`█'],
  ['javascriptreact', 'code', "<p>Don't</p>\n█", '<a>{/* b */}</a>\n{█'],
  [
    'python',
    'code',
    '█',
    'f(█',
    '"""a"""\n█',
    "x = 'a'\n█",
    "x = 'a\n█",
    "f'{█",
    "f'{a}' + █",
    "f'{{' + █",
    "rb'\\'' + █",
    "f'{a\n█",
    "d['a'] = █",
  ],
  [
    'python',
    'string',
    "'█",
    'def f():\n    """It\'s\n    █',
    '\'\'\'a"""█',
    "f'{{█",
    "f'{a} █",
    "f'''{a['b']}\n█",
    "rb'\\'█",
    "x = 'a\\\n█",
    "'# █",
    'f\'{a["b█',
  ],
  ['python', 'comment', '# █', "x  # it's █", "'#' # █"],
  ['c', 'code', "c = '\"'; █", '/* /* */ █', '"a" █', "c = '\\''; █"],
  ['c', 'string', '"█', '"\\"█'],
  ['cpp', 'code', 'R"x(")" ")x" █', "n = 1'000'000; █"],
  ['cpp', 'string', 'R"x(a)"\n█'],
  ['rust', 'code', "fn f<'a>(x: &'a str) { █", '/* /* */ */ █', 'r#"a"b"# █', "let q = '\"'; █"],
  ['rust', 'string', '"a\n█', 'br##"a"# █'],
  ['rust', 'comment', '/* /* */ █', '/// "a█'],
  ['go', 'code', "r := '`'; █", '`a\\` + █'],
  ['go', 'string', '`a\n"b\n█'],
  ['java', 'string', '"""\n  "a" █'],
  ['csharp', 'code', '@"C:\\" + █', '$"{a.█', "c = '\"'; █"],
  ['csharp', 'string', '@"a ""b"" \n█', '$"{{█', '$"{a}█', '"""\n"a█'],
  ['kotlin', 'code', '"${a.█'],
  ['swift', 'code', '"\\(a.█'],
  ['swift', 'string', '"\\(a(b)) \\" █'],
  [
    'shellscript',
    'code',
    'echo $#; █',
    'a=${#b}; █',
    "cat <<EOF\nDon't\nEOF\n█",
    'echo \\" █',
    'x="$(ls █',
    'x="$(ls "$(a)")"; █',
    'cat <<EOF | █',
    '(( a << b ))\nx █',
  ],
  ['shellscript', 'string', "'a\n█", '"$(ls) █', "cat <<-'END'\nEND of █", 'cat <<EOF\n# █'],
  ['shellscript', 'comment', '# █', "ls # it's █", '#!/bin/█'],
  ['yaml', 'code', "a: don't█", 'a: "b"\n█', 'a: b#c█'],
  ['yaml', 'string', 'a: "█', "- 'it''s █"],
  ['yaml', 'comment', 'a: b # █', '# █'],
  ['toml', 'string', 'a = """\n█', 'a = "█'],
  ['toml', 'comment', 'a = "b" # █'],
  ['ruby', 'code', '"#{a.█', 'x = /"/ =~ █', "<<~SQL\nit's\n  SQL\n█", 'a << b\nx █'],
  ['ruby', 'string', '"#{a} █', 'f <<~SQL\n  █'],
  ['ruby', 'comment', '# █', '=begin\n"█'],
  ['php', 'comment', '# █', '// █'],
  ['php', 'code', "#[A('b')]\n█"],
  ['sql', 'code', "SELECT 'it''s' █", '"a\'b" █'],
  ['sql', 'string', "SELECT '█", "'it''█"],
  ['sql', 'comment', '-- █', '/* █'],
  ['lua', 'code', '--[[ a ]] █', '[==[ ]] ]==] █'],
  ['lua', 'string', '[==[ ]] █'],
  ['lua', 'comment', '-- █', '--[[ a\n█'],
  ['haskell', 'code', "f' = '\"'; █", 'a --> █', '{- {- -} -} █'],
  ['haskell', 'comment', '-- █', '{- {- -} █', '--- a█'],
  ['html', 'code', "<p>Don't █", '<a href="b">█', '<!-- a --> █'],
  ['html', 'string', '<a href="█'],
  ['html', 'comment', '<!-- <a href="b">█'],
  ['css', 'comment', '/* █'],
  ['scss', 'code', 'a: url(http://█'],
  ['scss', 'comment', '// █'],
  ['json', 'string', '{ "a": "█'],
  ['markdown', 'code', "Don't `█", '<!-- █', '# █'],
  ['nothing-known', 'code', '"█', '// █', "it's /* █"],
];

describe('scope', () => {
  for (const [language, scope, ...all] of CASES) {
    it(`${language}: ${scope}`, () => {
      for (const marked of all)
        assert.equal(scopeAt(marked.slice(0, marked.indexOf('█')), language), scope, JSON.stringify(marked));
    });
  }

  it("says what TypeScript's parser says, in files of this repository", () => {
    let [spans, places] = [0, 0];
    const wrong: string[] = [];
    for (const file of [
      ...filesIn('extension', '.ts'),
      ...filesIn('server/completion', '.ts'),
      ...filesIn('test/unit', '.ts'),
    ]) {
      const text = readFileSync(file, 'utf8');
      for (const [from, to, scope] of typescriptSpans(ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true))) {
        if (spans++ % (scope === 'code' ? 61 : 9)) continue; // each place has its scanner read the file from its start
        for (const at of new Set([from, (from + to) >> 1, to])) {
          places++;
          if (scopeAt(text.slice(0, at), 'typescript') !== scope)
            wrong.push(`${file.slice(ROOT.length)}: ${JSON.stringify(text.slice(at - 30, at))}█ is ${scope}`);
        }
      }
    }
    assert.ok(places > 500, `${places}`);
    assert.deepEqual(wrong.slice(0, 20), []);
  });

  it("says what Python's tokenizer says, in the model's files", () => {
    const files = filesIn('model', '.py');
    const program = [
      'import json, sys, tokenize',
      'def tokens(path):',
      '    return tokenize.generate_tokens(open(path, encoding="utf-8").readline)',
      'kinds = (tokenize.COMMENT, tokenize.STRING)',
      'print(json.dumps([',
      '    [[t.type == tokenize.COMMENT, t.string, *t.start, *t.end] for t in tokens(path) if t.type in kinds]',
      '    for path in sys.argv[1:]',
      ']))',
    ].join('\n');
    const tokens = JSON.parse(
      execFileSync(existsSync(PYTHON) ? PYTHON : 'python3', ['-c', program, ...files], {
        encoding: 'utf8',
        maxBuffer: 1e9,
      }),
    ) as [boolean, string, number, number, number, number][][];
    let places = 0;
    for (const [i, file] of files.entries()) {
      const lines = Array.from(readFileSync(file, 'utf8').split('\n'));
      const before = (row: number, column: number) =>
        [
          ...lines.slice(0, row - 1),
          Array.from(lines[row - 1])
            .slice(0, column)
            .join(''),
        ].join('\n');
      for (const [k, [comment, text, row, column, endRow, endColumn]] of tokens[i].entries()) {
        if (k % 9) continue;
        const scope = comment ? 'comment' : 'string';
        const opening = comment ? 1 : /^\w*("""|'''|"|')/.exec(text)![0].length;
        const interpolated = /^\w*f\w*['"]/i.test(text) && text.includes('{');
        places++;
        if (!interpolated || text[opening] !== '{')
          assert.equal(scopeAt(before(row, column + opening), 'python'), scope, `${file}:${row} begins ${text}`);
        assert.equal(
          scopeAt(before(endRow, endColumn - (comment ? 0 : 1)), 'python'),
          scope,
          `${file}:${endRow} inside ${text}`,
        );
        if (!comment)
          assert.equal(scopeAt(before(endRow, endColumn), 'python'), 'code', `${file}:${endRow} behind ${text}`);
      }
    }
    assert.ok(places > 150, `${places}`);
  });

  it('answers for any text in any language', () => {
    const piece = fc.constantFrom(
      '"',
      "'",
      '`',
      '"""',
      '/*',
      '*/',
      '//',
      '#',
      '--',
      '--[[',
      '${',
      '#{',
      '{',
      '}',
      '(',
      ')',
      '\\',
      '\n',
      '<<EOF\n',
      'EOF',
      'r#"',
      '@"',
      '<!--',
      '-->',
      'a',
      ' ',
      '=',
      '/',
      'f"',
      '😀',
    );
    fc.assert(
      fc.property(fc.constantFrom(...Object.keys(SYNTAXES)), fc.array(piece, { maxLength: 60 }), (language, pieces) => {
        assert.ok(['code', 'comment', 'string'].includes(scopeAt(pieces.join(''), language)));
      }),
      { numRuns: 3000, seed: 1 },
    );
  });
});

const filesIn = (folder: string, ending: string): string[] =>
  readdirSync(ROOT + folder, { recursive: true })
    .map((f) => join(ROOT, folder, String(f)))
    .filter((f) => f.endsWith(ending));

/** Offsets between which a cursor is in one scope. */
function typescriptSpans(source: ts.SourceFile): [from: number, to: number, scope: Scope][] {
  const spans: [number, number, Scope][] = [];
  const comments = new Map<number, ts.CommentRange>();
  const visit = (node: ts.Node): void => {
    const [from, to] = [node.getStart(source), node.end];
    if (ts.isStringLiteral(node) || ts.isNoSubstitutionTemplateLiteral(node) || ts.isTemplateTail(node))
      spans.push([from + 1, to - 1, 'string']);
    else if (ts.isTemplateHead(node) || ts.isTemplateMiddle(node)) spans.push([from + 1, to - 2, 'string']);
    else if (ts.isIdentifier(node) || ts.isRegularExpressionLiteral(node)) spans.push([from, to, 'code']);
    if (!ts.isTemplateMiddle(node) && !ts.isTemplateTail(node))
      for (const c of ts.getLeadingCommentRanges(source.text, node.pos) ?? []) comments.set(c.pos, c);
    for (const child of node.getChildren(source)) if (!ts.isJSDoc(child)) visit(child);
  };
  visit(source);
  for (const { pos, end, kind } of comments.values())
    spans.push([pos + 2, end - (kind === ts.SyntaxKind.MultiLineCommentTrivia ? 1 : 0), 'comment']);
  return spans;
}
