/**
 * Every solver on the same features, borders not refined, at each price of a list: "Solvers side by side" in docs/results.md.
 *
 *   node scripts/try-solvers.mjs --features DIR --images DIR --masks DIR --classes 21 --background 0    by classes, at 128 x 128
 *   node scripts/try-solvers.mjs --features DIR --images DIR --masks DIR                                by annotators (ID_K.png)
 *   node scripts/try-solvers.mjs --features DIR --images DIR --masks DIR --time 20                      time and memory, of 20 pictures
 *
 * --features: where each picture's features are kept (ID.npy; what is not there is encoded by the embedded encoder); --solvers
 * ncut,autosc:last and --prices 0.06,0.08: which of them, beside the encoder's own granularity; --less ncut,autosc: by how
 * much all others are above these, at the granularity where each is best (by annotators) or at its own. In brackets: 95 % of 1,000 draws of the
 * pictures, the same in both of a difference. Needs `npm run build`.
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { addCounts, meanIou, noCounts } from '../dist/eval/class-protocol/metrics.js';
import { classRows, EVAL_SIDE, reducedPrediction } from '../dist/eval/class-protocol/protocol.js';
import { findDataset, resolveItems } from '../dist/eval/datasets.js';
import { filesOf, readPair } from '../dist/eval/disk.js';
import { openExam } from '../dist/eval/exam.js';
import { drawer } from '../dist/eval/random.js';
import { addObjects, sumObjects } from '../dist/eval/regions/objects.js';
import { scoreRegions } from '../dist/eval/regions/regions.js';
import * as library from '../dist/toolkit.js';

const ENCODER = 'embedded';
const EASE = 0.4;
const IGNORE = 255;
const ROUNDS = 1000;

const { values: flags } = parseArgs({
  options: {
    features: { type: 'string' },
    images: { type: 'string' },
    masks: { type: 'string' },
    classes: { type: 'string' },
    background: { type: 'string' },
    solvers: { type: 'string', default: 'ncut,merge,autosc,autosc:last,falcon,maskcut,tokencut' },
    prices: { type: 'string', default: '0,0.04,0.06,0.08,0.1,0.12' },
    less: { type: 'string', default: '' },
    limit: { type: 'string', default: 'Infinity' },
    time: { type: 'string' },
    measured: { type: 'string' },
  },
});
const solvers = flags.solvers.split(',');
const prices = flags.prices.split(',').map(Number);
const rows = flags.classes && classRows(Number(flags.classes), IGNORE, flags.background === undefined ? undefined : Number(flags.background));
const { images, masks, classes } = flags;
const set = findDataset(rows ? 'folder' : 'bsds500', { images, masks, classes });
const items = (await resolveItems(set, flags, filesOf())).slice(0, Number(flags.time ?? flags.limit));
const encoderRow = await library.describeEncoder(ENCODER);
let encoder;
try {
  await mkdir(flags.features, { recursive: true });
  if (flags.measured) await measure(flags.measured);
  else if (flags.time) for (const solver of solvers) timed(solver);
  else await (rows ? byClasses() : byAnnotators());
} finally {
  await encoder?.dispose();
}

/** A picture's features, kept in a file. */
async function featuresOf(id, image) {
  const file = join(flags.features, `${id}.npy`);
  if (existsSync(file)) return library.featuresFromNpy(await readFile(file));
  encoder ??= await library.openEncoder(ENCODER);
  const features = await encoder.encode(image);
  await writeFile(file, library.writeNpy(features.data, [features.height, features.width, features.channels]));
  return features;
}

/** What `name` says, `autosc:last` with the published code's eigenvectors. */
function solved(name, features, picture) {
  const [solver, vectors] = name.split(':');
  const { alpha, parity } = encoderRow;
  const own = { ncut: { alpha, parity }, merge: { picture }, autosc: { vectors: vectors ?? 'own' } }[solver];
  return library.solve(solver, features, own ?? {});
}

/** The encoder's own granularity for a solver, and each price of the list; objects that were looked for are all kept. */
function granularities(solver) {
  const own = library.granularityOf(encoderRow, solver, {}, rows ? 'protocol' : 'people');
  const others = prices.filter((price) => price !== own.price || own.join > 0);
  return own.price === 0 ? [own] : [own, ...others.map((price) => ({ price, ease: EASE, join: 0 }))];
}

/** Each solver's segments at each granularity, drawn by `drawn`. */
async function* drawings(features, picture, drawn) {
  for (const name of solvers) {
    const { tree } = await solved(name, features, picture);
    for (const granularity of granularities(name.split(':')[0])) {
      const key = `${name} | ${granularity.price}${granularity.join > 0 ? `, join ${granularity.join}` : ''}`;
      yield { key, drawing: await drawn(tree, await library.cut(tree, features, granularity)) };
    }
  }
}

/** Scores by solver and price, a picture after the other. */
async function collect(openOne) {
  const scores = new Map();
  for (const item of items) {
    const { image, drawn, score } = await openOne(item);
    for await (const { key, drawing } of drawings(await featuresOf(item.id, image), image, drawn)) {
      scores.set(key, [...(scores.get(key) ?? []), { segments: new Set(drawing.data).size, ...(await score(drawing)) }]);
    }
  }
  return scores;
}

