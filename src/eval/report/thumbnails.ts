/** Small pictures of what runs did worst and best on, and of where two differ most: the picture, its mask, and what was predicted. */
import * as library from '../../toolkit.ts';
import { InputError, type RgbImage } from '../../toolkit.ts';
import { DATASETS, findDataset, type Item, ownClasses, resolveItems } from '../datasets.ts';
import { filesOf } from '../disk.ts';
import type { Settings } from '../ledger.ts';
import { withPredictions } from '../predictions.ts';
import type { DatasetOptions } from '../sets/row.ts';
import { className } from './evaluation.ts';
import { type Colour, colourOf, maskImage, predictionImage } from './paint.ts';
import type { ClassKey, Thumbnails } from './pictures.ts';
import type { Report } from './report.ts';
import type { Run } from './runs.ts';
import { type Scored, scoredPicture } from './scored.ts';

/** The longer side, pixels: twice what a page shows it at. */
const SIDE = 256;
const QUALITY = 72;

const smaller = ({ width, height }: { width: number; height: number }): { width: number; height: number } => {
  const scale = Math.min(1, SIDE / Math.max(width, height));
  return { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) };
};

const jpegUri = async (image: RgbImage): Promise<string> =>
  `data:image/jpeg;base64,${Buffer.from(await library.encodeJpeg(image, QUALITY)).toString('base64')}`;

const hex = (colour: Colour): string => `#${Array.from(colour, (value) => value.toString(16).padStart(2, '0')).join('')}`;

/** The classes in a mask, in the order of their values. */
const keysOf = ({ mask }: Scored, settings: Settings): ClassKey[] => {
  if (settings.kind === 'drawings') return [];
  const names = ownClasses(DATASETS[settings.dataset as string], settings)?.names;
  const values = [...new Set(mask.data)].filter((value) => value !== settings.ignore).sort((a, b) => a - b);
  return values.map((value) => ({ name: names ? className(names, value) : `class ${value}`, colour: hex(colourOf(value, settings)) }));
};

const predictionUri = async ({ prediction }: Scored, small: RgbImage, settings: Settings): Promise<string | undefined> => {
  if (!prediction) return undefined;
  const { labels, classOf } = prediction;
  return jpegUri(await predictionImage(small, { labels: library.resizeLabels(labels, small), classOf }, settings));
};

/** A run with the pictures of its set by id, those with the predictions that it was given; or why there are none. */
interface Opened {
  run: Run;
  set: Map<string, Item> | string;
}

/** What the settings of a run say of where its set lies. */
const placeOf = ({ dataset, classes, ...settings }: Settings): DatasetOptions => {
  const { root, images, masks, list, rule } = settings;
  const texts = Object.entries({ root, images, masks, list, rule }).filter(([, value]) => typeof value === 'string');
  return { ...Object.fromEntries(texts), ...(dataset === 'folder' && { classes: classes as number }) };
};

const openRun = async (run: Run): Promise<Opened> => {
  const { settings } = run;
  try {
    const place = placeOf(settings);
    const items = await resolveItems(findDataset(settings.dataset as string, place), place, filesOf());
    const { predictions } = settings;
    const all = typeof predictions === 'string' ? await withPredictions(items, predictions, filesOf()).catch(() => items) : items;
    return { run, set: new Map(all.map((item) => [item.id, item])) };
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    return { run, set: error.message };
  }
};

/** @throws InputError for a picture that the set no longer has, or that cannot be read */
const scoredOf = ({ run, set }: Opened, id: string): Promise<Scored> => {
  const item = typeof set === 'string' ? undefined : set.get(id);
  if (!item) throw new InputError('the set no longer has it');
  return scoredPicture(run, item);
};

/** @param other the run that the first is compared with */
const thumbnailsOf = async (id: string, own: Opened, other?: Opened): Promise<Thumbnails> => {
  const { settings } = own.run;
  const scored = await scoredOf(own, id);
  const to = smaller(scored.picture);
  const small = await library.reducePicture(scored.picture, to);
  const prediction = await predictionUri(scored, small, settings);
  const others = other && (await predictionUri(await scoredOf(other, id), small, settings));
  return {
    picture: await jpegUri(small),
    mask: await jpegUri(maskImage(library.resizeLabels(scored.mask, to), settings)),
    ...(prediction !== undefined && { prediction }),
    ...(others !== undefined && { other: others }),
    classes: keysOf(scored, settings),
  };
};

/** Puts thumbnails beside names, in place, and notes why some are missing. */
const illustrate = async (all: readonly { id: string; thumbnails?: Thumbnails }[], notes: string[], own: Opened, other?: Opened): Promise<void> => {
  if (all.length > 0 && typeof own.set === 'string') return void notes.push(`No thumbnails: ${own.set}`);
  for (const one of all) {
    try {
      one.thumbnails = await thumbnailsOf(one.id, own, other);
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      notes.push(`No thumbnail of ${one.id}: ${error.message}`);
    }
  }
};

/** Puts thumbnails into a report, in place. */
export const addThumbnails = async ({ galleries, contrasts }: Report, runs: readonly Run[]): Promise<void> => {
  const opened = await Promise.all(runs.map(openRun));
  for (const { run, worst, best, notes } of galleries) await illustrate([...worst, ...best], notes, opened[run]);
  for (const { run, from, better, worse, notes } of contrasts) await illustrate([...better, ...worse], notes, opened[run], opened[from]);
};
