/** Languages as editors name them: how files of them end, and what a comment up to the line's end begins with. */
const LANGUAGES: Record<string, [ending: string, comment?: string]> = {
  python: ['py', '# '],
  r: ['r', '# '],
  julia: ['jl', '# '],
  ruby: ['rb', '# '],
  perl: ['pl', '# '],
  elixir: ['ex', '# '],
  shellscript: ['sh', '# '],
  powershell: ['ps1', '# '],
  javascript: ['js', '// '],
  typescript: ['ts', '// '],
  java: ['java', '// '],
  kotlin: ['kt', '// '],
  scala: ['scala', '// '],
  groovy: ['groovy', '// '],
  csharp: ['cs', '// '],
  fsharp: ['fs', '// '],
  c: ['c', '// '],
  cpp: ['cpp', '// '],
  go: ['go', '// '],
  rust: ['rs', '// '],
  swift: ['swift', '// '],
  sql: ['sql', '-- '],
  lua: ['lua', '-- '],
  haskell: ['hs', '-- '],
  markdown: ['md'],
};

/** How files of a language end, without the dot; undefined where it is not known. */
export const endingOf = (language: string): string | undefined => LANGUAGES[language]?.[0];

/** What begins a comment that ends with the line, and a space; undefined where a language has none, or is not known. */
export const commentOf = (language: string): string | undefined => LANGUAGES[language]?.[1];
