/**
 * What keeps completions off somewhere: one list of switches, each with its reason. Asked for by hand, a completion
 * comes all the same. Pure; no editor in here.
 */
import { Globs } from '../../server/globs.ts';
import { Secrets } from '../../server/secrets.ts';
import { otherThanText } from '../schemes.ts';
import type { Scope } from './scope.ts';

/** Settings of these names below `byteline.`. */
export interface Switches {
  enable: boolean;
  languages: Record<string, boolean>;
  exclude: string[];
  inComments: boolean;
  inStrings: boolean;
  /** 0: no limit. */
  maxFileKilobytes: number;
  onBattery: 'on' | 'off';
  /** `memory.secrets`: globs of what holds secrets, beside what is known to. */
  secrets: string[];
}

/** What the switches look at of a document, or of a place in one. */
export interface DocumentInfo {
  language: string;
  /** Of its URI. */
  scheme: string;
  /** Relative to the workspace's folder, or whole where it is in none; with forward slashes. */
  path: string;
  /** Of the document, UTF-16 units. */
  length: number;
  /** Where the cursor is; without it, the document as a whole is meant. Asked only where a setting wants to know. */
  scope?: () => Scope;
}

/** What is so for all documents now. */
export interface Moment {
  /** HH:MM, while a snooze goes on. */
  snoozedUntil?: string;
  /** The machine runs on its battery, as far as it tells. */
  onBattery: boolean;
}

/** Why nothing is offered by itself, and what more there is to say of it. */
export type OffReason =
  | { reason: 'off' | 'battery' | 'secret' | 'comment' | 'string' | 'output' | 'search' | 'settings' }
  | { reason: 'language' | 'excluded' | 'snoozed' | 'scheme'; detail: string }
  | { reason: 'large'; detail: number };

type Switch = (document: DocumentInfo, set: Switches, now: Moment) => OffReason | undefined;

/** What `byteline.languages` says of a language; `*` is every other one. */
export const isOnIn = (languages: Record<string, boolean>, language: string): boolean =>
  languages[language] ?? languages['*'] ?? true;

const SWITCHES: Switch[] = [
  (_, { enable }) => (enable ? undefined : { reason: 'off' }),
  (_, __, { snoozedUntil }) => (snoozedUntil ? { reason: 'snoozed', detail: snoozedUntil } : undefined),
  ({ scheme, path }) => {
    const reason = otherThanText(scheme, path);
    return reason === 'scheme' ? { reason, detail: scheme } : reason && { reason };
  },
  ({ language }, { languages }) => (isOnIn(languages, language) ? undefined : { reason: 'language', detail: language }),
  ({ path }, { exclude }) => {
    const glob = globsOf(exclude).leavesOut(path.replace(/^\/+/, ''));
    return glob === undefined ? undefined : { reason: 'excluded', detail: glob };
  },
  ({ path }, { secrets }) => (secretsOf(secrets).in(path) ? { reason: 'secret' } : undefined),
  ({ length }, { maxFileKilobytes }) =>
    maxFileKilobytes > 0 && length > 1024 * maxFileKilobytes
      ? { reason: 'large', detail: maxFileKilobytes }
      : undefined,
  (_, { onBattery }, now) => (onBattery === 'off' && now.onBattery ? { reason: 'battery' } : undefined),
  ({ scope }, { inComments, inStrings }) => {
    if (!scope || (inComments && inStrings)) return undefined;
    const at = scope();
    return (at === 'comment' && !inComments) || (at === 'string' && !inStrings) ? { reason: at } : undefined;
  },
];

/** The first switch that is off there, or undefined: a completion may be offered. */
export function offReasonAt(document: DocumentInfo, set: Switches, now: Moment): OffReason | undefined {
  for (const is of SWITCHES) {
    const off = is(document, set, now);
    if (off) return off;
  }
  return undefined;
}

/** As the log says it. */
export function reasonForLog(off: OffReason): string {
  switch (off.reason) {
    case 'off':
      return 'off: byteline.enable is false';
    case 'snoozed':
      return `snoozed until ${off.detail}`;
    case 'language':
      return `off for ${off.detail}`;
    case 'excluded':
      return `byteline.exclude has ${off.detail}`;
    case 'secret':
      return 'the file holds secrets, by its name';
    case 'large':
      return `the file has more than ${off.detail} kB`;
    case 'battery':
      return 'off on battery';
    case 'output':
      return 'in an output channel';
    case 'search':
      return 'in search results';
    case 'settings':
      return "in the editor's settings";
    case 'scheme':
      return `the document is no file, but ${off.detail}`;
    default:
      return `in a ${off.reason}`;
  }
}

/** Lists of globs are read once, not at every key. */
function once<T>(read: (globs: string[]) => T): (globs: string[]) => T {
  const made = new Map<string, T>();
  return (globs) => {
    const key = globs.join('\0');
    if (made.size > 100) made.clear();
    const known = made.get(key) ?? read(globs);
    made.set(key, known);
    return known;
  };
}
const globsOf = once((globs) => new Globs(globs));
const secretsOf = once((globs) => new Secrets(globs));
