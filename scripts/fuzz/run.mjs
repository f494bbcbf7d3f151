// Feeds every reader of bytes and texts with inputs that are broken at random, and sees whether each gives a result or one
// clear sentence, in bounded time and memory. What fails is made small and written to test/corpus/, where the tests find it.
//
//   npm run fuzz -- --minutes 10                    that long in all, shared by all readers
//   npm run fuzz -- --inputs 20000                  so many of each
//   npm run fuzz -- --all                           20,000 of each, of slow ones fewer (targets.ts)
//   npm run fuzz -- --ci                            a quarter of these
//   npm run fuzz -- --only png,hub-answers          of these
//   npm run fuzz -- --seed 7                        other inputs; the same seed gives the same
//   npm run fuzz -- --only png --input test/corpus/png/a    one file: what comes of it
import { fork } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { build } from 'esbuild';
import { smaller } from './smaller.mjs';

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '../..');
const WORKER = join(ROOT, 'build/fuzz.mjs'); // one folder below package.json, which it reads its version from
/** Milliseconds without a new input, after which a process counts as hung. */
const HANG = 15_000;
/** Megabytes that a process may have: its heap, and all of it. */
const HEAP = 1024;
const MEMORY = 3072;
/** Of one reader in a run: different faults, and faults at all. The first tell enough. */
const MOST_FAULTS = 5;
const MOST_FAILURES = 50;

const { values: options } = parseArgs({
  options: {
    minutes: { type: 'string' },
    inputs: { type: 'string' },
    all: { type: 'boolean', default: false },
    ci: { type: 'boolean', default: false },
    only: { type: 'string' },
    seed: { type: 'string', default: '1' },
    jobs: { type: 'string', default: String(Math.min(2, availableParallelism())) },
    input: { type: 'string' },
    corpus: { type: 'string', default: join(ROOT, 'test/corpus') },
  },
});

const numberOf = (name) => {
  const value = options[name] === undefined ? Number.POSITIVE_INFINITY : Number(options[name]);
  if (value > 0) return value;
  console.error(`Expected a number above 0 for --${name} but received ${options[name]}`);
  process.exit(2);
};
const [minutes, inputs, jobs] = [numberOf('minutes'), numberOf('inputs'), numberOf('jobs')];

