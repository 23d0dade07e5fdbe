/** Which of a model's files is taken. */
import assert from 'node:assert/strict';
import { choose, type Manifest, type ModelFile } from '../../server/engine/manifest.ts';

const file = (precision: ModelFile['precision'], device: ModelFile['device'], bytes: number): ModelFile => ({
  path: `${precision}.onnx`,
  precision,
  device,
  bytes,
  sha256: '',
});
const model = (card?: Record<string, number>): Manifest =>
  ({
    files: [file('fp32', 'cpu', 400), file('int8', 'cpu', 100), file('int4', 'cpu', 50), file('int8', 'gpu', 30)],
    scoreCard: card ? { bitsPerByte: { ts: card } } : {},
  }) as Manifest;

describe('precision', () => {
  it('is the smallest that loses at most 1%', () => {
    assert.equal(choose(model({ fp32: 0.75, int8: 0.752, int4: 0.757 }), 'cpu')!.precision, 'int4');
    assert.equal(choose(model({ fp32: 0.75, int8: 0.752, int4: 0.76 }), 'cpu')!.precision, 'int8');
    assert.equal(choose(model({ fp32: 0.75, int8: 0.76, int4: 0.77 }), 'cpu')!.precision, 'fp32');
  });
  it('is the smallest where nothing was measured, and the one that is there where the better is not', () => {
    assert.equal(choose(model(), 'cpu')!.precision, 'int4');
    assert.equal(choose(model({ fp32: 0.5, int8: 0.75 }), 'gpu')!.precision, 'int8');
  });
  it('is the one asked for, or none', () => {
    assert.equal(choose(model({ fp32: 0.75, int4: 0.9 }), 'cpu', 'int4')!.precision, 'int4');
    assert.equal(choose(model(), 'gpu', 'fp32'), undefined);
  });
});
