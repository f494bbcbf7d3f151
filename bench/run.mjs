/**
 * npm run bench -- full-size    diffusion encoders at full size: see full-size.mjs
 * npm run bench -- vit          vision transformers at full size: see vit.mjs
 * npm run bench -- names        what names segments at full size: see names.mjs
 * npm run bench -- regions      regions, merging and drawing, a stage at a time: see regions.mjs
 * npm run bench -- gaps         how long each stage holds the thread: see gaps.mjs
 * npm run bench -- large        pictures of hundreds of megapixels: see large.mjs
 * npm run bench -- batch        the command line, seconds a picture in a batch: see batch.mjs
 * npm run bench -- jobs         the command line, one and several pictures at a time: see jobs.mjs
 * npm run bench -- tile         pictures of 12 and 60 megapixels, whole and in tiles: see tile.mjs
 * npm run bench -- serve        the server under load: see serve.mjs
 * npm run bench -- queue        pictures through a queue, by several workers: see queue.mjs
 * npm run bench -- studio       the page in headless Chromium: see studio.mjs
 * npm run bench -- holds        how long the page's own thread is held: see holds.mjs
 * npm run bench -- formats      labels of 12 megapixels to every format: see formats.mjs
 * npm run bench [-- --rows cut-32,pamr-512] [--runs 5] [--json] [--reference DIR [--python python3]]
 *
 * Each row runs in a process of its own, so that its peak memory is its own; runs of the first second, one at
 * least, warm up and are not counted. With --reference (a checkout of PaulCouairon/DiffCut) the Python reference runs the same
 * inputs on two threads, in turn with ours, and the table shows the ratio.
 */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { availableParallelism, cpus, loadavg } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const root = fileURLToPath(new URL('..', import.meta.url));
const inputs = JSON.parse(readFileSync(join(root, 'test/golden/bench/inputs.json'), 'utf8')).rows;
const photos = readdirSync(join(root, 'photos')).filter((name) => name.endsWith('.jpg'));

/** Row name -> how to get ready, what to time. `referenceRuns`: the Python script has the same row. */
const ROWS = {
  ...Object.fromEntries(
    inputs.map((row) => [
      row.row,
      { runs: row.width >= 1024 ? 3 : 5, referenceRuns: row.width <= 32 ? 5 : 1, prepare: () => (row.kind === 'cut' ? cut(row) : pamr(row)) },
    ]),
  ),
  ...Object.fromEntries(photos.map((name) => [basename(name, '.jpg'), { runs: 5, prepare: () => demo(join(root, 'photos', name)) }])),
  ...Object.fromEntries(
    ['ncut', 'falcon', 'autosc', 'maskcut', 'tokencut'].map((name) => [`${name}-4096`, { runs: 3, prepare: () => solved(name) }]),
  ),
  'tree-4096': { runs: 5, prepare: wholeTree },
  'concepts-8000': { runs: 1, prepare: () => concepts(8000) },
  'concepts-100000': { runs: 1, prepare: () => concepts(100_000) },
  'assign-12mp': { runs: 3, prepare: assignTo12Megapixels },
  version: { runs: 9, prepare: async () => () => execFileSync(process.execPath, [join(root, 'dist/cli/main.js'), '--version']) },
};

/** Engines put optimised code in place while the first runs go on. */
const WARM_UP_MS = 1000;

if (
  ['full-size', 'vit', 'names', 'regions', 'gaps', 'batch', 'jobs', 'large', 'tile', 'studio', 'holds', 'formats', 'serve', 'queue'].includes(
    process.argv[2],
  )
) {
  await import(`./${process.argv[2]}.mjs`);
  process.exit();
}
const { values: flags } = parseArgs({
  options: {
    row: { type: 'string' },
    rows: { type: 'string' },
    runs: { type: 'string' },
    json: { type: 'boolean' },
    reference: { type: 'string' },
    python: { type: 'string', default: 'python3' },
  },
});
if (flags.row) await measure(flags.row);
else await report(flags.rows?.split(',') ?? Object.keys(ROWS));

async function cut(row) {
  const { benchFeatures } = await import('./inputs.mjs');
  const { partition } = await import('../dist/index.js');
  const features = benchFeatures(row);
  return async () => ({ segments: new Set((await partition(features, { alpha: row.alpha, tau: row.tau })).labels.data).size });
}

/** The same 64 x 64 tokens by each solver that looks at tokens alone. */
async function solved(name) {
  const { benchFeatures } = await import('./inputs.mjs');
  const { cut, solve } = await import('../dist/index.js');
  const row = inputs.find(({ kind, width }) => kind === 'cut' && width === 64);
  const features = benchFeatures(row);
  const options = name === 'ncut' ? { alpha: row.alpha, treeTau: row.tau } : {};
  const granularity = name === 'ncut' ? { tau: row.tau } : { price: 0 };
  return async () => ({ segments: new Set((await cut((await solve(name, features, options)).tree, features, granularity)).data).size });
}

