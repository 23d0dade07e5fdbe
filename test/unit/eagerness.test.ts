/** How eagerly to offer: what may be said, and the threshold that it means with a model's calibration. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Calibration, confidenceFor, eagernessOf, LEVELS, offersOf } from '../../server/completion/eagerness.ts';
import { readManifest } from '../../server/engine/manifest.ts';
import { wrongWith } from '../../server/wire/params.ts';

const ROOT = new URL('../../', import.meta.url);
const json = (path: string) => JSON.parse(readFileSync(new URL(path, ROOT), 'utf8'));
const OLD: Calibration = { bias: 1, logprob: 2, length: 3, threshold: 0.36 };
const POINT = { threshold: 0.3, offered: 0.5, right: 0.4, saved: 0.3 };
const NEW: Calibration = {
  ...OLD,
  levels: { quiet: 0.7, eager: 0.2 },
  curve: [POINT, { ...POINT, threshold: 0.1 }],
  withMemory: { ...OLD, bias: 5, threshold: 0.5, levels: { quiet: 0.8, eager: 0.25 } },
};

describe('eagerness', () => {
  it('is a level or a probability, which may be written as a string, and nothing else', () => {
    for (const level of LEVELS) assert.equal(eagernessOf(level), level);
    for (const [said, is] of [
      [0, 0],
      [1, 1],
      [0.4, 0.4],
      ['0.4', 0.4],
      ['1', 1],
      [' 0.25 ', 0.25],
    ] as const)
      assert.equal(eagernessOf(said), is);
    for (const wrong of ['', ' ', 'Quiet', 'sure', '40%', '1.1', -0.1, 2, NaN, 'NaN', null, undefined, true, {}, [0.4]])
      assert.equal(eagernessOf(wrong), undefined, JSON.stringify(wrong));
  });

  it('of the settings page may be what the worker understands', () => {
    const { pattern, default: standard } = json('package.json').contributes.configuration.properties[
      'byteline.eagerness'
    ] as { pattern: string; default: string };
    for (const said of [standard, ...LEVELS, '0', '1', '0.4', '0.40', '1.0', 'sure', '1.1', '-1', '', '2', '0.4 '])
      assert.equal(new RegExp(pattern).test(said), eagernessOf(said) !== undefined && !/\s/.test(said), said);
  });

  it("takes the level's threshold of the fit for completions as they are made", () => {
    const threshold = (memory: boolean) => [...LEVELS, 0.45].map((e) => confidenceFor(NEW, memory, e)!.threshold);
    assert.deepEqual(threshold(false), [0.7, 0.36, 0.2, 0.45]);
    assert.deepEqual(threshold(true), [0.8, 0.5, 0.25, 0.45]);
    assert.deepEqual(
      [false, true].map((memory) => confidenceFor(NEW, memory)!.bias),
      [1, 5],
    );
    assert.equal(confidenceFor(NEW, true)!.threshold, 0.5);
  });

  it('has the one threshold of a model from before there were levels, for every level and with the memory', () => {
    for (const memory of [false, true])
      for (const level of LEVELS) assert.equal(confidenceFor(OLD, memory, level)!.threshold, 0.36);
    assert.equal(confidenceFor(OLD, true, 0.9)!.threshold, 0.9);
    assert.deepEqual(offersOf(OLD), { thresholds: { quiet: 0.36, balanced: 0.36, eager: 0.36 }, curve: [] });
    assert.equal(confidenceFor(undefined, true, 'quiet'), undefined);
  });

  it('shows what offers are worth by threshold', () => {
    const { thresholds, curve } = offersOf(NEW);
    assert.deepEqual(thresholds, { quiet: 0.7, balanced: 0.36, eager: 0.2 });
    assert.deepEqual(
      curve.map((point) => point.threshold),
      [0.1, 0.3],
    );
  });

  it('that makes no sense in a request or an option has one error, which names it', () => {
    const asked = { uri: 'file:///a.ts', position: { line: 0, character: 0 }, id: 1, multiline: false, maxBytes: 64 };
    for (const eagerness of [...LEVELS, 0, 0.4, 1, null, undefined])
      assert.equal(wrongWith('byteline/complete', { ...asked, eagerness }), undefined);
    const initialize = (eagerness: unknown) =>
      wrongWith('initialize', { processId: null, capabilities: {}, initializationOptions: { eagerness } });
    assert.equal(initialize('eager'), undefined);
    for (const wrong of ['sure', 1.5, '0.4', {}]) {
      const says = /eagerness: must be quiet, balanced, eager or a number from 0 to 1$/;
      assert.match(wrongWith('byteline/complete', { ...asked, eagerness: wrong })!, says);
      assert.match(initialize(wrong)!, says);
    }
  });
});

describe("a model's calibration", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'byteline-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));
  const read = (confidence: unknown) => {
    writeFileSync(join(folder, 'model.json'), JSON.stringify({ ...json('model/models/micro/model.json'), confidence }));
    return readManifest(folder);
  };

  it('may have levels and a fit for the memory, or none', async () => {
    for (const good of [OLD, NEW, undefined]) assert.deepEqual((await read(good)).confidence, good);
  });
  it('is refused with the field at fault', async () => {
    const wrong: [unknown, RegExp][] = [
      [{ ...OLD, levels: { quiet: 0.3, eager: 0.2 } }, /confidence\.levels: must be in order/],
      [{ ...OLD, levels: { quiet: 0.5, eager: 0.4 } }, /confidence\.levels: must be in order/],
      [{ ...OLD, levels: { quiet: 0.5 } }, /confidence\.levels\.eager: /],
      [{ ...NEW, withMemory: { ...OLD, levels: { quiet: 0, eager: 0 } } }, /confidence\.withMemory\.levels: /],
      [{ ...OLD, curve: [{ ...POINT, right: 1.5 }] }, /confidence\.curve\.0\.right: /],
      [{ ...OLD, curve: Array(102).fill(POINT) }, /confidence\.curve: /],
      [{ ...OLD, threshold: 36 }, /confidence\.threshold: /],
    ];
    for (const [confidence, pattern] of wrong) await assert.rejects(read(confidence), pattern);
  });
});
