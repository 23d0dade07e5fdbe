/** A real language server over stdio, asked what a client asks: names at a place, and what is wrong with a text. */
import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, realpathSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { delimiter, dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import {
  type CompletionItem,
  CompletionItemKind,
  type CompletionList,
  createProtocolConnection,
  type Position,
  type ProtocolConnection,
  type Range,
  StreamMessageReader,
  StreamMessageWriter,
} from 'vscode-languageserver-protocol/node';
import { type Item, type Names, namesOf } from '../../extension/names/itemNames.ts';

/** A name that does not exist: codes of TypeScript, rules of Pyright. */
const UNKNOWN_NAME = new Set<unknown>([
  ...[2304, 2305, 2339, 2503, 2551, 2552, 2694, 2724],
  ...['reportAttributeAccessIssue', 'reportUndefinedVariable'],
]);
interface Running {
  process: ChildProcess;
  connection: ProtocolConnection;
  isTypeScript: boolean;
}
interface Diagnostic {
  code?: unknown;
  range: Range;
}
/** Of TypeScript's server, which counts from 1 on. */
interface TypeScriptDiagnostic {
  code: number;
  start: { line: number; offset: number };
  end: { line: number; offset: number };
}

/** As VS Code's are unless set, but auto imports are no names that stand there. */
const PYTHON = { autoImportCompletions: false, autoSearchPaths: true, useLibraryCodeForTypes: true };
const SETTINGS: Record<string, unknown> = { 'python.analysis': PYTHON, python: { analysis: PYTHON } };

/**
 * Answers are kept in a file, if one is named: the server runs only where it has not said it. A file other than the one
 * that is asked about is as it is on the disk.
 */
export class LanguageServer {
  private readonly kept: Record<string, unknown>;
  private running?: Promise<Running>;
  private open = '';
  private version = 0;

  /** For a repository's folder. */
  constructor(
    private readonly command: string,
    private readonly language: string,
    private readonly root: string,
    private readonly keptIn?: string,
  ) {
    this.kept = keptIn && existsSync(keptIn) ? JSON.parse(readFileSync(keptIn, 'utf8')) : {};
  }

  /** The names that can begin at a place of a file that holds `text`, as the extension takes them. */
  names(path: string, text: string, position: Position, isMember: boolean): Promise<Names> {
    return this.answer([path, text, position], async ({ connection }) => {
      const textDocument = { uri: this.uriOf(path) };
      const found = await connection.sendRequest('textDocument/completion', { textDocument, position });
      const items: CompletionItem[] = Array.isArray(found) ? found : ((found as CompletionList | null)?.items ?? []);
      return namesOf(items.map(itemOf), this.language, isMember);
    });
  }

  /** Where names stand that do not exist, in a file that holds `text`. */
  unknown(path: string, text: string): Promise<Range[]> {
    return this.answer([path, text], async (running) => {
      const found = await (running.isTypeScript
        ? this.typeScriptDiagnostics(running, path)
        : this.pulledDiagnostics(running, path));
      return found.filter(({ code }) => UNKNOWN_NAME.has(code)).map(({ range }) => range);
    });
  }

  async stop(): Promise<void> {
    if (this.keptIn) writeFileSync(this.keptIn, JSON.stringify(this.kept));
    const running = await this.running;
    running?.connection.dispose();
    running?.process.kill();
  }

  private async answer<T>(
    [path, text, position]: [string, string, Position?],
    ask: (running: Running) => Promise<T>,
  ): Promise<T> {
    const question = [versionOf(this.command), this.root, path, text, position];
    const key = createHash('sha256').update(JSON.stringify(question)).digest('base64');
    if (key in this.kept) return this.kept[key] as T;
    const running = await (this.running ??= start(this.command, this.root));
    await this.set(running.connection, path, text);
    const found = await ask(running);
    this.kept[key] = found;
    return found;
  }

  private async set(connection: ProtocolConnection, path: string, text: string): Promise<void> {
    const [uri, last] = [this.uriOf(path), this.open];
    const version = ++this.version;
    if (last === uri) {
      const change = { textDocument: { uri, version }, contentChanges: [{ text }] };
      return connection.sendNotification('textDocument/didChange', change);
    }
    const languageId = path.endsWith('x') ? `${this.language}react` : this.language;
    await connection.sendNotification('textDocument/didOpen', { textDocument: { uri, languageId, version, text } });
    if (last) await connection.sendNotification('textDocument/didClose', { textDocument: { uri: last } });
    this.open = uri;
  }

  private uriOf(path: string): string {
    return pathToFileURL(join(this.root, path)).href;
  }

  private async pulledDiagnostics({ connection }: Running, path: string): Promise<Diagnostic[]> {
    const textDocument = { uri: this.uriOf(path) };
    const found = await connection.sendRequest('textDocument/diagnostic', { textDocument });
    return (found as { items: Diagnostic[] }).items;
  }

  /** typescript-language-server publishes them alone, and does not say of which version they are. */
  private async typeScriptDiagnostics({ connection }: Running, path: string): Promise<Diagnostic[]> {
    const found = (await connection.sendRequest('workspace/executeCommand', {
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

async function start(command: string, root: string): Promise<Running> {
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
  return { process, connection, isTypeScript };
}

/** An item as the editor has it. */
const itemOf = ({ kind, insertText, ...item }: CompletionItem): Item => ({
  ...item,
  insertText,
  kind: Object.entries(CompletionItemKind).find(([, number]) => number === kind)?.[0],
});

/** Name and version of the package that a command is of, and of TypeScript where it is TypeScript's. */
export function versionOf(command: string): string {
  const [file] = command.split(' ');
  const paths = ['', ...(process.env.PATH ?? '').split(delimiter)].map((folder) => join(folder, file));
  let folder = dirname(realpathSync(paths.find((path) => existsSync(path)) ?? file));
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
