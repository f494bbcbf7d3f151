/**
 * Concepts against ground truth: one dictionary for the whole set, matched once over all pictures (the protocol of STEGO and its kind),
 * beside k-means on the segments' vectors and on tokens.
 *
 *   node scripts/measure-concepts.mjs --images DIR --masks DIR --classes 21 --half odd [--cache DIR] [--encoder NAME] [--alpha 2.5]
 *
 * Masks are PNGs of the pictures' stems, values 0..classes-1, anything else left out. --half: the even or odd ones by name, or all.
 * --cache keeps what the encoder gave between runs. K is the number of classes for all; k-means is the mean of 8 runs. Intervals:
 * 500 draws of the pictures with replacement, matched anew in each. Needs `npm run build`.
 */
import { readdir } from 'node:fs/promises';
import { join, parse } from 'node:path';
import { parseArgs } from 'node:util';
import { drawer } from '../dist/eval/random.js';
import { findConcepts, joinVectors, openEncoder, placeSegments } from '../dist/index.js';
import { encoderOf, matchedIou, readPicture } from './dictionary.mjs';

const RUNS = 8;
const DRAWS = 500;
const STEPS = 30;
/** Of tokens, k-means is fitted on every n-th and then gives all their place. */
const EVERY = 8;

const { values: flags } = parseArgs({
  options: Object.fromEntries(['images', 'masks', 'classes', 'half', 'cache', 'encoder', 'alpha'].map((name) => [name, { type: 'string' }])),
});
const classes = Number(flags.classes);

const stems = (await readdir(flags.images)).map((name) => parse(name)).sort((a, b) => (a.name < b.name ? -1 : 1));
const kept = stems.filter((_, i) => flags.half === undefined || flags.half === 'all' || i % 2 === ['even', 'odd'].indexOf(flags.half));
const encoder = await openEncoder(flags.encoder ?? 'embedded');
const pictures = [];
for (const { name, base } of kept) pictures.push(await readPicture(name, { ...flags, classes }, encoderOf(join(flags.images, base), encoder)));
await encoder.dispose();

const segments = joinVectors(pictures.map(({ vectors }) => vectors));
const tokens = joinVectors(pictures.map(({ tokens: { data, width, height, channels } }) => ({ data, count: width * height, channels })));
const countsOf = (name) => pictures.map((picture) => picture[name]);
console.log(`${pictures.length} pictures, ${segments.count} segments, ${tokens.count} tokens, K ${classes}`);

const alpha = flags.alpha === undefined ? {} : { alpha: Number(flags.alpha) };
const ours = scoresOf([(await findConcepts(segments, { k: classes, ...alpha })).of], countsOf('bySegment'));
console.log(`concepts               mIoU ${told(ours)}`);
const priced = await findConcepts(segments, alpha);
console.log(`concepts by price      mIoU ${told(scoresOf([priced.of], countsOf('bySegment')))}, K ${priced.size.length}`);
tellOther('k-means on segments', await runs((seed) => kMeans(segments, seed)), 'bySegment');
const few = { ...tokens, data: everyNth(tokens), count: Math.ceil(tokens.count / EVERY) };
tellOther('k-means on tokens', await runs((seed) => kMeans(few, seed, tokens)), 'byToken');

function tellOther(name, labellings, counts) {
  const scores = scoresOf(labellings, countsOf(counts));
  const more = scores.map((score, round) => ours[round] - score);
  console.log(`${name.padEnd(22)} mIoU ${told(scores)}, concepts more by ${told(more)}`);
}
/** Percent, with the interval. @param scores as measured, then of each draw */
function told([value, ...draws]) {
  const sorted = draws.sort((a, b) => a - b);
  const at = (share) => (100 * sorted[Math.floor(share * (sorted.length - 1))]).toFixed(1);
  return `${(100 * value).toFixed(1)} [${at(0.025)}, ${at(0.975)}]`;
}

function everyNth({ data, count, channels }) {
  const out = new Float32Array(Math.ceil(count / EVERY) * channels);
  for (let i = 0, at = 0; i < count; i += EVERY, at += channels) out.set(data.subarray(i * channels, (i + 1) * channels), at);
  return out;
}

async function runs(run) {
  const out = [];
  for (let seed = 0; seed < RUNS; seed++) out.push(await run(seed));
  return out;
}

/** Spherical k-means from a k-means++ start. @param all what is given its place in the end */
async function kMeans(rows, seed, all = rows) {
  const draw = drawer(`k-means ${seed}`);
  const { data, count, channels } = rows;
  const centres = { data: new Float32Array(classes * channels), count: classes, channels };
  const away = new Float64Array(count).fill(1);
  for (let k = 0; k < classes; k++) {
    let left = (draw(2 ** 30) / 2 ** 30) * away.reduce((sum, one) => sum + one, 0);
    let pick = 0;
    for (left -= away[0]; pick < count - 1 && left > 0; left -= away[pick]) pick++;
    const centre = data.slice(pick * channels, (pick + 1) * channels);
    centres.data.set(centre, k * channels);
    const { cosine } = await placeSegments(rows, { data: centre, count: 1, channels });
    for (let i = 0; i < count; i++) away[i] = Math.max(0, Math.min(away[i], 1 - cosine[i]));
  }
  let { of } = await placeSegments(rows, centres);
  for (let step = 0; step < STEPS; step++) {
    const sums = new Float64Array(classes * channels);
    for (let i = 0, p = 0; i < count; i++) for (let c = 0, q = of[i] * channels; c < channels; c++) sums[q++] += data[p++];
    for (let k = 0; k < classes; k++) {
      const row = sums.subarray(k * channels, (k + 1) * channels);
      const length = Math.sqrt(row.reduce((sum, v) => sum + v * v, 0));
      if (length > 0)
        centres.data.set(
          Float32Array.from(row, (v) => v / length),
          k * channels,
        );
    }
    const next = (await placeSegments(rows, centres)).of;
    const isSettled = next.every((id, i) => id === of[i]);
    of = next;
    if (isSettled) break;
  }
  return (await placeSegments(all, centres)).of;
}

/** mIoU as measured, then of each draw; the mean over several labellings. @param counts of each picture, a row of classes an element */
function scoresOf(labellings, counts) {
  const draw = drawer('draws');
  const draws = Array.from({ length: DRAWS }, () => {
    const times = new Uint16Array(counts.length);
    for (let i = 0; i < counts.length; i++) times[draw(counts.length)]++;
    return times;
  });
  const rounds = [new Uint16Array(counts.length).fill(1), ...draws];
  const all = labellings.map((of) => {
    const columns = of.reduce((most, id) => Math.max(most, id + 1), classes);
    let at = 0;
    const matrices = counts.map((rows) => {
      const matrix = new Float64Array(classes * columns);
      for (let i = 0; i < rows.length / classes; i++, at++) for (let c = 0; c < classes; c++) matrix[c * columns + of[at]] += rows[i * classes + c];
      return matrix;
    });
    return rounds.map((times) => matchedIou(sumOf(matrices, times, classes * columns), classes, columns));
  });
  return rounds.map((_, round) => all.reduce((sum, scores) => sum + scores[round], 0) / all.length);
}

/** One matching for all pictures together, each so many times. */
function sumOf(matrices, times, length) {
  const whole = new Float64Array(length);
  matrices.forEach((matrix, p) => {
    if (times[p] > 0) for (let i = 0; i < length; i++) whole[i] += times[p] * matrix[i];
  });
  return whole;
}
