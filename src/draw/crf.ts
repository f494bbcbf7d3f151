/**
 * Fully connected CRF (Krähenbühl & Koltun, "Efficient inference in fully connected CRFs with Gaussian edge potentials", NeurIPS
 * 2011): every pixel speaks for its own label to every other one, the more the nearer and the more alike in colour they are. Mean
 * field, Potts, kernels normalised symmetrically, as pydensecrf does it.
 */
import type { REFINE } from '../options/draw.ts';
import type { Resolved } from '../options/spec.ts';
import { workSize } from '../regions/regions.ts';
import { areasOf } from '../tensor/ids.ts';
import { axis, reducePicture, resizeLabels } from '../tensor/resize.ts';
import { breathe, inBands } from '../tensor/watch.ts';
import type { LabelMap, RgbImage, Watch } from '../types.ts';
import { createLattice, filterInto, LANES, type Lattice, scratchOf } from './permutohedral.ts';
import { type ScoreMaps, scoreLine } from './score-maps.ts';
import { meanMargin, softmax } from './unary.ts';
import { upsampleGuided } from './upsample.ts';

/** Pixels that are worked at most, times labels: 256 MB of energies and beliefs. And pixels alone, which the lattice takes room for. */
const MOST = { beliefs: 2 ** 25, pixels: 2 ** 20 };

/** Longest side that is worked, pixels, where nothing asks for more: that of the pictures that the widths were published for. */
export const CRF_SIDE = 512;

/** The least probability, as pydensecrf's unary_from_softmax has it. */
const LEAST = 1e-5;

/** Logarithm of a belief, against the strongest, that is none: most are, and numbers near the smallest are slow. */
const FAINT = -30;

/** Numbers that are worked between two pauses. */
const BAND = 2 ** 15;

/** Rounds, widths of the kernels and what they weigh: see options/draw.ts. */
export type CrfSettings = Pick<
  Resolved<typeof REFINE>,
  'iterations' | 'smoothnessSigma' | 'smoothnessWeight' | 'appearanceSigma' | 'colourSigma' | 'appearanceWeight'
>;

/** -log of how probable each label is at each pixel, before the others are asked. */
export interface Energies {
  /** LANES labels of all pixels, then the next: `data[((k / LANES | 0) * pixels + i) * LANES + k % LANES]`. */
  data: Float32Array;
  /** Labels. */
  count: number;
}

/** The size that K labels of a picture are worked at. */
export const crfSize = (picture: { width: number; height: number }, labels: number, side: number): { width: number; height: number } => {
  const { width, height } = workSize(picture, side);
  const by = Math.sqrt(Math.min(1, MOST.pixels / (width * height), MOST.beliefs / (width * height * labels)));
  return workSize(picture, Math.max(1, Math.floor(by * Math.max(width, height))));
};

/**
 * Labels of a picture that are sure to a degree.
 * @param labels of any size; ids are kept, one may vanish
 * @param confidence probability of the given label at each pixel; the others share the rest
 * @returns labels of the picture's size: above `side` worked brought down, then carried up by colours
 */
export const crfOfLabels = async (
  labels: LabelMap,
  picture: RgbImage,
  settings: CrfSettings & { confidence: number },
  side: number,
  watch: Watch,
): Promise<LabelMap> => {
  const ids = [...areasOf(labels).keys()].sort((a, b) => a - b);
  if (ids.length === 1) return allOf(ids[0], picture);
  const small = await reducedTo(picture, crfSize(picture, ids.length, side), watch);
  const energies = await energiesOfLabels(resizeLabels(labels, small), ids, settings.confidence, watch);
  return upsampleGuided(named(await mostProbable(energies, small, settings, watch), small, ids), picture, watch);
};

/**
 * The same of how like each pixel is to each segment: softmax over segments of the upsampled scores, temperature their mean margin.
 * @returns labels of the picture's size
 */
