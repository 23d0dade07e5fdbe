/** What the client has open: its folders and documents, what holds secrets in them, and the memory of them. */
import {
  type ClientCapabilities,
  type Connection,
  DidChangeWatchedFilesNotification,
  type TextDocuments,
  type WorkspaceFolder,
} from 'vscode-languageserver/node';
import { busy } from './completing.ts';
import type { Document } from './documents/document.ts';
import { EditHistory } from './edits/history.ts';
import { messageOf } from './errors.ts';
import { Secrets } from './secrets.ts';
import { orEmpty } from './wire/params.ts';
import { type InitOptions, type MemoryOptions, memoryNotification } from './wire/protocol.ts';
import { WorkspaceMemory } from './workspaceMemory.ts';

export class OpenWorkspace {
  memory: WorkspaceMemory | undefined;
  secrets = new Secrets();
  /** What the user did of late. */
  readonly edits = new EditHistory();
  private folders: WorkspaceFolder[] = [];
  private options: Partial<MemoryOptions> = {};

  constructor(
    private readonly connection: Connection,
    private readonly documents: TextDocuments<Document>,
  ) {
    connection.onDidChangeWatchedFiles(({ changes }) => this.memory?.filesChanged(changes.map(({ uri }) => uri)));
    documents.onDidOpen(({ document }) => {
      this.edits.opened(document);
      this.memory?.opened(document);
    });
    documents.onDidChangeContent(({ document }) => {
      this.edits.changed(document); // an opened one, too
      this.memory?.changed(document);
    });
    documents.onDidClose(({ document }) => {
      this.edits.closed(document);
      this.memory?.closed(document);
    });
  }

  /** URIs of the folders. */
  get roots(): string[] {
    return this.folders.map(({ uri }) => uri);
  }

  /** Takes what `initialize` says. Nothing is read yet. */
  configure(folders: WorkspaceFolder[], options: InitOptions): void {
    this.folders = folders;
    this.options = orEmpty<MemoryOptions>(options.memory);
    this.secrets = new Secrets(this.options.secrets);
  }

  /** Begins to read, and hears of other folders and of files that change where the client can tell. */
  start(client: ClientCapabilities): void {
    this.remember();
    if (client.workspace?.workspaceFolders)
      this.connection.workspace.onDidChangeWorkspaceFolders(({ added, removed }) => {
        this.folders = [...this.folders.filter(({ uri }) => !removed.some((gone) => gone.uri === uri)), ...added];
        this.remember();
      });
    if (this.memory && client.workspace?.didChangeWatchedFiles?.dynamicRegistration) {
      void this.connection.client
        .register(DidChangeWatchedFilesNotification.type, { watchers: [{ globPattern: '**/*' }] })
        .catch((error) => this.connection.console.error(messageOf(error)));
    }
  }

  /** The memory of the folders that are open now, in place of the one before. */
  private remember(): void {
    this.memory?.stop();
    const { enable = true, trusted = true } = this.options;
    this.memory = !enable
      ? undefined
      : new WorkspaceMemory(this.options, {
          folders: trusted ? this.roots : [],
          documents: () => this.documents.all(),
          busy,
          log: (message) => this.connection.console.info(message),
          onProgress: (progress) => void this.connection.sendNotification(memoryNotification, progress),
        });
  }
}
