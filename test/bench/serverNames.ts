/**
 * What TypeScript's compiler knows of names in the texts that a gate is trained on: those that can stand where a name
 * begins, as its language service would give them (server/memory/knownNames.ts). Beside each repository's NAME.json of
 * test/bench/distributions.ts it writes NAME.names.json, which test/bench/features.ts reads:
 *
 *     npx tsx test/bench/serverNames.ts DISTRIBUTIONS_FOLDER
 *
 * Members are asked for at each access, names in scope once a line. What is declared further down in the part that is
 * scored is left out: a person has not written it yet.
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, extname, join } from 'node:path';
import ts from 'typescript';
import { characterStart } from '../../server/prompt/utf8.ts';
import { MIDDLE, type Scored } from './scored.ts';

/** Names of one place, as PROTOCOL.md's byteline/names has them; byte `at` of the text. */
export interface Asked {
  at: number;
  first: string[];
  others: string[];
}

/** As many as a client sends. */
const MOST = 1000;
const ENDINGS = ['.ts', '.tsx', '.js', '.jsx', '.mjs'];
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

/** The names at each place of [from, to) of a file's text, UTF-16 units, where one is asked for. */
function* askedIn(program: ts.Program, file: ts.SourceFile, from: number, to: number, isBeginning: boolean) {
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

const [folder] = process.argv.slice(2);
if (!folder) throw new Error('usage: serverNames.ts DISTRIBUTIONS_FOLDER');
for (const name of readdirSync(folder).filter((file) => file.endsWith('.json') && !file.endsWith('.names.json'))) {
  const out = join(folder, name.replace('.json', '.names.json'));
  const about = JSON.parse(readFileSync(join(folder, name), 'utf8')) as { folder: string; texts: Scored[] };
  if (existsSync(out) || !about.texts.some(({ path }) => ENDINGS.includes(extname(path)))) continue;
  const programs = new Map<string, ts.Program>();
  let places = 0;
  const asked = about.texts.map(({ path, kind, text, from }) => {
    if (!ENDINGS.includes(extname(path))) return [];
    const full = join(about.folder, path);
    const program = programs.get(path) ?? programOf(full);
    programs.set(path, program);
    const file = program.getSourceFile(full);
    if (!file) return [];
    const bytes = Buffer.from(file.text);
    const start = kind === 'beginning' ? 0 : characterStart(bytes, Math.floor(MIDDLE[0] * bytes.length));
    const length = Buffer.from(text, 'base64').length - from;
    if (Buffer.compare(bytes.subarray(start, start + length), Buffer.from(text, 'base64').subarray(from)) !== 0)
      return [];
    const unit = (byte: number) => bytes.subarray(0, byte).toString().length;
    const found = [...askedIn(program, file, unit(start), unit(start + length), kind === 'beginning')];
    places += found.length;
    return found.map(
      ({ at, ...names }): Asked => ({
        at: from + Buffer.byteLength(file.text.slice(0, at)) - start,
        ...names,
      }),
    );
  });
  writeFileSync(out, JSON.stringify(asked));
  process.stderr.write(`${name}: ${places} places of ${programs.size} files\n`);
}
