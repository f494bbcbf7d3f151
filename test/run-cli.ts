/** Runs the command line in this process, for tests that stand in for the terminal. */
import { vi } from 'vitest';
import { run } from '../src/cli/program.ts';

/** Exit code and what was told. */
export const runCli = async (...args: string[]): Promise<{ code: number; out: string; err: string }> => {
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
