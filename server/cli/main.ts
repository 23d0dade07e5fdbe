#!/usr/bin/env node
/**
 * The command line `byteline`, and the worker's entry: `byteline serve`. Exit status: 0 done, 1 failed, 2 wrong usage.
 * A command's code is loaded when it runs: `--help` needs no onnxruntime.
 */
process.env.ORT_DISABLE_TELEMETRY = '1'; // before onnxruntime loads

import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { eagernessOf, LEVELS } from '../completion/eagerness.ts';
import { DEVICES } from '../engine/devices.ts';
import { messageOf } from '../errors.ts';

const whole = (low: number, high: number) => (value: string) => {
  const n = Number(value);
  if (!Number.isInteger(n) || n < low || n > high)
    throw new InvalidArgumentError(`expected a whole number from ${low} to ${high}`);
  return n;
};
const devices: string[] = ['auto', ...DEVICES];
const device = (value: string) => {
  if (!devices.includes(value)) throw new InvalidArgumentError(`expected one of ${devices.join(', ')}`);
  return value;
};

const eagerness = (value: string) => {
  const found = eagernessOf(value);
  if (found === undefined) throw new InvalidArgumentError(`expected ${LEVELS.join(', ')} or a number from 0 to 1`);
  return found;
};

const program = new Command('byteline').description('Code completion from raw bytes, on this machine.').exitOverride();
const withModel = (c: Command) =>
  c
    .option('--model <name or folder>', 'model', 'nano')
    .option('--device <device>', `${devices.join(', ')}; auto is the CPU here`, device, 'auto')
    .option('--threads <n>', 'threads of a call', whole(1, 64))
    .option('--json', 'print JSON');

withModel(program.command('complete').argument('<file>', 'a source file, - for standard input'))
  .description('what the model writes at a cursor')
  .requiredOption('--line <n>', 'line, from 1', whole(1, 2 ** 31))
  .requiredOption('--column <n>', 'column, from 1, in UTF-16 units', whole(1, 2 ** 31))
  .option('--path <path>', "the file's name for the model, with -")
  .option('--max-bytes <n>', 'longest completion', whole(1, 1024), 128)
  .addOption(
    new Option(
      '--multiline [when]',
      'a block rather than a line; auto decides by what stands around the cursor',
    ).choices(['auto']),
  )
  .option('--candidates <n>', 'so many completions, the most probable first', whole(1, 16), 1)
  .option('--offer', 'only what the editor would offer by itself: as far as the model is sure')
  .option('--eagerness <level>', `the same, as sure as ${LEVELS.join(', ')} or a probability says`, eagerness)
  .action(async (file, options) => (await import('./complete.ts')).run(file, options));
withModel(program.command('score').argument('<files...>'))
  .description('bits per byte of raw files')
  .action(async (files, options) => (await import('./score.ts')).run(files, options));
program
  .command('models')
  .description('installed models')
  .option('--json', 'print JSON')
  .action(async (options) => (await import('./models.ts')).run(options));
program
  .command('bench')
  .description('the speed table, on this machine')
  .option('--model <names or folders>', 'models, with commas between', 'nano')
  .option(
    '--device <device>',
    `${devices.join(', ')}; auto is the CPU and every other that can run the model`,
    device,
    'auto',
  )
  .option('--precision <precision>', 'which of their files')
  .option('--threads <numbers>', 'threads of a call, with commas between', '1')
  .option('--runs <n>', 'runs of each row in a process', whole(3, 1000), 30)
  .option('--rounds <n>', 'processes of each configuration, in turns', whole(1, 100), 3)
  .option('--keys <n>', 'keys of the typing replay, eight a second; 0 for none', whole(0, 100_000), 120)
  .option('--neighbours <numbers>', 'busy processes beside the replay, in turn', '0,1,2')
  .option('--workspace <folder>', 'what the memory knows in the replay, 32 MB of it at most', '.')
  .option('--no-workspace', 'measure without the memory alone')
  .option('--json', 'print JSON')
  .action(async (options) => (await import('./bench.ts')).run(options));
program
  .command('bench-one', { hidden: true })
  .argument('<config>')
  .action(async (config) => (await import('./bench.ts')).runOne(config));
program
  .command('devices')
  .description('which devices can run the model, and why others are not used')
  .option('--model <name or folder>', 'model', 'nano')
  .option('--threads <n>', 'threads of a call on the CPU', whole(1, 64), 1)
  .option('--json', 'print JSON')
  .action(async (options) => (await import('./devices.ts')).run(options));
program
  .command('try-device', { hidden: true })
  .argument('<request>')
  .action(async (request) => (await import('./devices.ts')).tryOne(request));
program
  .command('serve')
  .description('the language server')
  .option('--stdio', 'over standard input and output')
  .option('--node-ipc', 'over IPC')
  .allowUnknownOption()
  .allowExcessArguments()
  .action(async () => (await import('../server.ts')).serve());

// EPIPE: the reader has seen enough
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));
program.parseAsync().catch((error) => {
  if (error instanceof CommanderError) process.exit(error.exitCode === 0 ? 0 : 2);
  process.stderr.write(`byteline: ${messageOf(error).replaceAll('\n', ' ')}\n`);
  process.exit(1);
});
