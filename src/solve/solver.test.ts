import { describe, expect, it } from 'vitest';
import { SOLVERS as NAMES } from '../options/cut.ts';
import { solverCases } from './solver.cases.ts';
import { SOLVERS, solve } from './solver.ts';

describe.each(NAMES)('%s', (name) => solverCases(name));

describe('the table', () => {
  it('has every name that options know, once', () => {
    expect(Object.keys(SOLVERS)).toEqual([...NAMES]);
    for (const name of NAMES) expect(SOLVERS[name].name).toBe(name);
  });

  it('refuses an unknown name with a guess', async () => {
    await expect(solve('ncu' as never, { data: new Float32Array(1), width: 1, height: 1, channels: 1 })).rejects.toThrow(
      /^Unknown solver "ncu": did you mean "ncut"\?/,
    );
  });
});
