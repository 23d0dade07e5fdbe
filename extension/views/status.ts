/** The status item: loading, ready, generating, paused, snoozed, error. */
import * as vscode from 'vscode';
import type { MemoryStatus, Status } from '../../server/wire/protocol.ts';
import { modelName } from '../models/folders.ts';
import { reasonForUser } from '../switches/reasons.ts';
import type { OffReason } from '../switches/switches.ts';

/** The states in the user's language. */
const states = () => ({
  loading: vscode.l10n.t('loading'),
  ready: vscode.l10n.t('ready'),
  generating: vscode.l10n.t('generating'),
  error: vscode.l10n.t('error'),
  paused: vscode.l10n.t('paused'),
});
const ICONS = {
  loading: '$(sync~spin)',
  ready: '$(zap)',
  generating: '$(loading~spin)',
  error: '$(warning)',
  paused: '$(circle-slash)',
  snoozed: '$(bell-slash)',
};

export class StatusItem implements vscode.Disposable {
  private readonly item = vscode.window.createStatusBarItem('byteline.status', vscode.StatusBarAlignment.Right, 90);
  last: Status = { state: 'loading' };
  memory: MemoryStatus | undefined;

  /**
   * `off`: why nothing is offered in the active editor. `onChange`: anything of what is known here is different now.
   */
  constructor(
    private readonly off: () => OffReason | undefined,
    private readonly onChange: () => void,
  ) {
    this.item.name = 'Byteline';
    this.item.command = 'byteline.menu';
    this.show();
    this.item.show();
  }

  get state(): Status['state'] {
    return this.last.state;
  }

  set(status: Status): void {
    const { model, device, threads, rejected } = this.last; // what a message does not say stays
    this.last = { model, device, threads, rejected, ...status };
    this.show();
  }

  /** What of the workspace is indexed. */
  setMemory(memory: MemoryStatus | undefined): void {
    this.memory = memory;
    this.show();
  }

  show(): void {
    const off = this.last.state === 'ready' ? this.off() : undefined;
    const state = !off ? this.last.state : off.reason === 'snoozed' ? 'snoozed' : 'paused';
    const named = state === 'snoozed' ? reasonForUser(off!) : states()[state];
    const indexing = this.memory?.state === 'indexing';
    const megabytes = ((this.memory?.bytes ?? 0) / 1e6).toFixed(1);
    const model = this.last.model && modelName(this.last.model); // the bar has no room for a path
    this.item.text = `${ICONS[state]} Byteline${state === 'snoozed' ? `: ${named}` : model ? `: ${model}` : ''}`;
    this.item.tooltip = [
      state === 'paused'
        ? vscode.l10n.t('Byteline is paused: {0}', reasonForUser(off!))
        : vscode.l10n.t('Byteline is {0}', named),
      this.last.message,
      this.last.device && vscode.l10n.t('device: {0}', this.last.device),
      this.memory &&
        (indexing
          ? vscode.l10n.t('memory: {0} files, {1} MB, indexing', this.memory.files, megabytes)
          : vscode.l10n.t('memory: {0} files, {1} MB', this.memory.files, megabytes)),
      ...(this.last.rejected ?? []).map(({ device, reason }) =>
        vscode.l10n.t('{0} is not used: {1}', device, reason ?? ''),
      ),
      vscode.l10n.t('Click for the menu.'),
    ]
      .filter(Boolean)
      .join('\n');
    const parts = [
      'Byteline',
      named,
      model && vscode.l10n.t('model {0}', model),
      this.memory && (indexing ? vscode.l10n.t('indexing') : vscode.l10n.t('{0} files in memory', this.memory.files)),
    ];
    this.item.accessibilityInformation = { label: parts.filter(Boolean).join(', '), role: 'button' };
    this.item.backgroundColor =
      state === 'error' ? new vscode.ThemeColor('statusBarItem.warningBackground') : undefined;
    this.onChange();
  }

  dispose(): void {
    this.item.dispose();
  }
}
