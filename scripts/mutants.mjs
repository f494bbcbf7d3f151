// Do the tests hold what the sources say? Breaks the numerics in one small way after the other, in memory, and runs the
// tests that reach the broken file: a mutant that no test sees survives. CONTRIBUTING.md says what to do about one.
//
//   npm run mutants                                  the sample of CI
//   npm run mutants -- --seed 7 --count 600          another one
//   npm run mutants -- --file src/solve/tree.ts      all of one file (or folder)
//   npm run mutants -- --all                         all of them: hours
import { fork } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname, join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import ts from 'typescript';
import { keyOf, mutantsOf } from './mutants/mutations.mjs';

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..');
const FOLDERS = ['src/tensor', 'src/regions', 'src/solve', 'src/draw', 'src/eval/class-protocol'];
/** Not run as TypeScript, or made. */
const NOT_SOURCE = /\.(test|cases)\.ts$|^src\/tensor\/(assembly\/|kernels\.generated)/;
/** A test across stages that is asked where a stage's own see nothing, and what of it: a picture from end to end, in seconds. */
const ACROSS = { 'test/drawing.test.ts': 'before: chelsea|in one piece: chelsea' };
/** A test that is further away than this, in imports, is not asked: what is wrong with a file should show nearby. */
const NEAR = 2;
const SAMPLE = 60;
/** Of the mutants that are not excused. */
const LEAST_KILLED = 0.85;

const { values: options } = parseArgs({
  options: {
    file: { type: 'string' },
    all: { type: 'boolean', default: false },
    seed: { type: 'string', default: '1' },
    count: { type: 'string' },
    jobs: { type: 'string', default: String(Math.min(2, availableParallelism())) },
  },
});

const read = (path) => readFileSync(join(ROOT, path), 'utf8');
const filesIn = (folder) =>
  readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .map((name) => posix.join(folder, name.replaceAll('\\', '/')))
    .filter((path) => path.endsWith('.ts'));
const sum = (values) => values.reduce((total, value) => total + value, 0);

// What is broken

/** `known` survived once and are always run; `excused` change no result, or none that a test could see. */
const { known, excused } = JSON.parse(read('scripts/mutants.json'));

const sources = new Map(
  FOLDERS.flatMap(filesIn)
    .filter((path) => !NOT_SOURCE.test(path))
    .map((path) => [path, read(path)]),
);

/** A change that is written down, made in today's source; null where its lines are no longer there. */
const applied = ({ file, was, now }) => {
  const source = sources.get(file);
  return source?.includes(was) ? { file, in: 'known', was, now, text: source.replace(was, () => now) } : null;
};

/** The first mutants of each file in an order that hangs on the seed and on their own lines: edits elsewhere change no sample. */
const sample = (byFile, count, seed) => {
  const total = sum(byFile.map((mutants) => mutants.length));
  const order = (mutant) =>
    createHash('sha256')
      .update(`${seed} ${keyOf(mutant)}`)
      .digest('hex');
  return byFile.flatMap((mutants) => {
    const sorted = mutants.map((mutant) => ({ mutant, at: order(mutant) })).sort((a, b) => (a.at < b.at ? -1 : 1));
    return sorted.slice(0, Math.max(1, Math.round((count * mutants.length) / total))).map(({ mutant }) => mutant);
  });
};

// Who may see it

