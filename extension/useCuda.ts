/** The command Use CUDA: asks where the provider comes from, and has it placed. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import * as vscode from 'vscode';
import { messageOf } from '../server/errors.ts';
import { cudaPackage, download, placeCuda } from './cuda.ts';

/** `extension` is its folder, `storage` its own. Whether there is a worker with CUDA now; why not, the user was told. */
export async function useCuda(extension: string, storage: string): Promise<boolean> {
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    void vscode.window.showErrorMessage(vscode.l10n.t('Byteline uses CUDA on Linux (x64) alone; elsewhere byteline.device is webgpu.'));
    return false;
  }
  const wanted = cudaPackage();
  const [get, choose] = [vscode.l10n.t('Download'), vscode.l10n.t('Choose…')];
  const detail = vscode.l10n.t('The package {0} {1} (about 250 MB) from {2}, or a wheel, NuGet package, zip or folder that you have. CUDA and cuDNN themselves must be installed.', wanted.name, wanted.version, new URL(wanted.index).host);
  const answer = await vscode.window.showInformationMessage(vscode.l10n.t('CUDA for Byteline'), { modal: true, detail }, get, choose);
  if (!answer) return false;
  const title = vscode.l10n.t('A wheel, NuGet package, zip or folder of onnxruntime for GPUs');
  const picked = answer === choose ? (await vscode.window.showOpenDialog({ title, openLabel: vscode.l10n.t('Use'), canSelectFolders: true, filters: { [vscode.l10n.t('Packages')]: ['whl', 'nupkg', 'zip'] } }))?.[0].fsPath : undefined;
  if (answer === choose && !picked) return false;
  try {
    await vscode.window.withProgress({ location: vscode.ProgressLocation.Notification, title: vscode.l10n.t('Byteline: CUDA'), cancellable: answer === get }, async (progress, token) => {
      if (picked) return placeCuda(picked, extension, storage);
      const abort = new AbortController();
      token.onCancellationRequested(() => abort.abort());
      let said = 0;
      const file = await download(wanted, join(storage, 'download'), (share) => {
        if (share - said < 0.01) return;
        progress.report({ message: `${Math.round(100 * share)}%`, increment: 100 * (share - said) });
        said = share;
      }, abort.signal);
      await placeCuda(file, extension, storage).finally(() => rmSync(file, { force: true }));
    });
  } catch (error) {
    void vscode.window.showErrorMessage(vscode.l10n.t('Byteline: {0}', messageOf(error)));
    return false;
  }
  return true;
}
