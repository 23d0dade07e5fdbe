/**
 * What TypeScript's compiler knows of names in files, as its language service would give them
 * (server/memory/knownNames.ts): members at each access, names in scope once a line. What is declared further down in
 * the part that is scored is left out: a person has not written it yet.
 */
import { dirname, join } from 'node:path';
import ts from 'typescript';
import type { Asked, NamesSource, Part } from './asked.ts';

/** As many as a client sends. */
const MOST = 1000;
const IN_SCOPE = ts.SymbolFlags.Value | ts.SymbolFlags.Type | ts.SymbolFlags.Namespace | ts.SymbolFlags.Alias;

function programOf(full: string): ts.Program {
  const config = ts.findConfigFile(dirname(full), ts.sys.fileExists);
  const read = config ? ts.readConfigFile(config, ts.sys.readFile).config : {};
  const { options } = ts.parseJsonConfigFileContent(
    { ...read, files: [full], include: [] },
    ts.sys,
    dirname(config ?? full),
  );
  return ts.createProgram([full], { ...options, allowJs: true, noEmit: true, types: [], skipLibCheck: true });
}

/** The names at each place of a part of a file where one is asked for. */
function* askedIn(program: ts.Program, file: ts.SourceFile, { from, to, isBeginning }: Part): Generator<Asked> {
  const checker = program.getTypeChecker();
  /** Whether it is all declared behind `at`, where nothing has been written yet. */
  const isUnwritten = (symbol: ts.Symbol, at: number) =>
    (symbol.declarations ?? []).length > 0 &&
    symbol.declarations!.every(
      (d) => d.getSourceFile() === file && d.getStart() >= at && (isBeginning || d.getStart() < to),
    );
  const isOwn = (symbol: ts.Symbol) =>
    (symbol.declarations ?? []).some((d) => !program.isSourceFileDefaultLibrary(d.getSourceFile()));
  const list = (symbols: ts.Symbol[], at: number) => {
    const written = symbols.filter((symbol) => !isUnwritten(symbol, at));
    const [first, others] = [true, false].map((own) =>
      written.filter((symbol) => isOwn(symbol) === own).map(({ name }) => name),
    );
    return first.length + others.length > MOST ? { first: first.slice(0, MOST), others: [] } : { first, others };
  };
  const nodes: ts.Node[] = [];
  const visit = (node: ts.Node) => {
    if (node.end <= from || node.pos >= to) return;
    if (ts.isIdentifier(node) || ts.isPrivateIdentifier(node)) nodes.push(node);
    ts.forEachChild(node, visit);
  };
  visit(file);
  let lastLine = -1;
  for (const node of nodes.sort((a, b) => a.getStart() - b.getStart())) {
    const at = node.getStart();
    if (at < from || at >= to) continue;
    const { parent } = node;
    if (ts.isPropertyAccessExpression(parent) && parent.name === node) {
      const type = checker.getNonNullableType(checker.getApparentType(checker.getTypeAtLocation(parent.expression)));
      const { first, others } = list(type.getApparentProperties(), at);
      // of a member the server puts those of a library's types in front, too
      if (first.length + others.length > 0) yield { at, first: [...first, ...others], others: [] };
      continue;
    }
    const { line } = file.getLineAndCharacterOfPosition(at);
    if (line === lastLine || ts.isQualifiedName(parent)) continue;
    lastLine = line;
    yield { at, ...list(checker.getSymbolsInScope(node, IN_SCOPE), at) };
  }
}

export class TypeScriptNames implements NamesSource {
  private readonly programs = new Map<string, ts.Program>();

  constructor(private readonly folder: string) {}

  textOf(path: string): string | undefined {
    return this.fileOf(path).file?.text;
  }

  namesIn(path: string, part: Part): Iterable<Asked> {
    const { program, file } = this.fileOf(path);
    return file ? askedIn(program, file, part) : [];
  }

  async stop(): Promise<void> {}

  private fileOf(path: string) {
    const full = join(this.folder, path);
    const program = this.programs.get(path) ?? programOf(full);
    this.programs.set(path, program);
    return { program, file: program.getSourceFile(full) };
  }
}