async function byClasses() {
  const scores = await collect(async (item) => {
    const exam = await openExam(library, item, rows, { refine: 'none' });
    const features = await featuresOf(item.id, exam.image);
    const size = { width: EVAL_SIDE, height: EVAL_SIDE };
    const drawn = (tree, labels) => (library.isOfTokens(tree) ? library.assign(labels, features, size) : reducedPrediction(labels));
    const score = async (drawing) => ({ counts: await exam.score(drawing), objects: sumObjects(await exam.objects(drawing)) });
    return { image: exam.image, drawn, score };
  });
  console.log('| solver | price | mIoU | objects: best, its segments | segments a picture |\n|---|---|---|---|---|');
  for (const [key, pictures] of scores) {
    const objects = { count: 0, best: 0, union: 0 };
    for (const picture of pictures) addObjects(objects, picture.objects);
    const iou = interval(pictures, ofClasses).map(percent);
    console.log(
      `| ${key} | ${iou[0]} [${iou[1]}, ${iou[2]}] | ${percent(objects.best / objects.count)}, ${percent(objects.union / objects.count)} | ${mean(pictures, 'segments').toFixed(1)} |`,
    );
  }
  tellDifferences(scores, 'mIoU', ofClasses, percent);
}

/** What each solver has more than those of --less, at the granularity that is better than all others, or at its own. */
function tellDifferences(scores, name, figure, shown, isBetter) {
  const ofSolver = new Map();
  for (const [key, pictures] of scores) {
    const [solver] = key.split(' | ');
    const known = ofSolver.get(solver);
    if (!known || isBetter?.(figure(pictures), figure(known))) ofSolver.set(solver, pictures);
  }
  for (const base of flags.less.split(',').filter((solver) => ofSolver.has(solver)))
    for (const [solver, pictures] of ofSolver) {
      if (solver === base) continue;
      const pairs = pictures.map((ours, i) => [ours, ofSolver.get(base)[i]]);
      const difference = interval(pairs, (drawn) => figure(drawn.map(([ours]) => ours)) - figure(drawn.map(([, theirs]) => theirs)));
      const [value, low, high] = difference.map((one) => `${one > 0 ? '+' : ''}${shown(one)}`);
      console.log(`${solver} less ${base}, ${name}: ${value} [${low}, ${high}]`);
    }
}

function ofClasses(pictures) {
  const sum = noCounts(rows.rows);
  for (const { counts } of pictures) addCounts(sum, counts);
  return meanIou(sum);
}

async function byAnnotators() {
  const scores = await collect(async (item) => {
    const { image, masks } = await readPair(library, item);
    const features = await featuresOf(item.id, image);
    const size = { width: image.width, height: image.height };
    const drawn = (tree, labels) => (library.isOfTokens(tree) ? library.assign(labels, features, size) : labels);
    return { image, drawn, score: (drawing) => scoreRegions(drawing, masks) };
  });
  console.log('| solver | price | covering | PRI | VI, bits | segments a picture |\n|---|---|---|---|---|---|');
  for (const [key, pictures] of scores) {
    const cells = ['covering', 'pri', 'vi'].map((measure) => {
      const [value, low, high] = interval(pictures, (drawn) => mean(drawn, measure)).map((figure) => figure.toFixed(3));
      return `${value} [${low}, ${high}]`;
    });
    console.log(`| ${key} | ${cells.join(' | ')} | ${mean(pictures, 'segments').toFixed(1)} |`);
  }
  for (const measure of ['covering', 'pri', 'vi']) {
    const isBetter = (a, b) => (measure === 'vi' ? a < b : a > b);
    tellDifferences(
      scores,
      measure,
      (pictures) => mean(pictures, measure),
      (one) => one.toFixed(3),
      isBetter,
    );
  }
}

function mean(pictures, measure) {
  return pictures.reduce((sum, picture) => sum + picture[measure], 0) / pictures.length;
}

function percent(share) {
  return (100 * share).toFixed(1);
}

/** The figure of these pictures, and between which 95 % of other draws of them lie. */
function interval(pictures, figure) {
  const draw = drawer('0 rounds');
  const rounds = Float64Array.from({ length: ROUNDS }, () => figure(pictures.map(() => pictures[draw(pictures.length)]))).sort();
  return [figure(pictures), rounds[Math.round(0.025 * (ROUNDS - 1))], rounds[Math.round(0.975 * (ROUNDS - 1))]];
}

/** A solver in a process of its own. */
function timed(solver) {
  const { stdout, stderr } = spawnSync(process.execPath, [fileURLToPath(import.meta.url), ...process.argv.slice(2), '--measured', solver]);
  process.stdout.write(stdout);
  process.stderr.write(stderr);
}

/** Seconds of the CPU and by the clock a picture (the median), and by how much the process grew at most. */
async function measure(name) {
  const inputs = [];
  for (const item of items) {
    const { image } = rows ? await openExam(library, item, rows, { refine: 'none' }) : await readPair(library, item);
    inputs.push({ image, features: await featuresOf(item.id, image) });
  }
  const before = process.resourceUsage().maxRSS;
  const [wall, cpu] = [[], []];
  for (const { image, features } of [inputs[0], ...inputs]) {
    const [start, used] = [performance.now(), process.cpuUsage()];
    await solved(name, features, image);
    const { user, system } = process.cpuUsage(used);
    wall.push(performance.now() - start);
    cpu.push((user + system) / 1000);
  }
  const median = (values) =>
    values
      .slice(1)
      .sort((a, b) => a - b)
      [(values.length - 1) >> 1].toFixed(0); // the first one warms up
  console.log(
    `${name}: ${median(cpu)} ms of the CPU, ${median(wall)} ms by the clock, ${((process.resourceUsage().maxRSS - before) / 1024).toFixed(0)} MB`,
  );
}
