/**
 * The worker's process. It is forked here and not by the language client, so that one that hangs, or has only half
 * started, can be ended.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { existsSync, realpathSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { createInterface } from 'node:readline';
import { BytelineError } from '../../server/errors.ts';
import { ENVIRONMENT, FLAGS } from '../../server/wire/protocol.ts';

/**
 * Why a process ended: out of memory, by a fault of its own, by a signal from outside, or with a code and what it said
 * last.
 */
export type End =
  | { kind: 'memory' }
  | { kind: 'crash'; signal: string }
  | { kind: 'signal'; signal: string }
  | { kind: 'code'; code: number | null; said: string };

export interface WorkerProcess {
  child: ChildProcess;
  /** Where it stands: relative paths begin there. */
  cwd: string;
  /** Resolves when it has ended and everything that it wrote was read. */
  ended: Promise<End>;
}

/** Lines; the stack trace after it must not push the reason out. */
const KEPT = 200;
/** Signals that a process has itself to thank for. */
const CRASHES = ['SIGABRT', 'SIGBUS', 'SIGFPE', 'SIGILL', 'SIGSEGV', 'SIGSYS', 'SIGTRAP'];
/** A worker that was told to end may take so long, ms. */
const GRACE = 1000;

/**
 * Starts `byteline serve` over IPC; `log` gets what it writes, line by line. Throws a BytelineError where the module
 * is missing or the system starts no process.
 */
export function startProcess(module: string, folder: string | undefined, log: (line: string) => void): WorkerProcess {
  if (!existsSync(module)) throw new BytelineError('file', `${module} is missing`);
  const cwd = folder && statSync(folder, { throwIfNoEntry: false })?.isDirectory() ? folder : dirname(process.execPath);
  const env = { ...process.env, ELECTRON_RUN_AS_NODE: '1', ELECTRON_NO_ASAR: '1', ...ENVIRONMENT };
  const child = fork(module, ['serve', '--node-ipc', `--clientProcessId=${process.pid}`], {
    cwd,
    env,
    execArgv: FLAGS,
    silent: true,
  });
  child.on('error', (error) => log(error.message));
  if (child.pid === undefined) throw new BytelineError('runtime', 'the system starts no more processes');
  const atExit = () => child.kill('SIGKILL'); // a worker that hangs does not see its parent go
  process.once('exit', atExit);
  const said: string[] = [];
  createInterface({ input: child.stdout! }).on('line', log);
  createInterface({ input: child.stderr! }).on('line', (line) => {
    if (line.trim() !== '' && said.push(line) > KEPT) said.shift();
    log(line);
  });
  const ended = new Promise<End>((resolve) =>
    child.once('close', (code, signal) => {
      process.off('exit', atExit);
      resolve(endOf(code, signal, said));
    }),
  );
  return { child, cwd: process.platform === 'win32' ? cwd : realpathSync(cwd), ended }; // as the worker itself sees it
}

/**
 * Whether the fault can lie in the process, and in a driver there: not where a signal from outside ended it, or no
 * memory.
 */
export function ofItself(end: End): boolean {
  return end.kind === 'crash' || (end.kind === 'code' && end.code !== null && end.code !== 0);
}

/** Waits for the end of a process that was told to end, and ends it where it does not. */
export async function endProcess({ child, ended }: WorkerProcess): Promise<void> {
  const kill = setTimeout(() => child.kill('SIGKILL'), GRACE);
  await ended;
  clearTimeout(kill);
}

/**
 * What an exit status, a signal and the lines on standard error mean. Without memory V8 aborts, C++ throws, and Linux
 * kills.
 */
export function endOf(code: number | null, signal: string | null, said: string[]): End {
  if (said.some((line) => /out of memory|bad_alloc|cannot allocate memory/i.test(line))) return { kind: 'memory' };
  if (signal) return { kind: CRASHES.includes(signal) ? 'crash' : 'signal', signal };
  const error = said.find((line) => /^\w*Error\b/.test(line)) ?? said.at(-1) ?? '';
  return { kind: 'code', code, said: error };
}
