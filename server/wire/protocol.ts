/** Every custom message between the extension and the worker. Positions are UTF-16, as in LSP. */
import type { Position, Range } from 'vscode-languageserver-types';
import type { Completion, None } from '../completion/complete.ts';
import type { Shape } from '../completion/shape.ts';
import type { CheckedFolder } from '../engine/checkFolder.ts';
import type { Trial } from '../engine/deviceSelection.ts';
import type { Device } from '../engine/graphs.ts';
import type { Why } from '../memory/retrieval.ts';
import type { Cell } from '../prompt/cells.ts';

export type { Cell, CheckedFolder, Why };

/** The worker's environment, set before it starts. */
export const ENVIRONMENT = {
  /** onnxruntime would write a device id and an event database when a session is made. */
  ORT_DISABLE_TELEMETRY: '1',
  /** glibc's default moves, and then a model that was switched away leaves its memory behind; bytes. */
  MALLOC_MMAP_THRESHOLD_: '131072',
};

/** The flags of Node that the worker starts with. */
export const FLAGS = ['--expose-gc'];

/** So many completions are decoded where one is asked for by hand. */
export const CANDIDATES = 4;

export interface InitOptions {
  /** The client speaks `byteline/complete`; without it the worker offers `textDocument/inlineCompletion`. */
  streaming?: boolean;
  model?: string;
  /** Folders that hold model folders, beside the bundled ones. */
  modelFolders?: string[];
  /** Threads of a call; without it, `knownThreads` or a probe says. */
  threads?: number;
  /** What earlier `byteline/threads` notifications said, threads by machine and model. */
  knownThreads?: Record<string, number>;
  /** What earlier `byteline/vetted` notifications said: graphs that are not tried again, by machine and model. */
  vetted?: string[];
  /** Where the model runs; `auto` has the worker try what the platform has. */
  device?: 'auto' | Device;
  /** What earlier `byteline/device` notifications said, devices by machine and model. */
  knownDevices?: Record<string, Omit<DeviceChoice, 'key'>>;
  /** Devices on which the worker died. */
  avoidDevices?: Device[];
  /** Memory for the caches of texts worked on lately, 10^6 bytes. */
  cacheMegabytes?: number;
  /** The workspace's memory; without it there is one of the workspace's folders, with the defaults. */
  memory?: MemoryOptions;
}

export interface MemoryOptions {
  /** On unless false. */
  enable?: boolean;
  /** The workspace is trusted, its files may be read; else only what is typed is remembered. True unless said. */
  trusted?: boolean;
  /** Text that is indexed at most, 10^6 bytes; 32 unless said. */
  megabytes?: number;
  /** Globs of files and folders that are not read (server/globs.ts says what a glob means). */
  exclude?: string[];
  /**
   * Globs of files and folders that hold secrets and are not read, beside those that are known (server/secrets.ts);
   * nothing is offered there by itself.
   */
  secrets?: string[];
}

export interface MemoryStatus {
  state: 'indexing' | 'ready';
  /** What is indexed. */
  files: number;
  bytes: number;
  /** Files that were left out, by reason. */
  skipped: Record<string, number>;
}

/** Why a text was offered: what the memory has seen like it. */
export interface WhyParams {
  uri: string;
  /** Where the text was offered. */
  position: Position;
  text: string;
}

export interface CompleteParams {
  /** Names the stream of `byteline/partial` notifications. */
  id: number;
  uri: string;
  position: Position;
  /** Where the document is a notebook's cell: the cells above it, the nearest last. */
  above?: Cell[];
  /** A block rather than the rest of a line; `auto` decides by what stands around the cursor. */
  multiline: boolean | 'auto';
  maxBytes: number;
  /** The cursor stands where the user took a completion: a block may follow. */
  accepted?: boolean;
  /** Complete in the middle of a word, too. */
  midWord?: boolean;
  /** Asked for by hand: offered however unsure the model is. */
  always?: boolean;
  /** An edit to be thought of as made, the suggest widget's selected item: the completion is of what follows `text`, and `position` says nothing. */
  selected?: { range: Range; text: string };
  /** So many completions, the most probable one and others; one unless said. */
  candidates?: number;
  /** The whole completion however unsure, with the log-probability of each byte (the score card asks so). */
  detail?: boolean;
}
/** `others`: the candidates after the first; `shape`: why it is a line or a block, where that was `auto`. */
export type CompleteResult = (Completion & { others?: Completion[]; shape?: Shape['reason'] }) | None;

export interface WarmParams {
  uri: string;
  position: Position;
  above?: Cell[];
  /** As the completions there will ask. */
  maxBytes: number;
}

export interface ScoreParams {
  uri: string;
  /** Score this part of the document (at most a quarter of the context) given the rest; else all of it, in windows. */
  range?: Range;
}
export interface ScoreResult {
  bytes: number;
  bits: number;
  /** Of each byte of the range, nats; empty without a range. */
  logps: number[];
}

export interface Partial {
  id: number;
  /** The whole text so far, in whole characters. */
  text: string;
}

/** What a probe found: to be remembered, and sent as `knownThreads` from then on. */
export interface Threads {
  key: string;
  threads: number;
}

/** A graph of unknown origin did no harm in a process of its own: to be remembered, and sent in `vetted` from then on. */
export interface Vetted {
  key: string;
}

/** Where a model runs, and why not on other devices: to be remembered, and sent as `knownDevices` from then on. */
export interface DeviceChoice {
  key: string;
  device: Device;
  trials: Trial[];
}

export interface ModelInfo {
  /** What it is found by below a folder of models, or its own folder's path. */
  name: string;
  version: string;
  folder: string;
  bytes: number;
  precision: string;
  device: string;
  /** Bytes per second of the last completions, once measured. */
  speed?: number;
  current: boolean;
  /** Why the model cannot be used. */
  error?: string;
}

export interface Status {
  state: 'loading' | 'ready' | 'generating' | 'error';
  /** Its name, as in ModelInfo. */
  model?: string;
  device?: Device;
  /** A device that the model is being loaded on: if the worker dies now, it dies of that one. */
  trying?: Device;
  /** Of one call. */
  threads?: number;
  /** Devices that are not used. */
  rejected?: Trial[];
  message?: string;
}

/** Requests. */
export const completeRequest = 'byteline/complete'; // CompleteParams -> CompleteResult
export const scoreRequest = 'byteline/score'; // ScoreParams -> ScoreResult
export const modelsRequest = 'byteline/models'; // -> ModelInfo[]
export const switchModelRequest = 'byteline/switchModel'; // { name } -> ModelInfo; an error keeps the old model
export const checkModelRequest = 'byteline/checkModel'; // { folder } (a model's, or one that holds some) -> CheckedFolder; an error names the file at fault
export const memoryRequest = 'byteline/memory'; // -> MemoryStatus | null (off)
export const whyRequest = 'byteline/why'; // WhyParams -> Why | null (nothing like it was seen)
export const pingRequest = 'byteline/ping'; // -> null: a sign of life
/** Notifications to the worker: a completion may soon be asked for there; `modelFolders` is another list now. */
export const warmNotification = 'byteline/warm'; // WarmParams
export const modelFoldersNotification = 'byteline/modelFolders'; // { folders: string[] }
/** Notifications from the worker. */
export const partialNotification = 'byteline/partial'; // Partial
export const threadsNotification = 'byteline/threads'; // Threads
export const vettedNotification = 'byteline/vetted'; // Vetted
export const deviceNotification = 'byteline/device'; // DeviceChoice
export const statusNotification = 'byteline/status'; // Status
export const memoryNotification = 'byteline/memoryStatus'; // MemoryStatus
