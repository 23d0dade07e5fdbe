/** What a client may say: the parameters of every request and notification that the worker hears, ours (protocol.ts) and LSP's. */
import { z } from 'zod';
import { DEVICES } from '../engine/devices.ts';

/** Longest text of a request, UTF-16 units; a document is longer. */
const LONG = 65_536;
const uinteger = z
  .int()
  .min(0)
  .max(2 ** 31 - 1);
const integer = z
  .int()
  .min(-(2 ** 31))
  .max(2 ** 31 - 1);
const uri = z.string().min(1).max(8192);
const position = z.object({ line: uinteger, character: uinteger });
const range = z
  .object({ start: position, end: position })
  .refine(({ start, end }) => start.line < end.line || (start.line === end.line && start.character <= end.character), {
    message: 'ends before it starts',
  });
const textDocument = z.object({ uri });
const place = { uri, position };
const maxBytes = z.int().min(1).max(1024);
const folders = z.array(z.object({ uri, name: z.string().max(LONG) })).max(1000);
const flag = z.boolean().nullish();
/** The cells of a notebook above one: the editor sends them all. */
const above = z
  .array(z.object({ language: z.string().max(256), text: z.string() }))
  .max(10_000)
  .nullish();
const strings = z.array(z.string().max(LONG)).max(10_000);
const selected = z.object({ range, text: z.string().max(LONG) }).nullish();

/** An object, or none of its keys: `null`, or the empty array that an empty table of Lua arrives as. */
export function orEmpty<T extends object>(value: unknown): Partial<T> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Partial<T>) : {};
}
/** An empty array passes for an object without keys. */
const table = <T extends z.ZodType>(schema: T) =>
  z.preprocess((value) => (Array.isArray(value) && value.length === 0 ? {} : value), schema);

/** See protocol.ts: InitOptions. What it does not name is let through. */
const options = table(
  z
    .looseObject({
      streaming: z.boolean().optional(),
      model: z.string().max(4096).optional(),
      modelFolders: strings.optional(),
      threads: z.int().min(1).max(64).optional(),
      knownThreads: table(z.record(z.string(), z.int().min(1).max(64)).optional()),
      vetted: strings.optional(),
      device: z.enum(['auto', ...DEVICES]).optional(),
      knownDevices: table(
        z
          .record(
            z.string(),
            z.looseObject({
              device: z.enum(DEVICES),
              trials: z.array(z.looseObject({ device: z.enum(DEVICES), reason: z.string().optional() })),
            }),
          )
          .optional(),
      ),
      avoidDevices: z.array(z.enum(DEVICES)).optional(),
      cacheMegabytes: z.number().min(1).max(100_000).optional(),
      memory: table(
        z
          .looseObject({
            enable: z.boolean().optional(),
            trusted: z.boolean().optional(),
            megabytes: z.number().min(0).max(100_000).optional(),
            exclude: strings.optional(),
            secrets: strings.optional(),
          })
          .optional(),
      ),
    })
    .nullish(),
);

const schemas = new Map<string, z.ZodType>(
  Object.entries({
    initialize: z.looseObject({
      processId: z.int().nullish(),
      capabilities: table(z.looseObject({})),
      initializationOptions: options,
      workspaceFolders: folders.nullish(),
      rootUri: z.string().max(8192).nullish(),
      rootPath: z.string().max(8192).nullish(),
    }),
    'textDocument/didOpen': z.object({
      textDocument: z.object({ uri, languageId: z.string().max(256), version: integer, text: z.string() }),
    }),
    'textDocument/didChange': z.object({
      textDocument: z.object({ uri, version: integer }),
      contentChanges: z.array(z.object({ range: range.optional(), text: z.string() })).max(100_000),
    }),
    'textDocument/didClose': z.object({ textDocument }),
    'textDocument/inlineCompletion': z.object({
      textDocument,
      position,
      context: z.object({ triggerKind: uinteger, selectedCompletionInfo: selected }),
    }),
    'workspace/didChangeWatchedFiles': z.object({ changes: z.array(z.object({ uri })).max(100_000) }),
    'workspace/didChangeWorkspaceFolders': z.object({ event: z.object({ added: folders, removed: folders }) }),
    '$/cancelRequest': z.object({ id: z.union([z.string(), z.number()]) }),
    '$/setTrace': z.object({ value: z.string() }),
    'byteline/complete': z.object({
      ...place,
      id: z.number(),
      multiline: z.union([z.boolean(), z.literal('auto')]),
      maxBytes,
      always: flag,
      candidates: z.int().min(1).max(16).nullish(),
      detail: flag,
      above,
      accepted: flag,
      midWord: flag,
      selected,
    }),
    'byteline/score': z.object({ uri, range: range.nullish() }),
    'byteline/switchModel': z.object({ name: z.string().min(1).max(4096) }),
    'byteline/why': z.object({ ...place, text: z.string().max(LONG) }),
    'byteline/warm': z.object({ ...place, maxBytes, above }),
    'byteline/checkModel': z.object({ folder: z.string().min(1).max(4096) }),
    'byteline/modelFolders': z.object({ folders: strings }),
  }),
);

/** What is wrong with the parameters of a method, with the argument's name, or undefined. */
export function wrongWith(method: string, params: unknown): string | undefined {
  const issue = schemas.get(method)?.safeParse(params).error?.issues[0];
  return issue && `${method}: ${issue.path.join('.').slice(0, 200) || 'params'}: ${issue.message.slice(0, 200)}`;
}