/** All files that a file of the repository reaches by imports, itself too, with the number of steps. */
const reachOf = (from) => {
  const steps = new Map([[from, 0]]);
  for (const [path, step] of steps) {
    for (const { fileName } of ts.preProcessFile(read(path)).importedFiles) {
      const target = fileName.startsWith('#') ? `src/${fileName.slice(1)}-node.ts` : posix.join(posix.dirname(path), fileName);
      if (target.endsWith('.ts') && /^[.#]/.test(fileName) && !steps.has(target)) steps.set(target, step + 1);
    }
  }
  return steps;
};

const tests = [...FOLDERS.flatMap(filesIn).filter((path) => path.endsWith('.test.ts')), ...Object.keys(ACROSS)].map((path) => ({
  path,
  only: ACROSS[path],
  reach: reachOf(path),
}));

const isWitness = ({ reach, only }, file) => reach.get(file) <= NEAR || (only !== undefined && reach.has(file));

/** The test beside a file first, then the quickest of those that reach it. */
const witnesses = (file, took) => {
  const isOwn = ({ path }) => path === file.replace(/\.ts$/, '.test.ts');
  const rank = (test) => (isOwn(test) ? 0 : took.get(test.path) * test.reach.get(file));
  return tests.filter((test) => isWitness(test, file)).sort((a, b) => rank(a) - rank(b));
};

// Running

const TOO_LONG = 'takes too long';
const started = performance.now();
const seconds = () => `${Math.round((performance.now() - started) / 1000)} s`;

/** A warm vitest in a process of its own, which is ended when a test takes longer than it may. */
const worker = () => {
  let child;
  const start = () =>
    new Promise((resolve, reject) => {
      child = fork(join(ROOT, 'scripts/mutants/worker.mjs'), {
        cwd: ROOT,
        stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
        env: { ...process.env, CI: 'true' },
      });
      child.once('message', resolve);
      child.once('exit', () => reject(new Error('The process that runs the tests has ended')));
    });
  /** @returns { failure, by } of the first test that fails, neither where all pass; `took` adds what each test file took */
  const run = async (mutant, list, limitOf, took) => {
    if (!child) await start();
    return new Promise((resolve) => {
      let timer;
      let current;
      const finish = (verdict) => {
        clearTimeout(timer);
        child?.removeAllListeners('message').removeAllListeners('exit');
        resolve(verdict);
      };
      const end = (failure) => {
        const by = current?.path;
        finish({ failure, by });
        child.kill('SIGKILL');
        child = undefined;
      };
      child.removeAllListeners('exit').once('exit', () => end('its process ended'));
      child.on('message', (message) => {
        clearTimeout(timer);
        const now = performance.now();
        if (current) took?.set(current.path, now - current.since);
        if (message.kind === 'done') return finish(message);
        current = { path: message.path, since: now };
        timer = setTimeout(() => end(TOO_LONG), limitOf(message.path));
      });
      child.send({
        mutant: mutant && { path: mutant.file, text: mutant.text },
        tests: list.map(({ path, only }) => ({ path, only })),
      });
    });
  };
  return { run, close: () => child?.kill() };
};

/** Runs the tests without any mutant. @returns milliseconds a test file took */
const timesOf = async (asked, { run }) => {
  const took = new Map();
  const { failure, by } = await run(null, asked, () => 300_000, took);
  if (failure !== undefined) throw new Error(`A test fails without any mutant: ${failure} (${by})`);
  return took;
};

/** Runs the tests against each mutant. @returns { mutant, verdict, failure }: killed, excused or alive */
const judge = async (mutants, took, workers, isExcused) => {
  const limitOf = (path) => 2500 + 5 * took.get(path);
  const verdicts = [];
  let next = 0;
  const work = async ({ run }) => {
    while (next < mutants.length) {
      const mutant = mutants[next++];
      const { failure } = await run(mutant, witnesses(mutant.file, took), limitOf);
      const verdict = failure !== undefined ? 'killed' : isExcused(mutant) ? 'excused' : 'alive';
      verdicts.push({ mutant, verdict, failure });
      if (verdict === 'alive')
        console.log(`alive: ${mutant.file}, ${mutant.in}${mutant.nth ? ` (${mutant.nth})` : ''}\n  - ${mutant.was}\n  + ${mutant.now}`);
      if (verdicts.length % 50 === 0) console.log(`${verdicts.length} of ${mutants.length} (${seconds()})`);
    }
  };
  await Promise.all(workers.map(work));
  return verdicts;
};

const percent = (share) => `${(100 * share).toFixed(1)} %`;

/** Prints what came of each folder. @returns the share of all that was killed, of what is not excused */
const report = (verdicts, excuses) => {
  let share = 1;
  for (const folder of [...FOLDERS, 'src']) {
    const [killed, excused, alive] = ['killed', 'excused', 'alive'].map(
      (wanted) => verdicts.filter(({ mutant, verdict }) => mutant.file.startsWith(`${folder}/`) && verdict === wanted).length,
    );
    if (killed + excused + alive === 0) continue;
    share = killed + alive > 0 ? killed / (killed + alive) : 1;
    console.log(`${folder.padEnd(24)} ${percent(share).padStart(7)} killed: ${killed} killed, ${alive} alive, ${excused} excused`);
  }
  for (const { mutant, verdict } of verdicts)
    if (verdict === 'excused') console.log(`excused: ${mutant.file}, ${mutant.in}: ${mutant.now}\n  ${excuses.get(keyOf(mutant)).why}`);
  console.log(`${seconds()}, seed ${options.seed}, ${verdicts.filter(({ failure }) => failure === TOO_LONG).length} took too long`);
  return share;
};

const isWanted = ({ file }) => file.startsWith(options.file ?? '');
const byFile = [...sources].map(([path, source]) => mutantsOf(path, source)).filter((mutants) => mutants.length > 0);
const every = new Set(byFile.flat().map(keyOf));
const excuses = new Map(excused.map((entry) => [keyOf(entry), entry]));
const problems = [
  ...excused.filter((entry) => !every.has(keyOf(entry))).map((entry) => `no longer there, take it off the list: ${entry.file}: ${entry.was}`),
  ...known.filter((entry) => !applied(entry)).map((entry) => `no longer there, write it for today's source: ${entry.file}: ${entry.was}`),
];

const chosen = byFile.filter(([first]) => isWanted(first));
const isWhole = options.count === undefined && (options.all || options.file !== undefined);
const mutants = [
  ...known.filter(isWanted).map(applied).filter(Boolean),
  ...(isWhole ? chosen.flat() : sample(chosen, Number(options.count ?? SAMPLE), options.seed)),
];
const asked = tests.filter((test) => mutants.some(({ file }) => isWitness(test, file)));
const workers = Array.from({ length: Number(options.jobs) }, worker);
const took = await timesOf(asked, workers[0]);
console.log(`${mutants.length} of ${every.size} mutants, ${asked.length} test files (${seconds()})`);
const verdicts = await judge(mutants, took, workers, (mutant) => excuses.has(keyOf(mutant)));
for (const { close } of workers) close();

for (const { mutant, verdict, failure } of verdicts) {
  if (verdict === 'killed' && excuses.has(keyOf(mutant))) problems.push(`killed (${failure}), take it off the list: ${mutant.file}: ${mutant.now}`);
  if (verdict === 'alive' && mutant.in === 'known') problems.push(`survives again: ${mutant.file}: ${mutant.now}`);
}
if (report(verdicts, excuses) < LEAST_KILLED) problems.push(`fewer than ${percent(LEAST_KILLED)} killed`);
for (const problem of problems) console.log(`failed: ${problem}`);
process.exitCode = problems.length ? 1 : 0;
