/** Runs the command line in this process, for tests that stand in for the terminal. */
import { vi } from 'vitest';
import { run } from '../src/cli/program.ts';

/** Exit code and what was told. */
export interface Ended {
  code: number;
  out: string;
  err: string;
}

/** @param run of the sources, or of the build, which has processes of its own to start */
export const runBy = async (run: (args: string[]) => Promise<number>, args: string[]): Promise<Ended> => {
  const told = { out: '', err: '' };
  const listen = (stream: NodeJS.WriteStream, to: 'out' | 'err') =>
    vi.spyOn(stream, 'write').mockImplementation((text) => {
      told[to] += text;
      return true;
    });
  const spies = [listen(process.stdout, 'out'), listen(process.stderr, 'err')];
  const before = process.exitCode; // another's, which is none of this run's
  process.exitCode = undefined;
  try {
    return { code: await run(args), ...told };
  } finally {
    process.exitCode = before;
    for (const spy of spies) spy.mockRestore();
    process.stdout.removeAllListeners('error');
  }
};

export const runCli = (...args: string[]): Promise<Ended> => runBy(run, args);
