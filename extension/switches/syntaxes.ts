/** What comments and strings look like, by language identifier. A language that is not named has neither. Pure data. */

/** One kind of token. All texts are sources of regular expressions, with the flag m and without groups. */
export interface Rule {
  /** `code`: a whole token in which nothing else begins, such as a character or a regular expression. */
  kind: 'code' | 'comment' | 'string';
  begin: string;
  /** What ends it, from the text that began it; a line's end unless said. */
  end?: (begin: string) => string;
  /** It goes on over lines. */
  lines?: boolean;
  /** What does not end it. */
  escape?: string;
  /** Code inside a string begins like this, and ends with the bracket that closes it. */
  hole?: string;
  /** It may stand inside itself. */
  nested?: boolean;
}

/** A text as the source of a regular expression that matches it. */
export const literal = (text: string) => text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
const BACKSLASH = '\\\\(?:\\r\\n|[^])';

const line = (begin: string): Rule => ({ kind: 'comment', begin });
const block = (begin: string, end: string, nested = false): Rule => ({
  kind: 'comment',
  begin: literal(begin),
  end: () => literal(end),
  lines: true,
  nested,
});
const string = (begin: string, more: Partial<Rule> = {}): Rule => ({
  kind: 'string',
  begin,
  end: literal,
  escape: BACKSLASH,
  ...more,
});
const code = (begin: string): Rule => ({ kind: 'code', begin });

const SLASHES = line('//');
const STARS = block('/*', '*/');
const HASH = line('#');
/** In a shell `$#` and `a#b` are no comments. */
const WORD_HASH = line('#(?<=(?:^|[\\s;&|()])#)');
const LINE_HASH = line('^[ \\t]*#');
const DASHES = line('--');
const DOUBLE = string('"');
const SINGLE = string("'");
const TRIPLES = string('"""|\'\'\'', { lines: true });
const TRIPLE = string('"""', { lines: true });
const TICKS = string('`', { lines: true, escape: undefined });
const CHARACTER = code("'(?:\\\\.[^'\\n]*|[^'\\\\\\n]{1,4})'");
const QUOTES = [DOUBLE, SINGLE];
const dollar = { hole: '\\$\\{' };

/**
 * After an operand a slash divides; one that goes on up to the cursor counts, too. The words before which it does not
 * are JavaScript's and Ruby's.
 */
const REGEX = code(
  '(?=/)(?:(?<![\\w$)\\]"\'`<]\\s*)|(?<=(?<![\\w$.])(?:return|typeof|case|in|of|delete|void|throw|new|do|else|' +
    'instanceof|yield|await|if|unless|when|and|or|not)\\s*))' +
    '/(?![*/])(?:\\\\.|\\[(?:\\\\.|[^\\]\\\\\\n])*(?:\\]|(?![^]))|[^/\\\\[\\n])+(?:/|(?![^]))',
);
/** The rest of the line that a heredoc begins in is code, but has no token that matters. */
const heredoc = (begin: string): Rule => ({
  kind: 'string',
  begin: `${begin}[^\\n]*\\n`,
  end: (text) => `^[ \\t]*${/[A-Za-z_]\w*/.exec(text)![0]}(?=[;,)\\]]|\\s*$)`,
  lines: true,
});
const NAME = '(?:"[A-Za-z_]\\w*"|\'[A-Za-z_]\\w*\'|\\\\?[A-Za-z_]\\w*)';

const c = [SLASHES, STARS, CHARACTER, DOUBLE];
const javascript = [SLASHES, STARS, REGEX, string('`', { lines: true, ...dollar }), ...QUOTES];
const f = (begin: string, lines: boolean) =>
  string(`\\b(?:[fFtT][rR]?|[rR][fFtT])(?:${begin})`, {
    end: (text) => text.replace(/^\w+/, ''),
    escape: `${BACKSLASH}|\\{\\{|\\}\\}`,
    hole: '\\{',
    lines,
  });
