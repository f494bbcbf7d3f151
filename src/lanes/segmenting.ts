/** The work of `segmentMany`: a picture segmented, as plain data that goes from process to process. */

import { openPicture } from '#image/decode';
import type { Segmentation } from '../analysis.ts';
import { kindOf } from '../errors.ts';
import { bytesOf, unknownSource } from '../image/bytes.ts';
import type { ImageSource } from '../image/image.ts';
import { segmentFile } from '../segment.ts';
import { readingOptionsOf, type SegmentOptions } from '../segment-options.ts';
import type { AnyLabels } from '../tensor/runs.ts';
import type { RgbImage } from '../types.ts';
import type { Work } from './lanes.ts';

export interface SegmentTask {
  source: ImageSource;
  options: Omit<SegmentOptions, 'encoder' | 'features' | 'signal' | 'onProgress'>;
}

/** As `segment` gives it; its labels may be runs. */
export type Told = Omit<Segmentation, 'labels'> & { labels: AnyLabels };

export const segmentTask: Work<SegmentTask, Told> = async ({ source, options }, encoder, watch) => {
  const given = { ...options, ...watch, encoder };
  const file = await openPicture(source, readingOptionsOf(given));
  const { picture: _, ...told } = await segmentFile(file, given);
  return told;
};

/** The same picture as what goes to another process. @throws InputError for what is none */
export const plainSource = async (source: ImageSource): Promise<ImageSource> => {
  if (typeof source === 'string') return source;
  if (kindOf(source) === 'URL') return String(source);
  const bytes = await bytesOf(source, 'The picture');
  if (bytes) return bytes;
  if (typeof source !== 'object' || source === null || !('data' in source)) throw unknownSource(source);
  const { data, width, height, alpha, source: from } = source as RgbImage;
  return { data, width, height, ...(alpha && { alpha }), ...(from && { source: from }) };
};
