/** What an evaluation reads and writes: pictures with their masks, predictions, and the file of finished pictures. */
import { appendFile, mkdir, readdir, readFile, truncate, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { isFile, notRead, notWritten, textIfThere } from '../system-errors-node.ts';
import type * as Library from '../toolkit.ts';
import { InputError, type LabelMap, type RgbImage, SEGMENT, writeWhole } from '../toolkit.ts';
import type { Files, Item } from './datasets.ts';
import { type Ledger, readLedger, type Settings, settingsLine } from './ledger.ts';

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

export const FILES: Files = {
  names: (folder) => reading(folder, readdir(folder)),
  text: (path) => reading(path, readFile(path, 'utf8')),
};

/** A picture and its masks. @throws InputError for one that cannot be read, or a mask of another size */
export const readPair = async (
  { decodeImage, decodeLabelPng }: Pick<typeof Library, 'decodeImage' | 'decodeLabelPng'>,
  { imagePath, maskPaths }: Item,
): Promise<{ image: RgbImage; masks: LabelMap[] }> => {
  const image = await decodeImage(imagePath, { maxPixels: SEGMENT.maxPixels.default });
  const masks: LabelMap[] = [];
  for (const path of maskPaths) {
    const mask = await decodeLabelPng(await reading(path, readFile(path)), path);
    if (mask.width !== image.width || mask.height !== image.height) {
      throw new InputError(`The mask ${path} has ${mask.width} x ${mask.height} pixels, its picture ${image.width} x ${image.height}`);
    }
    masks.push(mask);
  }
  return { image, masks };
};

const predictionPath = (folder: string, id: string): string => join(folder, `${id}.npy`);

export const hasPrediction = (folder: string, id: string): Promise<boolean> => isFile(predictionPath(folder, id));

export const savePrediction = async (
  { writeNpy }: Pick<typeof Library, 'writeNpy'>,
  folder: string,
  id: string,
  { data, width, height }: LabelMap,
): Promise<void> => {
  const path = predictionPath(folder, id);
  await writing(path, () => mkdir(dirname(path), { recursive: true }));
  await writeWhole(path, writeNpy(data, [height, width]));
};

/** The file of finished pictures: begun where it is not there, else read, and half a last line cut off. */
export const openLedger = async <T extends { id: string }>(
  file: string,
  settings: Settings,
  readLine: (line: Record<string, unknown>) => T,
): Promise<Ledger<T>> => {
  const text = (await textIfThere(file)) ?? '';
  const ledger = readLedger(text, settings, readLine, file);
  await writing(file, async () => {
    if (ledger.whole === 0) await writeFile(file, settingsLine(settings));
    else if (ledger.whole < text.length) await truncate(file, Buffer.byteLength(text.slice(0, ledger.whole)));
  });
  return ledger;
};

/** @param line with its line end */
export const appendLine = (file: string, line: string): Promise<void> => writing(file, () => appendFile(file, line));
