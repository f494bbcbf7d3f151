/** The segments of a picture, kept between runs: a folder a picture, below that of the results. */
import { readFile } from 'node:fs/promises';
import { basename, dirname, join, posix } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { contentOf, type Failure, type Naming, type Picture } from '../jobs/inputs-node.ts';
import { ledgerReader, type Mark } from '../jobs/ledger-node.ts';
import { checkFolder } from '../jobs/outputs-node.ts';
import { jobOf } from '../jobs/plan-node.ts';
import { isObject, parseJson } from '../json.ts';
import type { Work } from '../lanes/lanes.ts';
import { checkSet, writeSet } from '../sets/write-node.ts';
import { textIfThere } from '../system-errors-node.ts';
import {
  type CONCEPTS,
  type Content,
  DEFAULT_ENCODER,
  decodeLabelPng,
  type ENCODER,
  type Encoder,
  type Given,
  indexedPngPieces,
  isRuns,
  type JOBS,
  type Known,
  type LabelMap,
  openPicture,
  type Placed,
  type READING,
  readNpy,
  reduceRuns,
  type SegmentVectors,
  segmentFile,
  segmentVectors,
  writeNpy,
} from '../toolkit.ts';
import { VERSION } from '../version-node.ts';
import { encoderOptionsOf } from './files.ts';
import { readingOptionsOf } from './options.ts';

/** What `concepts` takes on the command line. */
export interface ConceptsOptions extends Given<typeof CONCEPTS>, Given<typeof ENCODER>, Given<typeof READING>, Pick<Given<typeof JOBS>, 'jobs'> {
  encoder?: string;
  output: string;
  together?: boolean;
  assign?: string;
  reference?: string;
  point?: [number, number][];
  recursive?: boolean;
  name?: Naming;
  overwrite?: boolean;
  durable?: boolean;
  json?: boolean;
  quiet?: boolean;
  verbose?: boolean;
}

export const readingOf = (options: ConceptsOptions): Given<typeof READING> => readingOptionsOf({ ...options });

/** Options that say how the work is done, not what comes out. */
const INDIFFERENT = ['threads', 'device', 'worker', 'cacheFeatures', 'maxPixels', 'maxBytes', 'timeout', 'allowPrivate'];

/** What a picture's segments hang on besides the picture. */
export const askedOf = (options: ConceptsOptions): Record<string, unknown> => {
  const { encoder = DEFAULT_ENCODER } = options;
  const given = Object.entries({ ...readingOf(options), ...encoderOptionsOf({ ...options }) });
  return { encoder, version: VERSION, ...Object.fromEntries(given.filter(([name, value]) => value !== undefined && !INDIFFERENT.includes(name))) };
};

/** A picture, and where its files go. */
export interface PictureJob {
  picture: Picture;
  mark: Mark;
  /** The folder of its segments. */
  folder: string;
  /** Its label map, below the folder of all. */
  labels: string;
}

/** What is known of a picture's segments: plain data. */
export interface Segmented {
  vectors: SegmentVectors;
  /** Of the picture's area, by id. */
  shares: number[];
}

/** A picture's segments. */
export interface Kept extends Segmented {
  job: PictureJob;
  /** Where they are. */
  map(): Promise<LabelMap>;
}

/** A run, and what failed in it so far. */
export interface Run {
  options: ConceptsOptions;
  failures: Failure[];
  signal: AbortSignal;
  /** Opened when it is first asked for. */
  encoder: { readonly opened: Encoder | undefined; get(): Promise<Encoder>; dispose(): Promise<void> };
}

/** The segments of all pictures, the concepts that there are, and which each segment is of. */
export interface Findings {
  pictures: Kept[];
  known: Known[];
  placed: Placed;
  /** What a concept had to explain, where that was asked for or nothing was. */
  price?: number | undefined;
}

/** Of no picture. */
export const NONE: Findings = { pictures: [], known: [], placed: { of: new Int32Array(0), cosine: new Float32Array(0) } };

/** Where the label maps of all pictures are, and the folders of segments. */
export const LABELS = 'labels';
export const SEGMENTS = 'segments';
const FILES = { labels: 'segments.png', vectors: 'vectors.npy', about: 'segments.json' } as const;

export const pictureJob = async (picture: Picture, output: string, asked: Record<string, unknown>): Promise<PictureJob> => {
  const { mark, stem } = await jobOf(picture, { folder: output }, ['labels'], asked);
  return { picture, mark, folder: join(output, SEGMENTS, picture.folder, stem), labels: posix.join(LABELS, picture.folder, `${stem}.png`) };
};