export const crfOfScores = async (scores: ScoreMaps, picture: RgbImage, settings: CrfSettings, side: number, watch: Watch): Promise<LabelMap> => {
  const { ids } = scores;
  if (ids.length === 1) return allOf(ids[0], picture);
  const small = await reducedTo(picture, crfSize(picture, ids.length, side), watch);
  const energies = await energiesOfScores(scores, small, watch);
  return upsampleGuided(named(await mostProbable(energies, small, settings, watch), small, ids), picture, watch);
};

const allOf = (id: number, { width, height }: RgbImage): LabelMap => ({ data: new Int32Array(width * height).fill(id), width, height });

const named = (best: Int32Array, { width, height }: RgbImage, ids: readonly number[]): LabelMap => ({ data: best.map((k) => ids[k]), width, height });

export const reducedTo = async (picture: RgbImage, size: { width: number; height: number }, watch: Watch): Promise<RgbImage> =>
  size.width === picture.width && size.height === picture.height ? picture : reducePicture(picture, size, watch);

const placeOf = (k: number, pixels: number): number => Math.floor(k / LANES) * pixels * LANES + (k % LANES);

const emptyEnergies = (pixels: number, count: number): Energies => ({ data: new Float32Array(Math.ceil(count / LANES) * LANES * pixels), count });

/** -log of `confidence` for the label that is given, of an even share of the rest for the others. */
export const energiesOfLabels = async (labels: LabelMap, ids: readonly number[], confidence: number, watch: Watch): Promise<Energies> => {
  const pixels = labels.data.length;
  const energies = emptyEnergies(pixels, ids.length);
  const { data } = energies;
  const own = -Math.log(confidence);
  const other = -Math.log((1 - confidence) / (ids.length - 1));
  for (const [k, id] of ids.entries())
    await inBands(pixels, BAND, watch, (from, to) => {
      for (let i = from, at = placeOf(k, pixels) + from * LANES; i < to; i++, at += LANES) data[at] = labels.data[i] === id ? own : other;
    });
  return energies;
};

const energiesOfScores = async (scores: ScoreMaps, { width, height }: RgbImage, watch: Watch): Promise<Energies> => {
  const count = scores.ids.length;
  const pixels = width * height;
  const energies = emptyEnergies(pixels, count);
  const columns = axis(scores.width, width);
  const rows = axis(scores.height, height);
  const line = new Float32Array(count * scores.width);
  const shares = new Float64Array(count);
  const by = 1 / Math.max(1e-6, meanMargin(scores));
  await inBands(height, Math.ceil(BAND / (width * count)), watch, (from, to) => {
    for (let y = from; y < to; y++) {
      scoreLine(scores, rows, y, line);
      for (let x = 0; x < width; x++) {
        const w = columns.weight[x];
        for (let k = 0, at = 0; k < count; k++, at += scores.width)
          shares[k] = line[at + columns.first[x]] * (1 - w) + line[at + columns.second[x]] * w;
        softmax(shares, by);
        for (let k = 0; k < count; k++) energies.data[placeOf(k, pixels) + (y * width + x) * LANES] = -Math.log(Math.max(LEAST, shares[k]));
      }
    }
  });
  return energies;
};

/** One of the two Gaussians that pixels speak to each other by. */
interface Kernel {
  lattice: Lattice;
  /** 1 / sqrt of what each pixel hears in all. */
  scale: Float32Array;
  weight: number;
  scratch: Float32Array;
}

/**
 * The most probable label of each pixel after all rounds, by mean field.
 * @param picture of as many pixels as there are energies
 * @returns indices of labels, the first on a tie
 * @throws the signal's reason once aborted
 */
