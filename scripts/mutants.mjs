// Do the tests hold what the sources say? Breaks the numerics in one small way after the other, in memory, and runs the
// tests that reach the broken file: a mutant that no test sees survives. CONTRIBUTING.md says what to do about one.
//
//   npm run mutants                                  the sample of CI
//   npm run mutants -- --seed 7 --count 600          another one
//   npm run mutants -- --file src/solve/prune.ts     all of one file (or folder)
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
const NOT_SOURCE = /\.test\.ts$|^src\/tensor\/(assembly\/|kernels\.generated)/;
/** A test across stages that is asked where a stage's own see nothing, and what of it: a picture from end to end, in seconds. */
const ACROSS = { 'test/drawing.test.ts': 'before: chelsea|in one piece: chelsea' };
/** A test that is further away than this, in imports, is not asked: what is wrong with a file should show nearby. */
const NEAR = 2;
/** Of the mutants that are not excused. */
const LEAST_KILLED = 0.85;

const { values: options } = parseArgs({
  options: {
    file: { type: 'string' },
    all: { type: 'boolean', default: false },
    seed: { type: 'string', default: '1' },
    count: { type: 'string', default: '300' },
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

/** A change that is written down, applied to today's source; null where its lines are no longer there. */
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
    return sorted.slice(0, Math.ceil((count * mutants.length) / total)).map(({ mutant }) => mutant);
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

/** A warm vitest of its own process, which is ended when a test takes longer than it may. */
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
        const by = current.path;
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
        timer = setTimeout(() => end('takes too long'), limitOf(message.path));
      });
      child.send({
        mutant: mutant && { path: join(ROOT, mutant.file), text: mutant.text },
        tests: list.map(({ path, only }) => ({ path: join(ROOT, path), only })),
      });
    });
  };
  return { run, close: () => child?.kill() };
};

const main = async () => {
  const byFile = [...sources].map(([path, source]) => mutantsOf(path, source));
  const every = new Map(byFile.flat().map((mutant) => [keyOf(mutant), mutant]));
  const excuses = new Map(excused.map((entry) => [keyOf(entry), entry]));
  const problems = excused.filter((entry) => !every.has(keyOf(entry))).map((entry) => `no longer there, take it off the list: ${keyOf(entry)}`);
  for (const entry of known) if (!applied(entry)) problems.push(`no longer there, write it for today's source: ${keyOf(entry)}`);

  const chosen = byFile.filter(([first]) => first && (!options.file || first.file.startsWith(options.file)));
  const isWhole = options.all || (options.file !== undefined && !process.argv.includes('--count'));
  const always = known.map(applied).filter((mutant) => mutant && (!options.file || mutant.file.startsWith(options.file)));
  const mutants = [...always, ...(isWhole ? chosen.flat() : sample(chosen, Number(options.count), options.seed))];

  const took = new Map();
  const workers = Array.from({ length: Number(options.jobs) }, worker);
  const started = performance.now();
  const seconds = () => `${Math.round((performance.now() - started) / 1000)} s`;
  const asked = tests.filter((test) => mutants.some(({ file }) => isWitness(test, file)));
  const { failure, by } = await workers[0].run(null, asked, () => 120_000, took);
  if (failure !== undefined) throw new Error(`A test fails without any mutant: ${failure} (${by})`);
  for (const [path, ms] of [...took]) took.set(path.slice(ROOT.length + 1), ms);
  const limitOf = (path) => 2500 + 5 * (took.get(path) ?? 0);
  console.log(`${mutants.length} of ${every.size} mutants, ${asked.length} test files (${seconds()})`);

  const verdicts = [];
  let next = 0;
  const work = async (w) => {
    while (next < mutants.length) {
      const mutant = mutants[next++];
      const since = performance.now();
      const { failure, by } = await w.run(mutant, witnesses(mutant.file, took), limitOf);
      const excuse = excuses.get(keyOf(mutant));
      const verdict = failure !== undefined ? 'killed' : excuse ? 'excused' : 'alive';
      verdicts.push({ mutant, verdict, failure, by, ms: performance.now() - since });
      if (failure !== undefined && excuse) problems.push(`killed (${failure}), take it off the list: ${keyOf(mutant)}`);
      if (verdict === 'alive')
        console.log(`alive: ${mutant.file}, ${mutant.in}${mutant.nth ? ` (${mutant.nth})` : ''}\n  - ${mutant.was}\n  + ${mutant.now}`);
      if (verdict === 'alive' && mutant.in === 'known') problems.push(`survives again: ${keyOf(mutant)}`);
    }
  };
  await Promise.all(workers.map(work));
  for (const w of workers) w.close();

  const count = (folder, verdict) => verdicts.filter((v) => v.mutant.file.startsWith(folder) && v.verdict === verdict).length;
  const share = (folder) => count(folder, 'killed') / (count(folder, 'killed') + count(folder, 'alive'));
  const percent = (value) => `${(100 * value).toFixed(1)} %`;
  for (const folder of [...FOLDERS.filter((f) => count(f, 'killed') + count(f, 'alive') > 0), 'src']) {
    const [killed, excusedHere, alive] = ['killed', 'excused', 'alive'].map((verdict) => count(folder, verdict));
    console.log(`${folder.padEnd(24)} ${percent(share(folder)).padStart(7)} killed: ${killed} killed, ${excusedHere} excused, ${alive} alive`);
  }
  for (const v of verdicts.filter(({ verdict }) => verdict === 'excused'))
    console.log(`excused: ${v.mutant.file}: ${v.mutant.now} (${excuses.get(keyOf(v.mutant)).why})`);
  if (share('src') < LEAST_KILLED) problems.push(`fewer than ${percent(LEAST_KILLED)} killed`);
  for (const problem of problems) console.log(`failed: ${problem}`);
  const late = verdicts.filter(({ failure }) => failure === 'takes too long').length;
  console.log(`${seconds()}, seed ${options.seed}, ${late} took too long`);
  if (process.env.MUTANTS_JSON)
    (await import('node:fs')).writeFileSync(
      process.env.MUTANTS_JSON,
      JSON.stringify(verdicts.map(({ mutant: { text, ...m }, ...v }) => ({ ...m, ...v }))),
    );
  process.exitCode = problems.length ? 1 : 0;
};

await main();
