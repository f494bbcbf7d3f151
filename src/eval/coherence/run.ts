/**
 * Semantic coherence of encoders on a labelled data set: how well the cosine between the features of two pixels tells
 * whether they are of one class.
 *
 *   masks ─ points ─ pairs ──────────────────┐
 *   pictures ─ encoder after encoder ─ features at the points ─ cosines ─ areas, intervals
 */
import { resolve } from 'node:path';
import type * as Library from '../../toolkit.ts';
import {
  check,
  type ENCODER,
  type Encoder,
  encoderOptionsOf,
  expected,
  type Given,
  InputError,
  type OptionSpec,
  SEGMENT,
  type Watch,
} from '../../toolkit.ts';
import { ROUNDS } from '../bootstrap.ts';
import { DATASETS, type Item, resolveItems } from '../datasets.ts';
import { filesOf, type OpenLedger, openLedger, readPair } from '../disk.ts';
import { eachPicture } from '../each-picture.ts';
import type { Settings } from '../ledger.ts';
import type { ClassTable, DatasetOptions, DatasetRow } from '../sets/row.ts';
import { checkEvaluation, datasetOptions, NUMBERS, runSettings } from '../settings.ts';
import { partOf } from '../shard.ts';
import { type Coherence, coherenceOf, type Look } from './figures.ts';
import { type CoherenceLine, coherenceForm, ofFirst, type PickedPicture, type PointFeatures } from './lines.ts';
import { pickPoints, pointsOf } from './sample.ts';

/** What is measured, on what. */
export interface CoherenceOptions extends DatasetOptions, Watch, Given<typeof ENCODER> {
  dataset: string;
  /** Names that `openEncoder` takes; the default one where none is given. */
  encoders?: readonly string[];
  /** Only the first so many pictures. */
  limit?: number;
  /** `i/n`: of these only every n-th, from the i-th on; `eval merge` puts the files of all shards together. */
  shard?: string;
  /** File that remembers points and features of finished pictures. */
  resume?: string;
  /** Finished pictures outlast a loss of power. */
  durable?: boolean;
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
  'decodeImage' | 'decodeLabelPng' | 'DEFAULT_ENCODER' | 'describeEncoder' | 'openEncoder' | 'sampleFeatures' | 'shareOptions'
>;

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
  ledger: OpenLedger<CoherenceLine>;
}

const askedFor = ({ encoders }: CoherenceOptions, { DEFAULT_ENCODER }: CoherenceStages): string[] => [...new Set(encoders ?? [DEFAULT_ENCODER])];

const opened = async <T>({ stages, options }: Pick<Job, 'stages' | 'options'>, asked: string, use: (encoder: Encoder) => Promise<T>): Promise<T> => {
  const all = askedFor(options, stages);
  const own = (await stages.shareOptions(all, encoderOptionsOf(options)))[all.indexOf(asked)];
  const encoder = await stages.openEncoder(asked, { ...own, signal: options.signal });
  try {
    return await use(encoder);
  } finally {
    await encoder.dispose();
  }
};

/** Opens every encoder once: an hour of encoding with the first is not for finding that the second is not there. */
const checkEncoders = async (job: Pick<Job, 'stages' | 'options'>, all: readonly string[]): Promise<void> => {
  if (all.length > 1) for (const asked of all) await opened(job, asked, async () => {});
};

/** What encoders are called and what has to be known of them; of several with one name the later ones as they were asked for. */
const describeAll = async (all: readonly string[], { describeEncoder }: CoherenceStages) => {
  const rows = await Promise.all(all.map((asked) => describeEncoder(asked)));
  const isFirst = (name: string, i: number): boolean => rows.findIndex((row) => row.name === name) === i;
  return { encoders: rows.map(({ name }, i) => (isFirst(name, i) ? name : all[i])), notes: rows.map(({ note }) => note) };
};

