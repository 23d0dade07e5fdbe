/**
 * Every custom message between the extension and the worker. Positions are UTF-16, as in LSP. What the client sends has
 * its schema, and so its type, in schemas.ts: of that file and others but limits.ts only types are imported here, for
 * the extension imports this one's constants.
 */
import type { Range } from 'vscode-languageserver';
import type { Completion, None } from '../completion/complete.ts';
import type { Offers } from '../completion/eagerness.ts';
import type { Shape } from '../completion/shape.ts';
import type { NoEditReason } from '../edits/nextEdit.ts';
import type { Trial } from '../engine/deviceSelection.ts';
import type { Device } from '../engine/devices.ts';
import type { Skipped } from '../memory/indexing.ts';

export type { CheckedFolder } from '../engine/checkFolder.ts';
export type { Why } from '../memory/retrieval.ts';
export type { Cell } from '../prompt/cells.ts';
export { NAMES_LIMITS } from './limits.ts';
export type {
  CheckModelParams,
  CompleteParams,
  InitOptions,
  MemoryOptions,
  ModelFoldersParams,
  NamesParams,
  NextEditParams,
  RefuseEditParams,
  ScoreParams,
  SwitchModelParams,
  WarmParams,
  WhyParams,
} from './schemas.ts';

/** The worker's environment, set before it starts. */
export const ENVIRONMENT = {
  /** onnxruntime would write a device id and an event database when a session is made. */
  ORT_DISABLE_TELEMETRY: '1',
  /** glibc's default moves, and then a model that was switched away leaves its memory behind; bytes. */
  MALLOC_MMAP_THRESHOLD_: '131072',
};

/**
 * The flags of Node that the worker starts with. A young generation of V8's with semi-spaces of 1 MB in place of 16:
 * what lives briefly here lies outside it, and it would keep 35 MB.
 */
export const FLAGS = ['--expose-gc', '--max-semi-space-size=1'];

/** So many completions are decoded where one is asked for by hand. */
export const CANDIDATES = 4;

export interface MemoryStatus {
  state: 'indexing' | 'ready';
  /** What is indexed. */
  files: number;
  bytes: number;
  skipped: Skipped;
}

/** `others`: the candidates after the first; `shape`: why it is a line or a block, where that was `auto`. */
export type CompleteResult = (Completion & { others?: Completion[]; shape?: Shape['reason'] }) | None;

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

/** A graph of unknown origin did no harm in a process of its own: to be remembered, and sent in `vetted` from then. */
export interface Vetted {
  key: string;
}

/** Where a model runs, and why not on other devices: to be remembered, and sent as `knownDevices` from then on. */
export interface DeviceChoice {
  key: string;
  device: Device;
  trials: Trial[];
}

/** An edit that repeats one that was made: a TextEdit of LSP, with its document. */
export interface ProposedEdit {
  /** LSP's OptionalVersionedTextDocumentIdentifier: `version` is null where the document is not open. */
  textDocument: { uri: string; version: number | null };
  range: Range;
  newText: string;
  /** What stands in the range: an edit of another text is out of date. */
  oldText: string;
  /** Of being right, by replayed commits. */
  probability: number;
}

/** Where the user's last edits can be made again. */
export interface NextEdits {
  kind: 'edits';
  /** Names the rule that they follow, for `byteline/refuseEdit`. */
  rule: number;
  /** So many times the user has made such an edit. */
  times: number;
  /** A name that another one takes the place of, where the rule is no more than that. */
  name?: { from: string; to: string };
  /** The next one, and then others of the same rule that are no worse than was asked for, in the order of places. */
  edits: ProposedEdit[];
}

/** Why no edit is proposed. */
export interface NoEdits {
  kind: 'none';
  reason: NoEditReason;
}

export type NextEditResult = NextEdits | NoEdits;

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
  /** What its offers are worth, if it was calibrated: with the memory where that is on. */
  offers?: Offers;
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
export const switchModelRequest = 'byteline/switchModel'; // SwitchModelParams -> ModelInfo; errors keep the old model
export const checkModelRequest = 'byteline/checkModel'; // CheckModelParams -> CheckedFolder; errors name the file
export const memoryRequest = 'byteline/memory'; // -> MemoryStatus | null (off)
export const whyRequest = 'byteline/why'; // WhyParams -> Why | null (nothing like it was seen)
export const pingRequest = 'byteline/ping'; // -> null: a sign of life
export const nextEditRequest = 'byteline/nextEdit'; // NextEditParams -> NextEditResult
/**
 * Notifications to the worker: a completion may soon be asked for there; which names can stand there; `modelFolders` is
 * another list now; an edit that was proposed is not wanted.
 */
export const warmNotification = 'byteline/warm'; // WarmParams
export const namesNotification = 'byteline/names'; // NamesParams
export const refuseEditNotification = 'byteline/refuseEdit'; // RefuseEditParams
export const modelFoldersNotification = 'byteline/modelFolders'; // ModelFoldersParams
/** Notifications from the worker. */
export const partialNotification = 'byteline/partial'; // Partial
export const threadsNotification = 'byteline/threads'; // Threads
export const vettedNotification = 'byteline/vetted'; // Vetted
export const deviceNotification = 'byteline/device'; // DeviceChoice
export const statusNotification = 'byteline/status'; // Status
export const memoryNotification = 'byteline/memoryStatus'; // MemoryStatus
