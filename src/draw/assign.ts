/**
 * Concept assignment at high resolution (paper section 3.3): every pixel takes the segment whose mean
 * unit feature its own, bilinearly upsampled, feature is most like.
 *
 * Upsampling and the dot product commute: the K maps of scores are interpolated instead of the channels.
 */
import { expected, InputError, kindOf } from '../errors.ts';
import { ASSIGN } from '../options/draw.ts';
import { type Given, resolveOptions } from '../options/spec.ts';
import { checkFeatures, checkLabels, unitFeatures } from '../tensor/features.ts';
import { areasOf } from '../tensor/ids.ts';
import { type Axis, axis } from '../tensor/resize.ts';
import { breathe, inBands, pause } from '../tensor/watch.ts';
import type { CutTree, FeatureMap, LabelMap, Watch } from '../types.ts';
import { elementScores, type ScoreMaps, scoreLine, segmentScores } from './score-maps.ts';

/**
 * <f, e_k> of every token f and segment mean e_k; f of unit length, e_k the plain mean of its tokens' f.
 * @param tree that the labels are segments of: where it has scores of its own, it is these, of several elements the largest
 * @throws InputError when labels and features are of different grids, and for labels that are not the tree's; the signal's reason
 *   once aborted
 */
export const scoreMaps = async (labels: LabelMap, features: FeatureMap, watch: Watch = {}, tree?: CutTree): Promise<ScoreMaps> => {
  const { width, height, channels } = features;
  checkGrids(labels, features);
  const n = width * height;
  if (tree?.scores) return segmentScores(elementScores(tree, tree.scores, labels));
  const ids = [...areasOf(labels).keys()].sort((a, b) => a - b);
  const planeOf = new Map(ids.map((id, k) => [id, k]));
  await pause(watch);
  const unit = unitFeatures(features).data;
  await pause(watch);
  // e_k: the mean of the unit tokens of segment k
  const means = new Float64Array(ids.length * channels);
  const sizes = new Int32Array(ids.length);
  for (let i = 0; i < n; i++) {
    const k = planeOf.get(labels.data[i]) as number;
    sizes[k]++;
    for (let c = 0; c < channels; c++) means[k * channels + c] += unit[i * channels + c];
  }
  for (let i = 0; i < means.length; i++) means[i] /= sizes[Math.floor(i / channels)];
  // <f, e_k>, a plane a segment
  return { data: await scorePlanes(unit, means, channels, watch), width, height, ids };
};

const checkGrids = (labels: LabelMap, { width, height }: FeatureMap): void => {
  if (labels.width !== width || labels.height !== height)
    throw new InputError(`The coarse labels are ${labels.width}x${labels.height} but the features are ${width}x${height}: both must be of one grid`);
};

/**
 * Products of unit tokens with K means.
 * @param means taken to single precision, as the tokens are
 * @returns K planes, a number a token
 */
export const scorePlanes = async (unit: Float32Array, means: Float64Array, channels: number, watch: Watch): Promise<Float32Array> => {
  const n = unit.length / channels;
  const k = means.length / channels;
  const lanes = Math.ceil(k / LANES) * LANES;
  const padded = new Float64Array(lanes * channels);
  padded.set(means.map(Math.fround));
  const data = new Float32Array(lanes * n);
  const band = Math.max(1, Math.floor(BAND / channels));
  for (let s = 0; s < k; s += LANES) {
    const own = padded.subarray(s * channels, (s + LANES) * channels);
    await inBands(n, band, watch, (from, to) => scoreLanes(unit, own, channels, n, data.subarray(s * n), from, to));
  }
  return data.subarray(0, k * n);
};

/** Segments that are scored in one pass over the tokens: each channel is read once for all of them. */
const LANES = 4;
/** Numbers of tokens that are read between two pauses. */
const BAND = 2 ** 20;

/** Products of the tokens `from` to `to` with four means, a plane of n numbers each. */
const scoreLanes = (unit: Float32Array, means: Float64Array, channels: number, n: number, planes: Float32Array, from: number, to: number): void => {
  for (let i = from, at = from * channels; i < to; i++) {
    let s0 = 0;
    let s1 = 0;
    let s2 = 0;
    let s3 = 0;
    for (let c = 0; c < channels; c++, at++) {
      const value = unit[at];
      s0 += value * means[c];
      s1 += value * means[channels + c];
      s2 += value * means[2 * channels + c];
      s3 += value * means[3 * channels + c];
    }
    planes[i] = s0;
    planes[n + i] = s1;
    planes[2 * n + i] = s2;
    planes[3 * n + i] = s3;
  }
};

/**
 * @param labels coarse, on the grid of the features; ids are kept, one may vanish
 * @param options size of the result, pixels; the tree that the labels were cut from
 * @throws InputError for labels that are not of the features' grid or the tree's segments; the signal's reason once aborted
 */
export const assign = async (
  labels: LabelMap,
  features: FeatureMap,
  options: Given<typeof ASSIGN> & { width: number; height: number } & Watch,
): Promise<LabelMap> => {
  if (kindOf(options) !== 'Object') throw expected('{ width, height }', 'the target size of assign', options);
  const { width, height, tree, ...watch } = resolveOptions('assign', ASSIGN, options);
  checkLabels(labels);
  checkFeatures(features);
  if (width === undefined || height === undefined) throw expected('{ width, height }', 'the target size of assign', options);
  checkGrids(labels, features);
  const scores = tree?.scores ? elementScores(tree, tree.scores, labels) : await scoreMaps(labels, features, watch); // of a segment, the union
  const out = new Int32Array(width * height);
  const columns = axis(scores.width, width);
  const rows = axis(scores.height, height);
  const line = new Float32Array(scores.ids.length * scores.width);
  for (let y = 0; y < height; y++) {
    if (y % 256 === 0) await breathe(watch, 'assign', y, height);
    else if (y % 8 === 0) await pause(watch);
    scoreLine(scores, rows, y, line);
    argmaxLine(scores, line, columns, out.subarray(y * width, (y + 1) * width));
  }
  await breathe(watch, 'assign', height, height);
  return { data: out, width, height };
};

/**
 * Between two cells every score runs straight, so a segment that leads at both ends leads all the way:
 * only spans whose ends differ are looked at pixel by pixel.
 */
const argmaxLine = ({ width, ids }: ScoreMaps, line: Float32Array, { first, second, weight }: Axis, out: Int32Array): void => {
  const leader = new Int32Array(width);
  for (let x = 0; x < width; x++) for (let k = 1; k < ids.length; k++) if (line[k * width + x] > line[leader[x] * width + x]) leader[x] = k;
  for (let x = 0; x < out.length; x++) {
    const a = first[x];
    const b = second[x];
    let best = leader[a];
    if (best !== leader[b]) {
      const w = weight[x];
      let top = -Infinity;
      for (let k = 0; k < ids.length; k++) {
        const score = line[k * width + a] * (1 - w) + line[k * width + b] * w;
        if (score > top) {
          top = score;
          best = k;
        }
      }
    }
    out[x] = ids[best];
  }
};
