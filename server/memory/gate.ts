/**
 * How much the evidence counts beside the model: p(b) = (1 - w) p_model(b) + w q(b) (pointer sentinel mixture, Merity
 * et al. 2016, eq. 5). q is a softmax over the bytes that followed elsewhere, w a logistic; both come from small
 * networks with one hidden layer of rectified linear units, trained by model/byteline_model/gate.py. The end of a
 * completion is the model's to say: the mixture is of the other bytes.
 */
import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { checkPart, type Manifest, modelPath } from '../engine/manifest.ts';
import { BytelineError, messageOf } from '../errors.ts';
import { SENTINELS } from '../prompt/sequence.ts';
import { CLASSES, type Evidence, KINDS, SIDES } from './evidence.ts';

/** So many bytes take part, those with the longest matches. */
export const MOST = 12;
/** Numbers that describe a byte that followed, and a place. */
const ALL = SIDES * CLASSES;
export const [BYTE, PLACE] = [2 * ALL + SIDES + 3, ALL + SIDES + 6 + KINDS];
/** The gate's own network sees the place, then q's peak, q's agreement with the model, and q's entropy. */
export const GATE = PLACE + 3;
/** Log-probabilities below this count as this, nats; the mask's are far below. */
const LEAST = -20;
/** Adds next to nothing to an entropy. */
const NEGLIGIBLE = -14;
const FORBIDDEN = -1e8;

/** Of the file, bytes: those of the released models have 70,000. */
const LARGEST = 1 << 23;
/** A network with larger weights is none that was trained, and would overflow. */
const weight = z.number().min(-1e4).max(1e4);
/** y = w2 relu(w1 x + b1) + b2: w1 is [hidden, inputs], row by row. */
const network = (inputs: number) =>
  z
    .object({ w1: z.array(weight), b1: z.array(weight).min(1).max(256), w2: z.array(weight), b2: weight })
    .refine(({ w1, b1, w2 }) => w2.length === b1.length && w1.length === b1.length * inputs, {
      message: `must have ${inputs} inputs and one output`,
    });
const schema = z.object({
  /** Of `describe`. */
  features: z.literal(4),
  byte: network(BYTE + PLACE),
  gate: network(GATE),
});
export type Parameters = z.infer<typeof schema>;
type Network = Parameters['gate'];

/** The gate of the model in `folder`, or undefined where it has none. Throws a BytelineError that names the file. */
export async function readGate(folder: string, { memory }: Pick<Manifest, 'memory'>): Promise<Gate | undefined> {
  if (!memory) return undefined;
  const file = modelPath(folder, memory);
  if (memory.bytes > LARGEST)
    throw new BytelineError('model', `${file}: has ${memory.bytes} bytes, at most ${LARGEST} are read`);
  await checkPart(folder, memory);
  try {
    return new Gate(schema.parse(JSON.parse(await readFile(file, 'utf8'))));
  } catch (error) {
    const issue = error instanceof z.ZodError ? error.issues[0] : undefined;
    throw new BytelineError(
      'model',
      `${file}: ${issue ? `${issue.path.join('.').slice(0, 200)}: ${issue.message.slice(0, 200)}` : messageOf(error)}`,
    );
  }
}

/** What `describe` says of one place. */
export class Description {
  /** Bytes that take part. */
  size = 0;
  readonly bytes = new Uint8Array(MOST);
  /** [size, BYTE] */
  readonly rows = new Float32Array(MOST * BYTE);
  readonly place = new Float32Array(PLACE);
}

/** Numbers about the evidence, given the model's log-probabilities (nats) of all bytes. */
export function describe(evidence: Evidence, dist: Float32Array, out: Description): void {
  let [top, entropy, mass] = [-Infinity, 0, 0];
  for (let b = 0; b < 256; b++) {
    if (dist[b] > top) top = dist[b];
    if (dist[b] > NEGLIGIBLE) entropy -= Math.exp(dist[b]) * dist[b];
  }
  out.size = 0;
  for (const slot of evidence.ranked(MOST)) {
    const byte = evidence.bytes[slot];
    if (dist[byte] < FORBIDDEN || byte === SENTINELS.EOM) continue;
    const logp = Math.max(LEAST, dist[byte]);
    const row = out.rows.subarray(out.size * BYTE, (out.size + 1) * BYTE);
    for (let i = 0; i < ALL; i++) {
      const count = evidence.counts[slot * ALL + i];
      row[i] = count / Math.max(1, evidence.totals[i]);
      row[ALL + i] = Math.log1p(count);
    }
    for (let side = 0; side < SIDES; side++) row[2 * ALL + side] = evidence.longest[SIDES * slot + side] / 32;
    row.set([logp / 5, Math.exp(logp), Number(dist[byte] === top)], 2 * ALL + SIDES);
    mass += Math.exp(logp);
    out.bytes[out.size++] = byte;
  }
  for (let i = 0; i < ALL; i++) out.place[i] = Math.log1p(evidence.totals[i]);
  for (let side = 0; side < SIDES; side++) out.place[ALL + side] = evidence.reach[side] / 32;
  out.place.set([top, Math.exp(top), entropy, mass, out.size / 5, evidence.letters / 8], ALL + SIDES);
  for (let kind = 0; kind < KINDS; kind++) out.place[PLACE - KINDS + kind] = Number(kind === evidence.kind);
}

