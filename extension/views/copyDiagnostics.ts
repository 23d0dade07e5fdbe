/** The command Copy Diagnostics: gathers what diagnostics.ts lets into a report and puts it into the clipboard. */
import { readFile } from 'node:fs/promises';
import { arch, cpus, platform, release, totalmem } from 'node:os';
import { isDeepStrictEqual } from 'node:util';
import * as vscode from 'vscode';
import type { MemoryStatus, Status } from '../../server/wire/protocol.ts';
import { summary } from '../statistics/statistics.ts';
import type { StatisticsStore } from '../statistics/store.ts';
import { english } from '../translate.ts';
import { diagnostics, type Schema } from './diagnostics.ts';

/** Kernel, processors and memory. */
function system(): string {
  const [processors, gibibytes] = [cpus(), (totalmem() / 2 ** 30).toFixed(1)];
  const processor = processors[0]?.model.trim() ?? 'unknown';
  return `${platform()} ${release()} ${arch()}, ${processors.length} × ${processor}, ${gibibytes} GiB`;
}

export class CopyDiagnostics implements vscode.Disposable {
  private readonly command = vscode.commands.registerCommand('byteline.copyDiagnostics', () => this.copy());

  /** `now`: the worker's status and what it has indexed. */
  constructor(
    private readonly context: vscode.ExtensionContext,
    private readonly store: StatisticsStore,
    private readonly now: { readonly last: Status; readonly memory: MemoryStatus | undefined },
  ) {}

  dispose(): void {
    this.command.dispose();
  }

  private async copy(): Promise<void> {
    const { packageJSON } = this.context.extension;
    const properties = packageJSON.contributes.configuration.properties as Record<string, Schema>;
    const all = vscode.workspace.getConfiguration();
    const settings = Object.entries(properties)
      .map(([key, schema]) => ({ key, schema, value: all.get(key) }))
      .filter(({ schema, value }) => !isDeepStrictEqual(value, schema.default));
    const host = `${vscode.env.appHost}${vscode.env.remoteName ? ', remote' : ''}`;
    await vscode.env.clipboard.writeText(
      diagnostics({
        versions: {
          'VS Code': `${vscode.version} (${host})`,
          Byteline: packageJSON.version,
          Node: process.version,
          system: system(),
          language: vscode.env.language,
        },
        status: this.now.last,
        memory: this.now.memory,
        settings,
        languages: await vscode.languages.getLanguages(),
        statistics: summary(this.store.all, english),
        // the editor writes a log channel to a file of its name
        log: await readFile(vscode.Uri.joinPath(this.context.logUri, 'Byteline.log').fsPath, 'utf8').catch(() => ''),
      }),
    );
    void vscode.window.showInformationMessage(
      vscode.l10n.t(
        'Byteline: the diagnostics are in the clipboard. They hold no source text, no file name and no glob of yours.',
      ),
    );
  }
}
