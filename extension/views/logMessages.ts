/**
 * The messages that Byteline writes into its log, as templates: of a line only the text of a template is let into a bug
 * report, and codes of closed sets. Whatever else stands in it is masked. test/unit/diagnostics.test.ts finds every
 * message of the sources here. Pure; no editor in here.
 */
import { constants } from 'node:os';
import { getSystemErrorMap } from 'node:util';
import type { CompleteResult, MemoryStatus, Status } from '../../server/wire/protocol.ts';
import { literal } from '../switches/syntaxes.ts';

type NoneReason = Extract<CompleteResult, { kind: 'none' }>['reason'];
type Device = NonNullable<Status['device']>;
type SkipReason = keyof MemoryStatus['skipped'];

/** The keys of a record, which the compiler holds against a type of the protocol. */
const codesOf = <T extends string>(all: Record<T, true>) => Object.keys(all);

const NONE_REASONS = codesOf<NoneReason>({
  blank: true,
  repetition: true,
  'mid-word': true,
  unbalanced: true,
  'low-confidence': true,
  'unknown-name': true,
  cancelled: true,
  'repeats-what-follows': true,
  binary: true,
  'no-model': true,
  empty: true,
  'item-of-lines': true,
  secret: true,
});
const DEVICES = codesOf<Device>({ cpu: true, webgpu: true, cuda: true, dml: true, coreml: true });
/** Why files are not indexed. */
const SKIPPED = codesOf<SkipReason>({
  binary: true,
  changed: true,
  empty: true,
  generated: true,
  gone: true,
  link: true,
  'not a file': true,
  secret: true,
  'too large': true,
  unreadable: true,
  'unreadable folder': true,
  'beyond the limit': true,
  failed: true,
}).join('|');
/** The bundled models; another one's name is its owner's. */
const MODELS = ['nano', 'micro'];

const ERRNO = Object.keys(constants.errno);
const SIGNALS = Object.keys(constants.signals);
/** What libuv says of each, and the calls that Node says it of. */
const STRERROR = [...getSystemErrorMap().values()].map(([, message]) => message);
const SYSCALLS =
  'access|chmod|close|connect|copyfile|fstat|fsync|ftruncate|kill|link|lstat|mkdir|open|read|readlink|realpath|' +
  'rename|rmdir|scandir|spawn|stat|symlink|unlink|utime|watch|write';
/** Of onnxruntime (OrtErrorCode), and of JavaScript. */
const ORT =
  'FAIL|INVALID_ARGUMENT|NO_SUCHFILE|NO_MODEL|ENGINE_ERROR|RUNTIME_EXCEPTION|INVALID_PROTOBUF|MODEL_LOADED|' +
  'NOT_IMPLEMENTED|INVALID_GRAPH|EP_FAIL';
const ERRORS = 'BytelineError|EvalError|RangeError|ReferenceError|SyntaxError|TypeError|URIError';

/** A number with its unit, a version or a time of the clock; a longer one may be somebody's. */
const NUMBER = String.raw`[-+]?\d{1,6}(?:[.:,]\d{1,4}){0,3}`;

/**
 * What placeholders stand for. Those here match by their codes alone. The others match anything: `{text}` is a message
 * in turn, `{model}` and `{language}` show known names, `{any}` shows nothing.
 */
const KINDS: Record<string, string> = {
  number: NUMBER,
  reason: NONE_REASONS.join('|'),
  device: DEVICES.join('|'),
  skipped: `${NUMBER} (?:${SKIPPED})(?:, ${NUMBER} (?:${SKIPPED}))*`,
  errno: ERRNO.join('|'),
  strerror: STRERROR.map(literal).join('|'),
  syscall: SYSCALLS,
  signal: SIGNALS.join('|'),
  ort: ORT,
  precision: 'fp32|int8|int4',
  measured: 'threads|deviceChoices|avoidDevices|vetted',
};

