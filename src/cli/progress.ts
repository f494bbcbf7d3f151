/** How far a batch is, on standard error: a bar on a terminal, a line a picture otherwise. */
import { printable } from '../errors.ts';
import type { Progress } from '../types.ts';
import { say } from './terminal.ts';

/** Told by the batch; never throws. */
export interface Reporter {
  /** A picture is begun. */
  begin(name: string): void;
  /** Where its stages are. */
  onProgress: Progress;
  /** A picture is done. */
  finish(line: string): void;
  /** What is to be known of it; below the bar, where there is one. */
  note(line: string): void;
  /** No more pictures: the terminal is left clean. */
  close(): void;
}

const SILENT: Reporter = { begin: () => {}, onProgress: () => {}, finish: () => {}, note: () => {}, close: () => {} };

const plainReporter = (total: number): Reporter => {
  let done = 0;
  return { ...SILENT, note: say, finish: (line) => say(`${++done}/${total} ${line}`) };
};

const shorten = (text: string, length: number): string => (text.length > length ? `…${text.slice(1 - length)}` : text);

/** Milliseconds in words: `40 s`, `12 min`, `3 h`. */
export const durationText = (milliseconds: number): string => {
  const seconds = Math.ceil(milliseconds / 1000);
  if (seconds < 90) return `${seconds} s`;
  return seconds < 5400 ? `${Math.round(seconds / 60)} min` : `${Math.round(seconds / 3600)} h`;
};

const BAR = '{bar} {value}/{total} {left}{name} {stage}';

const barReporter = async (total: number): Promise<Reporter> => {
  const { default: progress } = await import('cli-progress');
  const bar = new progress.SingleBar({
    format: (options, params, payload) => printable(progress.Format.Formatter({ ...options, format: BAR }, params, payload)),
    barCompleteChar: '█',
    barIncompleteChar: '░',
    barsize: 24,
    stream: process.stderr,
    clearOnComplete: true,
    linewrap: true, // cuts lines at the terminal's width; false would change the terminal's mode
    gracefulExit: false, // Ctrl-C is ours
  });
  let done = 0;
  const start = performance.now();
  // by the mean of all that are done: cli-progress's own takes stages for steps
  const left = (): string => (done > 0 ? `${durationText(((performance.now() - start) / done) * (total - done))} left, ` : '');
  const notes: string[] = [];
  bar.start(total, 0, { name: '', stage: '', left: '' });
  return {
    begin: (name) => bar.update(done, { name: shorten(name, 40), stage: 'read', left: left() }),
    onProgress: (stage) => bar.update(done, { stage }),
    finish: () => bar.update(++done),
    note: (line) => notes.push(line),
    close() {
      bar.stop();
      notes.forEach(say);
    },
  };
};

/** The reporter that fits: silent where quiet, a bar on a terminal, plain lines otherwise. */
export const createReporter = async (total: number, quiet: boolean): Promise<Reporter> => {
  if (quiet || total === 0) return SILENT;
  return process.stderr.isTTY ? barReporter(total) : plainReporter(total);
};
