/**
 * What the commands say and how they end: all that is printed, error sentences, exit codes, Ctrl-C. Nothing but this file writes to
 * the terminal, so that no name in a path, a file or an answer can steer it: control characters go out escaped.
 */
import { format } from 'node:util';
import { InputError, printable } from '../errors.ts';

export const EXIT = { done: 0, failed: 1, usage: 2, stopped: 130, closed: 141 } as const;

/** The reason of an abort by a signal; carries the exit code that shells expect. */
class Stopped extends Error {
  override name = 'Stopped';
  readonly exitCode: number;
  constructor(exitCode: number, message = 'stopped') {
    super(message);
    this.exitCode = exitCode;
  }
}

/** A command line that cannot be meant: exit code 2. */
export class UsageError extends Error {
  override name = 'UsageError';
}

/** For `.catch` behind the opening of an encoder: an option that it does not take is wrong usage. */
export const usageIfOption = (error: unknown): never => {
  throw error instanceof InputError && error.code === 'E_OPTION' ? new UsageError(error.message, { cause: error }) : error;
};

/** Its lines, each as a terminal may have it. */
const printableLines = (text: string): string => text.split('\n').map(printable).join('\n');

/** One line on standard error. */
export const say = (line: string): void => {
  process.stderr.write(`${printable(line)}\n`);
};

const sayLines = (text: string): void => text.split('\n').forEach(say);

/** On a terminal: a line on standard error that the next one takes the place of. */
export const sayOver = (line: string): void => {
  process.stderr.write(`\r\x1b[K${printable(line)}`);
};

/** How commander writes: pieces of text that end where they end. */
export const COMMANDER = {
  writeOut: (text: string): unknown => process.stdout.write(printableLines(text)),
  writeErr: (text: string): unknown => process.stderr.write(printableLines(text)),
  outputError: (text: string, write: (text: string) => void): void => write(text.replace(/^error: /, 'diffcut: ')),
};

/** The result on standard output, with a line end at its end. */
export const print = (text: string): void => {
  process.stdout.write(`${printableLines(text)}\n`);
};

/** On a line of its own; the escapes are those of JSON, so that it is read as it was. */
export const printJson = (value: unknown): void => print(JSON.stringify(value));

/** A path alone: to a program, which opens it, as it is. */
export const printPath = (path: string): void => {
  if (process.stdout.isTTY) print(path);
  else process.stdout.write(`${path}\n`);
};

/** Libraries that warn by themselves are heard as everything else. */
export const hearConsole = (): void => {
  console.log = () => {}; // what decoders of others print there (heic-decode) would be taken for ours
  console.warn = console.error = (...of: unknown[]) => sayLines(format(...of));
};

/** The caller's to mend: bad input, wrong usage, or what the system refused. */
const isExpected = (error: unknown): boolean =>
  error instanceof InputError || error instanceof UsageError || error instanceof Stopped || (error instanceof Error && 'syscall' in error);

/** An error as a sentence of at most three lines; one that nobody foresaw names the way to its stack. */
export const sentenceOf = (error: unknown): string => {
  const message = (error instanceof Error ? error.message || error.name : String(error)).split('\n').slice(0, 3).join('\n');
  return isExpected(error) ? printable(message) : `unexpected: ${message} (--verbose shows where)`;
};

/** A sentence on an error, and where it came from if that is wanted. */
export const sayError = (sentence: string, error: unknown, verbose: boolean | undefined): void => {
  sayLines(sentence);
  if (verbose && error instanceof Error) sayLines(String(error.stack));
};

/** Prints what ended the run and returns its exit code. */
export const reportError = (error: unknown, verbose: boolean): number => {
  sayError(`diffcut: ${sentenceOf(error)}`, error, verbose);
  if (error instanceof Stopped) return error.exitCode;
  return error instanceof UsageError ? EXIT.usage : EXIT.failed;
};

/** Stops the work that is running, where it can be stopped. */
let stopWork: ((reason: Stopped) => void) | undefined;

const SIGNALS = { SIGINT: EXIT.stopped, SIGTERM: 143 } as const;

/**
 * Runs work that Ctrl-C stops through the signal: at the next checkpoint, files being written are finished first.
 * A second Ctrl-C ends the process at once.
 */
export const interruptible = async <T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> => {
  const controller = new AbortController();
  stopWork = (reason) => controller.abort(reason);
  const handlers = Object.entries(SIGNALS).map(([name, code]) => {
    const stop = (): unknown => (controller.signal.aborted ? process.exit(code) : controller.abort(new Stopped(code)));
    process.on(name, stop);
    return [name, stop] as const;
  });
  try {
    return await work(controller.signal);
  } catch (error) {
    controller.signal.throwIfAborted(); // whatever the abort broke, the abort is the reason
    throw error;
  } finally {
    stopWork = undefined;
    if (!controller.signal.aborted) for (const [name, stop] of handlers) process.off(name, stop);
  }
};

/** A reader that went away (`| head`) ends the run, as SIGPIPE would; a full device is an error like any other. */
export const watchStdout = (): void => {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') {
      if (!stopWork) process.exit(EXIT.closed);
      return stopWork(new Stopped(EXIT.closed, 'standard output was closed'));
    }
    say(`diffcut: standard output could not be written (${error.message})`);
    process.exit(EXIT.failed);
  });
};
