/**
 * What a bug report needs, with no source text, no file's name and no user's in it: nothing goes in but what is listed
 * here. Pure; no editor in here.
 */
import { modelName } from '../models/folders.ts';

/** A setting's schema, as far as it says what its values may hold. */
export interface Schema {
  enum?: unknown[];
  default?: unknown;
}

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
    "Byteline: diagnostics. Words that are not Byteline's own are left out (…).",
    '',
    ...Object.entries(versions).map(([name, version]) => `- ${name}: ${version}`),
    `- status: ${status.state}${status.message ? ` (${clean(status.message)})` : ''}`,
    `- model: ${named(status.model)}, device: ${status.device ?? 'unknown'}`,
    ...(status.rejected ?? []).map(({ device, reason }) => `- ${device} is not used: ${clean(reason ?? '')}`),
    `- memory: ${memory ? `${memory.state}, ${memory.files} files, ${(memory.bytes / 1e6).toFixed(1)} MB; skipped ${JSON.stringify(memory.skipped)}` : 'off'}`,
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

/** A value that can name nothing private; of globs, paths and other free text only how many there are. */
export function shown(key: string, { enum: choices }: Schema, value: unknown, languages: string[]): string {
  if (typeof value === 'boolean' || typeof value === 'number') return String(value);
  if (key === 'byteline.model') return named(String(value));
  if (typeof value === 'string') return choices?.includes(value) ? value : 'changed';
  if (Array.isArray(value)) return `${value.length} entries`;
  if (typeof value !== 'object' || value === null) return 'changed';
  const entries = Object.entries(value);
  if (!entries.every(([, on]) => typeof on === 'boolean')) return `${entries.length} entries`;
  return entries.map(([name, on]) => `${name === '*' || languages.includes(name) ? name : '…'} ${on}`).join(', ');
}

/**
 * Words of Byteline's own messages, of Node's errors and of onnxruntime's, in lower case. A new message's words belong
 * here.
 */
const WORDS = new Set(
  `
a above after again agree agreed all allowed already an and answer answered another are as asked at away background be because before began beginning beyond binary blank blocks but by byte byteline bytes cache call calls cancelled candidates
cannot changed child code commands comment completed completion completions confidence connection copy cpu crashed cuda cursor cursors data deleted deletion denied descriptor device devices died differ directory disagrees disk dismissed dml
document documents does done driver each edits editor empty end ended entries error every exist exited expected failed failure fast faster few file files folder folders for format found freed from full generated global goes ghost gpu graph
handling has hash have hidden high id identifier ignored ignores in index indexed indexing info ingest initialize input inside int8 invalid is it its itself keeps killed language large last latency length less library limit line lines link links list loaded
loading lock log log-probabilities long longer lost low low-confidence mb megabytes memory message mib mid-word missing mode model models module more most ms multiple name named nano micro nats needs network new no no-model node none not nothing number of off
offered on once one onnx onnxruntime open operation or other out output over page part pass path paused pending permission place port precision private process provider read ready reason reached refresh refused released remembered repeats repeats-what-follows repetition request requests
reset restarted restarting restarts room run running runs s scheme second seconds secret secrets sent server session settings shape shown sigabrt sigkill signal sigsegv sigterm size skipped slow snoozed so software space start started starts state
stop stopped stops stream string such suffix suggest suggestion superseded supported switch symbolic system takes text than that the their there they this thread threads time timed times to token too took tried trusted try type unable
uncaught undefined undo unexpected unknown untrusted unused update used uses value version wait waited waiting warn warning was weights webgpu what where while white whole widget will with within without word worker workspace write written wrong yet
battery byteline.enable byteline.exclude else false holds item item-of-lines kb measured nor outside several something turned typed unbalanced until
`.split(/\s+/),
);

/** A number with its unit, a version or a time of the clock; a longer one may be somebody's. */
const NUMBER = /^[-+]?\d{1,6}([.:,]\d{1,4}){0,3}(ms|s|mb|gb|kb|%)?$/;
const DAY = /^20\d\d-\d\d-\d\d$/;
const ERRNO = /^E[A-Z]{3,14}\d?$/;

/**
 * Lets through Byteline's own words, numbers, error codes and languages; the rest becomes an ellipsis, runs of it a
 * single one.
 */
export function cleaner(languages: string[]): (line: string) => string {
  const known = new Set(languages);
  const own = (word: string) =>
    word === '' ||
    WORDS.has(word.toLowerCase()) ||
    NUMBER.test(word) ||
    DAY.test(word) ||
    ERRNO.test(word) ||
    known.has(word);
  return (line) =>
    line
      .split(/\s+/)
      .map((token) => {
        const [, before, word, after] = /^([[({'"`]*)(.*?)([\])}'"`,.;:!?]*)$/.exec(token)!;
        return own(word.replace(/'s$/, '')) ? `${before}${word}${after}` : '…';
      })
      .join(' ')
      .replace(/…( …)+/g, '…');
}
