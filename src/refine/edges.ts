/**
 * Borders that lie on the picture's own edges (ours, not the paper's). The picture is cut into superpixels,
 * whose outlines follow its edges; each takes part in every segment as the score maps say on average; where
 * they are unsure, superpixels of like colour nearby decide. docs/results.md has what it gains.
 *
 *   scores -> soft maps --\
 *   picture -> superpixels -> means -> anchored diffusion -> argmax -> specks removed -> picture's size
 */

import { toLab } from '../regions/lab.ts';
import { workSize } from '../regions/regions.ts';
import { createKernels, room } from '../tensor/kernels.ts';
import { axis, resizeArea } from '../tensor/resize.ts';
import { type ScoreMaps, scoreLine } from '../tensor/score-maps.ts';
import { breathe } from '../tensor/watch.ts';
import type { FloatImage, LabelMap, RgbImage, Watch } from '../types.ts';
import { removeSpecks } from './components.ts';
import { type Superpixels, superpixels } from './superpixels.ts';
import { upsampleGuided } from './upsample.ts';

/** Every constant of the method. */
export const EDGES = {
  /** Longest side that is worked on, pixels; smaller pictures are not enlarged. */
  workSide: 512,
  superpixels: { sigma: 0.8, scale: 150, least: 60 },
  /** Of the softmax over segments, in units of the mean margin between a token's best two scores. */
  temperature: 1,
  /** Likeness of two superpixels: Gaussian in CIELAB, and in space as a share of the longest side. */
  colourSigma: 4,
  spaceSigma: 0.2,
  /** How much a superpixel holds on to its own scores: `anchor` where they are unsure, 1 where they are certain. */
  anchor: 0.1,
  anchorPower: 2,
  rounds: 30,
  /** Components under this share of the picture join a neighbour. */
  speck: 0.0005,
};

/**
 * @param scores of the segments on the features' grid
 * @returns ids of `scores`, the picture's size; one may vanish
 */
export const drawEdges = async (scores: ScoreMaps, picture: RgbImage, watch: Watch = {}, settings = EDGES): Promise<LabelMap> => {
  const { width, height } = picture;
  if (scores.ids.length === 1) return { data: new Int32Array(width * height).fill(scores.ids[0]), width, height };
  const step = (done: number) => breathe(watch, 'refine', done, 3);
  await step(0);
  const small = resizeArea(picture, workSize(picture, settings.workSide));
  const regions = superpixels(small, settings.superpixels);
  await step(1);
  const means = superpixelMeans(regions, small, scores, settings.temperature);
  const winners = await diffuse(means, Math.max(small.width, small.height), settings);
  await step(2);
  const labels = { ...regions, data: regions.data.map((region) => scores.ids[winners[region]]) };
  const clean = removeSpecks({ data: labels.data, width: small.width, height: small.height }, settings.speck * labels.data.length);
  await step(3);
  if (clean.width === width && clean.height === height) return clean;
  return removeSpecks(await upsampleGuided(clean, small, picture, watch), settings.speck * width * height);
};

/** What is known of each of n superpixels. */
interface Means {
  n: number;
  area: Float32Array;
  /** n x 5: CIELAB, then y and x in pixels. */
  place: Float32Array;
  /** K planes of n: its share in each segment, 0..1. */
  soft: Float32Array;
  k: number;
}

const superpixelMeans = ({ data, width, height, count: n }: Superpixels, image: FloatImage, scores: ScoreMaps, softness: number): Means => {
  const k = scores.ids.length;
  const area = new Float32Array(n);
  const place = new Float64Array(n * 5);
  const soft = new Float64Array(n * k);
  const columns = axis(scores.width, width);
  const rows = axis(scores.height, height);
  const line = new Float32Array(k * scores.width);
  const share = new Float64Array(k);
  const temperature = Math.max(1e-6, softness * meanMargin(scores));
  const lab = new Float64Array(3);
  for (let y = 0; y < height; y++) {
    scoreLine(scores, rows, y, line);
    for (let x = 0; x < width; x++) {
      const i = y * width + x;
      const region = data[i];
      area[region]++;
      toLab(image.data, i * 3, lab);
      for (let c = 0; c < 3; c++) place[region * 5 + c] += lab[c];
      place[region * 5 + 3] += y;
      place[region * 5 + 4] += x;
      softmaxAt(line, scores.width, columns.first[x], columns.second[x], columns.weight[x], temperature, share);
      for (let s = 0; s < k; s++) soft[s * n + region] += share[s];
    }
  }
  return {
    n,
    k,
    area,
    place: Float32Array.from(place, (v, i) => v / area[Math.floor(i / 5)]),
    soft: Float32Array.from(soft, (v, i) => v / area[i % n]),
  };
};