/** The two networks, and the mixture by them. */
export class Gate {
  private readonly byte: Layers;
  private readonly gate: Layers;
  private readonly description = new Description();
  private readonly q = new Float64Array(MOST);
  private readonly gateInputs = new Float32Array(GATE);

  constructor({ byte, gate }: Parameters) {
    this.byte = new Layers(byte, BYTE + PLACE);
    this.gate = new Layers(gate, GATE);
  }

  /**
   * The mixture of the model's log-probabilities (nats) of all bytes and of the evidence: a new array, or `dist`
   * itself.
   */
  mix(evidence: Evidence, dist: Float32Array): Float32Array {
    if (evidence.size === 0) return dist;
    const { description: d } = this;
    describe(evidence, dist, d);
    if (d.size === 0) return dist;
    const w = this.weigh();
    const out = new Float32Array(256);
    const end = Math.exp(dist[SENTINELS.EOM]);
    const kept = Math.log1p(-w);
    for (let b = 0; b < 256; b++) out[b] = dist[b] + kept;
    out[SENTINELS.EOM] = dist[SENTINELS.EOM];
    for (let i = 0; i < d.size; i++) {
      const byte = d.bytes[i];
      out[byte] = Math.log((1 - w) * Math.exp(dist[byte]) + (1 - end) * w * this.q[i]);
    }
    return out;
  }

  /** w, and q in `this.q`. */
  private weigh(): number {
    const { description: d, q, gateInputs } = this;
    this.byte.begin(d.place, BYTE);
    let most = -Infinity;
    for (let i = 0; i < d.size; i++) {
      q[i] = this.byte.finish(d.rows, i * BYTE, BYTE);
      most = Math.max(most, q[i]);
    }
    let total = 0;
    for (let i = 0; i < d.size; i++) total += q[i] = Math.exp(q[i] - most);
    let [peak, agreement, entropy] = [0, 0, 0];
    for (let i = 0; i < d.size; i++) {
      q[i] /= total;
      peak = Math.max(peak, q[i]);
      agreement += q[i] * d.rows[i * BYTE + BYTE - 2];
      entropy -= q[i] * Math.log(q[i] + 1e-9);
    }
    gateInputs.set([peak, agreement, entropy]);
    this.gate.begin(d.place, 0);
    return 1 / (1 + Math.exp(-this.gate.finish(gateInputs, 0, 3, PLACE)));
  }
}

/** Hidden units whose sums are added up side by side: they stay in registers. */
const LANES = 4;

/** y = w2 relu(w1 x + b1) + b2, from inputs of which many are zero; those that several x share are added up once. */
class Layers {
  private readonly b1: Float64Array;
  /** [inputs, hidden]: hidden units up to a multiple of LANES, the last ones of zeros. */
  private readonly w1: Float64Array;
  private readonly w2: Float64Array;
  private readonly b2: number;
  private readonly begun: Float64Array;
  /** The inputs that are not zero, and where the weights of each begin. */
  private readonly values: Float64Array;
  private readonly starts: Uint32Array;

  constructor({ w1, b1, w2, b2 }: Network, inputs: number) {
    const hidden = LANES * Math.ceil(b1.length / LANES);
    this.w1 = new Float64Array(inputs * hidden);
    for (let h = 0; h < b1.length; h++) for (let i = 0; i < inputs; i++) this.w1[i * hidden + h] = w1[h * inputs + i];
    [this.b1, this.w2, this.b2] = [new Float64Array(hidden), new Float64Array(hidden), b2];
    this.b1.set(b1);
    this.w2.set(w2);
    this.begun = new Float64Array(hidden);
    [this.values, this.starts] = [new Float64Array(inputs), new Uint32Array(inputs)];
  }

  /** The inputs that come, from number `first` on. */
  begin(x: Float32Array, first: number): void {
    const { begun, w1 } = this;
    const hidden = begun.length;
    begun.set(this.b1);
    for (let i = 0; i < x.length; i++) {
      if (x[i] === 0) continue;
      for (let h = 0, at = (first + i) * hidden; h < hidden; h++) begun[h] += x[i] * w1[at + h];
    }
  }

  /** y, with `n` more inputs, x[at] and on, which are those from number `first` on. */
  finish(x: Float32Array, at: number, n: number, first = 0): number {
    const { begun, w1, w2, values, starts } = this;
    const hidden = begun.length;
    let some = 0;
    for (let i = 0; i < n; i++) {
      if (x[at + i] === 0) continue;
      values[some] = x[at + i];
      starts[some++] = (first + i) * hidden;
    }
    let y = this.b2;
    for (let h = 0; h < hidden; h += LANES) {
      let [a, b, c, d] = [begun[h], begun[h + 1], begun[h + 2], begun[h + 3]];
      for (let i = 0; i < some; i++) {
        const [value, w] = [values[i], starts[i] + h];
        a += value * w1[w];
        b += value * w1[w + 1];
        c += value * w1[w + 2];
        d += value * w1[w + 3];
      }
      y += w2[h] * Math.max(0, a);
      y += w2[h + 1] * Math.max(0, b);
      y += w2[h + 2] * Math.max(0, c);
      y += w2[h + 3] * Math.max(0, d);
    }
    return y;
  }
}