/** Of several that match a message the first one counts. `a|b` in braces stands for one of these texts. */
const TEMPLATES = [
  // ghostText/
  'nothing offered: {reason}',
  'nothing offered: {after an undo|after a deletion|dismissed|a new identifier|multiple cursors|typed on}',
  'nothing offered: a next edit is shown',
  'nothing offered: {something else was typed|the line is too long for ghost text|the list comes first}',
  'nothing offered: the suggest widget has an item of several lines',
  'nothing offered: off: byteline.enable is false',
  'nothing offered: snoozed until {number}',
  'nothing offered: off on battery',
  'nothing offered: off for {language}',
  'nothing offered: byteline.exclude has {any}',
  'nothing offered: the file holds secrets, by its name',
  'nothing offered: the file has more than {number} kB',
  'nothing offered: in a {comment|string}',
  'nothing offered: in {an output channel|search results}',
  "nothing offered: in the editor's settings",
  'nothing offered: the document is no file, but {any}',
  'nothing offered: {any}',
  'stopped growing: {every list was freed|the editor did not ask again|the refresh was cancelled}',
  'stopped growing: {any}',
  'the worker failed: {text}',
  'byteline.eagerness: {any} is neither quiet, balanced, eager nor a number from 0 to 1',
  // nextEdit/
  'a next edit is shown: {edit|rename|import}',
  'a next edit is shown: {any}',
  'the next edit is gone: {refused|applied|another one|another editor|multiple cursors|ghost text came}',
  'the next edit is gone: {the cursor left|the text is another one|its text is not there any more}',
  'the next edit is gone: {the window lost the focus|the extension ends}',
  'the next edit is gone: it failed: {text}',
  'the next edit is gone: {any}',
  'no next edit: {no-rule|no-place|unsure|refused|secret|busy|too-large|typed on|no source}',
  'no next edit: {byteline.nextEdit is off|byteline.nextEdit is byHand|in a notebook|multiple cursors|no editor}',
  'no next edit: {any}',
  // names/
  'the language server: {number} names in front and {number} others of {number} after {number} ms',
  "the language server's names are not used: {not all of them|too late}",
  'the language server: {number} other places of a name after {number} ms',
  'the language server was slow, so it is not asked for {imports|places of a name}',
  'the language server has no {imports|places of a name} after {number} ms',
  'the language server has no {imports|places of a name}: {any}',
  'the language server was slow, so it is not asked for {any}',
  'the language server has no {any} after {number} ms',
  'the language server has no {any}: {any}',
  'the import failed: {any}',
  'the worker has no places of a name: {text}',
  'no import: {nothing is asked for there|typed on|no name that the language server does not know}',
  'no import: {no import is offered|more than one import is offered|the language server does not answer}',
  'no import: {any}',
  'no rename: {the name of no declaration was changed|multiple cursors|the new name is not whole}',
  'no rename: {nothing is asked for there|typed on|the new name is declared already|the name stands nowhere else}',
  'no rename: {the name stands in too many places|the name was changed before the language server was asked}',
  'no rename: {any}',
  // models/, statistics/, worker/
  'model: {model} {number}',
  'model: {model} {any}',
  'the statistics cannot be written: {text}',
  'what was measured is not kept ({measured}): {text}',
  'what was measured is not kept ({any}): {text}',
  'CUDA is not used: {text}',
  'the worker stopped; restarting in {number} ms: {text}',
  'the worker stopped',
  'the worker ran out of memory',
  'the worker crashed ({signal})',
  'the worker was ended from outside ({signal})',
  'the worker ended with code {number}: {text}',
  'the worker did not answer and was ended',
  'the connection to the worker is closed',
  'the system starts no more processes',
  '{text}; it restarts by itself',
  '{text}; it is tried again in {number} s',
  // the worker's models and devices
  'model {model} {number}, {precision}, on the CPU',
  'model {model} {any}, {any}, on the CPU',
  '{number} threads for each call of {model}',
  'the global model of {model} runs on {device}',
  'the global model of {model} runs on {any}',
  '{device} is not used: {text}',
  '{any} is not used: {text}',
  '{device} failed, the CPU goes on: {text}',
  '{any} failed, the CPU goes on: {text}',
  'not in this build of onnxruntime',
  'a software adapter ({any})',
  "its log-probabilities differ from the CPU's by {number} nats a byte",
  'its log-probabilities are none',
  'not faster: {number} ms, the CPU {number} ms',
  'its trial said nothing',
  'no answer in {number} s',
  'it took more than {number} MB of memory',
  '{it|its driver} ended the process ({signal})',
  // the workspace's memory
  'indexed {number} files, {number} MB in {number} s; skipped {skipped}',
  'indexed {number} files, {number} MB in {number} s',
  'indexed {any} files, {any} MB in {any} s{any}',
  'only the first {number} files that were found are looked at',
  'only the first {any} files that were found are looked at',
  '{indexing failed|progress}: {text}',
  'cannot index {any}: {text}',
  // errors that name a model's file, or a file
  'no model named {any}; there is {any}',
  '{any}: another model was asked for meanwhile',
  '{any}: the file is missing',
  '{any}: has {number} bytes, model.json says {number}',
  '{any}: its sha256 is not the one in model.json',
  "{any}: is a link that leaves the model's folder",
  "{any}: files: {any} leaves the model's folder",
  '{any}: files: none for the {CPU|GPU}',
  '{any}: there is no model.json in it, nor in a folder of it',
  "{any}: the graph's {any} has {any}, model.json says architecture.{any} {number}",
  '{any}: the graph does not have {any} {number}',
  '{any} is missing',
  // Node's, onnxruntime's and the language client's
  '{errno}: {strerror}, {syscall} {any}',
  '{errno}: {strerror}, {syscall}',
  '{any}[ONNXRuntimeError] : {number} : {ort} : {any}',
  'Server initialization failed.',
  '{Stopping server failed|Sending pending changes failed|Delivering pending changes failed}',
  'Stopping server timed out',
  '{text}: {text}',
];

