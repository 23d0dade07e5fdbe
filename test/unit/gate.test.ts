/** The mixture of the model and the memory. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { Evidence, INDEX } from '../../server/memory/evidence.ts';
import {
  BYTE,
  Description,
  describe as describeEvidence,
  GATE,
  Gate,
  MOST,
  type Parameters,
  PLACE,
  readGate,
} from '../../server/memory/gate.ts';
import { SENTINELS } from '../../server/prompt/sequence.ts';

interface Case {
  before: string;
  found: [byte: number, length: number, side: number, count: number][];
  logps: Record<string, number>;
  rest: number;
  bytes: number[];
  rows: number[][];
  place: number[];
  mixture: number[];
  other: number;
}
const fixture = JSON.parse(readFileSync(new URL('../fixtures/gate.json', import.meta.url), 'utf8')) as {
  gate: Parameters;
  allowed: number;
  cases: Case[];
};
const FORBIDDEN = -1e9;

/** [byte, bytes of the match or 0 for the word's and -1 - c for those of context c, side, count] */
function evidenceOf(found: Case['found'], before = ''): Evidence {
  const evidence = new Evidence();
  evidence.begin(Buffer.from(before), before.length);
  for (const [byte, length, side, count] of found) {
    if (length > 0) evidence.add(byte, length, side, 1, INDEX);
    else if (length === 0) evidence.addWord(byte, side, count);
    else evidence.addStructure(byte, -1 - length, side, count);
  }
  return evidence;
}

/** Of any numbers: log-probabilities where `allowed` is true. */
function distOf(scores: number[], allowed: (byte: number) => boolean): Float32Array {
  const total = scores.reduce((sum, score, byte) => sum + (allowed(byte) ? Math.exp(score) : 0), 0);
  return Float32Array.from(scores, (score, byte) => (allowed(byte) ? score - Math.log(total) : FORBIDDEN));
}

const numbers = (n: number, size: number) =>
  fc.array(fc.double({ min: -size, max: size, noNaN: true }), { minLength: n, maxLength: n });
const network = (inputs: number) =>
  fc.record({
    w1: numbers(2 * inputs, 2),
    b1: numbers(2, 2),
    w2: numbers(2, 4),
    b2: fc.double({ min: -4, max: 4, noNaN: true }),
  });
const gates = fc
  .record({ features: fc.constant(4 as const), byte: network(BYTE + PLACE), gate: network(GATE) })
  .map((parameters) => new Gate(parameters));
/** What UTF-8 allows between characters, where a text may end, and inside one of three bytes. */
const allowedIn = (inside: boolean) => (byte: number) =>
  inside ? byte >= 0x80 && byte < 0xc0 : byte < 0x80 || (byte >= 0xc2 && byte <= 0xf4) || byte === SENTINELS.EOM;
const places = fc.array(fc.tuple(fc.nat(255), fc.constantFrom(-2, 0, 3, 4, 8, 20, 63), fc.nat(1), fc.nat(20)), {
  minLength: 1,
  maxLength: 30,
});

