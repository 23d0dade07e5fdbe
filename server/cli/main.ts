#!/usr/bin/env node
/** The command line `byteline`, and the worker's entry: `byteline serve`. Exit status: 0 done, 1 failed, 2 wrong usage. */
process.env.ORT_DISABLE_TELEMETRY = '1'; // before onnxruntime loads
import { Command, CommanderError, InvalidArgumentError } from 'commander';
import { messageOf } from '../errors.ts';

const whole = (low: number, high: number) => (value: string) => {
  const n = Number(value);
  if (!Number.isInteger(n) || n < low || n > high) throw new InvalidArgumentError(`expected a whole number from ${low} to ${high}`);
  return n;
};
const device = (value: string) => {
  if (!['auto', 'cpu'].includes(value)) throw new InvalidArgumentError('expected auto or cpu');
  return value;
};

const program = new Command('byteline').description('Code completion from raw bytes, on this machine.').exitOverride();
const withModel = (c: Command) => c.option('--model <name or folder>', 'model', 'nano').option('--device <device>', 'auto or cpu', device, 'auto')
  .option('--threads <n>', 'threads of a call', whole(1, 64)).option('--json', 'print JSON');

withModel(program.command('complete').argument('<file>', 'a source file, - for standard input')).description('what the model writes at a cursor')
  .requiredOption('--line <n>', 'line, from 1', whole(1, 2 ** 31)).requiredOption('--column <n>', 'column, from 1, in UTF-16 units', whole(1, 2 ** 31))
  .option('--path <path>', "the file's name for the model, with -").option('--max-bytes <n>', 'longest completion', whole(1, 1024), 128)
  .option('--multiline', 'a block rather than a line')
  .option('--offer', 'only what the editor would offer by itself: as far as the model is sure')
  .action(async (file, options) => (await import('./complete.ts')).run(file, options));
withModel(program.command('score').argument('<files...>')).description('bits per byte of raw files')
  .action(async (files, options) => (await import('./score.ts')).run(files, options));
program.command('models').description('installed models').option('--json', 'print JSON')
  .action(async (options) => (await import('./list.ts')).run(options));
withModel(program.command('bench').description('the speed table, on this machine')).option('--runs <n>', 'runs of each row', whole(3, 1000), 30)
  .action(async (options) => (await import('./bench.ts')).run(options));
program.command('serve').description('the language server').option('--stdio', 'over standard input and output').option('--node-ipc', 'over IPC')
  .allowUnknownOption().allowExcessArguments().action(async () => (await import('../server.ts')).serve());

process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1)); // the reader has seen enough
program.parseAsync().catch((error) => {
  if (error instanceof CommanderError) process.exit(error.exitCode === 0 ? 0 : 2);
  process.stderr.write(`byteline: ${messageOf(error).replaceAll('\n', ' ')}\n`);
  process.exit(1);
});