/** What is let through of a text that is no message: codes that mean the same wherever they stand. */
const CODES = new Set([...ERRNO, ...SIGNALS, ...ORT.split('|'), ...ERRORS.split('|')]);

const MASK = '…';
/** The editor's time and level before a message. */
const PREFIX = /^(?:\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3} )?\[(?:trace|debug|info|warning|error)\] /;
/** Longer lines and messages in messages are cut: they cost time, and say no more. */
const [LONGEST, DEEPEST] = [1000, 5];

interface Part {
  /** A placeholder, or a text of the template. */
  kind?: string;
  text: string;
}

const READ = TEMPLATES.map((template) => {
  const parts = template
    .split(/(\{[^}]+\})/)
    .map((text): Part => (text.startsWith('{') ? { kind: text.slice(1, -1), text } : { text }));
  const sources = parts.map(({ kind, text }) => {
    if (kind === undefined) return literal(text);
    const closed = KINDS[kind] ?? (kind.includes('|') ? kind : undefined);
    return closed === undefined ? '(.*?)' : `(${closed})`;
  });
  return { parts, pattern: new RegExp(`^${sources.join('')}$`) };
});

/**
 * Lets through the texts of Byteline's own messages, and numbers and codes where a message has them; the rest becomes
 * an ellipsis, runs of it a single one. `languages`: identifiers that may be named.
 */
export function cleaner(languages: string[]): (line: string) => string {
  const known = new Set(languages);
  const codes = (text: string) =>
    text
      .split(/([A-Za-z_]\w*)/)
      .map((word) => (CODES.has(word) || word.trim() === '' ? ` ${word} ` : MASK))
      .join('');
  const shown = (kind: string, value: string, depth: number): string => {
    if (kind === 'any') return MASK;
    if (kind === 'text') return message(value, depth + 1);
    if (kind === 'language') return known.has(value) ? value : MASK;
    if (kind === 'model') return MODELS.includes(value) ? value : MASK;
    return value; // its codes are closed
  };
  const message = (text: string, depth: number): string => {
    if (depth > DEEPEST) return MASK;
    for (const { parts, pattern } of READ) {
      const values = pattern.exec(text)?.slice(1);
      if (!values) continue;
      return parts.map(({ kind, text }) => (kind === undefined ? text : shown(kind, values.shift()!, depth))).join('');
    }
    return codes(text);
  };
  return (line) => {
    const prefix = PREFIX.exec(line)?.[0] ?? '';
    const text = message(line.slice(prefix.length, LONGEST).trim(), 0);
    const once = text.replace(/…(?:[\s:]*…)+/g, MASK).replaceAll(`${MASK}:`, MASK);
    return prefix + once.replace(/\s+/g, ' ').replace(' ;', ';').trim();
  };
}
