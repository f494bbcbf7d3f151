/** What is written for a picture: one row a format. */
import { mkdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import {
  cutout,
  drawOverlay,
  encodeAllRles,
  encodeIndexedPng,
  encodeJpeg,
  encodePng,
  InputError,
  type LabelMap,
  maskOf,
  type RgbImage,
  type Segment,
  segmentPalette,
  writeNpy,
  writeWhole,
} from '../toolkit.ts';
import type { Picture } from './inputs.ts';

/** A segmented picture. */
export interface Made {
  image: RgbImage;
  labels: LabelMap;
  segments: Segment[];
  /** What the JSON holds. */
  record: object;
}

/** Ends of a name, and its content: one file, or a folder of numbered ones. */
type Format =
  | { suffix: string; bytes(made: Made): Uint8Array | Promise<Uint8Array> }
  | { suffix: string; each(made: Made, segment: Segment): Promise<Uint8Array> };

const listText = (values: readonly unknown[]): string =>
  values.length === 0 ? '[]' : `[\n${values.map((value) => `    ${JSON.stringify(value)}`).join(',\n')}\n  ]`;

/** JSON to be read by people too: a member a line, and a line a segment. */
const recordText = (record: object): string => {
  const members = Object.entries(record).filter(([, value]) => value !== undefined);
  const lines = members.map(([name, value]) => `  ${JSON.stringify(name)}: ${name === 'segments' ? listText(value) : JSON.stringify(value)}`);
  return `{\n${lines.join(',\n')}\n}`;
};

const textBytes = (text: string): Uint8Array => new TextEncoder().encode(`${text}\n`);

/** COCO annotations without categories: `[{ id, area, bbox, segmentation: { size: [height, width], counts } }]`. */
const rleRecords = async ({ labels, segments }: Made): Promise<object[]> => {
  const rles = await encodeAllRles(labels);
  return segments.map(({ id, area, boxXYWH }) => ({ id, area, bbox: boxXYWH, segmentation: rles.get(id) }));
};

export const FORMATS: Record<string, Format> = {
  labels: { suffix: '.png', bytes: ({ labels }) => encodeIndexedPng(labels, segmentPalette(256)) },
  overlay: { suffix: '.overlay.jpg', bytes: async ({ image, labels }) => encodeJpeg(await drawOverlay(image, labels)) },
  npy: { suffix: '.npy', bytes: ({ labels }) => writeNpy(labels.data, [labels.height, labels.width]) },
  rle: { suffix: '.rle.json', bytes: async (made) => textBytes(listText(await rleRecords(made))) },
  masks: { suffix: '.masks', each: ({ labels }, { id }) => encodePng(maskOf(labels, id)) },
  cutouts: { suffix: '.cutouts', each: ({ image, labels }, segment) => encodePng(cutout(image, labels, segment)) },
  json: { suffix: '.json', bytes: ({ record }) => textBytes(recordText(record)) },
};

export const DEFAULT_FORMATS = ['labels', 'overlay', 'json'];

/** A picture and where its outputs go. */
export interface Job {
  picture: Picture;
  outputs: { path: string; format: Format }[];
}

/** Where all formats of a picture go, below the folder `output`; in the table's order, so that the JSON is written last. */
export const jobOf = (picture: Picture, output: string, formats: readonly string[]): Job => ({
  picture,
  outputs: Object.keys(FORMATS)
    .filter((name) => formats.includes(name))
    .map((name) => ({ path: join(output, picture.folder, `${picture.stem}${FORMATS[name].suffix}`), format: FORMATS[name] })),
});

/** Two names are one file where the file system looks away from case and accents' spelling. */
const sameFile = (path: string): string =>
  process.platform === 'win32' || process.platform === 'darwin' ? resolve(path).normalize().toLowerCase() : resolve(path);

/** @throws InputError where two pictures would be written to one file, or one over a picture that is read */
export const checkCollisions = (jobs: readonly Job[]): void => {
  const inputs = new Map(jobs.map(({ picture }) => [sameFile(picture.path), picture]));
  const taken = new Map<string, Picture>();
  for (const { picture, outputs } of jobs) {
    for (const { path } of outputs) {
      const key = sameFile(path);
      const other = taken.get(key);
      if (other) {
        throw new InputError(
          `${JSON.stringify(other.path)} and ${JSON.stringify(picture.path)} would both be written to ${JSON.stringify(path)}: rename one, or use another folder with -o`,
        );
      }
      if (inputs.has(key))
        throw new InputError(`${JSON.stringify(path)} is a picture to be read and would be written over: use another folder with -o`);
      taken.set(key, picture);
    }
  }
};

const isFolder = (path: string): Promise<boolean> =>
  stat(path).then(
    (there) => there.isDirectory(),
    () => false,
  );

const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );

/** The job's outputs that are there already. */
export const existingOutputs = async ({ outputs }: Job): Promise<string[]> => {
  const found: string[] = [];
  for (const { path } of outputs) if (await exists(path)) found.push(path);
  return found;
};

/** Step by step: Node's own `recursive` never ends where the system calls a new folder missing, as in /proc. */
const makeFolders = async (path: string): Promise<void> => {
  if (await isFolder(path)) return;
  if (dirname(path) !== path) await makeFolders(dirname(path));
  await mkdir(path).catch(async (error) => {
    if (!(await isFolder(path))) throw error; // another process may have made it
  });
};

const FOLDER_REASONS: Record<string, string> = {
  EEXIST: 'a file is in its place',
  ENOTDIR: 'a file is in its place',
  EACCES: 'the one above it may not be written',
  EPERM: 'the one above it may not be written',
  EROFS: 'its device is read-only',
  ENOSPC: 'its device is full',
};

/** Makes a folder and those above it. @throws InputError with one sentence */
export const makeFolder = async (path: string): Promise<void> => {
  try {
    await makeFolders(path);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const reason = FOLDER_REASONS[code ?? ''] ?? message;
    throw new InputError(`The folder ${JSON.stringify(path)} could not be made (${reason}): choose another with -o`);
  }
};

/** Writes a folder whole or not at all: under a temporary name, then renamed; replaces the one that is there. */
const writeFolder = async (
  path: string,
  made: Made,
  each: (made: Made, segment: Segment) => Promise<Uint8Array>,
  signal: AbortSignal,
): Promise<void> => {
  const temporary = `${path}.${process.pid}.tmp`;
  try {
    await makeFolder(temporary);
    for (const segment of made.segments) {
      signal.throwIfAborted();
      await writeWhole(join(temporary, `${String(segment.id).padStart(3, '0')}.png`), await each(made, segment));
    }
    await rm(path, { recursive: true, force: true });
    await rename(temporary, path);
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
};

/** Writes all outputs of a job, each whole or not at all. */
export const writeOutputs = async ({ outputs }: Job, made: Made, signal: AbortSignal): Promise<void> => {
  for (const { path, format } of outputs) {
    signal.throwIfAborted();
    await makeFolder(dirname(path));
    if ('each' in format) await writeFolder(path, made, format.each, signal);
    else await writeWhole(path, await format.bytes(made));
  }
};
