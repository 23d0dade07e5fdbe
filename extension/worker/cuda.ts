/**
 * CUDA on Linux, for who has it: the provider that onnxruntime's npm package lacks (over 250 MB) is put beside a copy
 * of onnxruntime and of the worker in the extension's own storage. It comes from a file, or from the package that
 * onnxruntime's own installer would download; the installed extension stays as it is.
 */
import {
  copyFileSync,
  cpSync,
  createWriteStream,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs';
import { basename, join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ReadableStream } from 'node:stream/web';
import { openPromise, type ZipFile } from 'yauzl';
// @ts-expect-error it has no types
import metadata from '../../node_modules/onnxruntime-node/script/install-metadata.js';
import { BytelineError, messageOf } from '../../server/errors.ts';
import { below, has, publishedDigest, type Resource } from './nugetDigest.ts';

const LIBRARIES = ['libonnxruntime_providers_cuda.so', 'libonnxruntime_providers_shared.so'];
const BINARIES = 'node_modules/onnxruntime-node/bin/napi-v6/linux/x64';
const WORKER = 'dist/byteline.cjs';
/** The copy of the worker finds the extension's models by a link. */
const MODELS = 'model';

/** Where everything is put, below the extension's storage. */
const home = (storage: string) => join(storage, 'cuda');
const versionOf = (root: string, name = '') =>
  (JSON.parse(readFileSync(join(root, name, 'package.json'), 'utf8')) as { version: string }).version;
const runtimeOf = (extension: string) => versionOf(extension, 'node_modules/onnxruntime-node');

/** A package of a NuGet feed; `index` is the URL of the feed's service index. */
export interface Package {
  index: string;
  name: string;
  version: string;
}

/** The one with CUDA's provider for the onnxruntime that is bundled, as its npm package names it. */
export function cudaPackage(): Package {
  const { feeds, packages, manifests } = metadata as Metadata;
  const { name, versions } = packages[manifests['linux/x64:cuda12'][`./${LIBRARIES[0]}`].package];
  return { index: feeds[versions[0].feed].index, name, version: versions[0].version };
}
interface Metadata {
  feeds: Record<string, { index: string }>;
  packages: Record<string, { name: string; versions: { feed: string; version: string }[] }>;
  manifests: Record<string, Record<string, { package: string }>>;
}

/** How a download goes on. */
export interface Downloading {
  /** Is told how much of it is there, 0 to 1. */
  onShare(share: number): void;
  /** The feed publishes no digest to check the package by: whether it is wanted all the same. Asked before it comes. */
  unchecked(): Promise<boolean>;
  signal?: AbortSignal;
}

/**
 * Downloads a package into `folder`, checks it by the digest that the feed publishes, and returns its file; undefined
 * where there is no digest and it is not wanted so. Throws a BytelineError; nothing is left then.
 */
export async function download(
  { index, name, version }: Package,
  folder: string,
  { onShare, unchecked, signal }: Downloading,
): Promise<string | undefined> {
  const get = async (url: string) => {
    const answer = await fetch(url, { signal });
    const { ok, status, statusText } = answer;
    if (!ok) throw Object.assign(new Error(`${url}: ${status} ${statusText}`), { status });
    return answer;
  };
  const file = join(folder, `${name}.${version}.nupkg`.toLowerCase());
  mkdirSync(folder, { recursive: true });
  try {
    const { resources } = (await (await get(index)).json()) as { resources: Resource[] };
    const base = resources.find((resource) => resource['@type'] === 'PackageBaseAddress/3.0.0');
    if (!base) throw new Error('the feed has no PackageBaseAddress');
    const digest = await publishedDigest(resources, name, version, async (url) => (await get(url)).json());
    if (!digest && !(await unchecked())) return undefined;
    const { body, headers } = await get(below(base, `${name.toLowerCase()}/${version}/${basename(file)}`));
    const size = Number(headers.get('content-length'));
    let there = 0;
    await pipeline(
      Readable.fromWeb(body as ReadableStream<Uint8Array>).on('data', (chunk: Uint8Array) =>
        onShare((there += chunk.length) / size),
      ),
      createWriteStream(file),
      { signal },
    );
    if (size && there !== size) throw new Error(`${there} of ${size} bytes came`);
    const right = !digest || (await has(file, digest));
    if (!right) throw new Error(`its ${digest!.algorithm} is not the one that the feed publishes`);
    return file;
  } catch (error) {
    rmSync(file, { force: true });
    throw new BytelineError('file', `${index}: ${name} ${version}: ${messageOf((error as Error).cause ?? error)}`);
  }
}

/**
 * Puts the provider from `source`, a folder or an archive (wheel, NuGet package, zip) of onnxruntime for GPUs, to where
 * `cudaWorker` finds it. Throws a BytelineError that names `source`; then what was there before stays.
 */
export async function placeCuda(source: string, extension: string, storage: string): Promise<void> {
  const version = runtimeOf(extension);
  const named = /onnxruntime[\w.-]*?[-_.](\d+\.\d+\.\d+)/i.exec(basename(source))?.[1];
  if (named && named !== version)
    throw new BytelineError('file', `${source}: is of onnxruntime ${named}; Byteline has ${version}`);
  const fresh = `${home(storage)}.new`;
  rmSync(fresh, { recursive: true, force: true });
  mkdirSync(join(fresh, BINARIES), { recursive: true });
  try {
    const found = statSync(source, { throwIfNoEntry: false })?.isDirectory()
      ? fromFolder(source, join(fresh, BINARIES))
      : await fromArchive(source, join(fresh, BINARIES));
    for (const library of LIBRARIES)
      if (!found.has(library)) throw new BytelineError('file', `${source}: holds no ${library}`);
    copyWorker(extension, fresh);
    rmSync(home(storage), { recursive: true, force: true });
    renameSync(fresh, home(storage));
  } finally {
    rmSync(fresh, { recursive: true, force: true });
  }
}

/**
 * The worker that has CUDA beside it, if one was placed for this onnxruntime; brought up to this version of the
 * extension.
 */
export function cudaWorker(extension: string, storage: string): string | undefined {
  const root = home(storage);
  if (!existsSync(join(root, BINARIES, LIBRARIES[0])) || runtimeOf(root) !== runtimeOf(extension)) return undefined;
  if (versionOf(root) !== versionOf(extension) || !existsSync(join(root, MODELS))) copyWorker(extension, root);
  return join(root, WORKER);
}

/** The worker to start: the one that has CUDA beside it, else the bundled one. `warn` is told why CUDA is not used. */
export function workerModule(extension: string, storage: string, warn: (message: string) => void): string {
  try {
    return cudaWorker(extension, storage) ?? join(extension, WORKER);
  } catch (error) {
    warn(`CUDA is not used: ${messageOf(error)}`); // the disk is full, say
    return join(extension, WORKER);
  }
}

function copyWorker(extension: string, root: string): void {
  const version = 'package.json'; // the last: what was cut short is copied again
  for (const part of [
    WORKER,
    'node_modules/onnxruntime-common',
    'node_modules/onnxruntime-node/package.json',
    'node_modules/onnxruntime-node/dist',
    BINARIES,
  ]) {
    cpSync(join(extension, part), join(root, part), { recursive: true });
  }
  rmSync(join(root, MODELS), { force: true });
  symlinkSync(join(extension, MODELS), join(root, MODELS));
  copyFileSync(join(extension, version), join(root, `${version}.new`));
  renameSync(join(root, `${version}.new`), join(root, version));
}

function fromFolder(folder: string, to: string): Set<string> {
  const found = new Set<string>();
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!LIBRARIES.includes(entry.name) || found.has(entry.name)) continue;
    copyFileSync(join(entry.parentPath, entry.name), join(to, entry.name));
    found.add(entry.name);
  }
  return found;
}

async function fromArchive(file: string, to: string): Promise<Set<string>> {
  const found = new Set<string>();
  let zip: ZipFile;
  try {
    zip = await openPromise(file);
  } catch (error) {
    throw new BytelineError('file', `${file}: ${(error as Error).message}`);
  }
  for await (const entry of zip.eachEntry()) {
    const name = basename(entry.fileName);
    if (!LIBRARIES.includes(name) || found.has(name)) continue;
    await pipeline(await zip.openReadStreamPromise(entry), createWriteStream(join(to, name)));
    found.add(name);
  }
  return found;
}
