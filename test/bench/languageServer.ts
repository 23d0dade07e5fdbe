/** A real language server over stdio, asked what a client asks: names at a place, and what is wrong with a text. */
import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync, realpathSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import {
  type CompletionItem,
  type CompletionList,
  createProtocolConnection,
  type Position,
  type ProtocolConnection,
  type Range,
  StreamMessageReader,
  StreamMessageWriter,
} from 'vscode-languageserver-protocol/node';

/** A name that does not exist: codes of TypeScript, rules of Pyright. */
const UNKNOWN_NAME = new Set<unknown>([
  ...[2304, 2305, 2339, 2503, 2551, 2552, 2694, 2724],
  ...['reportAttributeAccessIssue', 'reportUndefinedVariable'],
]);
/** Kinds of LSP that are no names: Text, Unit, Keyword, Snippet, Color, File, Folder. */
const NO_NAMES = new Set([1, 11, 14, 15, 16, 17, 19]);
const NAME = /^[\p{L}_$][\p{L}\p{M}\p{N}_$]*/u;
/** More are not sent: those that are ranked first alone. */
const MOST = 1000;
/** Items whose ranks begin with so many same characters are ranked alike. */
const RANK = 2;

/** As PROTOCOL.md's byteline/names has them. */
export interface Names {
  first: string[];
  others: string[];
}

/** Of TypeScript's server, which counts from 1 on. */
interface TypeScriptDiagnostic {
  code: number;
  start: { line: number; offset: number };
  end: { line: number; offset: number };
}

/** Auto imports are no names that stand there. */
const SETTINGS: Record<string, unknown> = {
  'python.analysis': { autoImportCompletions: false },
  python: { analysis: { autoImportCompletions: false } },
};

export class LanguageServer {
  private readonly versions = new Map<string, number>();

  private constructor(
    private readonly process: ChildProcess,
    private readonly connection: ProtocolConnection,
    private readonly language: string,
    private readonly root: string,
    private readonly isTypeScript: boolean,
  ) {}

  /** For a repository's folder. */
  static async start(command: string, language: string, root: string): Promise<LanguageServer> {
    const [file, ...args] = command.split(' ');
    const process = spawn(file, args, { cwd: root, stdio: ['pipe', 'pipe', 'ignore'] });
    const connection = createProtocolConnection(
      new StreamMessageReader(process.stdout),
      new StreamMessageWriter(process.stdin),
    );
    connection.onRequest('workspace/configuration', ({ items }: { items: { section?: string }[] }) =>
      items.map(({ section }) => SETTINGS[section ?? ''] ?? null),
    );
    connection.onRequest('client/registerCapability', () => null);
    connection.onRequest('window/workDoneProgress/create', () => null);
    connection.listen();
    const uri = pathToFileURL(root).href;
    const { capabilities } = (await connection.sendRequest('initialize', {
      processId: globalThis.process.pid,
      rootUri: uri,
      workspaceFolders: [{ uri, name: 'repository' }],
      capabilities: {
        textDocument: { completion: { completionItem: { labelDetailsSupport: true } }, diagnostic: {} },
        workspace: { configuration: true, workspaceFolders: true, didChangeConfiguration: {} },
      },
      initializationOptions: {
        tsserver: { path: createRequire(import.meta.url).resolve('typescript/lib/tsserver.js') },
        preferences: { includeCompletionsForModuleExports: false },
      },
    })) as { capabilities: { executeCommandProvider?: { commands: string[] } } };
    await connection.sendNotification('initialized', {});
    const isTypeScript = !!capabilities.executeCommandProvider?.commands.includes('typescript.tsserverRequest');
    return new LanguageServer(process, connection, language, root, isTypeScript);
  }

  /** What the file of that path is from now on. */
  async set(path: string, text: string): Promise<void> {
    const version = (this.versions.get(path) ?? 0) + 1;
    this.versions.set(path, version);
    const uri = this.uriOf(path);
    if (version > 1)
      await this.connection.sendNotification('textDocument/didChange', {
        textDocument: { uri, version },
        contentChanges: [{ text }],
      });
    else
      await this.connection.sendNotification('textDocument/didOpen', {
        textDocument: { uri, languageId: path.endsWith('x') ? `${this.language}react` : this.language, version, text },
      });
  }

  /** The names that can begin at a place. */
  async names(path: string, position: Position): Promise<Names> {
    const found = (await this.connection.sendRequest('textDocument/completion', {
      textDocument: { uri: this.uriOf(path) },
      position,
    })) as CompletionItem[] | CompletionList | null;
    return namesOf(Array.isArray(found) ? found : (found?.items ?? []));
  }

  /** Where names stand that do not exist. */
  async unknown(path: string): Promise<Range[]> {
    const found = await (this.isTypeScript ? this.typeScriptDiagnostics(path) : this.pulledDiagnostics(path));
    return found.filter(({ code }) => UNKNOWN_NAME.has(code)).map(({ range }) => range);
  }

  stop(): void {
    this.connection.dispose();
    this.process.kill();
  }

  private uriOf(path: string): string {
    return pathToFileURL(join(this.root, path)).href;
  }

  private async pulledDiagnostics(path: string): Promise<{ code?: unknown; range: Range }[]> {
    const textDocument = { uri: this.uriOf(path) };
    const found = await this.connection.sendRequest('textDocument/diagnostic', { textDocument });
    return (found as { items: { code?: unknown; range: Range }[] }).items;
  }

  /** typescript-language-server publishes them alone, and does not say of which version they are. */
  private async typeScriptDiagnostics(path: string): Promise<{ code: number; range: Range }[]> {
    const found = (await this.connection.sendRequest('workspace/executeCommand', {
      command: 'typescript.tsserverRequest',
      arguments: ['semanticDiagnosticsSync', { file: join(this.root, path) }],
    })) as { body?: TypeScriptDiagnostic[] };
    const place = ({ line, offset }: TypeScriptDiagnostic['start']) => ({ line: line - 1, character: offset - 1 });
    return (found.body ?? []).map(({ code, start, end }) => ({
      code,
      range: { start: place(start), end: place(end) },
    }));
  }
}

/** The names among a server's items, as the extension takes them. */
export function namesOf(items: CompletionItem[]): Names {
  const ranked = items.flatMap(({ label, kind, insertText, sortText }) => {
    const name = NAME.exec(label)?.[0];
    if (!name || NO_NAMES.has(kind ?? 0) || /^[-./]/.test(label.slice(name.length))) return [];
    // an item may put something in front: `?.`, which changes no name, or `this.`, without which there is none
    if (insertText !== undefined && !insertText.replace(/^\?\./, '').startsWith(name)) return [];
    return [{ name, rank: (sortText ?? label).slice(0, RANK) }];
  });
  const [best] = ranked.map(({ rank }) => rank).sort();
  const first = new Set(ranked.filter(({ rank }) => rank === best).map(({ name }) => name));
  const others = new Set(ranked.map(({ name }) => name).filter((name) => !first.has(name)));
  return { first: [...first].slice(0, MOST), others: first.size + others.size > MOST ? [] : [...others] };
}

/** Name and version of the package that a command is of, and of TypeScript where it is TypeScript's. */
export function versionOf(command: string): string {
  let folder = dirname(realpathSync(command.split(' ')[0]));
  while (folder !== '/') {
    try {
      const { name, version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
      const typescript = createRequire(import.meta.url)('typescript/package.json').version;
      if (name) return `${name} ${version}${name.startsWith('typescript') ? ` with TypeScript ${typescript}` : ''}`;
    } catch {}
    folder = dirname(folder);
  }
  return command;
}
