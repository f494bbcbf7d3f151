/**
 * Picture to region graph: what the drawing of borders and merging both stand on (ours, not the paper's).
 *
 *   picture -> CIELAB -> watershed basins --\
 *         \-> strength of edges <- features --> arcs -> average linkage -> at most 1,000 regions
 *
 * F  features' gradient    G  picture's gradient    G' = G sqrt(F / mean F), at G's mean
 */
import { tilesOf, unitFeatures } from '../tensor/features.ts';
import { byFirstPixel, renamed } from '../tensor/ids.ts';
import { createKernels, room } from '../tensor/kernels.ts';
import { axis, resizeArea } from '../tensor/resize.ts';
import { breathe, pause } from '../tensor/watch.ts';
import type { FeatureMap, RgbImage, Watch } from '../types.ts';
import { AVERAGE_LINKAGE, agglomerate } from './agglomerate.ts';
import { blurBytes, blurred } from './blur.ts';
import { gradient } from './gradient.ts';
import { type Arcs, arcsOf } from './graph.ts';
import { labPlanes } from './lab.ts';
import { type Basins, watershed } from './watershed.ts';

/** Every constant of the method. */
export const REGIONS = {
  /** Longest side that is worked on, pixels; smaller pictures are not enlarged. */
  workSide: 512,
  /** Blurs of the picture whose gradients make basins, fine and coarse strength; then of the basins' levels. */
  sigmas: [1, 1.5, 3],
  levelSigma: 0.5,
  /** Levels of the watershed a unit of gradient. */
  levels: 4,
  /** Of the fine and the coarse gradient in the strength. */
  gains: [1.5, 3],
  /** Regions that linkage leaves. */
  count: 1000,
};

/** Of pictures that are encoded in tiles, the most that they grow to: pixels that are worked on, and regions. */
const MOST = { pixels: 2 ** 22, regions: 8192 };

/** The constants for these features' picture: one in tiles is worked at a size at which a tile has what a whole picture has, up to a limit. */
export const regionSettings = (features: FeatureMap): typeof REGIONS => {
  const tile = features.origin?.tile;
  if (!tile) return REGIONS;
  const [width, height] = tile.of;
  const by = Math.min(REGIONS.workSide / Math.max(...tile.size), Math.sqrt(MOST.pixels / (width * height)));
  const count = Math.min(MOST.regions, Math.round(REGIONS.count * tilesOf(features)));
  return { ...REGIONS, workSide: Math.round(Math.max(width, height) * by), count };
};

/** A picture's regions. Everything is at the work size. */
export interface RegionGraph extends Basins {
  /** Pixels of each region. */
  area: Float64Array;
  arcs: Arcs;
  /** CIELAB of the pixels, three planes. */
  lab: Float32Array;
  /** Mean strength over all pixels, CIELAB units. */
  meanStrength: number;
  /** How many tiles' areas the picture has, where its features are of tiles: sizes are shares of one. */
  tiles?: number;
}

/** The picture's size brought down to a longest side; never enlarged. */
export const workSize = ({ width, height }: { width: number; height: number }, side: number): { width: number; height: number } => {
  const by = Math.min(1, side / Math.max(width, height));
  return { width: Math.max(1, Math.round(width * by)), height: Math.max(1, Math.round(height * by)) };
};

/** @throws the signal's reason once aborted */
export const regionGraph = async (
  picture: RgbImage,
  features: FeatureMap,
  watch: Watch = {},
  settings = regionSettings(features),
): Promise<RegionGraph> => {
  await breathe(watch, 'regions', 0, 3);
  const small = await resizeArea(picture, workSize(picture, settings.workSide), watch);
  const { width, height } = small;
  const lab = labPlanes(small);
  const { levels, strength } = await edgesOf(lab, width, height, watch, settings);
  await breathe(watch, 'regions', 1, 3);
  const basins = await watershed(levels, width, height, watch);
  await breathe(watch, 'regions', 2, 3);
  const meanStrength = mean(strength);
  weighByFeatures(strength, meanStrength, features, width, height);
  await pause(watch);
  const linked = await linkedRegions(basins, strength, settings.count, watch);
  await breathe(watch, 'regions', 3, 3);
  return { ...linked, lab, meanStrength, ...(features.origin?.tile && { tiles: tilesOf(features) }) };
};

