/** The command Use CUDA: asks where the provider comes from, and has it placed. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import * as vscode from 'vscode';
import { messageOf } from '../../server/errors.ts';
import { cudaPackage, download, type Package, placeCuda } from './cuda.ts';

/**
 * `extension` is its folder, `storage` its own. Whether there is a worker with CUDA now; why not, the user was told.
 */
export async function useCuda(extension: string, storage: string): Promise<boolean> {
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    void vscode.window.showErrorMessage(
      vscode.l10n.t('Byteline uses CUDA on Linux (x64) alone; elsewhere byteline.device is webgpu.'),
    );
    return false;
  }
  const wanted = cudaPackage();
  // two ways to choose: a dialog for both would offer folders alone on Linux
  const get = vscode.l10n.t('Download');
  const [file, folder] = [vscode.l10n.t('Choose File…'), vscode.l10n.t('Choose Folder…')];
  const detail = vscode.l10n.t(
    'The package {0} {1} (about 250 MB) from {2}, or a wheel, NuGet package, zip or folder that you have. CUDA and cuDNN themselves must be installed.',
    wanted.name,
    wanted.version,
    new URL(wanted.index).host,
  );
  const title = vscode.l10n.t('CUDA for Byteline');
  const answer = await vscode.window.showInformationMessage(title, { modal: true, detail }, get, file, folder);
  if (!answer) return false;
  const picked = answer === get ? undefined : await choose(answer === folder);
  if (answer !== get && !picked) return false;
  const placing = {
    location: vscode.ProgressLocation.Notification,
    title: vscode.l10n.t('Byteline: CUDA'),
    cancellable: answer === get,
  };
  try {
    return await vscode.window.withProgress(placing, async (progress, token) => {
      if (picked) {
        await placeCuda(picked, extension, storage);
        return true;
      }
      const abort = new AbortController();
      token.onCancellationRequested(() => abort.abort());
      let said = 0;
      const onShare = (share: number) => {
        if (share - said < 0.01) return;
        progress.report({ message: `${Math.round(100 * share)}%`, increment: 100 * (share - said) });
        said = share;
      };
      const unchecked = () => wantedUnchecked(wanted);
      const got = await download(wanted, join(storage, 'download'), { onShare, unchecked, signal: abort.signal });
      if (!got) return false;
      await placeCuda(got, extension, storage).finally(() => rmSync(got, { force: true }));
      return true;
    });
  } catch (error) {
    void vscode.window.showErrorMessage(vscode.l10n.t('Byteline: {0}', messageOf(error)));
    return false;
  }
}

/** The path of a folder, or of a file, that the user has. */
async function choose(folder: boolean): Promise<string | undefined> {
  const openLabel = vscode.l10n.t('Use');
  const title = vscode.l10n.t('A folder of onnxruntime for GPUs');
  const ofFolder = { title, openLabel, canSelectFolders: true, canSelectFiles: false };
  const filters = { [vscode.l10n.t('Packages')]: ['whl', 'nupkg', 'zip'] };
  const ofFile = { title: vscode.l10n.t('A wheel, NuGet package or zip of onnxruntime for GPUs'), openLabel, filters };
  return (await vscode.window.showOpenDialog(folder ? ofFolder : ofFile))?.[0].fsPath;
}

/** Asks whether a package is wanted that nothing can be checked by. */
async function wantedUnchecked({ index, name, version }: Package): Promise<boolean> {
  const use = vscode.l10n.t('Use Unchecked');
  const message = vscode.l10n.t('{0} publishes no digest of {1} {2}', new URL(index).host, name, version);
  const detail = vscode.l10n.t('It is a native library, and nothing says whether what comes is what was published.');
  return (await vscode.window.showWarningMessage(message, { modal: true, detail }, use)) === use;
}
