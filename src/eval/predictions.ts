/** Label maps that somebody else made, scored in the place of segments made here. */
import { join } from 'node:path';
import { readInput } from '../pipes-node.ts';
import { InputError, type LabelMap, labelsFromNpy } from '../toolkit.ts';
import { cropLabels, EVAL_SIDE, reducedPrediction, type Square } from './class-protocol/protocol.ts';
import type { Files, Item } from './datasets.ts';
import type { Stages } from './measure.ts';

const ENDING = /\.(npy|png)$/i;

/** The items with their files of predictions, `ID.npy` or `ID.png`. @throws InputError for one that has none, or two */
export const withPredictions = async (items: readonly Item[], folder: string, files: Files): Promise<Item[]> => {
  const found = new Map<string, string>();
  for (const name of await files.names(folder)) {
    if (!ENDING.test(name)) continue;
    const id = name.replace(ENDING, '');
    if (found.has(id)) throw new InputError(`Two predictions are called ${id} in ${folder}: ${found.get(id)} and ${name}`);
    found.set(id, name);
  }
  return items.map((item) => {
    const name = found.get(item.id);
    if (name === undefined) throw new InputError(`The prediction ${item.id}.npy or ${item.id}.png is missing in ${folder}`, { code: 'E_FILE' });
    return { ...item, predictionPath: join(folder, name) };
  });
};

/** @throws InputError for a file that holds no labels */
const readPrediction = async (path: string, { decodeLabelPng }: Pick<Stages, 'decodeLabelPng'>): Promise<LabelMap> => {
  const bytes = await readInput(path, 'a prediction');
  return /\.npy$/i.test(path) ? labelsFromNpy(bytes, path) : decodeLabelPng(bytes, path);
};

const otherSize = (path: string, map: LabelMap, { width, height }: Size, also: string): InputError =>
  new InputError(`The prediction ${path} has ${map.width} x ${map.height} pixels, its picture ${width} x ${height}${also}`);

type Size = Pick<LabelMap, 'width' | 'height'>;
type Reading = Pick<Stages, 'decodeLabelPng'>;

/** A prediction of a whole picture. @throws InputError also for one of another size */
export const wholePrediction = async (path: string, size: Size, stages: Reading): Promise<LabelMap> => {
  const map = await readPrediction(path, stages);
  if (map.width !== size.width || map.height !== size.height) throw otherSize(path, map, size, '');
  return map;
};

/**
 * A prediction at 128 x 128, as it is compared: of the whole picture, of which the square's pixels are taken where the mask's
 * are, or of that size already, as `--save` writes it.
 * @throws InputError also for one of another size
 */
export const squarePrediction = async (path: string, size: Size, square: Square, stages: Reading): Promise<LabelMap> => {
  const map = await readPrediction(path, stages);
  if (map.width === size.width && map.height === size.height) return reducedPrediction(cropLabels(map, square));
  if (map.width !== EVAL_SIDE || map.height !== EVAL_SIDE)
    throw otherSize(path, map, size, `: give that size, or ${EVAL_SIDE} x ${EVAL_SIDE} of its square`);
  return map;
};
