/** What the commands say and how they end: error sentences, exit codes, Ctrl-C. */
import { InputError } from '../toolkit.ts';

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

/** One line on standard error. */
export const say = (line: string): void => {
  process.stderr.write(`${line}\n`);
};

/** The caller's to mend: bad input, wrong usage, or what the system refused. */
const isExpected = (error: unknown): boolean =>
  error instanceof InputError || error instanceof UsageError || error instanceof Stopped || (error instanceof Error && 'syscall' in error);

/** An error as a sentence of at most three lines; one that nobody foresaw names the way to its stack. */
export const sentenceOf = (error: unknown): string => {
  const message = (error instanceof Error ? error.message || error.name : String(error)).split('\n').slice(0, 3).join('\n');
  return isExpected(error) ? message : `unexpected: ${message} (--verbose shows where)`;
};

/** Prints what ended the run and returns its exit code. */
export const reportError = (error: unknown, verbose: boolean): number => {
  say(`diffcut: ${sentenceOf(error)}`);
  if (verbose && error instanceof Error) say(String(error.stack));
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