await build({
  entryPoints: [join(ROOT, 'scripts/fuzz/worker.ts')],
  outfile: WORKER,
  bundle: true,
  platform: 'node',
  format: 'esm',
  packages: 'external',
  logLevel: 'error',
  plugins: [
    { name: 'twins', setup: ({ onResolve }) => onResolve({ filter: /^#/ }, ({ path }) => ({ path: join(ROOT, 'src', `${path.slice(1)}-node.ts`) })) },
  ],
});

const scratch = mkdtempSync(join(tmpdir(), 'diffcut-fuzz-'));
process.on('exit', () => rmSync(scratch, { recursive: true, force: true }));

/** Megabytes that a process has, where the system tells. */
const memoryOf = (pid) => {
  try {
    return (Number(readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ')[1]) * 4096) / 2 ** 20;
  } catch {
    return 0;
  }
};

/** A process that runs inputs, one job at a time; started anew when one ends it. */
const worker = (id) => {
  const place = join(scratch, `place-${id}`);
  const under = () => readFileSync(place, 'utf8').trim();
  let child;
  let targets;
  const start = async () => {
    writeFileSync(place, '');
    child = fork(WORKER, [place], {
      cwd: ROOT,
      execArgv: [`--max-old-space-size=${HEAP}`],
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
      env: { ...process.env, TMPDIR: scratch, DIFFCUT_CACHE: join(scratch, `cache-${id}`) },
    });
    ({ targets } = await new Promise((resolve, reject) => {
      child.once('message', resolve);
      child.once('exit', (code, signal) => reject(new Error(`The process that runs the inputs does not start (${signal ?? code})`)));
    }));
    child.removeAllListeners('exit');
  };
  const run = async (job) => {
    if (!child) await start();
    return new Promise((resolve) => {
      let [last, since] = [undefined, performance.now()];
      const end = (result) => {
        clearInterval(watch);
        child?.removeAllListeners('message').removeAllListeners('exit');
        resolve(result);
      };
      const kill = (fault) => {
        end({ done: 0, fault, number: Number(under()) });
        child.kill('SIGKILL');
        child = undefined;
      };
      const watch = setInterval(() => {
        const now = under();
        if (now !== last) [last, since] = [now, performance.now()];
        else if (performance.now() - since > HANG) return kill(`hang: nothing for ${HANG / 1000} s`);
        if (memoryOf(child.pid) > MEMORY) kill(`memory: over ${MEMORY} MB`);
      }, 250);
      child.once('exit', (code, signal) => kill(`crash: the process ended (${signal ?? code})`));
      child.once('message', end);
      child.send({ from: 0, step: 1, inputs: 1, milliseconds: 1e9, seed: options.seed, ...job });
    });
  };
  const known = async () => {
    if (!child) await start();
    return targets;
  };
  return { run, known, close: () => child?.kill('SIGKILL') };
};

/** What a fault is, whatever its numbers: the same one is told once. */
const kindOf = (fault) =>
  fault
    .split('\n')
    .slice(0, 3)
    .join(' ')
    .replace(/\d+(\.\d+)?/g, 'N')
    .replace(/"[^"]*"/g, '""')
    .slice(0, 200);

const isMinor = (fault) => /^(slow|memory|hang)/.test(fault); // each try would take as long again

/** Makes the input of a fault small and writes it to the corpus. */
const keep = async (own, target, { fault, number, bytes }) => {
  const path = join(scratch, `input-${target}`);
  if (bytes === undefined) await own.run({ target, from: number, write: path });
  const input = bytes === undefined ? readFileSync(path) : Buffer.from(bytes, 'base64');
  const sameFault = async (candidate) => {
    const { fault: got } = await own.run({ target, bytes: Buffer.from(candidate).toString('base64') });
    return got !== undefined && kindOf(got) === kindOf(fault);
  };
  const least = isMinor(fault) ? input : await smaller(input, sameFault);
  const file = join(options.corpus, target, `seed${options.seed}-${number}`);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, least);
  console.log(
    `failed: ${target}, input ${number} of seed ${options.seed} (${least.length} bytes, ${file})\n  ${fault.split('\n').slice(0, 4).join('\n  ')}`,
  );
};

const started = performance.now();
const workers = Array.from({ length: jobs }, (_, id) => worker(id));
const all = await workers[0].known();
const asked = options.only?.split(',') ?? all.map(({ name }) => name);
for (const name of asked) {
  if (all.some((target) => target.name === name)) continue;
  console.error(`Unknown target "${name}". Known: ${all.map((target) => target.name).join(', ')}`);
  process.exit(2);
}

/** Runs one target until it has its inputs or its time. @returns how many inputs ran, and how many faults they showed */
const fuzz = async (own, target, wanted, milliseconds) => {
  const until = performance.now() + milliseconds;
  const faults = new Set();
  let [from, done, failures] = [0, 0, 0];
  while (done < wanted && performance.now() < until && faults.size < MOST_FAULTS && failures < MOST_FAILURES) {
    const result = await own.run({ target, from, inputs: wanted - done, milliseconds: until - performance.now() });
    if (result.broken) throw new Error(`${target}: ${result.broken}`);
    const ran = result.fault === undefined ? result.done : result.number - from + 1;
    done += ran;
    from += ran;
    if (result.fault === undefined) continue;
    failures++;
    if (faults.has(kindOf(result.fault))) continue;
    faults.add(kindOf(result.fault));
    await keep(own, target, result);
  }
  return { done, faults: faults.size };
};

if (options.input !== undefined) {
  const { fault } = await workers[0].run({ target: asked[0], bytes: readFileSync(options.input).toString('base64') });
  console.log(fault ?? 'as it should be');
  workers[0].close();
  process.exit(fault === undefined ? 0 : 1);
}

const queue = all.filter(({ name }) => asked.includes(name));
const isBounded = Number.isFinite(inputs) || options.ci || options.all;
const whole = Number.isFinite(minutes) ? minutes : isBounded ? Number.POSITIVE_INFINITY : 1;
const each = (whole * 60_000 * Math.min(jobs, queue.length)) / queue.length;
const totals = { done: 0, faults: 0, targets: queue.length };
const work = async (own) => {
  for (let target = queue.shift(); target; target = queue.shift()) {
    const start = performance.now();
    const wanted = options.all ? target.all : options.ci ? Math.ceil(target.all / 4) : inputs;
    const { done, faults } = await fuzz(own, target.name, wanted, Math.min(each, 1e9));
    const seconds = (performance.now() - start) / 1000;
    console.log(
      `${target.name.padEnd(18)} ${String(done).padStart(9)} inputs ${seconds.toFixed(1).padStart(7)} s ${Math.round(done / seconds)
        .toString()
        .padStart(8)} a second${faults ? `, ${faults} failed` : ''}`,
    );
    totals.done += done;
    totals.faults += faults;
  }
};
await Promise.all(workers.map(work));
for (const { close } of workers) close();
console.log(
  `${totals.done} inputs of ${totals.targets} readers, ${totals.faults} failed (seed ${options.seed}, ${Math.round((performance.now() - started) / 1000)} s)`,
);
process.exit(totals.faults ? 1 : 0);
