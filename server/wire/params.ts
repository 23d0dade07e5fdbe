/**
 * What a client may say: the parameters of every request and notification that the worker hears, ours (schemas.ts) and
 * LSP's.
 */
import { z } from 'zod';
import { LONG } from './limits.ts';
import * as ours from './schemas.ts';
import { integer, position, range, selected, table, uinteger, uri } from './schemas.ts';

const textDocument = z.object({ uri });
const folders = z.array(z.object({ uri, name: z.string().max(LONG) })).max(1000);

/** An object, or none of its keys: `null`, or the empty array that an empty table of Lua arrives as. */
export function orEmpty<T extends object>(value: unknown): Partial<T> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Partial<T>) : {};
}

const schemas = new Map<string, z.ZodType>(
  Object.entries({
    initialize: z.object({
      processId: z.int().nullish(),
      capabilities: table(z.object({})),
      initializationOptions: table(ours.initOptions.nullish()),
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
    'byteline/complete': ours.completeParams,
    'byteline/score': ours.scoreParams,
    'byteline/switchModel': ours.switchModelParams,
    'byteline/why': ours.whyParams,
    'byteline/nextEdit': ours.nextEditParams,
    'byteline/refuseEdit': ours.refuseEditParams,
    'byteline/warm': ours.warmParams,
    'byteline/names': ours.namesParams,
    'byteline/checkModel': ours.checkModelParams,
    'byteline/modelFolders': ours.modelFoldersParams,
  }),
);

/** What is wrong with the parameters of a method, with the argument's name, or undefined. */
export function wrongWith(method: string, params: unknown): string | undefined {
  const issue = schemas.get(method)?.safeParse(params).error?.issues[0];
  return issue && `${method}: ${issue.path.join('.').slice(0, 200) || 'params'}: ${issue.message.slice(0, 200)}`;
}
