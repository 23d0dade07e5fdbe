/** The status item: loading, ready, generating, paused, error. */
import * as vscode from 'vscode';
import type { MemoryStatus, Status } from '../server/protocol.ts';

const ICONS = { loading: '$(sync~spin)', ready: '$(zap)', generating: '$(loading~spin)', error: '$(warning)', paused: '$(circle-slash)' };

export class StatusItem implements vscode.Disposable {
  private readonly item = vscode.window.createStatusBarItem('byteline.status', vscode.StatusBarAlignment.Right, 90);
  private last: Status = { state: 'loading' };
  private memory: MemoryStatus | undefined;

  constructor(private readonly paused: () => boolean) {
    this.item.name = 'Byteline';
    this.item.command = 'byteline.switchModel';
    this.show();
    this.item.show();
  }

  get state(): Status['state'] {
    return this.last.state;
  }

  set(status: Status): void {
    this.last = { ...status, model: status.model ?? this.last.model };
    this.show();
  }

  /** What of the workspace is indexed. */
  setMemory(memory: MemoryStatus | undefined): void {
    this.memory = memory;
    this.show();
  }

  show(): void {
    const state = this.last.state === 'ready' && this.paused() ? 'paused' : this.last.state;
    this.item.text = `${ICONS[state]} Byteline${this.last.model ? `: ${this.last.model}` : ''}`;
    this.item.tooltip = [`Byteline is ${state}${state === 'paused' ? ' for this language' : ''}`, this.last.message, this.last.device && `device: ${this.last.device}`, this.memory && `memory: ${this.memory.files} files, ${(this.memory.bytes / 1e6).toFixed(1)} MB${this.memory.state === 'indexing' ? ', indexing' : ''}`, ...(this.last.rejected ?? []).map((t) => `${t.device} is not used: ${t.reason}`), 'Click to switch the model.'].filter(Boolean).join('\n');
    this.item.accessibilityInformation = { label: `Byteline, ${state}${this.last.model ? `, model ${this.last.model}` : ''}${this.memory ? `, ${this.memory.state === 'indexing' ? 'indexing' : `${this.memory.files} files in memory`}` : ''}` };
    this.item.backgroundColor = state === 'error' ? new vscode.ThemeColor('statusBarItem.warningBackground') : undefined;
  }

  dispose(): void {
    this.item.dispose();
  }
}