/** Shares of the segments at a pixel between two cells of a line of scores. */
const softmaxAt = (
  line: Float32Array,
  width: number,
  first: number,
  second: number,
  weight: number,
  temperature: number,
  share: Float64Array,
): void => {
  let top = -Infinity;
  for (let s = 0; s < share.length; s++) {
    share[s] = line[s * width + first] * (1 - weight) + line[s * width + second] * weight;
    if (share[s] > top) top = share[s];
  }
  let total = 0;
  for (let s = 0; s < share.length; s++) {
    share[s] = Math.exp((share[s] - top) / temperature);
    total += share[s];
  }
  for (let s = 0; s < share.length; s++) share[s] /= total;
};

/** Mean difference between the best and the second best score of a token. */
const meanMargin = ({ data, width, height, ids }: ScoreMaps): number => {
  const n = width * height;
  let sum = 0;
  for (let i = 0; i < n; i++) {
    const [best, second] = topTwo(data, i, n, ids.length);
    sum += best - second;
  }
  return sum / n;
};

const topTwo = (planes: Float32Array, at: number, stride: number, k: number): [number, number] => {
  let best = -Infinity;
  let second = -Infinity;
  for (let s = 0; s < k; s++) {
    const value = planes[s * stride + at];
    if (value > best) [best, second] = [value, best];
    else if (value > second) second = value;
  }
  return [best, second];
};

/**
 * q <- (1 - e) W q + e u in rounds, from q = u: W the likenesses of superpixels weighted by area, rows of sum 1;
 * e near 1 where a superpixel's own shares u are certain.
 * @returns the winning segment of each superpixel, as an index of the score maps
 */
const diffuse = async ({ n, k, area, place, soft }: Means, side: number, settings: typeof EDGES): Promise<Int32Array> => {
  const { anchor, anchorPower, rounds } = settings;
  const stride = Math.ceil(n / 4) * 4;
  const kernels = await createKernels(room(n * stride, 4) + 3 * room(k * stride, 4));
  const likeness = kernels.f32(n * stride);
  fillLikeness(likeness, stride, area, place, settings.colourSigma, settings.spaceSigma * side);
  const planes = () => kernels.f32(k * stride);
  const [own, hold] = [planes(), new Float32Array(n)];
  for (let s = 0; s < k; s++) own.set(soft.subarray(s * n, (s + 1) * n), s * stride);
  for (let i = 0; i < n; i++) {
    const [best, second] = topTwo(own, i, stride, k);
    hold[i] = anchor + (1 - anchor) * (best - second) ** anchorPower;
  }
  let [now, next] = [planes(), planes()];
  now.set(own);
  for (let round = 0; round < rounds; round++) {
    kernels.matmul(likeness, n, stride, now, k, next);
    for (let s = 0; s < k; s++) for (let i = 0, at = s * stride; i < n; i++, at++) next[at] = (1 - hold[i]) * next[at] + hold[i] * own[at];
    [now, next] = [next, now];
  }
  const winners = new Int32Array(n);
  for (let i = 0; i < n; i++) for (let s = 1; s < k; s++) if (now[s * stride + i] > now[winners[i] * stride + i]) winners[i] = s;
  kernels.free();
  return winners;
};

const fillLikeness = (out: Float32Array, stride: number, area: Float32Array, place: Float32Array, colourSigma: number, spaceSigma: number): void => {
  const n = area.length;
  const colour = -1 / (2 * colourSigma ** 2);
  const space = -1 / (2 * spaceSigma ** 2);
  for (let i = 0; i < n; i++) {
    let total = 0;
    for (let j = 0; j < n; j++) {
      const [a, b] = [i * 5, j * 5];
      const c = (place[a] - place[b]) ** 2 + (place[a + 1] - place[b + 1]) ** 2 + (place[a + 2] - place[b + 2]) ** 2;
      const d = (place[a + 3] - place[b + 3]) ** 2 + (place[a + 4] - place[b + 4]) ** 2;
      const value = Math.exp(c * colour + d * space) * area[j];
      out[i * stride + j] = value;
      total += value;
    }
    for (let j = 0; j < n; j++) out[i * stride + j] /= total;
  }
};