/** Everything that changes a figure. */
const coherenceSettings = async (options: CoherenceOptions, stages: CoherenceStages, table: ClassTable, seed: number): Promise<Settings> => ({
  ...runSettings('coherence', options),
  classes: table.classes,
  background: table.background ?? null,
  ignore: table.ignore,
  ...(await describeAll(askedFor(options, stages), stages)),
  ...(Object.fromEntries(NUMBERS.map((key) => [key, options[key] ?? null])) as Settings),
  seed,
  rounds: options.rounds ?? ROUNDS,
});

/** Reads every picture with its mask; those that cannot be used are known before any encoder starts. */
const readSet = async (items: readonly Item[], { stages, options, ledger }: Job, table: ClassTable, seed: number) => {
  const { signal, onPicture } = options;
  const pictures: PickedPicture[] = [];
  const { failed } = await eachPicture<PickedPicture, PickedPicture>(items, {
    known: ({ id, at }) => ledger.known({ id, at }) as PickedPicture | undefined,
    measure: async (item) => {
      const { image, masks } = await readPair(stages, item);
      const { id, at } = item;
      return { id, at, width: image.width, height: image.height, picked: pickPoints(masks[0], table, id, seed) };
    },
    keep: async (picture) => {
      await ledger.add(picture);
      return picture;
    },
    lose: ledger.add,
    take: (picture) => pictures.push(picture),
    signal,
    onPicture: (done, total, id, problem) => problem !== undefined && onPicture?.(done, total, id, problem),
  });
  return { pictures, failed };
};

/** Looks at pictures of the set with an open encoder. */
const lookWith =
  (encoder: Encoder, items: readonly Item[], { stages, options, ledger }: Job): Look =>
  async (name, pictures, most) => {
    const { signal, onPicture } = options;
    const byId = new Map(pictures.map((picture) => [picture.id, picture]));
    const features = new Map<string, Float32Array>();
    const { failed } = await eachPicture<PointFeatures, PointFeatures>(
      items.filter(({ id }) => byId.has(id)),
      {
        known: ({ id, at }) => ledger.known({ id, at, encoder: name }) as PointFeatures | undefined,
        measure: async ({ id, at, imagePath }) => {
          const { picked, width, height } = byId.get(id) as PickedPicture;
          if (picked.size === 0) return { id, at, encoder: name, features: new Float32Array(0) };
          const image = await stages.decodeImage(resolve(imagePath), { maxPixels: SEGMENT.maxPixels.default });
          const found = await encoder.encode(image, { signal });
          return { id, at, encoder: name, features: stages.sampleFeatures(found, { width, height }, pointsOf(picked, width)) };
        },
        keep: async (found) => {
          await ledger.add(found);
          return found;
        },
        lose: ({ id, at, problem }) => ledger.add({ id, at, encoder: name, problem }),
        take: (found) => features.set(found.id, ofFirst(found, byId.get(found.id) as PickedPicture, most)),
        signal,
        onPicture: (done, total, id, problem) => onPicture?.(done, total, `${encoder.name} ${id}`, problem),
      },
    );
    return { features, failed };
  };

/**
 * Measures encoders on the same points and pairs of a data set. A picture that cannot be read, or that one of the
 * encoders fails on, is reported, left out for all of them and listed in `failed`.
 * @param stages the library's own functions
 * @throws InputError for options out of range, a set that is not whole, an encoder that cannot be opened, or a resume
 *   file of another run
 */
export const evaluateCoherence = async (options: CoherenceOptions, stages: CoherenceStages): Promise<Coherence> => {
  const { row, table, seed } = checkCoherence(options);
  const { items, told } = partOf(await resolveItems(row, datasetOptions(options), filesOf(options.signal)), options);
  const all = askedFor(options, stages);
  await checkEncoders({ stages, options }, all);
  const settings: Settings = { ...(await coherenceSettings(options, stages, table, seed)), ...told };
  const job: Job = { stages, options, ledger: await openLedger(options.resume, { settings }, coherenceForm, options.durable) };
  const set = await readSet(items, job, table, seed);
  const asked = new Map((settings.encoders as string[]).map((name, i) => [name, all[i]]));
  const look: Look = (name, ...given) => opened(job, asked.get(name) as string, (encoder) => lookWith(encoder, items, job)(name, ...given));
  return coherenceOf(settings, set, look, options.signal);
};