const python = [HASH, f('"""|\'\'\'', true), f('"|\'', false), TRIPLES, ...QUOTES];
const cpp = [
  SLASHES,
  STARS,
  string('\\bR"[^\\s()\\\\]{0,16}\\(', {
    end: (text) => literal(`)${text.slice(2, -1)}"`),
    escape: undefined,
    lines: true,
  }),
  CHARACTER,
  DOUBLE,
];
const csharp = [
  SLASHES,
  STARS,
  CHARACTER,
  string('\\$*"""+', { end: (text) => text.replace(/^\$+/, ''), escape: undefined, lines: true }),
  string('\\$?@\\$?"', { end: () => '"', escape: '""', lines: true }),
  string('\\$"', { end: () => '"', escape: `${BACKSLASH}|\\{\\{|\\}\\}`, hole: '\\{' }),
  DOUBLE,
];
const rust = [
  SLASHES,
  block('/*', '*/', true),
  string('\\b[bc]?r#*"', { end: (text) => `"${text.replace(/[^#]/g, '')}`, escape: undefined, lines: true }),
  code("'(?:\\\\.[^'\\n]*|[^'\\\\\\n]{1,2})'"),
  string('"', { lines: true }),
];
const swift = [
  SLASHES,
  block('/*', '*/', true),
  ...[TRIPLE, DOUBLE].map((rule) => ({ ...rule, escape: '\\\\[^(]', hole: '\\\\\\(' })),
];
const kotlin = [
  SLASHES,
  block('/*', '*/', true),
  CHARACTER,
  string('"""', { escape: undefined, lines: true, ...dollar }),
  string('"', dollar),
];
const groovy = [
  SLASHES,
  STARS,
  string("'''", { lines: true }),
  string('"""', { lines: true, ...dollar }),
  SINGLE,
  string('"', dollar),
];
const shell = [
  WORD_HASH,
  heredoc(`(?<!<|\\(\\([^\\n]*)<<-?(?!<)[ \\t]*${NAME}`),
  code('\\\\.'),
  string("\\$'", { end: () => "'", lines: true }),
  string("'", { escape: undefined, lines: true }),
  string('"', { lines: true, hole: '\\$\\((?!\\()' }),
];
const ruby = [
  line('#(?!\\{)'),
  { kind: 'comment' as const, begin: '^=begin\\b', end: () => '^=end\\b', lines: true },
  heredoc(`<<(?:[~-]${NAME}|[A-Z]{2,}\\b)`),
  REGEX,
  SINGLE,
  ...[DOUBLE, string('`')].map((rule) => ({ ...rule, hole: '#\\{' })),
];
const yaml = [
  line('#(?<=(?:^|\\s)#)'),
  ...['"', "'"].map((quote) =>
    string(`${quote}(?<=(?:^[ \\t]*|[:?-][ \\t]+|[,[{][ \\t]*)${quote})`, { escape: quote === '"' ? BACKSLASH : "''" }),
  ),
];
const html = [block('<!--', '-->'), string('["\'](?<==\\s*["\'])', { escape: undefined, lines: true })];
const php = [
  SLASHES,
  line('#(?!\\[)'),
  STARS,
  heredoc('<<<[ \\t]*(?:"[A-Za-z_]\\w*"|\'[A-Za-z_]\\w*\'|[A-Za-z_]\\w*)'),
  ...QUOTES,
];
const sql = [DASHES, STARS, string("'", { escape: "''", lines: true }), code('"[^"\\n]*"')];
const brackets = (begin: string) => begin.replace(/^-*/, '').replaceAll('[', ']');
const lua = [
  { kind: 'comment' as const, begin: '--\\[=*\\[', end: (b: string) => literal(brackets(b)), lines: true },
  DASHES,
  string('\\[=*\\[', { end: (b) => literal(brackets(b)), escape: undefined, lines: true }),
  ...QUOTES,
];
const haskell = [
  line('--+(?![!#$%&*+./<=>?@\\\\^|~:-])'),
  block('{-', '-}', true),
  code("(?<![\\w'])'(?:\\\\[^'\\n]+|[^'\\\\\\n])'"),
  DOUBLE,
];
const css = [STARS, ...QUOTES];
const scss = [line('//(?<!:\\/\\/)'), ...css];
const lisp = [line(';'), block('#|', '|#', true), code('\\\\.'), string('"', { lines: true })];
const ml = [block('(*', '*)', true), CHARACTER, string('"', { lines: true })];
const json = [SLASHES, STARS, DOUBLE];
const hash = [HASH, ...QUOTES];

