/** The status item: loading, ready, generating, paused, snoozed, error. */
import * as vscode from 'vscode';
import type { MemoryStatus, Status } from '../server/protocol.ts';
import { said } from './off.ts';
import type { Off } from './switches.ts';

const ICONS = { loading: '$(sync~spin)', ready: '$(zap)', generating: '$(loading~spin)', error: '$(warning)', paused: '$(circle-slash)', snoozed: '$(bell-slash)' };

export class StatusItem implements vscode.Disposable {
  private readonly item = vscode.window.createStatusBarItem('byteline.status', vscode.StatusBarAlignment.Right, 90);
  last: Status = { state: 'loading' };
  memory: MemoryStatus | undefined;

  /** `off`: why nothing is offered in the active editor. `onChange`: anything of what is known here is different now. */
  constructor(private readonly off: () => Off | undefined, private readonly onChange: () => void) {
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
    const shown = state === 'snoozed' ? said(off!) : state;
    this.item.text = `${ICONS[state]} Byteline${state === 'snoozed' ? `: ${shown}` : this.last.model ? `: ${this.last.model}` : ''}`;
    this.item.tooltip = [`Byteline is ${shown}${off && state === 'paused' ? `: ${said(off)}` : ''}`, this.last.message, this.last.device && `device: ${this.last.device}`, this.memory && `memory: ${this.memory.files} files, ${(this.memory.bytes / 1e6).toFixed(1)} MB${this.memory.state === 'indexing' ? ', indexing' : ''}`, ...(this.last.rejected ?? []).map((t) => `${t.device} is not used: ${t.reason}`), vscode.l10n.t('Click for the menu.')].filter(Boolean).join('\n');
    this.item.accessibilityInformation = { label: `Byteline, ${shown}${this.last.model ? `, model ${this.last.model}` : ''}${this.memory ? `, ${this.memory.state === 'indexing' ? 'indexing' : `${this.memory.files} files in memory`}` : ''}` };
    this.item.backgroundColor = state === 'error' ? new vscode.ThemeColor('statusBarItem.warningBackground') : undefined;
    this.onChange();
  }

  dispose(): void {
    this.item.dispose();
  }
}
