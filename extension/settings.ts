/** Byteline's settings, and where they are written. */
import * as vscode from 'vscode';

/** Byteline's settings, as they are for a resource or language where `scope` says one. */
export const settings = (scope?: vscode.ConfigurationScope) => vscode.workspace.getConfiguration('byteline', scope);

/** Sets a setting where it is in force: in the workspace's settings if those say it, else in the user's. */
export async function write(name: string, value: unknown): Promise<void> {
  const inWorkspace = settings().inspect(name)?.workspaceValue !== undefined;
  await settings().update(
    name,
    value,
    inWorkspace ? vscode.ConfigurationTarget.Workspace : vscode.ConfigurationTarget.Global,
  );
}

/**
 * Sets one key of a setting that is an object, or (undefined) takes it away: in the workspace's settings if those have
 * that key, else in the user's.
 */
export async function writeKey(name: string, key: string, value: unknown): Promise<void> {
  const found = settings().inspect<Record<string, unknown>>(name);
  const inWorkspace = found?.workspaceValue !== undefined && key in found.workspaceValue;
  const { [key]: _, ...others } = (inWorkspace ? found.workspaceValue : found?.globalValue) ?? {};
  const all = value === undefined ? others : { ...others, [key]: value };
  await settings().update(
    name,
    Object.keys(all).length ? all : undefined,
    inWorkspace ? vscode.ConfigurationTarget.Workspace : vscode.ConfigurationTarget.Global,
  );
}
