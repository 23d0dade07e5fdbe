/**
 * How eagerly a user wants offers: a level, whose threshold the model's calibration knows, or the least probability of
 * being right itself. Pure; the extension and the command line read settings with it.
 */
import type { Confidence } from './confidence.ts';

/** From few offers that are mostly right to whatever may be right. */
export const LEVELS = ['quiet', 'balanced', 'eager'] as const;
export type Level = (typeof LEVELS)[number];
/** A level, or a probability from 0 to 1. */
export type Eagerness = Level | number;

export const STANDARD: Eagerness = 'balanced';

/** What offers of at least a probability are worth where code is typed again; shares from 0 to 1. */
export interface CurvePoint {
  threshold: number;
  /** Of the keys, those after which something is offered. */
  offered: number;
  /** Of those offers, those that are right to their end. */
  right: number;
  /** Of the characters, those that taking the right ones writes. */
  saved: number;
}

/** A fit of `confidence` in model.json: `threshold` is that of `balanced`. */
export interface Fit extends Confidence {
  /** Thresholds of the other levels. */
  levels?: { quiet: number; eager: number };
  curve?: CurvePoint[];
}

/** `confidence` of model.json. */
export interface Calibration extends Fit {
  /** For completions that are mixed with the workspace's memory; without it the one fit is for all. */
  withMemory?: Fit;
}

/** What a setting or an argument says: a level or a number from 0 to 1, which may be a string; else undefined. */
export function eagernessOf(said: unknown): Eagerness | undefined {
  if (typeof said === 'number') return said >= 0 && said <= 1 ? said : undefined;
  if (typeof said !== 'string') return undefined;
  const level = LEVELS.find((name) => name === said.trim());
  return level ?? (said.trim() === '' ? undefined : eagernessOf(Number(said)));
}

/** The fit for completions with or without the workspace's memory. */
export const fitFor = (all: Calibration, memory: boolean): Fit => (memory && all.withMemory) || all;

/** The least probability of an automatic offer. A model that knows no levels has its one threshold for all of them. */
export function thresholdOf(fit: Fit, eagerness: Eagerness): number {
  if (typeof eagerness === 'number') return eagerness;
  return eagerness === 'balanced' ? fit.threshold : (fit.levels?.[eagerness] ?? fit.threshold);
}

/** What a model's offers are worth, for the user to see. */
export interface Offers {
  thresholds: Record<Level, number>;
  /** By threshold, the lowest first; of a model that was not measured there is none. */
  curve: CurvePoint[];
}

export function offersOf(fit: Fit): Offers {
  const thresholds = Object.fromEntries(
    LEVELS.map((level) => [level, thresholdOf(fit, level)]),
  ) as Offers['thresholds'];
  return { thresholds, curve: [...(fit.curve ?? [])].sort((a, b) => a.threshold - b.threshold) };
}

/** What offers of a completion are judged by; undefined where the model is not calibrated. */
export function confidenceFor(
  all: Calibration | undefined,
  memory: boolean,
  eagerness: Eagerness = STANDARD,
): Confidence | undefined {
  if (!all) return undefined;
  const fit = fitFor(all, memory);
  return { ...fit, threshold: thresholdOf(fit, eagerness) };
}
