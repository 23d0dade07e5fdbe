/** How languages declare names: the words in front of them, and how they write a member or a parameter. Pure data. */

export interface Declaring {
  /** Words in front of a name that is declared, as the source of a regular expression. */
  words: string;
  /** Two words beside each other, a type and a name, declare the second one. */
  byType?: boolean;
  /** It has `(a) => a`, whose parameters are declared without a word. */
  arrows?: boolean;
  /** What stands between the bracket or comma and a parameter, and behind the parameter. */
  parameter?: [before: RegExp, behind: RegExp];
  /** Others that can be told from their line: what stands before the name on it, and behind. */
  lines?: [before: RegExp, behind: RegExp][];
}

const NAME = String.raw`[\p{L}\p{M}\p{N}_$]+`;
const MODIFIERS = 'public|private|protected|internal|static|abstract|override|readonly|declare|async|final';

const method: [RegExp, RegExp] = [
  new RegExp(`^\\s*(?:(?:${MODIFIERS}|get|set)\\s+|\\*\\s*)*$`),
  /^\s*(?:<[^(]*>)?\(.*\)\s*(?::[^=]*)?\{\s*$/,
];
const list: [RegExp, RegExp] = [/(?:^|[^.\w])(?:const|let|var)\s+\[(?:[^\]=]*,)?\s*$/, /^\s*[,\]]/];
const javascript: Declaring = {
  words: 'const|let|var|function\\s*\\*?|class',
  arrows: true,
  parameter: [new RegExp(`^\\s*(?:(?:${MODIFIERS})\\s+)*(?:\\.\\.\\.)?$`), /^\s*(?:[?:,)]|=(?![=>])|$)/],
  lines: [method, list, [/\bcatch\s*\(\s*$/, /^\s*[:)]/], [/(?:^|[=(,:?]|=>)\s*(?:async\s+)?$/, /^\s*=>/]],
};
const typescript: Declaring = {
  ...javascript,
  words: `${javascript.words}|interface|enum|namespace|type(?=\\s+${NAME}\\s*[=<])`,
  lines: [
    ...javascript.lines!,
    [new RegExp(`^\\s*(?:(?:${MODIFIERS})\\s+)+$`), /^\s*[?!]?\s*[:=;]/],
    [/^\s*$/, /^(?:\s*\?:|\s*:.*;\s*(?:\/\/.*)?$)/],
  ],
};
const plain: [RegExp, RegExp] = [/^\s*[*&]{0,2}$/, /^\s*(?:[:,)\]=]|$)/];
const typed: [RegExp, RegExp] = [/^\s*(?:mut\s+|va[lr]\s+|vararg\s+|inout\s+)*$/, /^\s*:/];
const c: Declaring = { words: 'struct|class|enum(?:\\s+class)?|union|namespace|#\\s*define', byType: true };
const withTypes: Declaring = { words: 'class|interface|enum|record|struct|namespace|package|var', byType: true };
const functional: Declaring = { words: 'def|defp|defmodule|let|rec|module|type|fun|data|newtype|class' };

export const DECLARING: Record<string, Declaring | undefined> = {
  typescript,
  typescriptreact: typescript,
  javascript,
  javascriptreact: javascript,
  vue: javascript,
  svelte: javascript,
  python: { words: 'def|class|for|as', parameter: plain },
  c,
  cpp: c,
  'cuda-cpp': c,
  'objective-c': c,
  'objective-cpp': c,
  java: withTypes,
  csharp: { ...withTypes, words: `${withTypes.words}|delegate` },
  dart: { ...withTypes, words: `${withTypes.words}|mixin|extension|final|const|late` },
  groovy: { ...withTypes, words: `${withTypes.words}|def` },
  go: {
    words: 'func(?:\\s*\\([^)]*\\))?|var|const|type',
    parameter: [/^\s*$/, /^(?:\s*,\s*\w+)*\s+(?:\.\.\.)?[\w*[]/],
    lines: [[/^\s*(?:(?:if|for|switch)\s+)?(?:\w+\s*,\s*)*$/, /^(?:\s*,\s*\w+)*\s*:=/]],
  },
  rust: {
    words: '(?:let|static)(?:\\s+mut)?|fn|struct|enum|union|trait|mod|type|const|macro_rules!',
    parameter: typed,
    lines: [[/^\s*pub(?:\([^)]*\))?\s+$/, /^\s*:/]],
  },
  swift: {
    words: 'let|var|func|class|struct|enum|protocol|actor|typealias|case',
    parameter: [/^\s*(?:\w+\s+)?$/, /^\s*:/],
  },
  kotlin: { words: 'va[lr]|fun(?:\\s*<[^>]*>)?|class|interface|object|typealias', parameter: typed },
  scala: { words: 'va[lr]|def|class|object|trait|type|enum', parameter: typed },
  zig: { words: 'const|var|fn', parameter: typed },
  php: { words: 'function|class|interface|trait|enum|const' },
  ruby: { words: 'def(?:\\s+self\\.)?|class|module', parameter: plain },
  lua: { words: 'local(?:\\s+function)?|function', parameter: plain },
  julia: { words: 'function|struct|module|macro|const|abstract\\s+type' },
  perl: { words: 'sub|package' },
  elixir: functional,
  fsharp: functional,
  ocaml: functional,
  haskell: functional,
};

/** Words that are no names in one or the other of these languages, but for those that are common names in others. */
export const KEYWORDS = new Set(
  (
    'abstract and as assert async await bool boolean break case catch char class const continue def default defer ' +
    'del delete do double elif else elsif enum except export extends extern false finally float fn for from func ' +
    'function goto if implements import in include inline instanceof int interface is lambda let long mod mut ' +
    'namespace new nil not null or override package pass private protected pub public raise readonly return self ' +
    'short signed sizeof static struct super switch then this throw throws trait true try typedef typename typeof ' +
    'undefined union unless unsigned using var virtual void volatile while with yield None True False'
  ).split(' '),
);
