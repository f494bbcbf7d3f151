/** What an evaluation reads and writes: pictures with their masks, predictions, and the file of finished pictures. */
import { open, readdir, truncate, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { makeFolders } from '../disk-node.ts';
import { readInput } from '../pipes-node.ts';
import { isFile, isFolder, notRead, notWritten, readIfThere, textIfThere } from '../system-errors-node.ts';
import type * as Library from '../toolkit.ts';
import { InputError, type LabelMap, type RgbImage, SEGMENT, writeWhole } from '../toolkit.ts';
import { type Files, type Item, MAT } from './datasets.ts';
import { type Failure, type Form, type Head, headLine, isFailure, keyOf, type Line, lineOf, readLedger } from './ledger.ts';
import { segmentationsFromMat } from './sets/mat.ts';
import { mapValues } from './sets/values.ts';
import type { EvaluateOptions } from './settings.ts';

/** What went wrong, in words. */
export const reason = (error: unknown): string => (error instanceof Error ? error.message : String(error));

const reading = <T>(path: string, work: Promise<T>): Promise<T> =>
  work.catch((error: unknown) => {
    throw notRead(path, error);
  });

const writing = <T>(path: string, work: () => Promise<T>): Promise<T> =>
  work().catch((error: unknown) => {
    throw notWritten(path, error, 'choose another place for it');
  });

export const filesOf = (signal?: AbortSignal): Files => ({
  names: (folder, deep = false) => reading(folder, readdir(folder, { recursive: deep })),
  isFolder,
  text: async (path) => new TextDecoder('utf-8', { ignoreBOM: true }).decode(await readInput(path, 'a list', signal)),
});

/** A picture and its masks, in the set's classes. @throws InputError for one that cannot be read, or a mask of another size or set */
export const readPair = async (
  { decodeImage, decodeLabelPng }: Pick<typeof Library, 'decodeImage' | 'decodeLabelPng'>,
  { imagePath, maskPaths, values }: Item,
): Promise<{ image: RgbImage; masks: LabelMap[] }> => {
  const image = await decodeImage(resolve(imagePath), { maxPixels: SEGMENT.maxPixels.default });
  const masks: LabelMap[] = [];
  for (const path of maskPaths) {
    const bytes = await readInput(path, 'a mask');
    for (const mask of MAT.test(path) ? segmentationsFromMat(bytes, path) : [await decodeLabelPng(bytes, path)]) {
      if (mask.width !== image.width || mask.height !== image.height)
        throw new InputError(`The mask ${path} has ${mask.width} x ${mask.height} pixels, its picture ${image.width} x ${image.height}`);
      masks.push(values.reduce((labels, map) => mapValues(labels, map, path), mask));
    }
  }
  return { image, masks };
};

export const predictionPath = (folder: string, id: string): string => join(folder, `${id}.npy`);

export const hasPrediction = (folder: string, id: string): Promise<boolean> => isFile(predictionPath(folder, id));

const thereAlready = (path: string): InputError =>
  new InputError(`${JSON.stringify(path)} exists: --overwrite replaces it, or give another folder with --save`);

/** @throws InputError where one of the predictions is there, before hours of work */
export const checkPredictions = async (folder: string, items: readonly Item[]): Promise<void> => {
  for (const { id } of items) if (await hasPrediction(folder, id)) throw thereAlready(predictionPath(folder, id));
};

/** Whole or not at all. What is there already stays where it is the same: of a run that was cut off before it had noted that. */
export const savePrediction = async (
  { writeNpy }: Pick<typeof Library, 'writeNpy'>,
  folder: string,
  id: string,
  { data, width, height }: LabelMap,
  { overwrite, durable }: Pick<EvaluateOptions, 'overwrite' | 'durable'>,
): Promise<void> => {
  const path = predictionPath(folder, id);
  const bytes = writeNpy(data, [height, width]);
  const there = overwrite ? undefined : await readIfThere(path);
  if (there && Buffer.compare(there, bytes) === 0) return;
  if (there) throw thereAlready(path);
  await writing(path, () => makeFolders(dirname(path), durable));
  await writeWhole(path, bytes, { replace: overwrite, durable });
};

/** The file of finished pictures while a run goes on; where none was asked for, nothing is known and nothing kept. */
export interface OpenLedger<T extends Line> {
  /** What is known of a picture that was measured before, at the place that it has now. */
  known(line: Line): T | undefined;
  /** Writes down what was measured of a picture, or why nothing was. */
  add(line: T | Failure): Promise<void>;
}

/** Opens the file: begun where it is not there, else read, and half a last line cut off. */
export const openLedger = async <T extends Line>(file: string | undefined, head: Head, form: Form<T>, durable = false): Promise<OpenLedger<T>> => {
  if (file === undefined) return { known: () => undefined, add: async () => {} };
  const text = (await textIfThere(file)) ?? '';
  const { lines, whole } = readLedger(text, head, form, file);
  await writing(file, async () => {
    if (whole === 0) await writeFile(file, headLine(head));
    else if (whole < text.length) await truncate(file, Buffer.byteLength(text.slice(0, whole)));
  });
  return {
    known: (line) => {
      const found = lines.get(keyOf(line));
      return found && !isFailure(found) ? { ...found, at: line.at } : undefined;
    },
    add: async (line) => {
      const before = lines.get(keyOf(line));
      if (before && isFailure(before) && isFailure(line) && before.problem === line.problem) return; // it says so already
      await appendLine(file, lineOf(line, form), durable);
    },
  };
};

const appendLine = (file: string, line: string, durable: boolean): Promise<void> =>
  writing(file, async () => {
    const ledger = await open(file, 'a');
    try {
      await ledger.writeFile(line);
      if (durable) await ledger.sync();
    } finally {
      await ledger.close();
    }
  });
