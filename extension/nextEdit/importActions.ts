/** Which code actions of language servers import a name, by title and kind. Pure. */
import { TYPESCRIPT_IMPORTS } from './importTitles.ts';

/** What is looked at of an action of the editor's. */
export interface OfferedAction {
  title: string;
  /** As the editor writes it, `quickfix` say; a bare command has none. */
  kind?: string;
  isPreferred?: boolean;
}

export interface ImportAction {
  /** Where the name comes from: two actions of one module differ in how they write the import. */
  module: string;
  /** The import as a user reads it: `useState from 'react'`. */
  shown: string;
}

const from = (module: string, name: string): ImportAction => ({ module, shown: `${name} from '${module}'` });
const whole = (module: string): ImportAction => ({ module, shown: module });

/** A title, and what it imports, by what the groups hold and the name that was not known. */
type Reader = [title: RegExp, read: (groups: string[], name: string) => ImportAction | undefined];

const READERS: Reader[] = [
  // TypeScript, and what stands on it (Vue, Svelte, Deno), in the languages that it speaks
  ...TYPESCRIPT_IMPORTS.map((title): Reader => [title, ([module], name) => from(module, name)]),
  // Pylance
  [/^Add "from (\S+) import ([^"]+)"$/, ([module, name]) => ({ module, shown: `${name} from ${module}` })],
  [/^Add "import (\S+)( as \S+)?"$/, ([module, as = '']) => ({ module, shown: module + as })],
  // rust-analyzer; `use` is what others write
  [/^Import `(?:use )?([^`;]+);?`$/, ([path]) => ofPath(path, '::')],
  // gopls
  [/^Add import: *(\S*) *"([^"]+)"$/, ([as, module]) => ({ module, shown: as ? `${module} as ${as}` : module })],
  // Eclipse's Java
  [/^Import '([^']+)' \(([^)]+)\)$/, ([name, module]) => ({ module, shown: `${name} from ${module}` })],
  // Metals (Scala)
  [/^Import '([^']+)' from package '([^']+)'$/, ([name, module]) => ({ module, shown: `${name} from ${module}` })],
  // Dart, but those with a prefix or `show`
  [/^Import library '([^']+)'$/, ([module]) => whole(module)],
  // clangd
  [/^(?:Add )?[Ii]nclude ([<"][^>"]+[>"]) for symbol \S+$/, ([header]) => whole(header)],
  // Roslyn (C#)
  [/^using ([\w.]+);$/, ([module]) => whole(module)],
];

/** What an action imports for a name; undefined where it does something else, or more than that. */
export function importOf({ title, kind }: OfferedAction, name: string): ImportAction | undefined {
  if (kind !== undefined && !/^quickfix(\.|$)/.test(kind)) return undefined;
  for (const [pattern, read] of READERS) {
    const found = pattern.exec(title);
    if (found) return read(found.slice(1), name);
  }
  return undefined;
}

/** The one import that is offered for a name, or why there is none: of two it is not for us to choose. */
export function onlyImport(
  actions: OfferedAction[],
  name: string,
): { index: number; shown: string } | { reason: 'no import is offered' | 'more than one import is offered' } {
  const imports = actions.flatMap((action, index) => {
    const found = importOf(action, name);
    return found ? [{ ...found, index, isPreferred: action.isPreferred ?? false }] : [];
  });
  if (imports.length === 0) return { reason: 'no import is offered' };
  const preferred = imports.length === 1 ? imports : imports.filter(({ isPreferred }) => isPreferred);
  const isOneModule = imports.every(({ module }) => module === imports[0].module);
  if (preferred.length !== 1 || !isOneModule) return { reason: 'more than one import is offered' };
  return { index: preferred[0].index, shown: preferred[0].shown };
}

/** A path that ends in the name: `std::fmt::Write`, which may be written `std::fmt::Write as _`. */
function ofPath(path: string, separator: string): ImportAction {
  const at = path.lastIndexOf(separator);
  if (at < 0) return whole(path);
  const module = path.slice(0, at);
  return { module, shown: `${path.slice(at + separator.length)} from ${module}` };
}
