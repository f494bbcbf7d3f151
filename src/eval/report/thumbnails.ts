/** Small pictures of what a run did worst and best on: the picture, its mask, and the prediction where the run kept it. */
import * as library from '../../toolkit.ts';
import { InputError, type LabelMap, type RgbImage } from '../../toolkit.ts';
import { centreSquare, cropLabels, cropPicture, type Square } from '../class-protocol/protocol.ts';
import { findDataset, type Item, resolveItems } from '../datasets.ts';
import { filesOf, predictionPath, readPair } from '../disk.ts';
import type { Result, Settings } from '../ledger.ts';
import { squarePrediction, wholePrediction, withPredictions } from '../predictions.ts';
import { segmentCount } from '../regions/drawings.ts';
import type { DatasetOptions } from '../sets/row.ts';
import type { Gallery, Thumbnails } from './pictures.ts';
import type { Report } from './report.ts';
import type { Run } from './runs.ts';

/** The longer side, pixels: twice what a page shows it at. */
const SIDE = 256;
const QUALITY = 72;

/** Colours of a mask that are no class's. */
const UNLABELLED = [128, 128, 128];
const BACKGROUND = [24, 24, 24];

const smaller = ({ width, height }: { width: number; height: number }): { width: number; height: number } => {
  const scale = Math.min(1, SIDE / Math.max(width, height));
  return { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) };
};

const jpegUri = async (image: RgbImage): Promise<string> =>
  `data:image/jpeg;base64,${Buffer.from(await library.encodeJpeg(image, QUALITY)).toString('base64')}`;

/** Each id in its colour, those of a class set that are none in a grey. */
const maskImage = ({ data, width, height }: LabelMap, { kind, background, ignore }: Settings): RgbImage => {
  const palette = library.segmentPalette(256);
  const out = new Uint8Array(data.length * 3);
  const greys =
    kind === 'classes'
      ? new Map([
          [ignore, UNLABELLED],
          [background, BACKGROUND],
        ])
      : new Map();
  for (let i = 0; i < data.length; i++) {
    const at = (data[i] % 256) * 3;
    out.set(greys.get(data[i]) ?? palette.subarray(at, at + 3), i * 3);
  }
  return { data: out, width, height };
};

/** As it was measured. */
const segmentsOf = (result: Result): number => ('segments' in result ? result.segments : result.drawings[0].segments);

/** The prediction that the run kept or was given; none where it is no longer that of the run. */
const predictionOf = async ({ save, results }: Run, { id, predictionPath: given }: Item, image: RgbImage, square: Square | undefined) => {
  const path = given ?? (save && predictionPath(save, id));
  if (path === undefined) return undefined;
  const prediction = square ? await squarePrediction(path, image, square, library) : await wholePrediction(path, image, library);
  return segmentCount(prediction) === segmentsOf(results.find((one) => one.id === id) as Result) ? prediction : undefined;
};

const thumbnailsOf = async (run: Run, item: Item): Promise<Thumbnails> => {
  const { image, masks } = await readPair(library, item);
  const square = run.settings.kind === 'drawings' ? undefined : centreSquare(image.width, image.height);
  const [picture, mask] = square ? [cropPicture(image, square), cropLabels(masks[0], square)] : [image, masks[0]];
  const to = smaller(picture);
  const small = await library.reducePicture(picture, to);
  const prediction = await predictionOf(run, item, image, square).catch(() => undefined); // gone, or another's: the picture stands alone
  return {
    picture: await jpegUri(small),
    mask: await jpegUri(maskImage(library.resizeLabels(mask, to), run.settings)),
    ...(prediction && { prediction: await jpegUri(await library.drawOverlay(small, library.resizeLabels(prediction, to))) }),
  };
};

/** What the settings of a run say of where its set lies. */
const placeOf = ({ dataset, classes, ...settings }: Settings): DatasetOptions => {
  const { root, images, masks, list, rule } = settings;
  const texts = Object.entries({ root, images, masks, list, rule }).filter(([, value]) => typeof value === 'string');
  return { ...Object.fromEntries(texts), ...(dataset === 'folder' && { classes: classes as number }) };
};

/** The pictures of a run's set by id, with the predictions that it was given, or why there are none. */
const openSet = async ({ settings }: Run): Promise<Map<string, Item> | string> => {
  try {
    const place = placeOf(settings);
    const items = await resolveItems(findDataset(settings.dataset as string, place), place, filesOf());
    const { predictions } = settings;
    const all = typeof predictions === 'string' ? await withPredictions(items, predictions, filesOf()).catch(() => items) : items;
    return new Map(all.map((item) => [item.id, item]));
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    return error.message;
  }
};

/** Puts thumbnails beside the names of a gallery, in place, and notes why some are missing. */
const illustrate = async (run: Run, { worst, best, notes }: Gallery): Promise<void> => {
  const set = await openSet(run);
  if (typeof set === 'string') return void notes.push(`No thumbnails: ${set}`);
  for (const ranked of [...worst, ...best]) {
    const item = set.get(ranked.id);
    try {
      if (!item) throw new InputError('the set no longer has it');
      ranked.thumbnails = await thumbnailsOf(run, item);
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      notes.push(`No thumbnail of ${ranked.id}: ${error.message}`);
    }
  }
};

/** Puts thumbnails into a report, in place. */
export const addThumbnails = async ({ galleries }: Report, runs: readonly Run[]): Promise<void> => {
  for (const gallery of galleries) await illustrate(runs[gallery.run], gallery);
};
