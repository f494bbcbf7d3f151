/**
 * Semantic coherence of encoders on a labelled data set: how well the cosine between the features of two pixels tells
 * whether they are of one class.
 *
 *   masks ─ points ─ pairs ──────────────────┐
 *   pictures ─ encoder after encoder ─ features at the points ─ cosines ─ areas, intervals
 */
import { resolve } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import type * as Library from '../../toolkit.ts';
import { check, type ENCODER, type Encoder, expected, type Given, InputError, type OptionSpec, SEGMENT, type Watch } from '../../toolkit.ts';
import { type ClassTable, DATASETS, type DatasetOptions, type DatasetRow, type Item, resolveItems } from '../datasets.ts';
import { filesOf, readPair } from '../disk.ts';
import { eachPicture } from '../run.ts';
import { checkEvaluation, datasetOptions, encoderOptions } from '../settings.ts';
import { drawRounds, ROUNDS } from './bootstrap.ts';
import { type ClassDraws, drawPairs } from './pairs.ts';
import { gatherSample, type Picked, pickPoints, type Sample } from './sample.ts';
import { cosineOf, nearnessOf, type Scores, scoreDraws, scoresOf } from './score.ts';

/** What is measured, on what. */
export interface CoherenceOptions extends DatasetOptions, Watch, Given<typeof ENCODER> {
  dataset: string;
  /** Names that `openEncoder` takes; the default one where none is given. */
  encoders?: readonly string[];
  /** Only the first so many pictures. */
  limit?: number;
  /** Of all that is drawn: points, pairs, rounds. 0 where not given. */
  seed?: number;
  /** Of the intervals; 1000 where not given. */
  rounds?: number;
  /** Told of every picture that an encoder has finished, and of those that are left out. */
  onPicture?: (done: number, total: number, what: string, problem?: string) => void;
}

/** The library's functions that are run; a test may give its own. */
export type CoherenceStages = Pick<
  typeof Library,
  'decodeImage' | 'decodeLabelPng' | 'DEFAULT_ENCODER' | 'openEncoder' | 'sampleFeatures' | 'shareOptions'
>;

/** What came out of an encoder. */
export interface EncoderCoherence extends Scores {
  name: string;
  /** What has to be known before its figures are quoted. */
  note: string;
}

/** What came out. */
export interface Coherence {
  dataset: string;
  seed: number;
  background: number | null;
  /** Names of the mask's values, where the set has them. */
  names?: readonly string[] | undefined;
  /** Options of the encoders that were given. */
  given: Given<typeof ENCODER>;
  /** Pictures that counted: read, and encoded by every encoder. */
  pictures: number;
  failed: { id: string; problem: string }[];
  /** Points of the set, and of a class in a picture at most. */
  points: number;
  pointsPerClass: number;
  /** Draws of pictures behind the intervals. */
  rounds: number;
  encoders: EncoderCoherence[];
  /** What the pixels' places alone give, by the same pairs. */
  place: Scores;
}

const SEED: OptionSpec<number> = {
  default: 0,
  wanted: `a whole number from 0 to ${2 ** 32 - 1}`,
  accepts: (v) => Number.isInteger(v) && (v as number) >= 0 && (v as number) < 2 ** 32,
  help: 'of all that is drawn: points, pairs, rounds',
};

/** Where a set leaves the classes to the caller, any value is one. */
const ANY_CLASS = 65_535;

/**
 * What can be said of the options before anything is opened.
 * @throws InputError as for an evaluation, for a set without classes, a seed out of range or an empty list of encoders
 */
export const checkCoherence = (options: CoherenceOptions): { row: DatasetRow; table: ClassTable; seed: number } => {
  const { dataset, classes, encoders, seed = SEED.default } = options;
  const open = Object.hasOwn(DATASETS, dataset) && DATASETS[dataset].needs.includes('classes');
  const { row, table } = checkEvaluation({ ...options, classes: classes ?? (open ? ANY_CLASS : undefined) });
  if (!table) throw new InputError(`The dataset ${dataset} has regions without classes: give another dataset`);
  check(SEED, 'seed', seed);
  if (encoders?.length === 0) throw expected('one encoder at least', 'encoders', encoders);
  return { row, table, seed };
};

interface Job {
  stages: CoherenceStages;
  options: CoherenceOptions;
  sample: Sample;
  /** The pictures of the sample. */
  items: readonly Item[];
}

const encodersOf = ({ encoders }: CoherenceOptions, { DEFAULT_ENCODER }: CoherenceStages): string[] => [...new Set(encoders ?? [DEFAULT_ENCODER])];

const opened = async <T>({ stages, options }: Pick<Job, 'stages' | 'options'>, name: string, use: (encoder: Encoder) => Promise<T>): Promise<T> => {
  const all = encodersOf(options, stages);
  const own = (await stages.shareOptions(all, encoderOptions(options)))[all.indexOf(name)];
  const encoder = await stages.openEncoder(name, own);
  try {
    return await use(encoder);
  } finally {
    await encoder.dispose();
  }
};

/** Opens every encoder once: an hour of encoding with the first is not for finding that the second is not there. */
const checkEncoders = async (job: Pick<Job, 'stages' | 'options'>, names: readonly string[]): Promise<void> => {
  if (names.length > 1) for (const name of names) await opened(job, name, async () => {});
};

