/** The command Use CUDA: asks where the provider comes from, and has it placed. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import * as vscode from 'vscode';
import { messageOf } from '../server/errors.ts';
import { cudaPackage, download, placeCuda } from './cuda.ts';

/** `extension` is its folder, `storage` its own. Whether there is a worker with CUDA now; why not, the user was told. */
export async function useCuda(extension: string, storage: string): Promise<boolean> {
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    void vscode.window.showErrorMessage('Byteline uses CUDA on Linux (x64) alone; elsewhere byteline.device is webgpu.');
    return false;
  }
  const wanted = cudaPackage();
  const [get, choose] = ['Download', 'Choose…'];
  const detail = `The package ${wanted.name} ${wanted.version} (about 250 MB) from ${new URL(wanted.index).host}, or a wheel, NuGet package, zip or folder that you have. CUDA and cuDNN themselves must be installed.`;
  const answer = await vscode.window.showInformationMessage('CUDA for Byteline', { modal: true, detail }, get, choose);
  if (!answer) return false;
  const title = 'A wheel, NuGet package, zip or folder of onnxruntime for GPUs';
  const picked = answer === choose ? (await vscode.window.showOpenDialog({ title, openLabel: 'Use', canSelectFolders: true, filters: { Packages: ['whl', 'nupkg', 'zip'] } }))?.[0].fsPath : undefined;
  if (answer === choose && !picked) return false;
  try {
    await vscode.window.withProgress({ location: vscode.ProgressLocation.Notification, title: 'Byteline: CUDA', cancellable: answer === get }, async (progress, token) => {
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
    void vscode.window.showErrorMessage(`Byteline: ${messageOf(error)}`);
    return false;
  }
  return true;
}
