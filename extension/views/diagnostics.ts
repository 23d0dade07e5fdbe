/**
 * What a bug report needs, with no source text, no file's name and no user's in it: nothing goes in but what is listed
 * here. Pure; no editor in here.
 */
import { eagernessOf } from '../../server/completion/eagerness.ts';
import { modelName } from '../models/folders.ts';
import { cleaner } from './logMessages.ts';

/** A setting's schema, as far as it says what its values may hold. */
export interface Schema {
  enum?: unknown[];
  default?: unknown;
}

/** What a report is made from; of some of it only a part gets in. */
export interface DiagnosticsContent {
  /** Names and versions of the editor, Byteline, Node and the system. */
  versions: Record<string, string>;
  status: {
    state: string;
    model?: string;
    device?: string;
    message?: string;
    rejected?: { device: string; reason?: string }[];
  };
  memory?: { state: string; files: number; bytes: number; skipped: Record<string, number> };
  /** Settings whose values are not the default, by full name. */
  settings: { key: string; schema: Schema; value: unknown }[];
  /** Identifiers of the languages that the editor knows. */
  languages: string[];
  /** Plain lines. */
  statistics: string[];
  log: string;
}

const LINES = 50;

/** The report, in Markdown and in English: it is for the maintainers. */
export function diagnostics({
  versions,
  status,
  memory,
  settings,
  languages,
  statistics,
  log,
}: DiagnosticsContent): string {
  const clean = cleaner(languages);
  const lines = log
    .split('\n')
    .filter((line) => line.trim() !== '')
    .slice(-LINES)
    .map(clean);
  const parts = [
    "Byteline: diagnostics. What is not Byteline's own text is left out (…).",
    '',
    ...Object.entries(versions).map(([name, version]) => `- ${name}: ${version}`),
    `- status: ${status.state}${status.message ? ` (${clean(status.message)})` : ''}`,
    `- model: ${named(status.model)}, device: ${status.device ?? 'unknown'}`,
    ...(status.rejected ?? []).map(({ device, reason }) => `- ${device} is not used: ${clean(reason ?? '')}`),
    `- memory: ${memory ? indexed(memory) : 'off'}`,
    '',
    'Settings that are not the default:',
    '',
    ...(settings.length
      ? settings.map(({ key, schema, value }) => `- ${key}: ${shown(key, schema, value, languages)}`)
      : ['- none']),
    '',
    'Statistics:',
    '',
    ...statistics.map((line) => `- ${line}`),
    '',
    `The last ${LINES} lines of the log:`,
    '',
    '```',
    ...lines,
    '```',
    '',
  ];
  return parts.join('\n');
}

const named = (model: string | undefined) => (model ? modelName(model) : 'none');

const indexed = ({ state, files, bytes, skipped }: NonNullable<DiagnosticsContent['memory']>) =>
  `${state}, ${files} files, ${(bytes / 1e6).toFixed(1)} MB; skipped ${JSON.stringify(skipped)}`;

/** A value that can name nothing private; of globs, paths and other free text only how many there are. */
export function shown(key: string, { enum: choices }: Schema, value: unknown, languages: string[]): string {
  if (typeof value === 'boolean' || typeof value === 'number') return String(value);
  if (key === 'byteline.model') return named(String(value));
  if (key === 'byteline.eagerness') return String(eagernessOf(value) ?? 'changed');
  if (typeof value === 'string') return choices?.includes(value) ? value : 'changed';
  if (Array.isArray(value)) return `${value.length} entries`;
  if (typeof value !== 'object' || value === null) return 'changed';
  const entries = Object.entries(value);
  if (!entries.every(([, on]) => typeof on === 'boolean')) return `${entries.length} entries`;
  return entries.map(([name, on]) => `${name === '*' || languages.includes(name) ? name : '…'} ${on}`).join(', ');
}
