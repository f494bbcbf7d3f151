// What a change must pass, the same everywhere: install, lint, type check, build, tests, the package, its reference, and on
// Linux what readers make of broken inputs, and that the tests see what is wrong (no machine sees others). The last line is the tests' own, with each
// other step that failed counted as one failure.
import { spawn } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
/** Minutes after which a slow machine leaves out the last steps, which others do: a run is to end within 30. */
const LATE = { fuzz: 27, mutants: 25 };
const CLOSING = /^(\d+) passed, (\d+) failed(?:, (\d+) skipped)?$/;

/**
 * Runs a command line, shows what it prints and resolves to its exit code and output.
 * @param show told of each piece; a command that runs beside another one keeps its own until the end
 */
const run = (command, show = (chunk) => process.stdout.write(chunk)) =>
  new Promise((resolve) => {
    show(`\n$ ${command}\n`);
    // a shell, because npm is npm.cmd on Windows; the lines are constants
    const child = spawn(command, { cwd: root, shell: true, stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, CI: 'true' } });
    let output = '';
    child.stdout.on('data', (chunk) => {
      output += chunk;
      show(chunk);
    });
    child.stderr.on('data', show);
    child.on('error', (error) => resolve({ code: 1, output: String(error) }));
    child.on('close', (code) => resolve({ code: code ?? 1, output }));
  });

const broken = [];
const isLate = (minutes, command) => {
  if (performance.now() < minutes * 60_000) return false;
  console.log(`\nnot run, since ${minutes} minutes have passed: ${command}`);
  return true;
};
const step = async (command) => {
  const { code, output } = await run(command);
  if (code !== 0) broken.push(command);
  return { code, output };
};

/** Steps that use one core each, side by side; what they print comes one after the other. */
const together = (...commands) =>
  Promise.all(
    commands.map(async (command) => {
      let told = '';
      const { code } = await run(command, (chunk) => {
        told += chunk;
      });
      process.stdout.write(told);
      if (code !== 0) broken.push(command);
    }),
  );

const counts = { passed: 0, failed: 0, skipped: 0 };
const installed = await step('npm ci');
if (installed.code === 0) {
  await step('npm run kernels');
  await together('npx tsc --noEmit -p .', 'npm run lint && npx tsc --noEmit -p tsconfig.web.json');
  const tested = await step('npm test');
  await together('npm run check:package', 'npm run docs:api'); // of the build that the tests left
  const fuzz = 'npm run fuzz -- --ci'; // closes with the number of inputs
  if (process.platform === 'linux' && !isLate(LATE.fuzz, fuzz)) await step(fuzz);
  const closing = CLOSING.exec(tested.output.trimEnd().split(/\r?\n/).at(-1) ?? '');
  if (closing) {
    [counts.passed, counts.failed, counts.skipped] = closing.slice(1).map((n) => Number(n ?? 0));
    broken.splice(0, broken.length, ...broken.filter((command) => command !== 'npm test' || counts.failed === 0));
  }
  const mutants = 'npm run mutants';
  if (process.platform === 'linux' && tested.code === 0 && !isLate(LATE.mutants, mutants)) await step(mutants);
}

console.log('');
for (const command of broken) console.log(`failed: ${command}`);
counts.failed += broken.length;
console.log(`${counts.passed} passed, ${counts.failed} failed${counts.skipped ? `, ${counts.skipped} skipped` : ''}`);
process.exitCode = counts.failed ? 1 : 0;
