/** A model is a folder: `model.json` and its ONNX files. All of it is checked before a session is made. */
import { createHash } from 'node:crypto';
import { open, readdir, readFile, realpath, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { z } from 'zod';
import { BytelineError, messageOf } from '../errors.ts';
import { SENTINELS } from '../prompt/sequence.ts';

/** Of model.json, bytes: those of the released models have 3,000. */
const LARGEST_MANIFEST = 1 << 20;
/** Of a graph or its weights, bytes. */
const LARGEST_FILE = 2 ** 33;
/** Memory of one cache, bytes: nano's takes 22 MB. */
const LARGEST_CACHE = 2 ** 31;
/** A file beside model.json: no folder, nothing that Windows reads otherwise. */
const PLAIN = /^[\w-][\w.-]{0,127}(?<!\.)$/;

const part = z.object({
  path: z.string().regex(PLAIN, { error: "must be the plain name of a file in the model's folder" }),
  bytes: z.number().int().positive().max(LARGEST_FILE),
  sha256: z.string().regex(/^[0-9a-f]{64}$/, { error: 'must be 64 hexadecimal digits' }),
});
const count = z.number().int().positive().max(65_536);
const few = count.max(256);
/** Weights of a network. */
const total = z.number().int().nonnegative().max(1e12);
const words = z.string().max(200);
/** Calibration and scores are small numbers. */
const moderate = z.number().min(-1e6).max(1e6);
const share = z.number().min(0).max(1);
const fit = z.looseObject({
  bias: moderate,
  logprob: moderate,
  length: moderate,
  threshold: share,
  levels: z.object({ quiet: share, eager: share }).optional(),
  curve: z
    .array(z.object({ threshold: share, offered: share, right: share, saved: share }))
    .max(101)
    .optional(),
});
const inOrder = ({ threshold, levels }: z.infer<typeof fit>) =>
  !levels || (levels.quiet >= threshold && threshold >= levels.eager);
const ORDER = { path: ['levels'], message: 'must be in order: quiet, threshold, eager, the highest first' };
const schema = z.object({
  /** Of the graph's inputs and outputs. */
  format: z.literal(4, {
    error: 'must be 4: write the graphs again, with `python -m byteline_model.regraph` of this version',
  }),
  name: z
    .string()
    .regex(/^[a-z0-9][a-z0-9._-]{0,63}$/i, { error: 'must be 1 to 64 letters, digits, dots, dashes and underscores' }),
  version: words,
  licence: words,
  architecture: z
    .object({
      type: z.literal('megabyte'),
      patch: few,
      window: count,
      context: count,
      globalWidth: count,
      globalLayers: few,
      globalHeads: few,
      localWidth: count,
      localLayers: few,
      reach: few,
      hashOrders: z.array(count.max(64)).max(8).default([]),
      matchOrders: z.array(count.max(64)).max(8).default([]),
      matchDepth: count.max(8).default(1),
      networkWeights: total,
      tableWeights: total,
    })
    .refine(
      (a) =>
        8 *
          ((a.context / a.patch + 1) * a.globalLayers * a.globalWidth +
            (a.window + a.context) * a.localLayers * a.localWidth) <=
        LARGEST_CACHE,
      {
        message: `a full context must fit ${LARGEST_CACHE} bytes`,
      },
    )
    .refine((a) => a.context % a.patch === 0 && a.window % a.patch === 0 && a.globalWidth % a.globalHeads === 0, {
      message: 'patch must divide context and window, and globalHeads globalWidth',
    }),
  sentinels: z.record(z.string(), z.number().int()),
  /**
   * Graphs, by preference. `weights`: what they keep in a file of its own. For a GPU: the global model, and what stays
   * on the CPU.
   */
  files: z
    .array(
      part
        .extend({
          precision: z.enum(['fp32', 'int8', 'int4']),
          device: z.enum(['cpu', 'gpu']),
          weights: part.optional(),
          encode: part.optional(),
          local: part.optional(),
        })
        .refine((f) => f.device === 'cpu' || (f.encode && f.local), {
          message: 'a file for a GPU needs encode and local',
        }),
    )
    .min(1)
    .max(16),
  training: z.record(z.string(), z.unknown()),
  /** `bitsPerByte`: by corpus and precision. */
  scoreCard: z.looseObject({ bitsPerByte: z.record(z.string(), z.record(z.string(), moderate)).optional() }),
  /** Calibration: see server/completion/eagerness.ts. */
  confidence: fit
    .extend({ withMemory: fit.refine(inOrder, ORDER).optional() })
    .refine(inOrder, ORDER)
    .optional(),
  /** The model is given FILE blocks: see server/documents/recentDocuments.ts. */
  fileBlocks: z.boolean().optional(),
  /** Weights of the gate between the model and the workspace's memory: see server/memory/gate.ts. */
  memory: part.optional(),
});

export type Manifest = z.infer<typeof schema>;
export type Architecture = Manifest['architecture'];
export type ModelFile = Manifest['files'][number];
type Part = z.infer<typeof part>;

/** Reads and checks `folder/model.json`. Throws an error that names the file and the field at fault. */
export async function readManifest(folder: string): Promise<Manifest> {
  const file = join(folder, 'model.json');
  let json: unknown;
  try {
    const { size } = await regular(file);
    if (size > LARGEST_MANIFEST) throw new Error(`has ${size} bytes, at most ${LARGEST_MANIFEST} are read`);
    json = JSON.parse(await readFile(file, 'utf8'));
  } catch (error) {
    throw error instanceof BytelineError
      ? error
      : new BytelineError('model', `${file}: ${messageOf(error).replace(/\s+/g, ' ')}`); // JSON.parse shows lines
  }
  const result = schema.safeParse(json);
  if (!result.success) {
    const issue = result.error.issues[0];
    throw new BytelineError(
      'model',
      `${file}: ${issue.path.join('.').slice(0, 200) || 'file'}: ${issue.message.slice(0, 500)}`,
    );
  }
  for (const [name, value] of Object.entries(SENTINELS)) {
    if (result.data.sentinels[name] !== value)
      throw new BytelineError('model', `${file}: sentinels.${name}: must be ${value}`);
  }
  return result.data;
}

/** All files on disk that a graph needs. */
export function partsOf(file: ModelFile): Part[] {
  return [file, file.weights, file.encode, file.local].filter((p) => p !== undefined);
}

/** Bytes of them. */
export const sizeOf = (file: ModelFile) => partsOf(file).reduce((n, p) => n + p.bytes, 0);

/** A precision may have so many times the bits per byte of the best that is there. */
const LOSS = 1.01;

/**
 * The file for a device: of those that lose little by the model's score card (of all, without one) the smallest, which
 * is the fastest.
 */
export function choose(
  { files, scoreCard }: Manifest,
  device: ModelFile['device'],
  precision?: string,
): ModelFile | undefined {
  const among = files.filter((f) => f.device === device && (!precision || f.precision === precision));
  const good = (f: ModelFile) =>
    Object.values(scoreCard.bitsPerByte ?? {}).every((card) => {
      const best = Math.min(...among.map(({ precision }) => card[precision] ?? Infinity));
      return !(card[f.precision] > LOSS * best);
    });
  return among.filter(good).sort((a, b) => sizeOf(a) - sizeOf(b))[0];
}

/** The path of a model's file. Throws when it leaves the folder. */
export function modelPath(folder: string, { path }: { path: string }): string {
  if (!PLAIN.test(path))
    throw new BytelineError('model', `${join(folder, 'model.json')}: files: ${path} leaves the model's folder`);
  return join(folder, path);
}

/** A file that is one, and is where it seems to be: a link may not lead out of its folder. */
async function regular(path: string): Promise<{ size: number }> {
  const found = await stat(path);
  if (!found.isFile()) throw new Error('is not a file');
  if (dirname(await realpath(path)) !== (await realpath(dirname(path))))
    throw new BytelineError('model', `${path}: is a link that leaves the model's folder`);
  return found;
}

/**
 * Checks that a graph and all that it needs is there with the sizes and the hashes that the manifest states. `checked`:
 * what need not be read again. Throws as checkPart() does.
 */
export async function checkFile(
  folder: string,
  file: ModelFile,
  checked = new Map<string, Promise<void>>(),
): Promise<void> {
  for (const p of partsOf(file)) {
    const key = `${p.path} ${p.bytes} ${p.sha256}`;
    if (!checked.has(key)) checked.set(key, checkPart(folder, p));
    await checked.get(key);
  }
}

/** Checks one file of a model's folder. Throws a BytelineError (`model`) that names it. */
export async function checkPart(folder: string, file: Part): Promise<void> {
  const path = modelPath(folder, file);
  const found = await regular(path).catch((error) => {
    throw error instanceof BytelineError ? error : new BytelineError('model', `${path}: the file is missing`);
  });
  if (found.size !== file.bytes)
    throw new BytelineError('model', `${path}: has ${found.size} bytes, model.json says ${file.bytes}`);
  const hash = createHash('sha256');
  const buffer = Buffer.alloc(1 << 20); // one for the whole file: a stream leaves the file's size in garbage
  const handle = await open(path);
  try {
    for (let n: number; (n = (await handle.read(buffer)).bytesRead) > 0; ) hash.update(buffer.subarray(0, n));
  } finally {
    await handle.close();
  }
  if (hash.digest('hex') !== file.sha256)
    throw new BytelineError('model', `${path}: its sha256 is not the one in model.json`);
}

/** The model folders (absolute) below each root: those with a model.json, by name; the first root wins. */
export async function findModels(roots: string[]): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  for (const root of roots) {
    for (const entry of await readdir(root, { withFileTypes: true }).catch(() => [])) {
      const folder = resolve(root, entry.name);
      const manifest = await stat(join(folder, 'model.json')).catch(() => undefined);
      if (manifest?.isFile() && !found.has(entry.name)) found.set(entry.name, folder);
    }
  }
  return found;
}

/**
 * The one name of a model, in lists, states and figures: the one that it is found by (`findModels`), or its folder
 * where its path names it.
 */
export function nameOf(folder: string, found: Map<string, string>): string {
  return [...found].find(([, path]) => path === folder)?.[0] ?? folder;
}