/** What the watershed floods, whole numbers, and the strength G. */
const edgesOf = async (lab: Float32Array, width: number, height: number, watch: Watch, settings: typeof REGIONS) => {
  const n = width * height;
  const widest = Math.max(...settings.sigmas);
  const kernels = await createKernels(room(3 * n, 4) * 2 + room(n, 4) * 2 + blurBytes(width, widest));
  try {
    const [planes, soft, finest, level] = [kernels.f32(3 * n), kernels.f32(3 * n), kernels.f32(n), kernels.f32(n)];
    planes.set(lab);
    const gradients: Float32Array[] = [];
    for (const sigma of settings.sigmas) {
      await pause(watch);
      gradients.push(gradient(blurred(kernels, planes, width, height, sigma, soft), width, height));
    }
    const [first, fine, coarse] = gradients;
    await pause(watch);
    finest.set(first);
    blurred(kernels, finest, width, height, settings.levelSigma, level);
    toMeans(fine, coarse, settings.gains[0] * settings.gains[1]);
    return { levels: rounded(level, settings.levels), strength: fine };
  } finally {
    kernels.free();
  }
};

/** Whole numbers, so many a unit. */
const rounded = (values: Float32Array, by: number): Uint16Array => {
  const out = new Uint16Array(values.length);
  for (let i = 0; i < values.length; i++) out[i] = by * values[i] + 0.5;
  return out;
};

/** Geometric means, times the root of `gain`, in the place of `a`. */
const toMeans = (a: Float32Array, b: Float32Array, gain: number): void => {
  for (let i = 0; i < a.length; i++) a[i] = Math.sqrt(gain * a[i] * b[i]);
};

const mean = (values: Float32Array): number => {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i];
  return sum / values.length;
};

/** Where the features change, edges of the picture count more; texture inside one thing counts less. */
const weighByFeatures = (strength: Float32Array, meanStrength: number, features: FeatureMap, width: number, height: number): void => {
  const change = upsampled(featureGradient(features), features.width, features.height, width, height);
  const average = mean(change);
  if (!(average > 0)) return;
  scaleByRoots(strength, change, average);
  const now = mean(strength);
  if (now > 0) scale(strength, meanStrength / now);
};

const scaleByRoots = (values: Float32Array, by: Float32Array, unit: number): void => {
  for (let i = 0; i < values.length; i++) values[i] *= Math.sqrt(by[i] / unit);
};

const scale = (values: Float32Array, by: number): void => {
  for (let i = 0; i < values.length; i++) values[i] *= by;
};

/** sqrt of the mean over the channels of dx^2 + dy^2 of the unit tokens. */
const featureGradient = (features: FeatureMap): Float32Array => {
  const { width, height, channels } = features;
  const unit = unitFeatures(features).data;
  const out = new Float32Array(width * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const [left, right] = [y * width + Math.max(0, x - 1), y * width + Math.min(width - 1, x + 1)].map((t) => t * channels);
      const [above, below] = [Math.max(0, y - 1) * width + x, Math.min(height - 1, y + 1) * width + x].map((t) => t * channels);
      let sum = 0;
      for (let c = 0; c < channels; c++) sum += (unit[right + c] - unit[left + c]) ** 2 + (unit[below + c] - unit[above + c]) ** 2;
      out[y * width + x] = 0.5 * Math.sqrt(sum / channels);
    }
  }
  return out;
};

/** One plane, bilinear with half-pixel centres. */
const upsampled = (plane: Float32Array, fromW: number, fromH: number, width: number, height: number): Float32Array => {
  const columns = axis(fromW, width);
  const rows = axis(fromH, height);
  const out = new Float32Array(width * height);
  const line = new Float32Array(fromW);
  for (let y = 0; y < height; y++) {
    const [a, b, w] = [rows.first[y] * fromW, rows.second[y] * fromW, rows.weight[y]];
    for (let x = 0; x < fromW; x++) line[x] = plane[a + x] * (1 - w) + plane[b + x] * w;
    for (let x = 0; x < width; x++)
      out[y * width + x] = line[columns.first[x]] * (1 - columns.weight[x]) + line[columns.second[x]] * columns.weight[x];
  }
  return out;
};

/** Each to the last of its parents: one that has the lower number is settled already. */
const settle = (parent: Int32Array): void => {
  for (let i = 0; i < parent.length; i++) parent[i] = parent[parent[i]];
};

const areasOf = (data: Int32Array, count: number): Float64Array => {
  const area = new Float64Array(count);
  for (let i = 0; i < data.length; i++) area[data[i]]++;
  return area;
};

/** Basins joined by average linkage until `count` are left. */
const linkedRegions = async (
  basins: Basins,
  strength: Float32Array,
  count: number,
  watch: Watch,
): Promise<Basins & { area: Float64Array; arcs: Arcs }> => {
  const parent = Int32Array.from({ length: basins.count }, (_, i) => i);
  const join = (a: number, b: number): void => {
    parent[b] = a;
  };
  await agglomerate(await arcsOf(basins, strength, watch), basins.count, count, { ...AVERAGE_LINKAGE, join }, watch);
  settle(parent);
  const { data } = byFirstPixel(renamed(basins, (basin) => parent[basin]));
  const regions = { ...basins, data, count: Math.min(count, basins.count) };
  const area = areasOf(data, regions.count);
  return { ...regions, area, arcs: await arcsOf(regions, strength, watch) };
};