const readSegmentMap = async ({ folder }: PictureJob): Promise<LabelMap> =>
  decodeLabelPng(await readFile(join(folder, FILES.labels)), JSON.stringify(join(folder, FILES.labels)));

/** What an earlier run kept; undefined where there is nothing, of another picture or encoder, or nothing that can be read. */
export const keptSegments = async (job: PictureJob): Promise<Kept | undefined> => {
  const text = await textIfThere(join(job.folder, FILES.about));
  if (text === undefined) return undefined;
  try {
    const about = parseJson(text);
    if (!isObject(about) || !isDeepStrictEqual(about.mark, job.mark) || !Array.isArray(about.shares)) return undefined;
    const { shape, data } = readNpy(await readFile(join(job.folder, FILES.vectors)), FILES.vectors);
    const [count, channels] = shape;
    if (!(data instanceof Float32Array) || count !== about.shares.length || data.length !== count * channels) return undefined;
    await readSegmentMap(job);
    return keptOf(job, { vectors: { data, count, channels }, shares: about.shares });
  } catch {
    return undefined; // made again, and written only where what is there is ours
  }
};

export const keptOf = (job: PictureJob, segmented: Segmented): Kept => ({ job, ...segmented, map: () => readSegmentMap(job) });

/** Before the work for them. @throws InputError where something of others is in the place of a picture's segments */
export const checkSegments = async (jobs: readonly PictureJob[], { output, overwrite }: ConceptsOptions): Promise<void> => {
  const ledgerOf = ledgerReader();
  const checked = new Set([output]);
  const checkFolders = async (folder: string): Promise<void> => {
    if (checked.has(folder)) return;
    checked.add(folder);
    await checkFolders(dirname(folder));
    await checkFolder(folder);
  };
  for (const job of jobs) {
    await checkFolders(dirname(job.folder));
    const error = await checkSet(job.folder, { overwrite, isFolder: true, mark: job.mark }, ledgerOf).catch((reason: unknown) => reason);
    if (error && !(await keptSegments(job))) throw error; // a copy of what we wrote is as good
  }
};

/** A picture to be segmented: plain data. */
export interface SegmentTask extends Pick<ConceptsOptions, 'overwrite' | 'durable'> {
  job: PictureJob;
  reading: Given<typeof READING>;
}

/** Segments a picture and keeps what comes out. @throws InputError for a picture that cannot be read, or a folder that is not ours */
export const segmentTask: Work<SegmentTask, Segmented> = async ({ job, reading, ...options }, encoder, { signal, onProgress }) => {
  const where = { ...options, isFolder: true, mark: job.mark };
  await checkSet(job.folder, where);
  const file = await openPicture(await contentOf(job.picture, reading, signal), { ...reading, signal });
  const { labels, segments, features, picture } = await segmentFile(file, { encoder, signal, onProgress });
  const vectors = await segmentVectors(isRuns(labels) ? reduceRuns(labels, picture) : labels, features, { signal });
  const shares = segments.map(({ area }) => Number((area / (file.width * file.height)).toPrecision(4)));
  const files: [string, Content][] = [
    [FILES.labels, indexedPngPieces(labels)],
    [FILES.vectors, writeNpy(vectors.data, [vectors.count, vectors.channels])],
    [FILES.about, new TextEncoder().encode(`${JSON.stringify({ mark: job.mark, shares })}\n`)],
  ];
  const contents = async function* () {
    for (const [path, content] of files) yield { path, content };
  };
  onProgress?.('write', 0, 1);
  await writeSet(job.folder, contents(), { ...where, signal: signal as AbortSignal });
  return { vectors, shares };
};

/** The name of a picture, for those who read: below the argument that named it. */
export const titleOf = ({ picture }: PictureJob): string => posix.join(picture.folder, basename(picture.path));

/** Every picture, and another one that would have the same files. */
export const apart = (jobs: readonly PictureJob[]): [job: PictureJob, other: PictureJob | undefined][] => {
  const keyOf = ({ folder }: PictureJob): string => join(dirname(folder), basename(folder)).toLowerCase(); // of one name on some drives
  const owners = new Map<string, PictureJob[]>();
  for (const job of jobs) owners.set(keyOf(job), [...(owners.get(keyOf(job)) ?? []), job]);
  return jobs.map((job) => [job, owners.get(keyOf(job))?.find((one) => one !== job)]);
};
