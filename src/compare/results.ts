/** One picture by several methods: those that share an encoder share the features, which are computed once. */
import type { Segmentation } from '../analysis.ts';
import { panelSize } from '../coherence/figure.ts';
import type { Encoder } from '../encode/encoder.ts';
import { overlayOf } from '../export/overlay.ts';
import type { PictureFile } from '../image/image.ts';
import type { DRAWING } from '../options/draw.ts';
import type { Given } from '../options/spec.ts';
import { segmentFile } from '../segment.ts';
import { reducePicture, resizeBilinear, resizeLabels } from '../tensor/resize.ts';
import { type AnyLabels, isRuns, reduceRuns } from '../tensor/runs.ts';
import type { FeatureMap, LabelMap, RgbImage, Watch } from '../types.ts';
import { matchedColours } from './colours.ts';
import type { Method } from './methods.ts';

/** Cells are drawn so many times as large and brought down: borders without steps. */
const FINE = 2;
/** Of their borders, pixels of the large drawing: a line of 1.5 of the cell's, with its rim 2.5. */
const BORDER = { line: 1, rim: 2 };

/** What one method made of a picture. */
export interface Result {
  /** The picture with its segments, of the size of a cell. */
  image: RgbImage;
  /** At the picture's own size. */
  segments: number;
  /** Milliseconds a stage, in order, as if no other method had been there. */
  timings: Record<string, number>;
  /** Whether the features were another method's already: `timings.encode` is what they took then. */
  isShared: boolean;
  /** What was used, defaults filled in. */
  options: Segmentation['options'];
}

/** A picture as it is in the figure. */
export interface Shown {
  image: RgbImage;
  /** What the first method found: segments of the others that are about the same have its colours. */
  reference?: LabelMap;
}

/** The picture at a size. */
const pictureAt = async (file: PictureFile, size: { width: number; height: number }, signal?: AbortSignal): Promise<RgbImage> => {
  if (size.width <= file.width && size.height <= file.height) return file.reduced(size, signal);
  const { data, width, height } = await file.rows(0, file.height, signal);
  return { data: Uint8Array.from(resizeBilinear(data, width, height, 3, size.width, size.height), Math.round), ...size };
};

/** @param width of a cell, pixels */
export const shownAs = async (file: PictureFile, width: number, signal?: AbortSignal): Promise<Shown> => ({
  image: await pictureAt(file, panelSize(file, width), signal),
});

/** Milliseconds to seconds, all stages together. */
export const secondsOf = (timings: Record<string, number>): number => Object.values(timings).reduce((sum, ms) => sum + ms, 0) / 1000;

const labelsAt = (labels: AnyLabels, size: { width: number; height: number }): LabelMap =>
  isRuns(labels) ? reduceRuns(labels, size) : resizeLabels(labels, size);

/** What the first method's run leaves for the others. */
interface Encoded {
  features: FeatureMap;
  milliseconds: number;
  used: Pick<Segmentation['options'], 'device' | 'size'>;
}

/**
 * A picture before an open encoder: the first method encodes it, the others take its features.
 * @param shown keeps what the first method found
 * @returns what runs a method on it; it throws what `segment` does
 */
export const comparing = (
  file: PictureFile,
  encoder: Encoder,
  shown: Shown,
  given: Pick<Given<typeof DRAWING>, 'refine'> & Watch = {},
): ((method: Method) => Promise<Result>) => {
  const { width, height } = shown.image;
  const size = { width: FINE * width, height: FINE * height };
  let [encoded, picture]: [Encoded?, RgbImage?] = [];
  const cellOf = async (fine: LabelMap): Promise<RgbImage> => {
    shown.reference ??= resizeLabels(fine, shown.image); // kept for each picture until the last encoder
    picture ??= await pictureAt(file, size, given.signal);
    const colours = matchedColours(fine, resizeLabels(shown.reference, size));
    return reducePicture(await overlayOf(picture, fine, { colours, signal: given.signal }, BORDER), shown.image, given);
  };
  return async ({ solver, settings }) => {
    const known = encoded;
    const asked = { ...settings, ...given, solver, encoder, ...(known && { features: known.features }) };
    const { labels, segments, features, timings, options } = await segmentFile(file, asked);
    encoded ??= { features, milliseconds: timings.encode, used: { device: options.device, size: options.size } };
    const { decode, ...others } = timings;
    return {
      image: await cellOf(labelsAt(labels, size)),
      segments: segments.length,
      timings: { decode, encode: encoded.milliseconds, ...others },
      isShared: known !== undefined,
      options: { ...options, ...encoded.used },
    };
  };
};
