/** A model is a folder: `model.json` and its ONNX files. All of it is checked before a session is made. */
import { createHash } from 'node:crypto';
import { open, readdir, readFile, stat } from 'node:fs/promises';
import { join, resolve, sep } from 'node:path';
import { z } from 'zod';
import { BytelineError, messageOf } from '../errors.ts';
import { SENTINELS } from '../prompt/sequence.ts';

const part = z.object({ path: z.string().min(1), bytes: z.number().int().positive(), sha256: z.string().regex(/^[0-9a-f]{64}$/) });
const count = z.number().int().positive();
const schema = z.object({
  /** Of the graph's inputs and outputs. */
  format: z.literal(4, { error: 'must be 4: write the graphs again, with `python -m byteline_model.regraph` of this version' }),
  name: z.string().regex(/^[a-z0-9][a-z0-9._-]*$/i),
  version: z.string(),
  licence: z.string(),
  architecture: z.object({
    type: z.literal('megabyte'),
    patch: count, window: count, context: count,
    globalWidth: count, globalLayers: count, globalHeads: count,
    localWidth: count, localLayers: count, reach: count, hashOrders: z.array(count).max(8).default([]), matchOrders: z.array(count).max(8).default([]), matchDepth: count.max(8).default(1),
    networkWeights: count, tableWeights: z.number().int().nonnegative(),
  }).refine((a) => a.context % a.patch === 0 && a.window % a.patch === 0 && a.globalWidth % a.globalHeads === 0, {
    message: 'patch must divide context and window, and globalHeads globalWidth',
  }),
  sentinels: z.record(z.string(), z.number().int()),
  /** Graphs, by preference. `weights`: what they keep in a file of its own. For a GPU: the global model, and what stays on the CPU. */
  files: z.array(part.extend({
    precision: z.enum(['fp32', 'int8', 'int4']),
    device: z.enum(['cpu', 'gpu']),
    weights: part.optional(), encode: part.optional(), local: part.optional(),
  }).refine((f) => f.device === 'cpu' || (f.encode && f.local), { message: 'a file for a GPU needs encode and local' })).min(1),
  training: z.record(z.string(), z.unknown()),
  /** `bitsPerByte`: by corpus and precision. */
  scoreCard: z.looseObject({ bitsPerByte: z.record(z.string(), z.record(z.string(), z.number())).optional() }),
  /** Calibration: see server/completion/confidence.ts. */
  confidence: z.looseObject({ bias: z.number(), logprob: z.number(), length: z.number(), threshold: z.number().min(0).max(1) }).optional(),
  /** The model was trained with FILE blocks and is given them: see server/trail.ts. */
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
    json = JSON.parse(await readFile(file, 'utf8'));
  } catch (error) {
    throw new BytelineError('model', `${file}: ${messageOf(error)}`);
  }
  const result = schema.safeParse(json);
  if (!result.success) {
    const issue = result.error.issues[0];
    throw new BytelineError('model', `${file}: ${issue.path.join('.') || 'file'}: ${issue.message}`);
  }
  for (const [name, value] of Object.entries(SENTINELS)) {
    if (result.data.sentinels[name] !== value) throw new BytelineError('model', `${file}: sentinels.${name}: must be ${value}`);
  }
  for (const entry of result.data.files) for (const p of partsOf(entry)) modelPath(folder, p);
  if (result.data.memory) modelPath(folder, result.data.memory);
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

/** The file for a device: of those that lose little by the model's score card (of all, without one) the smallest, which is the fastest. */
export function choose({ files, scoreCard }: Manifest, device: ModelFile['device'], precision?: string): ModelFile | undefined {
  const among = files.filter((f) => f.device === device && (!precision || f.precision === precision));
  const good = (f: ModelFile) => Object.values(scoreCard.bitsPerByte ?? {}).every((card) => {
    const best = Math.min(...among.map(({ precision }) => card[precision] ?? Infinity));
    return !(card[f.precision] > LOSS * best);
  });
  return among.filter(good).sort((a, b) => sizeOf(a) - sizeOf(b))[0];
}

/** The absolute path of a model's file. Throws when it leaves the folder. */
export function modelPath(folder: string, file: { path: string }): string {
  const root = resolve(folder);
  const path = resolve(root, file.path);
  if (!path.startsWith(root + sep)) throw new BytelineError('model', `${join(folder, 'model.json')}: files: ${file.path} leaves the model's folder`);
  return path;
}

/** Checks that a graph and all that it needs is there with the sizes and the hashes that the manifest states. `checked`: what need not be read again. */
export async function checkFile(folder: string, file: ModelFile, checked = new Map<string, Promise<void>>()): Promise<void> {
  for (const p of partsOf(file)) {
    const key = `${p.path} ${p.bytes} ${p.sha256}`;
    if (!checked.has(key)) checked.set(key, checkPart(folder, p));
    await checked.get(key);
  }
}

export async function checkPart(folder: string, file: Part): Promise<void> {
  const path = modelPath(folder, file);
  const found = await stat(path).catch(() => undefined);
  if (!found?.isFile()) throw new BytelineError('model', `${path}: the file is missing`);
  if (found.size !== file.bytes) throw new BytelineError('model', `${path}: has ${found.size} bytes, model.json says ${file.bytes}`);
  const hash = createHash('sha256');
  const buffer = Buffer.alloc(1 << 20); // one for the whole file: a stream leaves the file's size in garbage
  const handle = await open(path);
  try {
    for (let n; (n = (await handle.read(buffer)).bytesRead) > 0; ) hash.update(buffer.subarray(0, n));
  } finally {
    await handle.close();
  }
  if (hash.digest('hex') !== file.sha256) throw new BytelineError('model', `${path}: its sha256 is not the one in model.json`);
}

/** The model folders below each root: those with a model.json, by name; the first root wins. */
export async function findModels(roots: string[]): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  for (const root of roots) {
    for (const entry of await readdir(root, { withFileTypes: true }).catch(() => [])) {
      const folder = join(root, entry.name);
      const manifest = await stat(join(folder, 'model.json')).catch(() => undefined);
      if (manifest?.isFile() && !found.has(entry.name)) found.set(entry.name, folder);
    }
  }
  return found;
}