/** Segments of so many vectors of 352 numbers around 50 directions: exact, and from few that stand for all. */
async function concepts(count) {
  const { findConcepts } = await import('../dist/index.js');
  const [channels, groups] = [352, 50];
  let state = 12_345;
  const next = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32 - 0.5;
  };
  const common = Float32Array.from({ length: channels }, next);
  const centres = Float32Array.from({ length: groups * channels }, next);
  const data = new Float32Array(count * channels);
  for (let i = 0; i < count; i++) {
    const row = data.subarray(i * channels, (i + 1) * channels);
    for (let c = 0; c < channels; c++) row[c] = 0.7 * common[c] + centres[(i % groups) * channels + c] + next();
    const length = Math.sqrt(row.reduce((sum, v) => sum + v * v, 0));
    for (let c = 0; c < channels; c++) row[c] /= length;
  }
  return async () => ({ segments: (await findConcepts({ data, count, channels }, { k: groups })).size.length });
}

/** Every split of 64 x 64 tokens, down to single ones: what is not the eigenproblems' own time is the tree's. */
async function wholeTree() {
  const { partition } = await import('../dist/index.js');
  const [side, channels] = [64, 32];
  let state = 7;
  const next = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
  const data = Float32Array.from({ length: side * side * channels }, (_, i) => {
    const [t, c] = [Math.floor(i / channels), i % channels];
    return Math.cos((3 * (t % side) * ((c % 5) + 1)) / side + c) + Math.sin((2 * Math.floor(t / side) * ((c % 3) + 1)) / side + c) + 0.3 * next();
  });
  const features = { data, width: side, height: side, channels };
  return async () => ({ segments: new Set((await partition(features, { alpha: 3, tau: 2, parity: false })).labels.data).size });
}

async function pamr(row) {
  const { benchImage, benchLabels } = await import('./inputs.mjs');
  const { refine } = await import('../dist/index.js');
  const image = benchImage(row);
  const labels = benchLabels(row);
  return async () => ({
    segments: new Set((await refine(labels, image, { iterations: row.iterations, dilations: row.dilations, median: 'none' })).data).size,
  });
}

/** Features as of the first row, 20 segments in stripes: what matters is the size of the target. */
async function assignTo12Megapixels() {
  const { benchFeatures } = await import('./inputs.mjs');
  const { assign } = await import('../dist/index.js');
  const features = benchFeatures(inputs[0]);
  const { width, height } = features;
  const labels = { data: Int32Array.from({ length: width * height }, (_, i) => Math.floor((i * 20) / (width * height))), width, height };
  return async () => ({ segments: new Set((await assign(labels, features, { width: 4000, height: 3000 })).data).size });
}

async function demo(path) {
  const { openEncoder, segment } = await import('../dist/index.js');
  const encoder = await openEncoder('embedded', { worker: false }); // in this process, whose memory is measured
  return async () => {
    const { segments, timings } = await segment(path, { encoder });
    return { segments: segments.length, timings };
  };
}

/** In the row's own process: one JSON line. */
async function measure(name) {
  const work = await ROWS[name].prepare();
  const ready = performance.now() + WARM_UP_MS;
  do await work();
  while (performance.now() < ready);
  const before = process.resourceUsage().maxRSS / 1024;
  const runs = [];
  let last;
  for (let i = 0; i < Number(flags.runs ?? ROWS[name].runs); i++) {
    const start = performance.now();
    last = await work();
    runs.push((performance.now() - start) / 1000);
  }
  const details = Buffer.isBuffer(last) ? {} : last;
  console.log(JSON.stringify({ row: name, seconds: median(runs), runs, peakMB: process.resourceUsage().maxRSS / 1024, warmMB: before, ...details }));
}

async function report(names) {
  const results = [];
  if (!flags.json) {
    console.log(`${cpus()[0].model}, ${availableParallelism()} threads, Node ${process.version}, load ${loadavg()[0].toFixed(2)} at the start`);
    console.log('row          median      least       most        peak      reference    ratio  reference peak');
  }
  for (const name of names) {
    const ours = lastLine(process.execPath, [fileURLToPath(import.meta.url), '--row', name, ...(flags.runs ? ['--runs', flags.runs] : [])]);
    const theirs = flags.reference && ROWS[name].referenceRuns ? referenceRow(name) : undefined;
    results.push(theirs ? { ...ours, reference: theirs, ratio: theirs.seconds / ours.seconds } : ours);
    print(results.at(-1));
  }
  return results;
}

function referenceRow(name) {
  const row = lastLine(flags.python, [
    join(root, 'scripts/bench-reference.py'),
    '--reference',
    flags.reference,
    '--rows',
    name,
    '--threads',
    '2',
    '--repeat',
    String(ROWS[name].referenceRuns),
  ]);
  return { seconds: row.seconds, peakMB: row.peakMB };
}

function print(result) {
  if (flags.json) return console.log(JSON.stringify(result));
  const s = (seconds) => `${seconds.toFixed(3)} s`.padStart(10);
  const { row, seconds, runs, peakMB, reference, ratio } = result;
  const beside = reference ? `${s(reference.seconds)}  ${ratio.toFixed(1).padStart(6)}x  ${Math.round(reference.peakMB)} MB` : '';
  console.log(
    `${row.padEnd(10)} ${s(seconds)}  ${s(Math.min(...runs))}  ${s(Math.max(...runs))}  ${String(Math.round(peakMB)).padStart(5)} MB   ${beside}`,
  );
}

function lastLine(command, args) {
  return JSON.parse(
    execFileSync(command, args, { encoding: 'utf8', maxBuffer: 2 ** 26 })
      .trim()
      .split('\n')
      .at(-1),
  );
}

function median(numbers) {
  const sorted = [...numbers].sort((a, b) => a - b);
  return (sorted[(sorted.length - 1) >> 1] + sorted[sorted.length >> 1]) / 2;
}