export const mostProbable = async (energies: Energies, picture: RgbImage, settings: CrfSettings, watch: Watch = {}): Promise<Int32Array> => {
  const { count } = energies;
  const pixels = picture.width * picture.height;
  const places = Int32Array.from({ length: count }, (_, k) => placeOf(k, pixels));
  const { iterations } = settings;
  await breathe(watch, 'refine', 0, iterations);
  const kernels = await kernelsOf(picture, settings, watch);
  const beliefs = new Float32Array(energies.data.length);
  const heard = new Float32Array(pixels * LANES);
  await inBands(pixels, Math.ceil(BAND / count), watch, (from, to) => believe(beliefs, energies.data, places, from, to));
  for (let round = 0; round < iterations; round++) {
    for (let at = 0; at < beliefs.length; at += heard.length) {
      const some = beliefs.subarray(at, at + heard.length);
      heard.fill(0);
      for (const { lattice, scale, weight, scratch } of kernels) await filterInto(lattice, some, scale, weight, heard, scratch, watch);
      some.set(heard); // of what these labels were believed to be, nothing is needed any more
    }
    await inBands(pixels, Math.ceil(BAND / count), watch, (from, to) => believe(beliefs, energies.data, places, from, to));
    await breathe(watch, 'refine', round + 1, iterations);
  }
  const best = new Int32Array(pixels);
  await inBands(pixels, Math.ceil(BAND / count), watch, (from, to) => choose(beliefs, places, best, from, to));
  return best;
};

/** Smoothness: nearness alone; appearance: nearness and colour. */
const kernelsOf = async (picture: RgbImage, settings: CrfSettings, watch: Watch): Promise<Kernel[]> => {
  const { smoothnessSigma, smoothnessWeight, appearanceSigma, colourSigma, appearanceWeight } = settings;
  const kernels: Kernel[] = [];
  if (smoothnessWeight > 0) kernels.push(await kernelOf(pointsOf(picture, smoothnessSigma), 2, smoothnessWeight, watch));
  if (appearanceWeight > 0) kernels.push(await kernelOf(pointsOf(picture, appearanceSigma, colourSigma), 5, appearanceWeight, watch));
  return kernels;
};

const kernelOf = async (points: Float32Array, dimensions: number, weight: number, watch: Watch): Promise<Kernel> => {
  const lattice = await createLattice(points, dimensions, watch);
  const scratch = scratchOf(lattice);
  const ones = new Float32Array(lattice.points).fill(1);
  const all = new Float32Array(lattice.points * LANES).fill(1);
  const heard = new Float32Array(lattice.points * LANES);
  await filterInto(lattice, all, ones, 1, heard, scratch, watch);
  return { lattice, scale: ones.map((_, i) => 1 / Math.sqrt(heard[i * LANES] + 1e-20)), weight, scratch };
};

/** Column and row in units of `sigma`, and the colour in units of `colourSigma` where that is given. */
const pointsOf = ({ data, width, height }: RgbImage, sigma: number, colourSigma?: number): Float32Array => {
  const dimensions = colourSigma === undefined ? 2 : 5;
  const points = new Float32Array(width * height * dimensions);
  for (let i = 0, at = 0; i < width * height; i++) {
    points[at++] = (i % width) / sigma;
    points[at++] = Math.floor(i / width) / sigma;
    if (colourSigma !== undefined) for (let c = 0; c < 3; c++) points[at++] = data[i * 3 + c] / colourSigma;
  }
  return points;
};

/** What was heard of each label less its energy, as probabilities, in place. @param places of the labels at the first pixel */
const believe = (beliefs: Float32Array, energies: Float32Array, places: Int32Array, from: number, to: number): void => {
  const count = places.length;
  for (let i = from * LANES; i < to * LANES; i += LANES) {
    let top = -Infinity;
    for (let k = 0; k < count; k++) {
      const at = places[k] + i;
      beliefs[at] -= energies[at];
      if (beliefs[at] > top) top = beliefs[at];
    }
    let total = 0;
    for (let k = 0; k < count; k++) {
      const at = places[k] + i;
      const below = beliefs[at] - top;
      beliefs[at] = below > FAINT ? Math.exp(below) : 0;
      total += beliefs[at];
    }
    for (let k = 0; k < count; k++) beliefs[places[k] + i] /= total;
  }
};

/** Indices of the labels that are believed most, the first on a tie. */
const choose = (beliefs: Float32Array, places: Int32Array, best: Int32Array, from: number, to: number): void => {
  for (let i = from; i < to; i++) {
    let most = -Infinity;
    for (let k = 0; k < places.length; k++) {
      const belief = beliefs[places[k] + i * LANES];
      if (belief > most) {
        most = belief;
        best[i] = k;
      }
    }
  }
};
