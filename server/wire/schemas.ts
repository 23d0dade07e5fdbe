/**
 * What the client says in our messages: a schema of each, and its type. What a schema does not name is let through.
 * Positions are UTF-16, as in LSP. The extension imports these types by protocol.ts, and never a schema.
 */
import { z } from 'zod';
import { LEVELS } from '../completion/eagerness.ts';
import { DEVICES } from '../engine/devices.ts';
import type { Cell } from '../prompt/cells.ts';
import { LONG, NAMES_LIMITS } from './limits.ts';

export const uinteger = z
  .int()
  .min(0)
  .max(2 ** 31 - 1);
export const integer = z
  .int()
  .min(-(2 ** 31))
  .max(2 ** 31 - 1);
export const uri = z.string().min(1).max(8192);
export const position = z.object({ line: uinteger, character: uinteger });
export const range = z
  .object({ start: position, end: position })
  .refine(({ start, end }) => start.line < end.line || (start.line === end.line && start.character <= end.character), {
    message: 'ends before it starts',
  });
/** The item that the suggest widget has selected. */
export const selected = z.object({ range, text: z.string().max(LONG) }).nullish();
const flag = z.boolean().nullish();
const strings = z.array(z.string().max(LONG)).max(10_000);
const maxBytes = z.int().min(1).max(1024);
/** How eagerly to offer: a level, or the least probability of being right. */
const NO_EAGERNESS = { error: `must be ${LEVELS.join(', ')} or a number from 0 to 1` };
const eagerness = z.union([z.enum(LEVELS), z.number().min(0, NO_EAGERNESS).max(1, NO_EAGERNESS)], NO_EAGERNESS);
const cell: z.ZodType<Cell> = z.object({ language: z.string().max(256), text: z.string() });
/** The editor sends all cells above one. */
const above = z.array(cell).max(10_000).nullish();

/** An empty array, as an empty table of Lua arrives, passes for an object without keys. */
export const table = <T extends z.ZodType>(schema: T) =>
  z.preprocess((value) => (Array.isArray(value) && value.length === 0 ? {} : value), schema);

export const memoryOptions = z.object({
  /** On unless false. */
  enable: z.boolean().optional(),
  /** The workspace is trusted, its files may be read; else only what is typed is remembered. True unless said. */
  trusted: z.boolean().optional(),
  /** Text that is indexed at most, 10^6 bytes; 32 unless said. */
  megabytes: z.number().min(0).max(100_000).optional(),
  /** Globs of files and folders that are not read (server/globs.ts says what a glob means). */
  exclude: strings.optional(),
  /**
   * Globs of files and folders that hold secrets and are not read, beside those that are known (server/secrets.ts);
   * nothing is offered there by itself.
   */
  secrets: strings.optional(),
  /** Idioms that come with Byteline count, too. True unless said. */
  starter: z.boolean().optional(),
});
export type MemoryOptions = z.infer<typeof memoryOptions>;

const device = z.enum(DEVICES);
const trial = z.object({ device, reason: z.string().optional() });

/** `initializationOptions` of `initialize`. */
export const initOptions = z.object({
  /** The client speaks `byteline/complete`; without it the worker offers `textDocument/inlineCompletion`. */
  streaming: z.boolean().optional(),
  /** A model's name, or its folder. */
  model: z.string().max(4096).optional(),
  /** Folders that hold model folders, beside the bundled ones. */
  modelFolders: strings.optional(),
  /** Threads of a call; without it, `knownThreads` or a probe says. */
  threads: z.int().min(1).max(64).optional(),
  /** What earlier `byteline/threads` notifications said, threads by machine and model. */
  knownThreads: table(z.record(z.string(), z.int().min(1).max(64)).optional()),
  /** What earlier `byteline/vetted` notifications said: graphs that are not tried again, by machine and model. */
  vetted: strings.optional(),
  /** Where the model runs; `auto` has the worker try what the platform has. */
  device: z.enum(['auto', ...DEVICES]).optional(),
  /** What earlier `byteline/device` notifications said, devices by machine and model. */
  knownDevices: table(z.record(z.string(), z.object({ device, trials: z.array(trial) })).optional()),
  /** Devices on which the worker died. */
  avoidDevices: z.array(device).optional(),
  /** Memory for the caches of texts worked on lately, 10^6 bytes. */
  cacheMegabytes: z.number().min(1).max(100_000).optional(),
  /** The workspace's memory; without it there is one of the workspace's folders, with the defaults. */
  memory: table(memoryOptions.optional()),
  /** Of requests that say none; balanced unless said. */
  eagerness: eagerness.optional(),
});
export type InitOptions = z.infer<typeof initOptions>;