interface PickedPicture {
  item: Item;
  width: number;
  height: number;
  picked: Picked;
}

/** Reads every picture with its mask; those that cannot be used are known before any encoder starts. */
const readSet = async (items: readonly Item[], { stages, options }: Pick<Job, 'stages' | 'options'>, table: ClassTable, seed: number) => {
  const { signal, onPicture } = options;
  const pictures: PickedPicture[] = [];
  const { failed } = await eachPicture<PickedPicture, PickedPicture>(items, {
    measure: async (item) => {
      const { image, masks } = await readPair(stages, item);
      return { item, width: image.width, height: image.height, picked: pickPoints(masks[0], table, item.id, seed) };
    },
    keep: (picture) => picture,
    take: (picture) => pictures.push(picture),
    signal,
    onPicture: (done, total, id, problem) => problem !== undefined && onPicture?.(done, total, id, problem),
  });
  return { pictures, failed };
};

/** Features at the points of each picture, points x channels; undefined for one that was left out, by this encoder or before. */
const featuresOf = async (encoder: Encoder, { stages, options, sample, items }: Job, lost: readonly Coherence['failed'][number][]) => {
  const { signal, onPicture } = options;
  const left = items.filter(({ id }) => !lost.some((other) => other.id === id));
  const numbers = new Map(items.map(({ id }, picture) => [id, picture]));
  const features: (Float32Array | undefined)[] = items.map(() => undefined);
  const { failed } = await eachPicture<[number, Float32Array], [number, Float32Array]>(left, {
    measure: async ({ id, imagePath }) => {
      const picture = numbers.get(id) as number;
      const { points, width, height } = sample.pictures[picture];
      if (points.length === 0) return [picture, new Float32Array(0)];
      const image = await stages.decodeImage(resolve(imagePath), { maxPixels: SEGMENT.maxPixels.default });
      return [picture, stages.sampleFeatures(await encoder.encode(image, { signal }), { width, height }, points)];
    },
    keep: (found) => found,
    take: ([picture, found]) => {
      features[picture] = found;
    },
    signal,
    onPicture: (done, total, id, problem) => onPicture?.(done, total, `${encoder.name} ${id}`, problem),
  });
  return { features, failed };
};

/** An encoder, and the likeness of all pairs by its features. */
interface Encoded {
  name: string;
  note: string;
  scores: Float64Array[];
}

/** Encoder after encoder. What one fails on, those after it are not asked about. */
const encodeAll = async (job: Job, names: readonly string[], draws: readonly ClassDraws[]) => {
  const encoded: Encoded[] = [];
  const lost: Coherence['failed'] = [];
  for (const given of names) {
    await opened(job, given, async (encoder) => {
      const { features, failed } = await featuresOf(encoder, job, lost);
      const name = encoded.some((other) => other.name === encoder.name) ? given : encoder.name;
      encoded.push({ name, note: encoder.row.note, scores: scoreDraws(draws, cosineOf(job.sample, features)) });
      lost.push(...failed.map(({ id, problem }) => ({ id, problem: `${name}: ${problem}` })));
    });
  }
  return { encoded, lost };
};

/**
 * Measures encoders on the same points and pairs of a data set. A picture that cannot be read, or that one of the
 * encoders fails on, is reported, left out for all of them and listed in `failed`.
 * @param stages the library's own functions
 * @throws InputError for options out of range, a set that is not whole, or an encoder that cannot be opened
 */
export const evaluateCoherence = async (options: CoherenceOptions, stages: CoherenceStages): Promise<Coherence> => {
  const { row, table, seed } = checkCoherence(options);
  const items = (await resolveItems(row, datasetOptions(options), filesOf(options.signal))).slice(0, options.limit);
  const names = encodersOf(options, stages);
  await checkEncoders({ stages, options }, names);
  const { pictures, failed } = await readSet(items, { stages, options }, table, seed);
  const sample = gatherSample(pictures);
  const draws = drawPairs(sample, seed, table.background);
  const { encoded, lost } = await encodeAll({ stages, options, sample, items: pictures.map(({ item }) => item) }, names, draws);

  const counts = pictures.map(({ item }) => !lost.some(({ id }) => id === item.id));
  const rounds = drawRounds(counts, seed, options.rounds ?? ROUNDS);
  const breathe = async (): Promise<void> => {
    await setImmediate();
    options.signal?.throwIfAborted();
  };
  const encoders: EncoderCoherence[] = [];
  for (const { name, note, scores } of encoded) encoders.push({ name, note, ...(await scoresOf(draws, scores, sample, rounds, breathe)) });
  return {
    dataset: options.dataset,
    seed,
    background: table.background ?? null,
    names: table.names,
    given: encoderOptions(options),
    pictures: counts.filter(Boolean).length,
    failed: [...failed, ...lost],
    points: sample.pictureOf.length,
    pointsPerClass: sample.pointsPerClass,
    rounds: rounds.length - 1,
    encoders,
    place: await scoresOf(draws, scoreDraws(draws, nearnessOf(sample)), sample, rounds, breathe),
  };
};
