// Runs vitest and closes with one line, `N passed, N failed` and `, N skipped` where some were: tests, not
// files. A file that does not even load, or an error outside any test, counts as one failure.
// Arguments are handed on: `npm test -- src/solve`.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const scratch = mkdtempSync(join(tmpdir(), 'diffcut-test-'));
const reportFile = join(scratch, 'report.json');
const { status } = spawnSync(
  process.execPath,
  [
    join(root, 'node_modules/vitest/vitest.mjs'),
    'run',
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${reportFile}`,
    ...process.argv.slice(2),
  ],
  { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] },
);

const counts = { passed: 0, failed: 0, skipped: 0 };
for (const file of readReport().testResults) {
  const tests = file.assertionResults;
  for (const test of tests) counts[test.status === 'passed' || test.status === 'failed' ? test.status : 'skipped']++;
  if (file.status === 'failed' && !tests.some((test) => test.status === 'failed')) counts.failed++;
}
if (status !== 0 && counts.failed === 0) counts.failed = 1;
rmSync(scratch, { recursive: true, force: true });

console.log(`${counts.passed} passed, ${counts.failed} failed${counts.skipped ? `, ${counts.skipped} skipped` : ''}`);
process.exitCode = counts.failed ? 1 : 0;

function readReport() {
  try {
    return JSON.parse(readFileSync(reportFile, 'utf8'));
  } catch (error) {
    console.error(`vitest left no report (${error.message}), exit status ${status}`);
    return { testResults: [] };
  }
}