export const completeParams = z.object({
  uri,
  position,
  /** Names the stream of `byteline/partial` notifications. */
  id: z.number(),
  /** A block rather than the rest of a line; `auto` decides by what stands around the cursor. */
  multiline: z.union([z.boolean(), z.literal('auto')]),
  /** Longest completion, bytes. */
  maxBytes,
  /** Asked for by hand: offered however unsure the model is. */
  always: flag,
  /** Of an offer by itself; unless said, what the options say. */
  eagerness: eagerness.nullish(),
  /** So many completions, the most probable one and others; one unless said. */
  candidates: z.int().min(1).max(16).nullish(),
  /** The whole completion however unsure, with the log-probability of each byte (the score card asks so). */
  detail: flag,
  /** Where the document is a notebook's cell: the cells above it, the nearest last. */
  above,
  /** The cursor stands where the user took a completion: a block may follow. */
  accepted: flag,
  /** Complete in the middle of a word, too. */
  midWord: flag,
  /**
   * An edit to be thought of as made, the suggest widget's selected item: the completion is of what follows `text`, and
   * `position` says nothing.
   */
  selected,
});
export type CompleteParams = z.infer<typeof completeParams>;

export const warmParams = z.object({
  uri,
  position,
  /** As the completions there will ask. */
  maxBytes,
  above,
});
export type WarmParams = z.infer<typeof warmParams>;

export const scoreParams = z.object({
  uri,
  /** Score this part of the document (at most a quarter of the context) given the rest; else all of it, in windows. */
  range: range.nullish(),
});
export type ScoreParams = z.infer<typeof scoreParams>;

const names = z.array(z.string().max(NAMES_LIMITS.length)).max(NAMES_LIMITS.count);

/** What a language server says can stand at a place. */
export const namesParams = z
  .object({
    uri,
    /** The document's, when `position` was right; unless said, that is now. */
    version: integer.nullish(),
    /** In a word, or where one can begin. */
    position,
    /** Whole names for that word: those that the server ranks in front, and the others. */
    first: names,
    others: names,
  })
  .refine(({ first, others }) => first.length + others.length <= NAMES_LIMITS.count, {
    path: ['others'],
    message: `Too big: together with first at most ${NAMES_LIMITS.count} names`,
  })
  .refine(({ first, others }) => [...first, ...others].reduce((n, { length }) => n + length, 0) <= NAMES_LIMITS.total, {
    path: ['others'],
    message: `Too big: together with first at most ${NAMES_LIMITS.total} characters`,
  });
export type NamesParams = z.infer<typeof namesParams>;

/** Why a text was offered: what the memory has seen like it. */
export const whyParams = z.object({
  uri,
  /** Where the text was offered. */
  position,
  text: z.string().max(LONG),
});
export type WhyParams = z.infer<typeof whyParams>;

export const switchModelParams = z.object({
  /** As in ModelInfo. */
  name: z.string().min(1).max(4096),
});
export type SwitchModelParams = z.infer<typeof switchModelParams>;

export const checkModelParams = z.object({
  /** A model's, or one that holds some. */
  folder: z.string().min(1).max(4096),
});
export type CheckModelParams = z.infer<typeof checkModelParams>;

export const modelFoldersParams = z.object({
  /** As in InitOptions. */
  folders: strings,
});
export type ModelFoldersParams = z.infer<typeof modelFoldersParams>;

export const nextEditParams = z.object({
  uri,
  /** The cursor's. */
  position,
  /** Asked for by hand: proposed however unsure it is. */
  always: flag,
  /** So much of what is proposed by itself is to be right: a share; 0.8 unless said. */
  precision: z.number().min(0).max(1).nullish(),
});
export type NextEditParams = z.infer<typeof nextEditParams>;

/** The user does not want an edit that was proposed. */
export const refuseEditParams = z.object({
  /** As in NextEdits. */
  rule: uinteger,
  /** The edit's document and range, as they were proposed. */
  uri,
  range,
});
export type RefuseEditParams = z.infer<typeof refuseEditParams>;
