/** The whole path on one screen: a picture's file is opened, encoded and cut once, drawn and described. */
import { openPicture } from '#image/decode';
import { analysisOf, checkOptions, describe, type FileSegmentation, type Segmentation } from './analysis.ts';
import { drawing, drawnAs, usedOptions } from './drawing.ts';
import type { ImageSource, PictureFile } from './image/image.ts';
import { isLarge, segmentLarge } from './segment-large.ts';
import { readingOptionsOf, type SegmentOptions } from './segment-options.ts';
import { expandRuns, isRuns } from './tensor/runs.ts';
import { stopwatch } from './tensor/watch.ts';

/**
 * A picture in, its regions out. One of more than 24 megapixels is brought down for all but its borders, which are drawn
 * in bands: so the whole never stands in memory but as labels.
 * @param image path, URL, bytes of a file, Blob, ImageData or RgbImage
 * @throws InputError for a picture or an option that cannot be used; the signal's reason once aborted
 */
export const segment = async (image: ImageSource, given: SegmentOptions = {}): Promise<Segmentation> => {
  checkOptions(given);
  const file = await openPicture(image, readingOptionsOf(given));
  const { picture: _, labels, ...rest } = await segmentFile(file, given);
  return { labels: isRuns(labels) ? await expandRuns(labels, given) : labels, ...rest };
};

/** `segment` of a file that is open. @throws what `segment` does */
export const segmentFile = (file: PictureFile, given: SegmentOptions): Promise<FileSegmentation> =>
  isLarge(file) ? segmentLarge(file, given) : segmentWhole(file, given);

const segmentWhole = async (file: PictureFile, given: SegmentOptions): Promise<FileSegmentation> => {
  const { tau, price, ease, join, signal, onProgress } = given;
  const analysis = await analysisOf(() => file.rows(0, file.height, signal), given);
  const { picture, tree, features, timings } = analysis;
  const timed = stopwatch(timings, signal);
  const asked = { tau, price, ease, join };
  const told = drawnAs(given);
  const { lost, ...drawn } = await drawing(analysis, asked, { ...told, signal, onProgress }, timed);
  const { labels, segments } = await timed('describe', () => describe(drawn, picture, { signal }));
  return { picture, labels, segments, lost, tree, features, options: usedOptions(analysis, asked, told), timings };
};