describe('gate', () => {
  it('gives a distribution; the end, and what UTF-8 forbids, stay as they were', () => {
    let mixed = 0;
    fc.assert(
      fc.property(gates, fc.boolean(), numbers(256, 8), places, (gate, inside, scores, found) => {
        const dist = distOf(scores, allowedIn(inside));
        const before = dist.slice();
        const out = gate.mix(evidenceOf(found), dist);
        assert.deepEqual(dist, before);
        mixed += Number(out !== dist);
        const total = out.reduce((sum, logp) => sum + Math.exp(logp), 0);
        assert.ok(Math.abs(total - 1) < 1e-5, `${total}`);
        assert.equal(out[SENTINELS.EOM], dist[SENTINELS.EOM]);
        for (let byte = 0; byte < 256; byte++)
          if (!allowedIn(inside)(byte)) assert.ok(out[byte] <= FORBIDDEN, `${byte}: ${out[byte]}`);
      }),
    );
    assert.ok(mixed > 20, `${mixed}`);
  });

  it("gives the model's own array where nothing that may follow was found", () => {
    const gate = new Gate(fixture.gate);
    const dist = distOf(new Array(256).fill(0), allowedIn(false));
    assert.ok(gate.mix(new Evidence(), dist) === dist);
    assert.ok(
      gate.mix(
        evidenceOf([
          [0x80, 20, 0, 1],
          [SENTINELS.EOM, 20, 1, 1],
          [SENTINELS.PRE, 0, 1, 1],
        ]),
        dist,
      ) === dist,
    );
    assert.ok(
      gate.mix(
        evidenceOf([
          [0x80, 20, 0, 1],
          [0x61, 4, 0, 1],
        ]),
        dist,
      ) !== dist,
    );
  });

  it('computes what its training computes', () => {
    const gate = new Gate(fixture.gate);
    const near = (found: ArrayLike<number>, wanted: number[], what: string) => {
      assert.equal(found.length, wanted.length, what);
      wanted.forEach((value, i) =>
        assert.ok(
          Math.abs(found[i] - value) <= 1e-4 * Math.abs(value) + 1e-6,
          `${what} ${i}: ${found[i]}, not ${value}`,
        ),
      );
    };
    assert.ok(fixture.cases.some(({ bytes }) => bytes.length === MOST));
    for (const { before, found, logps, rest, bytes, rows, place, mixture, other } of fixture.cases) {
      const dist = Float32Array.from({ length: 256 }, (_, byte) =>
        byte < fixture.allowed ? (logps[byte] ?? rest) : FORBIDDEN,
      );
      const description = new Description();
      describeEvidence(evidenceOf(found, before), dist, description);
      assert.deepEqual([...description.bytes.subarray(0, description.size)], bytes);
      near(description.rows.subarray(0, bytes.length * BYTE), rows.flat(), 'rows');
      near(description.place, place, 'place');
      const out = gate.mix(evidenceOf(found, before), dist);
      near(
        bytes.map((byte) => Math.exp(out[byte])),
        mixture,
        'mixture',
      );
      near([Math.exp(out[0])], [other], 'other');
    }
  });
});

describe('the file of a gate', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'byteline-gate-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));
  const put = (text: string) => {
    writeFileSync(join(folder, 'memory.json'), text);
    return {
      memory: {
        path: 'memory.json',
        bytes: Buffer.byteLength(text),
        sha256: createHash('sha256').update(text).digest('hex'),
      },
    };
  };
  const gateWith = (change: (gate: any) => void) => {
    const gate = structuredClone(fixture.gate);
    change(gate);
    return put(JSON.stringify(gate));
  };
  const rejects = (manifest: ReturnType<typeof put>, message: string) =>
    assert.rejects(
      readGate(folder, manifest),
      (error: Error) =>
        error.name === 'BytelineError' &&
        error.message.startsWith(join(folder, 'memory.json') + ': ') &&
        error.message.includes(message),
    );

  it('is read where model.json names one', async () => {
    assert.equal(await readGate(folder, {}), undefined);
    assert.ok(
      (await readGate(
        folder,
        gateWith(() => undefined),
      )) instanceof Gate,
    );
  });

  it('must be the one that model.json states', async () => {
    const { memory } = gateWith(() => undefined);
    await rejects({ memory: { ...memory, sha256: '0'.repeat(64) } }, 'its sha256 is not the one in model.json');
    await rejects(
      { memory: { ...memory, bytes: memory.bytes + 1 } },
      `has ${memory.bytes} bytes, model.json says ${memory.bytes + 1}`,
    );
    rmSync(join(folder, 'memory.json'));
    await rejects({ memory }, 'the file is missing');
  });

  it('must hold what it should, else the field is named', async () => {
    await rejects(put('{"features": 4,'), 'JSON');
    await rejects(
      gateWith((gate) => {
        gate.features = 2;
      }),
      ' features: ',
    );
    await rejects(
      gateWith((gate) => gate.byte.w1.pop()),
      ` byte: must have ${BYTE + PLACE} inputs and one output`,
    );
    await rejects(
      gateWith((gate) => gate.gate.w2.push(1)),
      ` gate: must have ${GATE} inputs and one output`,
    );
    await rejects(
      gateWith((gate) => {
        gate.gate.b2 = null;
      }),
      ' gate.b2: ',
    );
    await rejects(
      gateWith((gate) => {
        gate.byte.b1[1] = 'x';
      }),
      ' byte.b1.1: ',
    );
  });
});
