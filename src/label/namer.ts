import { expected } from '../errors.ts';
import { checkImage } from '../image/image.ts';
import type { NAMING } from '../options/names.ts';
import { checkWatch, type Resolved } from '../options/spec.ts';
import type { AnyLabels } from '../tensor/runs.ts';
import type { RgbImage, Segment, Watch } from '../types.ts';
import type { Label } from './classify.ts';

/** What a namer is told besides which names there are. */
export type NamerSettings = Pick<Resolved<typeof NAMING>, 'dense' | 'minScore' | 'device' | 'threads' | 'worker'>;

/** A picture and its segments to what they are. Opened once, used for any number of pictures. */
export interface Namer {
  /** Its name in the table of models, or of a folder its last part. */
  model: string;
  /** What computes it: `cpu`, `webgpu`, ... */
  device: string;
  /**
   * @param image the picture; labels may be of another size
   * @param segments of the labels, in any order; their ids are all that is asked of them
   * @returns in that order; undefined for a segment whose best name is below `minScore`
   * @throws the signal's reason once aborted
   */
  name(image: RgbImage, labels: AnyLabels, segments: readonly Pick<Segment, 'id'>[], watch?: Watch): Promise<(Label | undefined)[]>;
  /** Gives the memory back. */
  dispose(): Promise<void>;
}

/**
 * The same with `name` and `score` for each segment that is something the namer knows.
 * @param segmentation what `segment` gave, or any labels with their segments
 * @param picture that was segmented
 * @throws InputError for what is none of these; the signal's reason once aborted
 */
export const nameSegments = async <S extends { labels: AnyLabels; segments: Segment[] }>(
  segmentation: S,
  picture: RgbImage,
  namer: Namer,
  watch: Watch = {},
): Promise<S> => {
  if (!Array.isArray(segmentation?.segments) || typeof segmentation.labels !== 'object' || segmentation.labels === null)
    throw expected('what segment gave', 'segmentation', segmentation);
  checkImage(picture, 'picture');
  if (typeof namer?.name !== 'function') throw expected('what openNamer gave', 'namer', namer);
  checkWatch('nameSegments', watch);
  const named = await namer.name(picture, segmentation.labels, segmentation.segments, watch);
  return { ...segmentation, segments: segmentation.segments.map((segment, i) => ({ ...segment, ...named[i] })) };
};
