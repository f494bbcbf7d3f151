/** How far a download is, on standard error: a bar on a terminal, a line for each tenth otherwise. */
import { say } from './terminal.ts';

/** Told by a pull; never throws. */
export interface Transfer {
  /** Bytes that are here, of all that will be. */
  onProgress(done: number, total: number): void;
  say(line: string): void;
  /** Over, whatever became of it: the terminal is left clean. */
  close(): void;
}

const SILENT: Transfer = { onProgress: () => {}, say: () => {}, close: () => {} };

const megabytes = (bytes: number): string => (bytes / 1e6).toFixed(1);

/** @param write takes a line */
export const plainTransfer = (write: (line: string) => void): Transfer => {
  let told = -1;
  return {
    ...SILENT,
    say: write,
    onProgress(done, total) {
      const tenth = total > 0 ? Math.floor((done / total) * 10) : 10;
      if (told >= 0 && tenth > told) write(`${tenth * 10} % (${megabytes(done)} of ${megabytes(total)} MB)`);
      told = Math.max(told, tenth);
    },
  };
};

const barTransfer = async (): Promise<Transfer> => {
  const { default: progress } = await import('cli-progress');
  const bar = new progress.SingleBar({
    format: '{bar} {percentage} % {size} {eta_formatted} left',
    barCompleteChar: '█',
    barIncompleteChar: '░',
    barsize: 24,
    etaBuffer: 200,
    stream: process.stderr,
    clearOnComplete: true,
    linewrap: true, // cuts lines at the terminal's width; false would change the terminal's mode
    gracefulExit: false, // Ctrl-C is ours
  });
  const stop = (): void => (bar.isActive ? bar.stop() : undefined);
  return {
    onProgress(done, total) {
      const size = { size: `${megabytes(done)} of ${megabytes(total)} MB` };
      if (!bar.isActive) bar.start(total, done, size);
      else bar.update(done, size);
      if (done === total) stop();
    },
    say(line) {
      stop(); // comes back below the line
      say(line);
    },
    close: stop,
  };
};

/** The one that fits: silent where quiet, a bar on a terminal, plain lines otherwise. */
export const createTransfer = async (quiet: boolean): Promise<Transfer> => {
  if (quiet) return SILENT;
  return process.stderr.isTTY ? barTransfer() : plainTransfer(say);
};
