// Runs test files against a source that is changed in memory, in a vitest that stays warm: for scripts/mutants.mjs.
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createVitest } from 'vitest/node';

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '../..');
/** Paths are relative to the repository's root. */
let mutant = null;
const inMemory = {
  name: 'mutant',
  enforce: 'pre',
  transform: (_, id) => (mutant && id === join(ROOT, mutant.path) ? { code: mutant.text, map: null } : undefined),
};
const vitest = await createVitest(
  'test',
  {
    config: join(ROOT, 'scripts/mutants/vitest.config.ts'),
    root: ROOT,
    watch: false,
    pool: 'threads',
    maxWorkers: 1,
    fileParallelism: false,
    bail: 1,
    reporters: [{}],
  },
  { plugins: [inMemory], clearScreen: false, logLevel: 'silent' },
);
const project = vitest.getRootProject();

/** @returns the name of what fails first, or undefined */
const firstFailure = async ({ path, only }) => {
  // bail counts what failed in the runs before, too
  vitest.state.filesMap.clear();
  vitest.state.idMap.clear();
  vitest.state.errorsSet.clear();
  const specification = project.createSpecification(join(ROOT, path), only ? { testNamePattern: new RegExp(only) } : undefined);
  const { testModules, unhandledErrors } = await vitest.runTestSpecifications([specification]);
  const failed = testModules.filter((module) => module.state() === 'failed');
  if (failed.length === 0) return unhandledErrors.length > 0 ? String(unhandledErrors[0].message) : undefined;
  for (const test of failed[0].children.allTests('failed')) return test.fullName;
  return `${path} does not load`;
};

process.on('message', async (job) => {
  const touched = new Set([mutant?.path, job.mutant?.path].filter(Boolean));
  mutant = job.mutant;
  for (const path of touched) vitest.invalidateFile(join(ROOT, path));
  for (const test of job.tests) {
    process.send({ kind: 'test', path: test.path });
    const failure = await firstFailure(test);
    if (failure !== undefined) return process.send({ kind: 'done', failure, by: test.path });
  }
  process.send({ kind: 'done' });
});
process.on('disconnect', () => process.exit());
process.send({ kind: 'ready' });