/** The rules of each language, the first that begins at a place wins. */
export const SYNTAXES: Record<string, Rule[] | undefined> = {
  typescript: javascript,
  typescriptreact: javascript,
  javascript,
  javascriptreact: javascript,
  python,
  c,
  cpp,
  'cuda-cpp': cpp,
  'objective-c': c,
  'objective-cpp': cpp,
  java: [TRIPLE, ...c],
  scala: [string('"""', { escape: undefined, lines: true }), ...c],
  csharp,
  rust,
  swift,
  kotlin,
  groovy,
  dart: [
    SLASHES,
    STARS,
    string('\\br(?:"|\')', { end: (text) => text[1], escape: undefined }),
    { ...TRIPLES, ...dollar },
    ...QUOTES.map((rule) => ({ ...rule, ...dollar })),
  ],
  go: [...c, TICKS],
  zig: [SLASHES, CHARACTER, DOUBLE],
  proto: [SLASHES, STARS, ...QUOTES],
  proto3: [SLASHES, STARS, ...QUOTES],
  php,
  ruby,
  perl: [line('#(?<=(?:^|\\s)#)'), ...QUOTES],
  shellscript: shell,
  powershell: [
    block('<#', '#>'),
    WORD_HASH,
    string("'", { escape: "''", lines: true }),
    string('"', { escape: '`[^]', lines: true }),
  ],
  yaml,
  dockercompose: yaml,
  toml: [HASH, TRIPLES, DOUBLE, string("'", { escape: undefined })],
  dockerfile: [LINE_HASH, ...QUOTES],
  makefile: [line('#(?<!\\\\#)')],
  cmake: [block('#[[', ']]'), HASH, string('"', { lines: true })],
  ini: [line('^[ \\t]*[#;]')],
  properties: [line('^[ \\t]*[#!]')],
  bat: [line('^[ \\t]*(?:::|@?[rR][eE][mM]\\b)')],
  r: hash,
  julia: [block('#=', '=#', true), HASH, TRIPLE, CHARACTER, DOUBLE],
  elixir: [HASH, { ...TRIPLES, hole: '#\\{' }, ...QUOTES.map((rule) => ({ ...rule, hole: '#\\{' }))],
  erlang: [line('%'), DOUBLE],
  coffeescript: [block('###', '###'), HASH, TRIPLES, ...QUOTES],
  graphql: [HASH, TRIPLE, DOUBLE],
  terraform: [HASH, SLASHES, STARS, { ...DOUBLE, ...dollar }],
  hcl: [HASH, SLASHES, STARS, { ...DOUBLE, ...dollar }],
  nix: [
    HASH,
    STARS,
    string("''", { escape: "'''|''\\$", lines: true, ...dollar }),
    string('"', { lines: true, ...dollar }),
  ],
  sql,
  lua,
  haskell,
  elm: haskell,
  ada: [DASHES, CHARACTER, string('"', { escape: '""' })],
  vhdl: [DASHES, STARS, CHARACTER, string('"', { escape: '""' })],
  html,
  xml: html,
  xsl: html,
  vue: html,
  svelte: html,
  css,
  scss,
  less: scss,
  json,
  jsonc: json,
  jsonl: json,
  fsharp: [SLASHES, ...ml],
  ocaml: ml,
  clojure: lisp,
  lisp,
  scheme: lisp,
  latex: [line('%(?<!\\\\%)')],
  tex: [line('%(?<!\\\\%)')],
};
